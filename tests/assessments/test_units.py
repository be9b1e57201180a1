"""The agencies of a round: who answers for whom, later days, nothing to report, closing; and the board."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from assessments.models import Assessment, Cycle, Extension, NothingToReport, ReportingUnit
from assessments.queries_cycles import agencies_asked, board_lines, totals_of
from assessments.queries_rollup import with_rollups
from assessments.queries_units import arrangement_of, mark_of
from assessments.services import CannotStart, start_amendment, start_assessment
from assessments.services_cycles import CannotAdvance, advance_cycle, close_cycle, reopen_cycle
from assessments.services_extensions import (
    CannotConfirm,
    CannotExtend,
    confirm_nothing,
    extend_agencies,
    withdraw_extensions,
    withdraw_nothing,
)
from assessments.services_review import CannotSubmit, return_assessment
from assessments.services_units import ArrangementChanged, CannotArrange, arrange_units
from portal.access.models import Membership, User
from portal.access.rules import Role
from portal.agencies.models import Agency, StaleMark
from portal.audit.models import AuditEntry
from portal.notices.models import Notice
from tests.assessments.conftest import LABEL, QUARTER, Case
from tests.assessments.test_cycles import DUE, make_cycle
from tests.dashboards.factories import make_result, make_version
from tests.factories import LONG_AGO, NOW, make_agency, make_program
from tests.maturity.factories import make_small_model
from tests.world import World

LATER = DUE + timedelta(days=14)
ENERGY = "Department of Energy Affairs"


def arrange(cycle: Cycle, change: str, *agencies: Agency, **more: Any) -> set[int]:
    given = {
        "cycle_id": cycle.pk,
        "change": change,
        "agencies": [agency.pk for agency in agencies] or None,
        "seen": mark_of(arrangement_of(cycle.program_id, cycle.period_ends_on)),
        "at": NOW,
    }
    return arrange_units(**(given | more))


def extend(cycle: Cycle, world: World, *agencies: Agency, until: date = LATER, **more: Any) -> int:
    given = {
        "cycle_id": cycle.pk,
        "until_on": until,
        "reason": "A move of the data center.",
        "seen": {agency.pk: None for agency in agencies},
        "by": world.officer,
        "at": NOW,
    }
    return extend_agencies(**(given | more))


def board(cycle: Cycle, world: World, persona: str = "officer", today: date = DUE) -> dict[str, Any]:
    person = world.people[persona]
    lines = board_lines(cycle, agencies_asked(cycle, person), person, today)
    return {line.agency.name: line for line in with_rollups(cycle, lines, person)}


def told(kind: str) -> set[str]:
    people = Notice.objects.filter(kind=kind).values("person_id")
    return set(User.objects.filter(pk__in=people).values_list("username", flat=True))


def start_mines(world: World, version: Any) -> Assessment:
    return start_assessment(
        agency=world.mines, version=version, period=QUARTER, period_label=LABEL, by=world.officer, at=NOW
    )


# --- who answers for whom -----------------------------------------------------------------------------


class TestArranging:
    def test_is_kept_audited_told_and_marks_whom_it_touches(self, case: Case):
        world, cycle = case.world, make_cycle(case.world, case)
        StaleMark.objects.all().delete()
        assert arrange(cycle, "cover", world.energy, by=world.officer) == {world.grid.pk, world.mines.pk}
        assert set(ReportingUnit.objects.values_list("agency__name", "mode", "covered_by__name")) == {
            ("Grid Office", "covered", ENERGY),
            ("Mines Office", "covered", ENERGY),
        }
        assert set(StaleMark.objects.values_list("agency__name", flat=True)) == {
            "Grid Office",
            "Mines Office",
        }
        entry = AuditEntry.objects.get(action="arrange units")
        assert entry.changes["units"][world.grid.slug] == ["own", f"covered by {world.energy.slug}"]
        assert told("reporting-unit-changed") == {"contributor", "lead"}
        assert arrange(cycle, "cover", world.energy, by=world.officer) == set()  # twice is once
        assert AuditEntry.objects.filter(action="arrange units").count() == 1

    def test_over_what_somebody_else_changed_meanwhile_is_refused(self, world: World):
        cycle = make_cycle(world)
        seen = mark_of({})
        arrange(cycle, "cover", world.energy, by=world.officer)
        with pytest.raises(ArrangementChanged, match="Nothing was changed"):
            arrange(cycle, "roll_up", world.energy, by=world.officer, seen=seen)

    @pytest.mark.parametrize(
        ("change", "agency", "reason"),
        [
            ("roll_up", "mines", "Mines Office cannot be rolled up: no agency below it is asked"),
            ("cover", "mines", "Mines Office cannot cover others: no agency below it is asked"),
            ("own", "parks", "1 of these agencies are not asked"),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_name(
        self, world: World, change: str, agency: str, reason: str
    ):
        cycle = make_cycle(world)
        with pytest.raises(CannotArrange, match=reason):
            arrange(cycle, change, getattr(world, agency), by=world.officer)
        assert not ReportingUnit.objects.exists()

    def test_one_of_those_covered_cannot_answer_beside_who_covers_it(self, world: World):
        cycle = make_cycle(world, units="cover")
        with pytest.raises(CannotArrange, match=f"{ENERGY} cannot cover others while Grid Office, below it"):
            arrange(cycle, "own", world.grid, by=world.officer)

    def test_who_has_handed_in_is_not_taken_out_of_the_count(self, submitted: Case):
        cycle = make_cycle(submitted.world, submitted)
        with pytest.raises(CannotArrange, match="Grid Office has handed in its own assessment for FY27 Q1"):
            arrange(cycle, "cover", submitted.world.energy, by=submitted.world.officer)

    def test_holds_for_all_rounds_of_the_program_for_the_period(self, world: World):
        make_cycle(world, units="roll_up")
        second = make_cycle(world, version=make_small_model("other"))
        assert board(second, world)[ENERGY].status == "rolled_up"

    def test_the_database_itself_refuses_what_cannot_be(self, world: World):
        rows = {"program": world.program, "period_ends_on": DUE, "agency": world.grid, "set_at": NOW}
        for wrong in (
            {"mode": "covered"},
            {"mode": "rolled_up", "covered_by": world.energy},
            {"mode": "covered", "covered_by": world.grid},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                ReportingUnit.objects.create(**rows, **wrong)


class TestWhoDoesNotAnswerForItself:
    def test_cannot_be_started_and_is_told_why(self, world: World):
        cycle = make_cycle(world, units="cover")
        with pytest.raises(CannotStart, match=f"Mines Office is covered by {ENERGY} and does not answer"):
            start_mines(world, cycle.version)
        assert not board(cycle, world)["Mines Office"].may_start

    def test_cannot_submit_the_draft_it_had(self, case: Case):
        arrange(make_cycle(case.world, case), "cover", case.world.energy, by=case.world.officer)
        case.answer_all_asked()
        with pytest.raises(CannotSubmit, match="Grid Office is covered by"):
            case.submit()

    def test_may_answer_where_another_program_asks_it_for_the_same(self, world: World):
        cycle = make_cycle(world, units="cover")
        other = make_program("Another", [world.mines])
        make_cycle(world, version=cycle.version, program=other)
        assert start_mines(world, cycle.version).state == "draft"

    def test_is_no_unit_of_the_totals(self, world: World):
        cycle = make_cycle(world, units="roll_up")
        totals = totals_of(agencies_asked(cycle, world.officer), DUE)
        assert (totals.asked, totals.listed, totals.apart) == (2, 3, {"rolled_up": 1, "covered": 0})

    def test_rolled_up_it_shows_the_lowest_the_median_and_how_many(self, world: World):
        version = make_version()
        for number, score in enumerate([1.0, 2.0, 4.0]):
            office = make_agency(f"Office {number}", world.energy)
            world.program.memberships.create(agency=office, from_on=LONG_AGO)
            make_result(office, "FY27 Q1", score)
        cycle = make_cycle(world, version=version, units="roll_up")
        found = board(cycle, world)[ENERGY].rollup
        assert (found.reported, found.asked, found.incomplete) == (3, 5, True)
        assert (found.lowest, found.median) == (1_000_000, 2_000_000)
        make_result(world.grid, "FY27 Q1", 3)
        found = board(cycle, world)[ENERGY].rollup
        assert (found.reported, found.median, found.incomplete) == (4, 2_500_000, False)

    def test_a_correction_stands_in_the_place_of_what_it_corrects(self, world: World):
        first = make_result(world.grid, "FY27 Q1", 3)
        make_result(world.grid, "FY27 Q1", 1, amends=first)
        cycle = make_cycle(world, version=first.version, units="roll_up")
        assert board(cycle, world)[ENERGY].rollup.lowest == 1_000_000

    def test_what_those_below_come_to_is_for_who_may_know_of_all_of_them(self, world: World):
        result = make_result(world.grid, "FY27 Q1", 3)
        cycle = make_cycle(world, version=result.version, units="roll_up")
        assert board(cycle, world, "viewer")[ENERGY].rollup.lowest == 3_000_000
        assert ENERGY not in board(cycle, world, "lead")
        Membership.objects.create(user=world.lead, role=Role.LEAD, agency=world.energy, from_on=LONG_AGO)
        world.people["lead"] = type(world.lead).objects.get(pk=world.lead.pk)
        assert board(cycle, world, "lead")[ENERGY].rollup.lowest == 3_000_000

    def test_its_page_says_so(self, world: World):
        result = make_result(world.grid, "FY27 Q1", 3)
        make_cycle(world, version=result.version, units="roll_up")
        page = world.client("viewer").get(f"/agencies/{world.energy.slug}/").content.decode()
        assert "Rolled up from the agencies below it (incomplete)" in page
        assert "the lowest score is 3.00 and the median 3.00 of 5; 1 of 2 reported" in page

    def test_the_page_of_a_covered_one_says_by_whom(self, world: World):
        make_cycle(world, units="cover")
        page = world.client("viewer").get(f"/agencies/{world.grid.slug}/").content.decode()
        assert f"Covered by {ENERGY}" in page
        # Who may not open the page of that one is told its name, not led there.
        page = world.client("lead").get(f"/agencies/{world.grid.slug}/").content.decode()
        assert f"Covered by {ENERGY}" in page
        assert f"/agencies/{world.energy.slug}/" not in page


# --- a later due day ----------------------------------------------------------------------------------


class TestExtensions:
    def test_of_several_at_once_are_audited_and_told(self, case: Case):
        world, cycle = case.world, make_cycle(case.world, case)
        assert extend(cycle, world, world.grid, world.mines) == 2
        entries = AuditEntry.objects.filter(action="extend")
        assert {entry.changes["agency"] for entry in entries} == {world.grid.slug, world.mines.slug}
        assert told("round-extended") == {"contributor", "lead"}
        again = extend(cycle, world, world.grid, seen={world.grid.pk: LATER})
        assert (again, entries.count()) == (0, 2)

    def test_are_taken_back(self, case: Case):
        world, cycle = case.world, make_cycle(case.world, case)
        extend(cycle, world, world.grid)
        common = {"cycle_id": cycle.pk, "by": world.officer, "at": NOW}
        assert withdraw_extensions(seen={world.grid.pk: LATER}, **common) == 1
        assert not Extension.objects.exists()
        assert told("extension-withdrawn") == {"contributor", "lead"}
        with pytest.raises(CannotExtend, match="None of the chosen agencies has a later due day"):
            withdraw_extensions(seen={world.grid.pk: None}, **common)

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ({"reason": " "}, "Say why"),
            ({"until": DUE}, "has to be after November 30, 2026"),
            ({"seen": {}}, "Choose at least one agency"),
            ({"seen": {999999: None}}, "Not all chosen agencies are asked"),
        ],
    )
    def test_that_cannot_be_are_refused(self, case: Case, more: dict[str, Any], reason: str):
        cycle = make_cycle(case.world, case)
        with pytest.raises(CannotExtend, match=reason):
            extend(cycle, case.world, case.world.grid, **more)
        assert not Extension.objects.exists()

    def test_are_not_written_over_unseen(self, case: Case):
        world, cycle = case.world, make_cycle(case.world, case)
        extend(cycle, world, world.grid)
        with pytest.raises(CannotExtend, match="Somebody was there before you: Grid Office has leave until"):
            extend(cycle, world, world.grid, until=LATER + timedelta(days=7))
        assert Extension.objects.get().until_on == LATER

    def test_of_who_does_not_answer_for_itself_make_no_sense(self, world: World):
        cycle = make_cycle(world, units="cover")
        with pytest.raises(CannotExtend, match="Grid Office is covered by"):
            extend(cycle, world, world.grid)

    def test_over_the_pages(self, case: Case):
        world, cycle = case.world, make_cycle(case.world, case)
        client, url = world.client("officer"), f"/cycles/{cycle.pk}/extend/"
        unit = f"{world.grid.pk}:"
        page = client.get(url, {"unit": [unit, f"{world.mines.pk}:"]}).content.decode()
        assert "Grid Office" in page
        assert "Mines Office" in page
        response = client.post(url, {"unit": unit, "until_on": "soon", "reason": "Because."})
        assert response.status_code == 422
        assert "Because." in response.content.decode()  # nothing that was typed is lost
        response = client.post(url, {"unit": unit, "until_on": "2026-11-01", "reason": "Because."})
        assert response.status_code == 422
        assert "has to be after" in response.content.decode()
        far = "2099-12-14"
        assert client.post(url, {"unit": unit, "until_on": far, "reason": "Because."}).status_code == 302
        assert client.post(url, {"unit": f"{unit}{far}", "withdraw": "1"}).status_code == 302
        assert not Extension.objects.exists()
        assert client.get(url, {"unit": "nonsense"}).status_code == 404
        assert client.get(url).status_code == 302


# --- nothing to report --------------------------------------------------------------------------------


class TestNothingToReport:
    def test_is_confirmed_by_the_lead_and_taken_back(self, world: World):
        cycle = make_cycle(world)
        client, url = world.client("lead"), f"/cycles/{cycle.pk}/nothing/{world.grid.slug}/"
        assert client.post(url, {"reason": ""}).status_code == 422
        assert client.post(url, {"reason": "No systems in scope."}).status_code == 302
        line = board(cycle, world)["Grid Office"]
        assert (line.status, line.nothing.reason) == ("nothing", "No systems in scope.")
        assert not board(cycle, world, today=LATER)["Grid Office"].late
        assert told("nothing-to-report") == {"contributor"}
        assert client.post(url, {"withdraw": "1"}).status_code == 302
        assert board(cycle, world)["Grid Office"].status == "not_started"
        assert [entry.action for entry in AuditEntry.objects.order_by("pk") if "nothing" in entry.action] == [
            "confirm nothing to report",
            "take back nothing to report",
        ]

    def test_is_taken_back_by_starting(self, world: World):
        cycle = make_cycle(world)
        confirm_nothing(cycle_id=cycle.pk, agency=world.mines, reason="None.", by=world.officer, at=NOW)
        assert start_mines(world, cycle.version).state == "draft"
        assert not NothingToReport.objects.exists()
        entry = AuditEntry.objects.get(action="take back nothing to report")
        assert entry.changes["because"] == "started an assessment"

    def test_is_refused_once_something_was_begun_or_the_round_closed(self, case: Case):
        world, cycle = case.world, make_cycle(case.world, case)
        common = {"cycle_id": cycle.pk, "reason": "None.", "by": world.officer, "at": NOW}
        with pytest.raises(CannotConfirm, match="Grid Office has begun an assessment"):
            confirm_nothing(agency=world.grid, **common)
        with pytest.raises(CannotConfirm, match="Trails Office is not asked"):
            confirm_nothing(agency=world.trails, **common)
        confirm_nothing(agency=world.mines, **common)
        confirm_nothing(agency=world.mines, **common)  # twice is once
        with pytest.raises(CannotConfirm, match=r"has confirmed that already, with the reason: None\."):
            confirm_nothing(agency=world.mines, **(common | {"reason": "Other."}))
        close_cycle(cycle_id=cycle.pk, by=world.officer, at=NOW)
        with pytest.raises(CannotConfirm, match="is closed"):
            confirm_nothing(agency=world.energy, **common)
        with pytest.raises(CannotConfirm, match="is closed"):
            withdraw_nothing(cycle_id=cycle.pk, agency=world.mines, by=world.officer, at=NOW)
        assert NothingToReport.objects.count() == 1


# --- closing ------------------------------------------------------------------------------------------


class TestClosing:
    def close(self, cycle: Cycle, world: World) -> None:
        close_cycle(cycle_id=cycle.pk, by=world.officer, at=NOW)

    def test_locks_the_round_for_starting_and_submitting(self, case: Case):
        world, cycle = case.world, make_cycle(case.world, case)
        case.answer_all_asked()
        self.close(cycle, world)
        ask = "ask the program office of Containers First for an extension"
        with pytest.raises(CannotStart, match=rf"Containers First FY27 Q1 is closed.*{ask}"):
            start_mines(world, cycle.version)
        with pytest.raises(CannotSubmit, match="is closed"):
            case.submit()
        assert case.assessment.answers.count() == 4  # what was answered stays
        url, client = f"/assessments/{case.assessment.pk}/submit/", world.client("lead")
        said = {"revision": case.assessment.revision, "attested_by": "Pat Lead"}
        for response in (client.get(url), client.post(url, said)):
            assert ask in response.content.decode()
        assert told("round-closed") == {"contributor", "lead"}

    def test_lets_in_who_was_extended_beyond_that_day(self, case: Case):
        world, cycle = case.world, make_cycle(case.world, case)
        case.answer_all_asked()
        extend(cycle, world, world.grid)
        self.close(cycle, world)
        assert case.submit().state == "submitted"

    def test_no_longer_when_that_is_over(self, case: Case):
        world, cycle = case.world, make_cycle(case.world, case)
        extend(cycle, world, world.mines)
        self.close(cycle, world)
        with pytest.raises(CannotStart, match="is closed and its extension ended on December 14, 2026"):
            start_assessment(
                agency=world.mines,
                version=cycle.version,
                period=QUARTER,
                period_label=LABEL,
                by=world.officer,
                at=NOW + timedelta(days=60),
            )

    def test_lets_in_what_a_reviewer_returned(self, submitted: Case):
        world = submitted.world
        self.close(make_cycle(world, submitted), world)
        submitted.assessment = return_assessment(
            assessment_id=submitted.assessment.pk,
            revision=submitted.assessment.revision,
            comment="Say more.",
            by=world.reviewer,
            at=NOW,
        )
        assert submitted.submit().state == "submitted"

    def test_does_not_hold_up_a_correction(self, approved: Case):
        world = approved.world
        self.close(make_cycle(world, approved), world)
        amendment = start_amendment(
            assessment_id=approved.assessment.pk, reason="A slip.", by=world.lead, at=NOW
        )
        assert Case(world, amendment).submit().state == "submitted"

    def test_is_undone_with_a_reason_before_the_figures_are_published(self, case: Case):
        world, cycle = case.world, make_cycle(case.world, case)
        common = {"cycle_id": cycle.pk, "by": world.officer, "at": NOW}
        self.close(cycle, world)
        with pytest.raises(CannotAdvance, match=r"is closed\. Nothing was changed"):
            close_cycle(**common)
        with pytest.raises(CannotAdvance, match="Say in up to 2,000 characters why"):
            reopen_cycle(reason=" ", **common)
        assert not reopen_cycle(reason="A late batch.", **common).is_closed
        assert start_mines(world, cycle.version).state == "draft"
        assert AuditEntry.objects.get(action="reopen cycle").changes["reason"] == "A late batch."
        with pytest.raises(CannotAdvance, match="is open"):
            reopen_cycle(reason="Again.", **common)

    def test_comes_with_the_preview_which_ends_when_it_is_opened_again(self, world: World):
        cycle = make_cycle(world)
        common = {"cycle_id": cycle.pk, "by": world.officer, "at": NOW}
        assert advance_cycle(to="preview", **common).closed_at == NOW
        found = reopen_cycle(reason="A late batch.", **common)
        assert (found.state, found.closed_at, found.preview_ends_on) == ("collecting", None, None)
        advance_cycle(to="preview", **common)
        advance_cycle(to="published", **common)
        with pytest.raises(CannotAdvance, match="is published, so it stays closed"):
            reopen_cycle(reason="Too late.", **common)

    def test_over_the_pages(self, world: World):
        cycle, client = make_cycle(world), world.client("officer")
        url = f"/cycles/{cycle.pk}/"
        assert b"is closed: nobody starts" in client.post(f"{url}close/", follow=True).content
        assert b"Say in up to" in client.post(f"{url}reopen/", {"reason": ""}, follow=True).content
        assert b"is open again" in client.post(f"{url}reopen/", {"reason": "x"}, follow=True).content
        client.post(f"{url}close/")
        page = world.client("lead").get(url).content.decode()
        assert "Closed on" in page
        assert "/assessments/start/" not in page
