"""Agencies in pages: what a page holds, in every order, and what counting and ordering read."""

from datetime import date

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from dashboards.models import Scope
from dashboards.queries.agencies import SORTS, compare, parents_near
from dashboards.queries.listing import DomainListing, Listing
from dashboards.queries.measures import measures_in_use
from dashboards.queries.scopes import offered_scopes
from portal.agencies.models import AdoptionDecision, Agency
from portal.agencies.services import mark_stale
from tests.dashboards.factories import make_result, refresh_all
from tests.factories import NOW, make_agency
from tests.world import World

ON, BEFORE = date(2026, 9, 30), date(2026, 6, 30)


@pytest.fixture
def listed(world: World) -> World:
    """grid rose, mines fell, energy came new, parks decided not to adopt, trails never reported."""
    for agency, before, now in ((world.grid, 1.5, 2.5), (world.mines, 3.5, 3.0), (world.energy, None, 1.0)):
        if before is not None:
            make_result(agency, "FY26 Q3", before)
        make_result(agency, "FY26 Q4", now)
    AdoptionDecision.objects.create(
        agency=world.parks, reason="All is bought.", from_on=date(2026, 1, 1), review_on=date(2028, 1, 1)
    )
    mark_stale(agencies=[world.parks], reason="decision", at=NOW)
    refresh_all()
    return world


def listing(**fields) -> Listing:
    return Listing(Agency.objects.all(), measures_in_use()[0], ON, BEFORE, **fields)


def slugs(rows) -> list[str]:
    return [row.slug for row in rows]


@pytest.mark.parametrize("sort", [sign + key for key in SORTS for sign in ("", "-")])
def test_pages_hold_every_agency_once_in_the_order_of_the_whole(listed: World, sort):
    found = listing(sort=sort)
    paged = [row for number in ("1", "2", "3") for row in found.page(number, 2)]
    assert paged == found.whole()
    assert len(paged) == 5


def test_what_has_no_value_comes_last_in_both_directions(listed: World):
    rose, fell = listed.grid.slug, listed.mines.slug
    assert slugs(listing(sort="change").whole())[:2] == [fell, rose]
    assert slugs(listing(sort="-change").whole())[:2] == [rose, fell]


def test_a_filter_by_standing_counts_and_lists_the_same(listed: World):
    for standing, expected in (
        (Q(state="not_adopting"), [listed.parks.slug]),
        (Q(state="not_reporting"), [listed.trails.slug]),
        (Q(now__stages_completed=3), [listed.mines.slug]),
    ):
        found = listing(standing=standing)
        assert slugs(found[0:10]) == slugs(found.whole()) == expected
        assert found.count() == 1


def test_counting_and_ordering_by_name_read_no_standings(listed: World):
    found = listing()
    with CaptureQueriesContext(connection) as asked:
        found.count()
        list(found._ordered()[0:2])
    assert not [query for query in asked.captured_queries if "dashboards_standing" in query["sql"]]


def test_domains_are_listed_of_those_who_have_them(listed: World):
    rows = {row.slug: row for row in DomainListing(Agency.objects.all(), measures_in_use()[0], ON)[0:10]}
    assert rows[listed.grid.slug].percents == {"people": 400_000}
    assert rows[listed.trails.slug].state == "not_reporting"


def test_a_comparison_is_over_those_with_a_value_both_times_in_one_query(listed: World, queries_of):
    measure = measures_in_use()[0]
    found = compare(Agency.objects.all(), measure, ON, BEFORE)
    assert (found.both, found.risen, found.fallen) == (2, 1, 1)
    assert queries_of(lambda: compare(Agency.objects.all(), measure, ON, BEFORE)) == 1


class TestPickersOfALargeTree:
    """Pickers offer the topmost and what is near the chosen one, so they stay short."""

    @pytest.fixture
    def deep(self, listed: World) -> World:
        desk = make_agency("Desk", make_agency("Branch", listed.grid))
        make_result(desk, "FY26 Q4", 1.0)
        refresh_all()
        return listed

    def keys(self, world: World, persona: str, scope: Scope) -> set[str]:
        offers = offered_scopes(world.people[persona], scope)
        return {offer.key.removeprefix("agency:") for offer in offers if offer.kind == "subtree"}

    def test_scopes_are_offered_level_by_level(self, deep: World):
        top = {deep.energy.slug, deep.parks.slug}
        everything = Scope.objects.get(kind="everything")
        assert self.keys(deep, "administrator", everything) == top
        within = Scope.objects.get(agency=deep.energy)
        assert self.keys(deep, "administrator", within) == {*top, deep.grid.slug}
        deeper = Scope.objects.get(agency=deep.grid)
        branch = Agency.objects.get(name="Branch").slug
        assert self.keys(deep, "administrator", deeper) == {*top, deep.grid.slug, branch}

    def test_who_sees_a_part_begins_at_its_top(self, deep: World):
        scope = Scope.objects.get(agency=deep.grid)
        assert self.keys(deep, "lead", scope) == {deep.grid.slug, Agency.objects.get(name="Branch").slug}
        assert [agency.slug for agency in parents_near(deep.lead, "")] == [deep.grid.slug]

    def test_parents_are_offered_level_by_level(self, deep: World):
        top = {deep.energy.slug, deep.parks.slug}
        assert {one.slug for one in parents_near(deep.administrator, "")} == top
        near = parents_near(deep.administrator, deep.energy.slug)
        assert {one.slug for one in near} == {*top, deep.grid.slug}
        assert {one.slug for one in parents_near(deep.administrator, "no-such")} == top
