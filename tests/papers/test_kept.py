"""What a published paper showed, it shows for good; what was corrected since is listed with these papers."""

from collections.abc import Callable
from datetime import date

import pytest

from assessments.models import Cycle, Result
from dashboards.models import Publication, PublishedStanding, Report, Scope
from dashboards.queries.agency import agency_publication
from dashboards.queries.measures import measures_in_use
from dashboards.queries.one_page import publication_at
from dashboards.queries.reports import (
    is_outdated,
    later_revisions,
    reports_with_earlier_figures,
    reports_with_figures,
)
from dashboards.services_publications import correct_publication, publish_cycle
from dashboards.services_reports import Wanted, read_file, request_report
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency, ProfileValue, Program
from tests.dashboards.factories import at, make_result, month, refresh_all
from tests.factories import LONG_AGO, make_program, make_user
from tests.papers.test_reading import SEPTEMBER, eight, make_cycle, read  # noqa: F401 - a fixture
from tests.papers.test_reports import run
from tests.world import World

pytestmark = pytest.mark.django_db
Eight = tuple[Program, list[Agency]]
PUBLISHED_AT, LATER = at(2026, 11, 22), at(2026, 11, 23)


def publish(program: Program, *periods: str) -> list[int]:
    """The ids of the rounds."""
    cycles = [make_cycle(program, period).pk for period in periods]
    for pk in cycles:
        publish_cycle(cycle_id=pk, by=None, at=PUBLISHED_AT)
    return cycles


def target(program: Program, *, published: bool = True) -> tuple[int | None, ...]:
    number = read(program, published=published).numbers[0]
    return number.count, number.of, number.change, number.compared


class TestTargetsArePublishedWithTheStandings:
    """At or above their own target: 2 of the 4 with a target of stage 2, none of them the quarter before."""

    def test_a_profile_that_is_dated_back_moves_the_latest_page_alone(self, eight: Eight):  # noqa: F811
        program, agencies = eight
        publish(program, "FY26 Q3", "FY26 Q4")
        page = read(program)
        assert target(program) == (2, 4, 2, 4)
        ProfileValue.objects.filter(agency=agencies[0]).update(value=5)
        ProfileValue.objects.create(agency=agencies[5], field="target_stage", value=1, from_on=LONG_AGO)
        assert read(program) == page
        assert target(program, published=False) == (2, 5, 1, 5)

    def test_who_is_corrected_is_published_with_the_target_of_now(
        self,
        eight: Eight,  # noqa: F811
        officer_of: Callable,
    ):
        program, agencies = eight
        (cycle,) = publish(program, "FY26 Q4")
        ProfileValue.objects.filter(agency__in=agencies[:2]).update(value=5)
        wrong = Result.objects.get(agency=agencies[0], period_label="FY26 Q4")
        make_result(agencies[0], "FY26 Q4", 2.2, amends=wrong, approved_at=LATER)
        refresh_all(LATER)
        assert target(program)[:2] == (2, 4)
        correct_publication(cycle_id=cycle, reason="Amended.", by=officer_of(program), at=LATER)
        assert target(program)[:2] == (1, 4), "the first of the two; the other was not corrected"
        old = PublishedStanding.objects.get(agency=agencies[0], replaced_by__isnull=False)
        assert old.target_stage == 2


def report_of(
    *,
    scope: Scope | None = None,
    agency: Agency | None = None,
    by: User,
    form: str = "xlsx",
    on: date = SEPTEMBER,
) -> Report:
    """A report that is asked for over the pages' services and made by a worker."""
    measure = measures_in_use()[0]
    if agency is not None:
        publication = agency_publication(agency, measure, on)
        wanted = Wanted("agency", form, measure, on, 10, agency=agency, publication=publication)
    else:
        assert scope is not None
        publication = publication_at(scope, measure, on)
        wanted = Wanted("one_page", form, measure, on, 10, scope, publication=publication)
    report = request_report(wanted=wanted, by=by, at=LATER)
    run(report)
    return Report.objects.get(pk=report.pk)


