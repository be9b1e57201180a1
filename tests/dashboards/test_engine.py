"""Approvals, corrections, moves and closures find their way into the trends, exactly and once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from dashboards import tasks
from dashboards.models import Freshness, Scope, Standing, Trend
from dashboards.services import extend_horizon, horizon_on, recount_scopes, refresh_agency, refresh_stale
from dashboards.services_check import find_differences, snapshot, verify
from dashboards.services_rebuild import begin_rebuild, left, request_rebuild
from portal.agencies.models import Agency, StaleMark
from portal.agencies.services import close_agency, mark_stale, move_agency
from portal.agencies.services_profile import decide_not_to_adopt
from portal.agencies.services_programs import remove_from_program
from portal.jobs.models import Job
from tests.dashboards.factories import RULE, at, make_result, make_version, month, refresh_all
from tests.factories import NOW, make_agency, make_program
from tests.world import World

pytestmark = pytest.mark.django_db
PROGRAM, ENERGY = "Containers First", "Department of Energy Affairs"


@pytest.fixture
def counted(world: World) -> World:
    """The small government after its agencies were counted once, as after an import."""
    mark_stale(agencies=everyone(world), reason="imported", at=NOW)
    refresh_all()
    return world


def everyone(world: World) -> list[Agency]:
    return [world.energy, world.grid, world.mines, world.parks, world.trails]


def trend(scope: str, on: str) -> Trend | None:
    scopes = {str(found): found for found in Scope.objects.select_related("program", "agency")}
    return Trend.objects.filter(scope=scopes[scope], on=month(on)).first()


def refresh(agency: Agency) -> None:
    assert refresh_agency(agency_id=agency.pk, at=NOW)


class TestAnApproval:
    def test_shows_in_each_scope_of_its_agency_and_in_no_other(self, counted):
        make_result(counted.grid, "FY26 Q4", 2.5)
        refresh(counted.grid)
        for scope, agencies in (("All agencies", 5), (PROGRAM, 3), (ENERGY, 3)):
            row = trend(scope, "2026-09")
            assert (row.agencies, row.reported, row.carried, row.score_sum) == (agencies, 1, 0, 2_500_000)
            assert row.by_stage == {"2": {"reported": 1}}
            assert row.histogram == {"250": 1}
            assert row.domains == {"people": {"n": 1, "sum": 400_000, "histogram": {"40": 1}}}
        assert not Trend.objects.filter(scope__agency=counted.parks).exists()

    def test_counts_from_its_period_to_the_horizon(self, counted):
        make_result(counted.grid, "FY26 Q3", 2.5)
        refresh(counted.grid)
        rows = Trend.objects.filter(scope__kind="everything").order_by("on")
        assert [(f"{row.on:%Y-%m}", row.reported, row.carried) for row in rows] == [
            ("2026-06", 1, 0), ("2026-07", 1, 0), ("2026-08", 1, 0),
            ("2026-09", 0, 1), ("2026-10", 0, 1), ("2026-11", 0, 1), ("2026-12", 0, 1),
        ]  # fmt: skip

    def test_of_the_running_quarter_shows_at_its_end(self, counted):
        make_result(counted.grid, "FY27 Q1")
        refresh(counted.grid)
        assert Freshness.objects.get().horizon_on == date(2026, 12, 31)
        assert trend(PROGRAM, "2026-12").reported == 1
        assert trend(PROGRAM, "2026-11") is None

    def test_says_up_to_which_approval_all_is_computed(self, counted):
        result = make_result(counted.grid)
        refresh_agency(agency_id=counted.grid.pk, at=NOW + timedelta(minutes=1))
        freshness = Freshness.objects.get()
        assert freshness.approved_at == result.approved_at
        assert freshness.computed_at == NOW + timedelta(minutes=1)

    def test_of_an_older_period_lengthens_the_trend_backwards(self, counted):
        make_result(counted.grid, "FY26 Q4")
        refresh(counted.grid)
        make_result(counted.mines, "FY26 Q2", 1)
        refresh(counted.mines)
        row = trend(ENERGY, "2026-03")
        assert (row.agencies, row.reported, row.score_sum) == (3, 1, 1_000_000)
        assert (trend(ENERGY, "2026-09").reported, trend(ENERGY, "2026-09").carried) == (1, 1)

    def test_refreshed_twice_counts_once(self, counted):
        make_result(counted.grid)
        refresh(counted.grid)
        before = list(Trend.objects.order_by("pk").values())
        assert not refresh_agency(agency_id=counted.grid.pk, at=NOW)
        mark_stale(agencies=[counted.grid], reason="again", at=NOW)
        refresh(counted.grid)
        assert list(Trend.objects.order_by("pk").values()) == before

    def test_asks_as_many_queries_among_fifty_agencies_as_among_five(self, counted, queries_of):
        make_result(counted.grid, "FY26 Q4")
        refresh(counted.grid)
        make_result(counted.grid, "FY27 Q1")
        few = queries_of(lambda: refresh(counted.grid))
        more = [make_agency(parent=counted.energy) for _ in range(45)]
        make_program("Another", more)
        for agency in more:
            make_result(agency, "FY26 Q4")
        refresh_all()
        make_result(counted.mines, "FY26 Q4")
        refresh(counted.mines)
        make_result(counted.mines, "FY27 Q1")
        assert queries_of(lambda: refresh(counted.mines)) == few

    def test_of_two_models_keeps_them_apart(self, counted):
        make_result(counted.grid, score=2)
        make_result(counted.grid, score=4, version=make_version("cloud"))
        refresh(counted.grid)
        sums = Trend.objects.filter(scope__kind="everything", on=month("2026-09"))
        assert sorted(sums.values_list("score_sum", flat=True)) == [2_000_000, 4_000_000]


class TestEverythingElseThatChangesTrends:
    @pytest.fixture(autouse=True)
    def results(self, counted):
        for agency in (counted.grid, counted.mines, counted.trails):
            make_result(agency, "FY26 Q4", 2)
            refresh(agency)

    def test_a_correction_replaces_what_it_corrects(self, counted):
        wrong = counted.grid.results.get()
        make_result(counted.grid, "FY26 Q4", 3, amends=wrong)
        refresh(counted.grid)
        row = trend(PROGRAM, "2026-09")
        assert (row.reported, row.score_sum, row.by_stage) == (
            2,
            5_000_000,
            {"2": {"reported": 1}, "3": {"reported": 1}},
        )

    def test_a_move_takes_the_history_along(self, counted):
        move_agency(agency=counted.grid, parent=counted.parks, by=None, at=NOW)
        refresh_all()
        assert (trend(ENERGY, "2026-09").agencies, trend(ENERGY, "2026-09").reported) == (2, 1)
        parks = trend("Department of Parks", "2026-09")
        assert (parks.agencies, parks.reported) == (3, 2)
        assert trend(PROGRAM, "2026-09").reported == 2

    def test_an_agency_with_its_first_component_gets_a_trend_with_itself_in_it(self, counted):
        move_agency(agency=counted.grid, parent=counted.mines, by=None, at=NOW)
        refresh(counted.grid)
        assert StaleMark.objects.filter(agency=counted.mines).exists()
        refresh(counted.mines)
        assert (trend("Mines Office", "2026-09").agencies, trend("Mines Office", "2026-09").reported) == (
            2,
            2,
        )

    def test_an_agency_without_components_has_no_trend_any_more(self, counted):
        move_agency(agency=counted.trails, parent=None, by=None, at=NOW)
        refresh_all()
        assert not Trend.objects.filter(scope__agency=counted.parks).exists()

    def test_leaving_a_program_keeps_the_months_before(self, counted):
        remove_from_program(
            program=counted.program, agency=counted.grid, on=date(2026, 11, 1), by=None, at=NOW
        )
        refresh(counted.grid)
        assert (trend(PROGRAM, "2026-10").agencies, trend(PROGRAM, "2026-10").reported) == (3, 2)
        assert (trend(PROGRAM, "2026-11").agencies, trend(PROGRAM, "2026-11").reported) == (2, 1)
        assert trend("All agencies", "2026-11").reported == 3

    def test_closing_takes_the_agency_out_from_that_day(self, counted):
        close_agency(agency=counted.grid, on=date(2026, 11, 30), by=None, at=NOW)
        refresh(counted.grid)
        assert (trend(ENERGY, "2026-10").agencies, trend(ENERGY, "2026-10").reported) == (3, 2)
        assert (trend(ENERGY, "2026-11").agencies, trend(ENERGY, "2026-11").reported) == (2, 1)

    def test_who_does_not_adopt_is_counted_apart(self, counted):
        decide_not_to_adopt(
            agency=counted.grid,
            reason="nothing to run",
            review_on=date(2027, 10, 1),
            on=date(2026, 10, 15),
            by=None,
            at=NOW,
        )
        refresh(counted.grid)
        row = trend(ENERGY, "2026-10")
        assert (row.agencies, row.reported, row.not_adopting, row.score_sum) == (3, 1, 1, 2_000_000)
        assert trend(ENERGY, "2026-09").not_adopting == 0
        standing = Standing.objects.of_model(counted.grid.results.get().model, RULE).on(month("2026-12"))
        assert standing.get(agency=counted.grid).state == "not_adopting"

    def test_a_new_agency_is_counted_as_not_reporting(self, counted):
        agency = make_agency(parent=counted.energy)
        mark_stale(agencies=[agency], reason="created", at=NOW)
        refresh(agency)
        assert (trend(ENERGY, "2026-09").agencies, trend(ENERGY, "2026-09").reported) == (4, 2)


class TestTime:
    def test_the_horizon_is_the_end_of_the_quarter_of_any_calendar_in_use(self, db):
        assert horizon_on(at(2026, 11, 21)) == date(2026, 12, 31)
        assert horizon_on(at(2027, 1, 1)) == date(2027, 3, 31)
        make_program(year_starts_in=2)
        assert horizon_on(at(2026, 11, 21)) == date(2027, 1, 31)

    def test_new_months_age_what_is_there_without_a_new_approval(self, counted):
        make_result(counted.grid, "FY27 Q1")
        refresh(counted.grid)
        assert extend_horizon(at=at(2027, 4, 1))
        assert Freshness.objects.get().horizon_on == date(2027, 6, 30)
        assert (trend(PROGRAM, "2027-02").reported, trend(PROGRAM, "2027-02").carried) == (1, 0)
        assert (trend(PROGRAM, "2027-06").reported, trend(PROGRAM, "2027-06").carried) == (0, 1)
        assert extend_horizon(at=at(2027, 10, 1))
        silent = trend(PROGRAM, "2027-12")
        assert (silent.agencies, silent.reported, silent.carried) == (3, 0, 0)
        assert list(find_differences()) == []

    def test_the_same_month_again_changes_nothing(self, counted):
        make_result(counted.grid)
        refresh(counted.grid)
        assert not extend_horizon(at=NOW)
        assert not extend_horizon(at=at(2026, 1, 1))

    def test_the_sweep_notices_a_new_quarter_by_itself(self, counted, monkeypatch):
        make_result(counted.grid)
        monkeypatch.setattr("dashboards.tasks.timezone.now", lambda: at(2027, 1, 1))
        tasks.refresh_stale()
        assert Freshness.objects.get().horizon_on == date(2027, 3, 31)
        assert left().total == 0


class TestManyAtOnce:
    def test_a_full_slice_leaves_the_trends_to_a_recount(self, counted):
        for agency in (counted.grid, counted.mines):
            make_result(agency)
        assert refresh_stale(at=NOW, limit=2) == 2
        assert not Trend.objects.exists()
        assert recount_scopes(at=NOW) == 1
        refresh_all()
        assert trend("All agencies", "2026-09").reported == 2
        assert list(find_differences()) == []

    def test_the_latest_marks_come_first(self, counted):
        make_result(counted.grid)
        make_result(counted.mines)
        refresh_stale(at=NOW, limit=1)
        assert StaleMark.objects.get().agency == counted.grid


class TestTheCheck:
    @pytest.fixture(autouse=True)
    def results(self, counted):
        make_result(counted.grid, "FY26 Q4", 2)
        refresh(counted.grid)

    def test_finds_nothing_where_all_is_right(self):
        assert list(find_differences()) == []

    @pytest.mark.parametrize(
        ("field", "wrong"),
        [
            ("reported", 2),
            ("score_sum", 1),
            ("agencies", 9),
            ("histogram", {"3": 1}),
            ("by_stage", {}),
            ("domains", {}),
        ],
    )
    def test_finds_a_wrong_number_in_a_trend(self, field, wrong):
        row = trend(PROGRAM, "2026-10")
        Trend.objects.filter(pk=row.pk).update(**{field: wrong})
        (finding,) = find_differences()
        assert (finding.subject, finding.what) == (PROGRAM, f"{field} on 2026-10-31")
        assert finding.stored == str(wrong)
        assert finding.computed == str(getattr(row, field))

    def test_finds_a_row_too_few_and_one_too_many(self):
        row = trend(PROGRAM, "2026-10")
        row.delete()
        row.pk, row.on = None, date(2030, 1, 31)
        row.save()
        assert {finding.what for finding in find_differences()} == {
            "trend on 2026-10-31",
            "trend on 2030-01-31",
        }

    def test_finds_a_wrong_standing_and_an_agency_that_was_never_counted(self, counted):
        Standing.objects.filter(agency=counted.grid, state="reported").update(score=1)
        new = make_agency()
        found = {(finding.subject, finding.what) for finding in find_differences()}
        assert (counted.grid.slug, "standing from 2026-09-30") in found
        assert (new.slug, "member of everything 0") in found

    def test_leaves_out_what_waits_for_a_refresh(self, counted):
        make_result(counted.grid, "FY27 Q1", 4)
        assert list(find_differences()) == []

    def test_a_rebuild_repairs_whatever_is_wrong(self, counted):
        Trend.objects.update(reported=7, histogram={})
        Standing.objects.update(score=1)
        Scope.objects.filter(program=counted.program).update(recount=False)
        Trend.objects.filter(scope__kind="subtree").delete()
        begin_rebuild(at=NOW)
        refresh_all()
        assert list(find_differences()) == []
        assert trend(PROGRAM, "2026-09").score_sum == 2_000_000

    def test_what_does_not_add_up_is_counted_anew_and_holds_nothing_up(self, counted, caplog):
        Trend.objects.filter(scope__program=counted.program).update(reported=0, carried=0)
        make_result(counted.grid, "FY26 Q4", 3, amends=counted.grid.results.get())
        make_result(counted.grid, "FY26 Q3", 3)
        close_agency(agency=counted.grid, on=date(2026, 1, 1), by=None, at=NOW)
        refresh(counted.grid)
        assert "do not add up" in caplog.text
        caplog.clear()
        assert Scope.objects.get(recount=True).program == counted.program
        refresh_all()
        assert list(find_differences()) == []


@pytest.mark.django_db(transaction=True)
class TestCommands:
    def test_rebuild_says_how_far_it_is(self, counted):
        make_result(counted.grid)
        out = StringIO()
        call_command("rebuild_trends", stdout=out)
        assert "Computing 5 agencies anew" in out.getvalue()
        assert "Done in" in out.getvalue()
        assert trend(PROGRAM, "2026-09").reported == 1

    def test_rebuild_can_be_left_to_the_workers(self, counted):
        out = StringIO()
        call_command("rebuild_trends", "--in-background", stdout=out)
        job = Job.objects.get()
        assert f"Job {job.pk} is waiting" in out.getvalue()
        tasks.rebuild(job_id=job.pk)
        job.refresh_from_db()
        assert (job.state, job.percent) == ("done", 100)
        assert left().total == 0

    def test_a_rebuild_job_is_run_once(self, counted):
        job = request_rebuild(by=counted.administrator, at=NOW)
        tasks.rebuild(job_id=job.pk)
        tasks.rebuild(job_id=job.pk)
        job.refresh_from_db()
        assert job.attempt == 1

    def test_verify_says_that_all_is_right(self, counted):
        make_result(counted.grid)
        refresh_all()
        out = StringIO()
        call_command("verify_trends", stdout=out)
        assert out.getvalue().startswith("No difference in 5 agencies and")
        freshness = Freshness.objects.get()
        assert (freshness.differences, freshness.verified_at is None) == (0, False)

    def test_verify_names_each_difference_and_ends_with_an_error(self, counted):
        make_result(counted.grid)
        refresh_all()
        Trend.objects.filter(scope__program=counted.program, on=month("2026-10")).update(score_sum=1)
        out = StringIO()
        with pytest.raises(CommandError, match="1 differences in 5 agencies"):
            call_command("verify_trends", stdout=out)
        assert f"{PROGRAM}, score_sum on 2026-10-31: stored 1, computed 2500000" in out.getvalue()
        assert Freshness.objects.get().differences == 1

    def test_the_nightly_check_raises_the_alarm(self, counted, caplog):
        make_result(counted.grid)
        refresh_all()
        Trend.objects.update(score_sum=1)
        tasks.verify_nightly()
        assert "Trends are wrong: " in caplog.text

    def test_verify_may_be_the_first_to_use_its_connection(self, counted):
        """As in the command, where nothing has been read before."""
        make_result(counted.grid)
        refresh_all()

        def check() -> int:
            try:
                return verify(at=NOW).differences
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(check).result(timeout=10) == 0

    def test_the_snapshot_neither_moves_nor_keeps_writers_out(self, counted):
        """On SQLite a transaction usually takes the write lock at once; this one must not."""

        def write() -> None:
            make_result(counted.mines)
            refresh_all()
            connection.close()

        with snapshot(), ThreadPoolExecutor(1) as pool:
            assert not Trend.objects.exists()
            pool.submit(write).result(timeout=10)
            assert not Trend.objects.exists()
        assert Trend.objects.exists()
