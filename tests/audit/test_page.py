"""The audit: read by administrators, filtered, page by page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.audit.models import AuditEntry
from portal.audit.services import record
from tests.world import World

NOW = timezone.now()
PAGE = "/account/audit/"


def entries(world: World, query: str = "") -> list[AuditEntry]:
    return world.client("administrator").get(PAGE + query).context["entries"]


@pytest.fixture
def some(world: World) -> None:
    for days, (action, obj, by) in enumerate(
        [
            ("agency.moved", world.grid, world.officer),
            ("role.granted", world.viewer, world.administrator),
            ("role.ended", world.viewer, None),
        ]
    ):
        record(action=action, obj=obj, by=by, at=NOW - timedelta(days=days), changes={"name": ["a", "<b>"]})


def test_newest_first_with_who_what_and_from_where(world: World, some: None):
    assert [entry.action for entry in entries(world)] == ["agency.moved", "role.granted", "role.ended"]
    text = world.client("administrator").get(PAGE).content.decode()
    assert "Grid Office" in text
    assert "the portal itself" in text
    assert "name: a → &lt;b&gt;" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?person=officer", ["agency.moved"]),
        ("?action=role", ["role.granted", "role.ended"]),
        ("?kind=agencies.agency", ["agency.moved"]),
        ("?kind=access.user&key={viewer}", ["role.granted", "role.ended"]),
        ("?until_on={yesterday}", ["role.granted", "role.ended"]),
        ("?from_on={yesterday}&until_on={yesterday}", ["role.granted"]),
        ("?person=nobody", []),
        ("?kind=nonsense", []),
        ("?from_on=nonsense", []),
        ("?before=x", []),
        ("?from_on=2026-02-02&until_on=2026-02-01", []),
    ],
)
def test_filters(world: World, some: None, query: str, found: list[str]):
    yesterday = timezone.localdate(NOW) - timedelta(days=1)
    query = query.format(viewer=world.viewer.pk, yesterday=yesterday)
    assert [entry.action for entry in entries(world, query)] == found


def test_a_wrong_filter_is_named(world: World):
    text = world.client("administrator").get(PAGE + "?from_on=nonsense").content.decode()
    assert "Write the date as year-month-day" in text


def test_pages_follow_each_other_without_gap_or_repeat(world: World):
    for _ in range(120):
        record(action="agency.moved", obj=world.grid, by=None, at=NOW)
    client = world.client("administrator")
    pages = [client.get(PAGE).context]
    while pages[-1]["older"]:
        pages.append(client.get(f"{PAGE}?before={pages[-1]['older']}").context)
    found = [entry.pk for page in pages for entry in page["entries"]]
    assert [len(page["entries"]) for page in pages] == [50, 50, 20]
    assert len(found) == len(set(found)) == 120


def test_it_asks_as_often_for_fifty_as_for_one(world: World, some: None, queries_of):
    client = world.client("administrator")
    client.get(PAGE)
    few = queries_of(lambda: client.get(PAGE))
    for _ in range(60):
        record(action="agency.moved", obj=world.grid, by=None, at=NOW)
    assert queries_of(lambda: client.get(PAGE)) == few


def test_it_is_for_reading(world: World):
    assert world.client("administrator").post(PAGE).status_code == 405