@pytest.fixture
def quarters(world: World) -> World:
    """Two quarters of two programs, of which each published its own."""
    other = make_program("Another", [world.parks, world.trails])
    for agency, before, now in (
        (world.grid, 1.2, 2.5), (world.mines, 1.5, 1.5), (world.parks, 2.2, 2.2), (world.trails, 1.0, 3.0),
    ):  # fmt: skip
        make_result(agency, "FY26 Q3", before)
        make_result(agency, "FY26 Q4", now)
        ProfileValue.objects.create(agency=agency, field="target_stage", value=2, from_on=LONG_AGO)
    refresh_all()
    both = (other, world.program)
    for cycle in [make_cycle(one, period) for one in both for period in ("FY26 Q3", "FY26 Q4")]:
        publish_cycle(cycle_id=cycle.pk, by=None, at=PUBLISHED_AT)
    return world


def amend(agency: Agency, period: str, score: float) -> None:
    wrong = Result.objects.get(agency=agency, period_label=period)
    make_result(agency, period, score, amends=wrong, approved_at=LATER)
    refresh_all(LATER)


def correct(program: Program, period: str) -> Publication:
    cycle = Cycle.objects.get(program=program, period_label=period)
    officer = User.objects.filter(username=f"o-{program.slug}").first()
    officer = officer or make_user(f"o-{program.slug}", Role.OFFICER, program=program)
    return correct_publication(cycle_id=cycle.pk, reason="Wrong.", by=officer, at=LATER)


class TestTheOnePageOfAnAgencyIsBoundToAPublication:
    @pytest.mark.parametrize("form", ["pdf", "pptx", "xlsx"])
    def test_two_peoples_files_of_a_published_period_are_the_same_to_the_byte(
        self, quarters: World, form: str
    ):
        grid = quarters.grid
        first = report_of(agency=grid, by=quarters.viewer, form=form)
        make_result(grid, "FY26 Q2", 0.5, approved_at=LATER)
        make_result(grid, "FY27 Q1", 4.0, approved_at=LATER)
        amend(grid, "FY26 Q3", 2.0)
        correct(quarters.program, "FY26 Q3")
        amend(grid, "FY26 Q4", 3.5)
        ProfileValue.objects.filter(agency=grid).update(value=5)
        second = report_of(agency=grid, by=make_user("another", Role.VIEWER), form=form)
        assert first.marking == second.marking == "PUBLISHED revision 1"
        assert (first.publication_id, read_file(first)) == (second.publication_id, read_file(second))

    def test_the_page_binds_it_and_says_when_it_was_corrected(self, quarters: World):
        grid = quarters.grid
        client = quarters.client("viewer")
        answer = client.post(f"/agencies/{grid.slug}/report/", {"format": "xlsx"}, follow=True)
        report = Report.objects.get()
        assert answer.status_code == 200
        run(report)
        amend(grid, "FY26 Q4", 3.5)
        corrected = correct(quarters.program, "FY26 Q4")
        text = client.get(f"/reports/{report.pk}/").content.decode()
        assert f"/publications/{corrected.pk}/" in text
        assert "Ask for a new report to have them." in text
        listed = client.get(f"/publications/{corrected.pk}/").context
        assert list(listed["old_reports"]) == [report]
        again = report_of(agency=grid, by=quarters.viewer)
        assert again.marking == "PUBLISHED revision 2"

    def test_what_is_not_published_is_provisional_and_names_who_took_it(self, quarters: World):
        make_result(quarters.grid, "FY27 Q1", 4.0, approved_at=LATER)
        refresh_all(LATER)
        (one, other) = (
            report_of(agency=quarters.grid, by=by, on=month("2026-12"))
            for by in (quarters.viewer, quarters.officer)
        )
        assert one.marking == other.marking == "PROVISIONAL"
        assert read_file(one) != read_file(other)
        assert not one.publications.exists()

    def test_a_silent_agencys_page_is_published_too(self, quarters: World):
        assert report_of(agency=quarters.energy, by=quarters.viewer).marking == "PUBLISHED revision 1"


