"""Approvals, corrections, moves and closures find their way into the trends, exactly and once."""

import pytest

from dashboards.checks import find_differences
from dashboards.models import Freshness, Scope, Standing, Trend
from dashboards.services import extend_horizon, refresh_agency, refresh_stale
from dashboards.trends import statistics
from portal.agencies.models import AdoptionDecision, ProgramMembership, StaleMark
from portal.agencies.services import mark_stale
from tests.dashboards.factories import METHOD, at, make_result, month, refresh_all
from tests.factories import NOW
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted(world: World) -> World:
    """The small government after its agencies were counted once, as after an import."""
    mark_stale(agencies=everyone(world), reason="imported", at=NOW)
    refresh_all()
    return world


def everyone(world: World) -> list:
    return [world.energy, world.grid, world.mines, world.parks, world.trails]


def trend(scope: str, on: str) -> Trend | None:
    scopes = {str(found): found for found in Scope.objects.select_related("program", "agency")}
    return Trend.objects.filter(scope=scopes[scope], on=month(on)).first()


def test_an_approval_shows_in_each_scope_of_its_agency_and_in_no_other(counted):
    make_result(counted.grid, "FY26 Q4", 2.5)
    assert refresh_agency(agency_id=counted.grid.pk, at=NOW)
    for scope, agencies in (
        ("All agencies", 5),
        ("Containers First", 3),
        ("Department of Energy Affairs", 3),
    ):
        row = trend(scope, "2026-09")
        assert (row.agencies, row.reported, row.carried, row.score_sum) == (agencies, 1, 0, 2_500_000)
        assert row.by_stage == {"2": {"reported": 1}}
        assert row.histogram == {"250": 1}
        assert row.domains == {"people": {"n": 1, "sum": 400_000, "histogram": {"40": 1}}}
    assert not Trend.objects.filter(scope__agency=counted.parks).exists()
    assert list(find_differences()) == []
