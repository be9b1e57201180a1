"""Many workers at once, each with its own connection: nothing is lost, nothing waits forever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from dashboards.models import Trend
from dashboards.services import extend_horizon, recount_scopes, refresh_agency, refresh_stale
from dashboards.services_check import find_differences
from dashboards.services_rebuild import begin_rebuild, left
from portal.agencies.models import Agency
from portal.agencies.services import mark_stale, move_agency
from tests.dashboards.factories import make_result, make_version, refresh_all
from tests.factories import NOW, make_agency, make_program

pytestmark = pytest.mark.django_db(transaction=True)
PERIODS = ("FY26 Q1", "FY26 Q2", "FY26 Q3", "FY26 Q4")


@pytest.fixture
def agencies() -> list[Agency]:
    make_version()
    parent = make_agency("Department")
    made = [parent, *(make_agency(parent=parent) for _ in range(7))]
    make_program("All of them", made)
    mark_stale(agencies=made, reason="made", at=NOW)
    refresh_all()
    return made


def together(*calls: Callable[[], object]) -> None:
    """Call all at once, each in a thread with a connection of its own."""

    def run(call: Callable[[], object]) -> None:
        try:
            call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        for future in [pool.submit(run, call) for call in calls]:
            future.result(timeout=60)


def test_approvals_of_many_agencies_in_one_scope_lose_no_update(agencies):
    def approve(agency: Agency) -> None:
        for period in PERIODS:
            with transaction.atomic():
                make_result(agency, period, score=1.5)
            refresh_agency(agency_id=agency.pk, at=NOW)

    together(*(lambda agency=agency: approve(agency) for agency in agencies))

    assert left().total == 0
    rows = Trend.objects.filter(scope__kind="everything")
    assert {(row.agencies, row.reported + row.carried) for row in rows} == {(8, 8)}
    assert list(find_differences()) == []


def test_two_workers_at_one_agency_count_it_once(agencies):
    make_result(agencies[1], "FY26 Q4", score=2)
    together(*[lambda: refresh_agency(agency_id=agencies[1].pk, at=NOW)] * 4)
    row = Trend.objects.filter(scope__kind="everything").latest("on")
    assert (row.reported + row.carried, row.score_sum) == (1, 2_000_000)
    assert list(find_differences()) == []


def test_new_scopes_made_by_several_at_once_are_made_once(agencies):
    roots = [make_agency() for _ in range(3)]
    children = [make_agency(parent=root) for root in roots for _ in range(2)]
    mark_stale(agencies=[*roots, *children], reason="made", at=NOW)
    together(*(lambda pk=child.pk: refresh_agency(agency_id=pk, at=NOW) for child in children))
    refresh_all()
    assert list(find_differences()) == []


def test_everything_at_once_ends_right(agencies):
    """Approvals, moves, sweeps, a rebuild, recounts and new months, all in each other's way."""

    def approve(agency: Agency) -> None:
        for period in PERIODS:
            with transaction.atomic():
                make_result(agency, period, score=agency.pk % 5)
            refresh_agency(agency_id=agency.pk, at=NOW)

    def move() -> None:
        for parent in (None, agencies[0], None):
            move_agency(agency=Agency.objects.get(pk=agencies[-1].pk), parent=parent, by=None, at=NOW)

    def rebuild() -> None:
        for _ in range(3):
            begin_rebuild(at=NOW)
            while recount_scopes(at=NOW) or refresh_stale(at=NOW, limit=2):
                pass

    def sweep() -> None:
        for month in range(6):
            extend_horizon(at=NOW + timedelta(days=92 * month))
            refresh_stale(at=NOW, limit=3)

    together(
        *(lambda agency=agency: approve(agency) for agency in agencies[1:4]), move, rebuild, sweep, sweep
    )
    refresh_all()
    assert left().total == 0
    assert list(find_differences()) == []