class TestACorrectionListsEveryReportWithTheOldFigure:
    def test_a_later_quarters_page_that_shows_the_corrected_one(self, quarters: World):
        scope = Scope.objects.get(program=quarters.program)
        later = report_of(scope=scope, by=quarters.viewer)
        amend(quarters.grid, "FY26 Q3", 2.2)
        corrected = correct(quarters.program, "FY26 Q3")
        client = quarters.client("viewer")
        assert list(client.get(f"/publications/{corrected.pk}/").context["old_reports"]) == [later]
        text = client.get(f"/reports/{later.pk}/").content.decode()
        assert "FY26 Q3 in <a" in text
        assert "A new report of this period is the same" in text
        assert read_file(report_of(scope=scope, by=quarters.viewer)) == read_file(later)

    def test_a_report_of_everything_that_carries_another_programs_figures(self, quarters: World):
        everything = Scope.objects.get(kind="everything")
        reader = make_user("leader", Role.VIEWER)
        report = report_of(scope=everything, by=reader)
        program = report_of(scope=Scope.objects.get(program=quarters.program), by=reader)
        other = Program.objects.get(name="Another")
        assert report.publication is not None
        assert report.publication.cycle.program == quarters.program, "whose round was the last"
        assert set(report.publications.values_list("cycle__program", flat=True)) == {
            quarters.program.pk, other.pk,
        }  # fmt: skip
        amend(quarters.trails, "FY26 Q4", 1.5)
        corrected = correct(other, "FY26 Q4")
        assert list(reports_with_earlier_figures(corrected, reader)) == [report]
        assert later_revisions(report) == [corrected]
        assert (is_outdated(report), later_revisions(program)) == (True, [])

    def test_an_agency_that_was_not_corrected_keeps_its_paper(self, quarters: World):
        grid, mines = (report_of(agency=one, by=quarters.viewer) for one in (quarters.grid, quarters.mines))
        amend(quarters.mines, "FY26 Q3", 2.2)
        corrected = correct(quarters.program, "FY26 Q3")
        assert list(reports_with_earlier_figures(corrected, quarters.viewer)) == [mines]
        assert list(reports_with_figures(corrected, quarters.viewer)) == [grid]
        assert (later_revisions(grid), later_revisions(mines)) == ([], [corrected])

    def test_also_where_another_programs_round_published_the_agency_first(self, world: World):
        both = make_program("Both", [world.grid])
        make_result(world.grid, "FY26 Q4", 2.5)
        refresh_all()
        for program in (both, world.program):
            publish(program, "FY26 Q4")
        report = report_of(agency=world.grid, by=world.viewer)
        assert report.publication is not None
        assert report.publication.cycle.program == both
        amend(world.grid, "FY26 Q4", 3.5)
        corrected = correct(world.program, "FY26 Q4")
        assert list(reports_with_earlier_figures(corrected, world.viewer)) == [report]
        text = world.client("viewer").get(f"/reports/{report.pk}/").content.decode()
        assert f"/publications/{corrected.pk}/" in text

    def test_the_list_goes_on_page_by_page_and_is_not_cut(self, quarters: World):
        report = report_of(scope=Scope.objects.get(program=quarters.program), by=quarters.viewer)
        shown = list(report.publications.all())
        for _ in range(30):
            report.pk, report.job = None, None
            report.save()
            report.publications.set(shown)
        amend(quarters.grid, "FY26 Q4", 3.5)
        page = f"/publications/{correct(quarters.program, 'FY26 Q4').pk}/"
        client = quarters.client("viewer")
        lengths = [len(client.get(page, {"older": number}).context["old_reports"]) for number in (1, 2)]
        assert lengths == [25, 6]
        assert "older=2#reports-title" in client.get(page).content.decode()
