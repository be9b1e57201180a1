"""What was exempt when it was approved is no gap while the exemption holds, and one when it is over."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from assessments.models import Exemption, Result
from dashboards.models import Scope
from dashboards.queries.measures import measures_in_use
from dashboards.queries.open_items import agencies_with_item, item_counts
from maturity.models import Item
from portal.agencies.models import Agency
from tests.dashboards.factories import make_result, refresh_all
from tests.factories import NOW
from tests.maturity.factories import make_small_model
from tests.world import World

pytestmark = pytest.mark.django_db
ITEM = "scan-images"


@pytest.fixture
def exempt(world: World) -> Result:
    """The Grid Office's latest result, with one item left out by exemption; the rest is in place."""
    version = make_small_model()
    items = Item.objects.filter(version=version).order_by("position").values_list("slug", flat=True)
    levels = "".join("e" if slug == ITEM else "3" for slug in items)
    result = make_result(world.grid, version=version, levels=levels, score=3.0)
    refresh_all()
    return result


def excuse(world: World, result: Result, days: int) -> Exemption:
    """An approved exemption whose last day is so many days from today."""
    return Exemption.objects.create(
        agency=world.grid,
        item=Item.objects.get(version=result.version, slug=ITEM),
        reason="Move.",
        from_on=date(2026, 1, 1),
        until_on=timezone.localdate() + timedelta(days=days),
        state="approved",
        requested_by=world.lead,
        requested_at=NOW,
        decided_by=world.reviewer,
        decided_at=NOW,
    )


def page(world: World, path: str) -> str:
    answer = world.client("lead").get(f"/agencies/{world.grid.slug}/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_next_names_it_once_the_exemption_is_over(world: World, exempt: Result):
    made = excuse(world, exempt, 3)
    assert "Exemption ended on" not in page(world, "next/")
    Exemption.objects.filter(pk=made.pk).update(until_on=timezone.localdate() - timedelta(days=1))
    assert "Exemption ended on" in page(world, "next/")


def test_the_roadmap_offers_it_among_the_gaps_once_it_is_over(world: World, exempt: Result):
    excuse(world, exempt, -1)
    assert "Exemption ended on" in page(world, "roadmap/gaps/")


def test_open_items_count_it_and_lead_to_the_agency(world: World, exempt: Result):
    made = excuse(world, exempt, 3)
    scope, measure = Scope.objects.get(kind="everything"), measures_in_use()[0]
    on = exempt.period_ends_on

    def count() -> tuple[int, int]:
        found = item_counts(scope, measure, on)
        one = next(row for row in found.items if row.item.slug == ITEM)
        return one.open, one.n("exempt")

    def agencies(key: str) -> list[Agency]:
        return list(agencies_with_item(Agency.objects.all(), measure, on, ITEM, key, world.officer))

    assert count() == (0, 1)
    assert (agencies("open"), agencies("exempt")) == ([], [world.grid])
    Exemption.objects.filter(pk=made.pk).update(until_on=timezone.localdate() - timedelta(days=1))
    assert count() == (1, 0)
    assert (agencies("open"), agencies("exempt")) == ([world.grid], [])
