"""Cohorts in the engine: who is counted when, what a change does, and that a filter says the same unsaved."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards import tasks
from dashboards.models import Freshness, Scope, ScopeMember, Trend
from dashboards.queries.adhoc import pick, sums_over_time
from dashboards.queries.measures import measures_in_use
from dashboards.queries.timelines import current
from dashboards.services import recount_scopes, refresh_agency, refresh_stale
from dashboards.services_check import find_differences
from dashboards.services_cohorts import (
    InvalidCohort,
    create_cohort,
    delete_cohort,
    edit_cohort,
    mark_cohorts,
)
from dashboards.trends import statistics
from portal.access.rules import Role
from portal.agencies.models import Agency, Cohort, StaleMark
from portal.agencies.periods import month_ends
from portal.agencies.profile_filter import read_filter
from portal.agencies.services import close_agency
from portal.agencies.services_profile import decide_not_to_adopt
from portal.agencies.services_programs import remove_from_program
from portal.audit.models import AuditEntry
from tests.dashboards.factories import describe, make_cohort, make_result, month, refresh_all
from tests.dashboards.test_engine_history import undone
from tests.factories import NOW, make_agency, make_program, make_user
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def large(world: World) -> Cohort:
    """grid (2.5) and trails (4.0) are large, mines (1.0) is small; the group: large in the program."""
    for agency, score, size in (
        (world.grid, 2.5, "large"),
        (world.mines, 1, "small"),
        (world.trails, 4, "large"),
    ):
        describe(agency, size=size)
        make_result(agency, "FY26 Q4", score)
    cohort = make_cohort(world.program, "Large ones", size="large")
    refresh_all()
    return cohort


def trend(cohort: Cohort, on: str) -> Trend:
    return Trend.objects.get(scope__cohort=cohort, on=month(on))


def counted(cohort: Cohort, on: str) -> tuple[int, int]:
    row = trend(cohort, on)
    return row.agencies, row.score_sum


class TestMembers:
    def test_are_those_of_the_program_whose_profile_fits(self, large):
        assert counted(large, "2026-09") == (1, 2_500_000)

    def test_of_no_program_are_those_of_all_agencies(self, large):
        everywhere = make_cohort(None, size="large")
        refresh_all()
        assert counted(everywhere, "2026-09") == (2, 6_500_000)

    def test_are_looked_for_within_a_subtree_only(self, large, world):
        within = make_cohort(None, within=world.parks, size="large")
        refresh_all()
        assert counted(within, "2026-09") == (1, 4_000_000)

    def test_are_counted_by_the_profile_that_held_at_the_month_end(self, large, world):
        describe(world.grid, date(2026, 11, 1), size="small")
        describe(world.mines, date(2026, 10, 31), size="large")
        refresh_all()
        assert counted(large, "2026-09") == (1, 2_500_000)
        assert counted(large, "2026-10") == (2, 3_500_000)
        assert counted(large, "2026-11") == (1, 1_000_000)

    def test_without_the_field_filled_in_are_none(self, large, world):
        describe(world.grid, date(2026, 10, 1), size="")
        refresh_all()
        assert trend(large, "2026-09").agencies == 1
        assert trend(large, "2026-10").agencies == 0

    def test_leave_with_the_program_and_stay_counted_before(self, large, world):
        remove_from_program(program=world.program, agency=world.grid, on=date(2026, 11, 1), by=None, at=NOW)
        refresh_all()
        assert counted(large, "2026-10") == (1, 2_500_000)
        assert trend(large, "2026-11").agencies == 0

    def test_take_no_more_queries_with_more_agencies(self, large, world):
        def queries(agencies: list[Agency]) -> int:
            with CaptureQueriesContext(connection) as made:
                current(agencies)
            return len(made)

        more = [make_agency(parent=world.energy) for _ in range(10)]
        for agency in more:
            describe(agency, size="large")
        assert queries(more) == queries(more[:1])


class TestChanges:
    def test_another_filter_counts_all_of_the_past_anew(self, large, world):
        edit_cohort(
            cohort=large, name="Small ones", conditions=read_filter({"size": "small"}), within=None,
            by=world.officer, at=NOW,
        )  # fmt: skip
        refresh_all()
        assert counted(large, "2026-09") == (1, 1_000_000)
        assert list(find_differences()) == []
        entry = AuditEntry.objects.get(action="cohort.edited")
        assert entry.actor_name == "officer"
        assert entry.changes["filter"] == [{"size": "large"}, {"size": "small"}]

    def test_another_name_counts_nothing_anew(self, large):
        edit_cohort(cohort=large, name="Big ones", conditions=large.filter, within=None, by=None, at=NOW)
        assert mark_cohorts(at=NOW) == 0

    def test_nothing_changed_is_not_in_the_audit(self, large):
        assert not edit_cohort(
            cohort=large, name=large.name, conditions=large.filter, within=None, by=None, at=NOW
        )
        assert not AuditEntry.objects.filter(action="cohort.edited").exists()

    def test_deleting_takes_the_trend_away(self, large):
        delete_cohort(cohort=large, by=None, at=NOW)
        assert not Scope.objects.filter(kind="cohort").exists()
        assert AuditEntry.objects.filter(action="cohort.deleted", object_name="Large ones").exists()
        refresh_all()
        assert list(find_differences()) == []

    def test_leave_the_trends_of_all_other_scopes_alone(self, large, world):
        Trend.objects.filter(scope__program=world.program).update(computed_at=NOW - timedelta(days=1))
        describe(world.mines, size="large")
        refresh_all(NOW)
        assert trend(large, "2026-09").agencies == 2
        assert set(
            Trend.objects.filter(scope__program=world.program).values_list("computed_at", flat=True)
        ) == {NOW - timedelta(days=1)}

    def test_of_very_many_agencies_recount_the_cohort_alone(self, large, world):
        StaleMark.objects.all().delete()
        edit_cohort(
            cohort=large,
            name="Small",
            conditions=read_filter({"size": "small"}),
            within=None,
            by=None,
            at=NOW,
        )
        mark_cohorts(at=NOW)
        refresh_stale(at=NOW, limit=2)
        assert [scope.cohort for scope in Scope.objects.filter(recount=True)] == [large]
        while recount_scopes(at=NOW):
            pass
        assert list(find_differences()) == []

    def test_of_a_cohort_nobody_took_notice_of_are_found_by_the_sweep(self, large, world):
        cohort = make_cohort(world.program, size="small")
        tasks.refresh_stale()
        assert counted(cohort, "2026-09") == (1, 1_000_000)

    def test_made_while_a_refresh_is_on_its_way_are_not_lost(self, large, world):
        """A refresh that read the cohort before the change still holds its mark, which is why marked
        agencies are marked again."""
        make_result(world.mines, "FY26 Q3", 1)
        edit_cohort(
            cohort=large, name="Mid", conditions=read_filter({"size": "mid"}), within=None, by=None, at=NOW
        )
        before = StaleMark.objects.latest("pk").pk
        mark_cohorts(at=NOW)
        assert StaleMark.objects.filter(pk__gt=before, agency=world.mines).exists()

    def test_to_a_cohort_that_is_deleted_meanwhile_leave_it_out(self, large, world, monkeypatch):
        describe(world.mines, size="large")
        keys = current([world.mines])

        def read_before(agencies: Any) -> Any:
            Cohort.objects.all().delete()
            return keys

        monkeypatch.setattr("dashboards.services.current", read_before)
        refresh_agency(agency_id=world.mines.pk, at=NOW)
        assert not Scope.objects.filter(kind="cohort").exists()
        assert not ScopeMember.objects.filter(scope__kind="cohort").exists()


class TestWhatIsNoCohort:
    @pytest.mark.parametrize("name", ["", "  ", "x" * 201, "Large ones"])
    def test_a_name_that_is_missing_too_long_or_taken(self, large, world, name):
        make = {"conditions": large.filter, "within": None, "by": None, "at": NOW}
        with pytest.raises(InvalidCohort) as refused:
            create_cohort(name=name, program=world.program, **make)
        assert refused.value.field == "name"

    def test_all_agencies(self, world):
        with pytest.raises(InvalidCohort, match="at least one field"):
            create_cohort(name="All", program=world.program, conditions=(), within=None, by=None, at=NOW)

    def test_the_same_name_in_another_program_is_fine(self, large):
        assert make_cohort(None, "Large ones", size="large").slug != large.slug


FILTERS = st.fixed_dictionaries(
    {
        "size": st.sampled_from(["", "large", "small,mid"]),
        "providers": st.sampled_from(["", "aws", "aws,azure"]),
        "nodes": st.sampled_from(["", "..20", "10.."]),
        "cfo_act": st.sampled_from(["", "no"]),
    }
).filter(lambda asked: any(asked.values()))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), asked=FILTERS)
def test_a_filter_says_unsaved_what_it_says_saved(data, asked):
    with undone():
        draw = data.draw
        top = make_agency()
        agencies = [top, *(make_agency(parent=draw(st.sampled_from([None, top]))) for _ in range(5))]
        program = make_program(agencies=agencies[:4])
        reader = make_user("everywhere", Role.VIEWER)
        for agency in agencies:
            for _ in range(draw(st.integers(0, 3))):
                describe(
                    agency,
                    on=date(2025, 10, 1) + timedelta(days=draw(st.integers(0, 400))),
                    size=draw(st.sampled_from(["", "small", "mid", "large"])),
                    providers=draw(st.lists(st.sampled_from(["aws", "azure", "other"]), unique=True)),
                    nodes=draw(st.sampled_from(["", "0", "12", "700"])),
                    cfo_act=draw(st.sampled_from(["", "yes", "no"])),
                )
            for period in draw(st.sets(st.sampled_from(["FY26 Q1", "FY26 Q2", "FY26", "FY27 Q1"]))):
                score = draw(st.sampled_from([0, 0.999999, 1.994999, 1.995, 3.333333, 5]))
                make_result(agency, period, score, limited_basis=draw(st.booleans()))
        day = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 300)))
        gone, closed, without = (draw(st.sampled_from(agencies)) for _ in range(3))
        remove_from_program(program=program, agency=gone, on=day, by=None, at=NOW)
        Agency.objects.filter(pk=closed.pk).update(closed_on=day)
        decide_not_to_adopt(
            agency=without, reason="none", review_on=day + timedelta(days=9), on=day, by=None, at=NOW
        )
        within = draw(st.sampled_from([None, top]))
        of = draw(st.sampled_from([None, program]))
        cohort = make_cohort(of, within=within, **asked)
        refresh_all()

        picked = pick(f"program:{of.slug}" if of else "everything", read_filter(asked), within, reader)
        for measure in measures_in_use():
            days = list(month_ends(date(2025, 10, 1), Freshness.objects.get().horizon_on))
            with CaptureQueriesContext(connection) as made:
                found = sums_over_time(picked, measure, days)
            assert len([one for one in made if "standing" in one["sql"]]) == 1
            rows = {row.on: row for row in Trend.objects.filter(scope__cohort=cohort, model=measure.model)}
            assert found.keys() == rows.keys()
            for on, sums in found.items():
                saved, unsaved = (statistics(one, 5, by_domain=False) for one in (rows[on], sums))
                if of is None or on < day:
                    assert unsaved == saved
                assert sums.agencies == picked.members_on(on).count()


def test_closing_counts_from_that_day(large, world):
    close_agency(agency=world.grid, on=date(2026, 10, 31), by=None, at=NOW)
    refresh_all()
    assert [trend(large, on).agencies for on in ("2026-09", "2026-10")] == [1, 0]
    with transaction.atomic():
        assert list(find_differences()) == []
