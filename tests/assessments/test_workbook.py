"""An assessment leaves as a workbook and comes back: what changes nothing, and what does."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from assessments.models import Answer, Evidence, WorkbookUpload
from assessments.services import NotOpen
from assessments.services_answers import EvidenceFields, add_evidence
from assessments.services_workbook import KEPT_FOR, NoSuchSection, discard_upload
from assessments.services_workbook_decisions import (
    ComparisonChanged,
    Undecided,
    UploadGone,
    apply_workbook,
    compare_workbook,
)
from maturity.levels import Level
from portal.audit.models import AuditEntry
from tests.assessments.conftest import Case
from tests.assessments.workbooks import applied, cell_of, compared, edited, exported, keep, places
from tests.factories import NOW

DIFFICULT = [
    '=HYPERLINK("https://evil.example","Click")',
    "'=1+1",
    "+49 30 1234",
    "@here - see\r\nthe second line\r\n",
    "  blanks around  ",
    "_x0041_ and _x000D_ and _x005F_x0041_",
    "ünï 😀 漢字 \u202eabc",
    "a\tb\x0bc",
    "TRUE",
    "1.50",
    "2027-03-31",
    "<b>&amp;</b>",
    "x" * 5000,
]


def saved(case: Case, item: str = "train-staff") -> Answer:
    return case.assessment.answers.get(item__slug=item)


# --- out --------------------------------------------------------------------------------------------


def test_it_has_a_cover_a_sheet_for_each_domain_and_hidden_ones_for_the_lists_and_the_signature(case: Case):
    book = load_workbook(BytesIO(exported(case)))
    shown = {sheet.title: sheet.sheet_state for sheet in book.worksheets}
    assert shown == {
        "About": "visible",
        "People": "visible",
        "Platform": "visible",
        "Challenges": "visible",
        "_choices": "hidden",
        "_portal": "veryHidden",
    }
    about = {row[0].value: row[1].value for row in book["About"].iter_rows(min_row=3, max_col=2)}
    assert about["Agency"] == "Grid Office"
    assert about["What is in it"] == "The whole assessment: 9 questions"
    assert about["Exported by"] == "contributor"
    assert about["Exported on"] == "2026-11-21 07:00 EST"
    assert about["Answers count until"] == "The assessment is submitted."


def test_only_the_cells_to_fill_in_can_be_changed(case: Case):
    book = load_workbook(BytesIO(exported(case)))
    for sheet in book.worksheets:
        assert sheet.protection.sheet
        assert not sheet.protection.password
    open_ones = {title for (_, title), cell in places(book).items() if not cell.protection.locked}
    locked = {title for (_, title), cell in places(book).items() if cell.protection.locked}
    assert open_ones == {
        "Answer",
        "Who meets it",
        "Their name",
        "Planned for",
        "Why it could never apply",
        "Note",
        "New evidence: title",
        "New evidence: date",
        "New evidence: address",
        "New evidence: statement",
    }
    assert not open_ones & locked


def test_the_guidance_stands_beside_each_question(case: Case):
    case.assessment.version.items.filter(slug="train-staff").update(
        guidance={
            "levels": {"planned": "A date is set.", "in_place": "All are trained."},
            "evidence": ["The list of courses"],
            "steps": ["Name a date."],
        }
    )
    content = exported(case)
    assert cell_of(content, "train-staff", "What each answer looks like").value == (
        "Planned: A date is set.\nIn place: All are trained."
    )
    assert cell_of(content, "train-staff", "Evidence that helps").value == "• The list of courses"
    assert cell_of(content, "train-staff", "First steps").value == "• Name a date."
    assert cell_of(content, "scan-images", "Practice").value == "Scan images\n(must-have)"


def test_answers_and_dates_are_offered_as_lists_and_bounds(case: Case):
    sheet = load_workbook(BytesIO(exported(case)))["Challenges"]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert (rules["F4"].type, rules["F4"].formula1) == ("list", "'_choices'!$C$1:$C$6")
    assert rules["I4"].type == "date"


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("https://evil.example","Click")', "+1", "@SUM(1)", "\t=1+1", "-2"]
)
def test_no_text_of_people_is_run_by_a_spreadsheet(case: Case, text: str):
    case.world.grid.name = text
    case.world.grid.save()
    case.answer("train-staff", Level.NOT_APPLICABLE, reason=text, note=text)
    case.answer("scan-images", holder="provider", holder_name=text)
    fields = EvidenceFields(kind="statement", title=text, dated_on=date(2026, 11, 1), statement=text)
    pk = case.assessment.pk
    add_evidence(assessment_id=pk, item_slug="pair-up", evidence=fields, by=case.world.lead, at=NOW)
    case.assessment.refresh_from_db()
    book = load_workbook(BytesIO(exported(case)))
    texts = [cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert any(text.strip() in str(value) for value in texts)
    # But for the hidden sheet of the signature, whose letters are drawn at random.
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    cells = [cell.value for sheet in shown for row in sheet.iter_rows() for cell in row]
    begins = {str(value)[:1] for value in cells if value is not None}
    assert not begins & set("=+-@\t")
    assert places(book)["train-staff", "Note"].value == f"'{text.strip()}"


def test_one_domain_leaves_alone(case: Case):
    content = exported(case, "platform")
    assert {code for code, _ in places(load_workbook(BytesIO(content)))} == {
        "pick-platform",
        "scan-images",
        "heal-itself",
    }
    found = compared(case, edited(content, {("scan-images", "Answer"): "In place"}))
    assert [line.item.slug for line in found.lines] == ["scan-images"]
    assert found.gone == ()


def test_a_domain_that_is_not_there_is_refused(case: Case):
    with pytest.raises(NoSuchSection, match="no domain “weather”"):
        exported(case, "weather")


def test_the_export_is_audited(case: Case):
    exported(case, "platform", by=case.world.reviewer)
    entry = AuditEntry.objects.get(action="export workbook")
    assert (entry.actor_name, entry.changes) == ("reviewer", {"parts": ["platform"], "questions": 3})


def test_the_number_of_queries_does_not_grow_with_the_answers(case: Case, queries_of: Callable):
    few = queries_of(lambda: exported(case))
    case.answer_all_asked()
    assert queries_of(lambda: exported(case)) <= few + 1  # evidence is asked for once there are answers


# --- back: nothing, or a change ----------------------------------------------------------------------


@pytest.mark.parametrize("note", DIFFICULT)
def test_what_is_left_as_it_is_changes_nothing_whatever_it_says(case: Case, note: str):
    case.answer("train-staff", Level.PLANNED, planned_on=date(2027, 1, 15), note=note)
    case.answer("name-owner", Level.NOT_APPLICABLE, reason=note)
    case.answer("scan-images", holder="provider", holder_name=note[:200])
    found = compared(case, edited(exported(case), {}))
    assert (found.lines, found.faults, found.gone, found.same) == ((), (), (), 9)


def test_a_filled_cell_becomes_an_answer(case: Case):
    content = edited(
        exported(case),
        {
            ("train-staff", "Answer"): "Planned",
            ("train-staff", "Planned for"): date(2027, 3, 31),
            ("train-staff", "Who meets it"): "A provider",
            ("train-staff", "Their name"): "Cloud Ltd",
            ("train-staff", "Note"): "In spring.",
            ("no-budget", "Answer"): "Yes, and we are fixing it",
        },
    )
    found = compared(case, content)
    assert not Answer.objects.exists()
    assert applied(found).answers == 2
    answer = saved(case)
    assert (answer.level, answer.planned_on, answer.note) == ("planned", date(2027, 3, 31), "In spring.")
    assert (answer.holder, answer.holder_name) == ("provider", "Cloud Ltd")
    assert (saved(case, "no-budget").level, answer.answered_by) == ("partial", case.world.contributor)
    assert case.world.contributor in case.assessment.workers.all()
    assert not WorkbookUpload.objects.exists()


def test_the_audit_says_that_it_came_from_a_workbook(case: Case):
    applied(compared(case, edited(exported(case), {("train-staff", "Answer"): "In place"})))
    entry = AuditEntry.objects.get(action="answer")
    assert entry.changes == {"item": "train-staff", "source": "workbook", "level": [None, "in_place"]}
    told = AuditEntry.objects.get(action="import workbook").changes
    assert (told["answers"], told["evidence"], told["kept"], told["by"]) == (1, 0, 0, "contributor")


def test_only_the_cells_that_were_changed_are_taken(case: Case):
    case.answer("train-staff", Level.PARTIAL, note="Old note")
    content = edited(exported(case), {("train-staff", "Answer"): "In place"})
    case.answer("train-staff", Level.PARTIAL, note="New note", by=case.world.lead)
    found = compared(case, content)
    assert not found.conflicts
    applied(found)
    assert (saved(case).level, saved(case).note) == ("in_place", "New note")


def test_an_emptied_answer_is_taken_back(case: Case):
    case.answer("train-staff", Level.PARTIAL, note="Kept")
    applied(compared(case, edited(exported(case), {("train-staff", "Answer"): None})))
    assert (saved(case).level, saved(case).note) == ("", "Kept")


def test_the_same_change_made_in_the_portal_meanwhile_is_no_change(case: Case):
    content = edited(exported(case), {("train-staff", "Answer"): "In place"})
    case.answer("train-staff", Level.IN_PLACE, by=case.world.lead)
    assert compared(case, content).lines == ()


def test_the_same_workbook_twice_changes_nothing_the_second_time(case: Case):
    content = edited(
        exported(case),
        {
            ("train-staff", "Answer"): "In place",
            ("train-staff", "New evidence: title"): "Course list",
            ("train-staff", "New evidence: date"): date(2026, 11, 1),
            ("train-staff", "New evidence: statement"): "All took part.\r\nTwice.",
        },
    )
    done = applied(compared(case, content))
    assert (done.answers, done.evidence) == (1, 1)
    assert compared(case, content).lines == ()
    assert Evidence.objects.count() == 1


def test_new_evidence_is_added_to_what_is_there(case: Case):
    fields = EvidenceFields(kind="statement", title="Old", dated_on=date(2026, 11, 1), statement="All.")
    add_evidence(
        assessment_id=case.assessment.pk, item_slug="pair-up", evidence=fields, by=case.world.lead, at=NOW
    )
    content = exported(case)
    assert cell_of(content, "pair-up", "Evidence so far").value == "• Old (2026-11-01)"
    content = edited(
        content,
        {
            ("pair-up", "New evidence: title"): "Wiki",
            ("pair-up", "New evidence: date"): "2026-11-02",
            ("pair-up", "New evidence: address"): "https://wiki.example.gov/x",
        },
    )
    found = compared(case, content)
    assert applied(found).evidence == 1
    added = Evidence.objects.get(title="Wiki")
    assert (added.kind, added.url, added.added_by) == (
        "link",
        "https://wiki.example.gov/x",
        case.world.contributor,
    )
    assert saved(case, "pair-up").level == ""
    assert AuditEntry.objects.filter(action="add evidence", changes__source="workbook").count() == 1


# --- conflicts --------------------------------------------------------------------------------------


@pytest.fixture
def conflict(case: Case) -> bytes:
    """The workbook says "in place"; meanwhile the lead said "planned"."""
    case.answer("train-staff", Level.NOT_STARTED)
    content = edited(exported(case), {("train-staff", "Answer"): "In place", ("train-staff", "Note"): "Mine"})
    case.answer("train-staff", Level.PLANNED, planned_on=date(2027, 2, 1), by=case.world.lead)
    return content


def test_what_both_changed_is_for_a_person_to_decide(case: Case, conflict: bytes):
    found = compared(case, conflict)
    (line,) = found.conflicts
    assert not found.changes
    assert (line.exported.level, line.now.level, line.given.level) == (
        Level.NOT_STARTED,
        Level.PLANNED,
        Level.IN_PLACE,
    )
    with pytest.raises(Undecided, match="one conflict is still to be decided"):
        applied(found)
    assert (saved(case).level, WorkbookUpload.objects.count()) == ("planned", 1)


def test_the_workbooks_answer_may_be_taken(case: Case, conflict: bytes):
    assert applied(compared(case, conflict), train_staff=True).kept == 0
    assert (saved(case).level, saved(case).planned_on, saved(case).note) == ("in_place", None, "Mine")


def test_the_portals_answer_may_be_kept_and_what_is_no_conflict_is_taken(case: Case, conflict: bytes):
    assert applied(compared(case, conflict), train_staff=False).kept == 1
    assert (saved(case).level, saved(case).planned_on, saved(case).note) == (
        "planned",
        date(2027, 2, 1),
        "Mine",
    )


def test_a_level_and_its_date_are_one_thing(case: Case):
    case.answer("train-staff", Level.PLANNED, planned_on=date(2027, 1, 15))
    content = edited(exported(case), {("train-staff", "Planned for"): date(2027, 6, 1)})
    case.answer("train-staff", Level.IN_PLACE, by=case.world.lead)
    assert [line.item.slug for line in compared(case, content).conflicts] == ["train-staff"]


def test_a_change_between_looking_and_saving_is_a_conflict_again(case: Case):
    content = edited(
        exported(case),
        {
            ("train-staff", "Answer"): "In place",
            ("pair-up", "Answer"): "Planned",
            ("pair-up", "Planned for"): date(2027, 5, 1),
        },
    )
    found = compared(case, content)
    case.answer("train-staff", Level.PARTIAL, by=case.world.lead)
    with pytest.raises(ComparisonChanged, match="changed in the portal since you looked"):
        applied(found)
    assert not case.assessment.answers.filter(item__slug="pair-up").exists()
    again = compare_workbook(upload=found.upload, at=NOW)
    assert [line.item.slug for line in again.conflicts] == ["train-staff"]
    applied(again, train_staff=True)
    assert saved(case).level == "in_place"


def test_a_change_to_another_item_stands_in_nobodys_way(case: Case):
    found = compared(case, edited(exported(case), {("train-staff", "Answer"): "In place"}))
    case.answer("no-budget", by=case.world.lead)
    assert applied(found).answers == 1


# --- how long it is kept, and for whom ---------------------------------------------------------------


def test_another_upload_replaces_the_first(case: Case):
    keep(case, edited(exported(case), {("train-staff", "Answer"): "In place"}))
    found = compared(case, edited(exported(case), {("pair-up", "Note"): "Second"}))
    assert WorkbookUpload.objects.count() == 1
    assert [line.item.slug for line in found.lines] == ["pair-up"]


def test_two_people_have_one_each(case: Case):
    keep(case, exported(case))
    keep(case, exported(case), by=case.world.lead)
    assert WorkbookUpload.objects.count() == 2


def test_nobody_decides_on_the_upload_of_another(case: Case):
    found = compared(case, edited(exported(case), {("train-staff", "Answer"): "In place"}))
    with pytest.raises(UploadGone):
        apply_workbook(
            upload_id=found.upload.pk, fingerprint=found.fingerprint, take={}, by=case.world.lead, at=NOW
        )


def test_an_upload_expires(case: Case):
    found = compared(case, edited(exported(case), {("train-staff", "Answer"): "In place"}))
    with pytest.raises(UploadGone):
        applied(found, at=NOW + KEPT_FOR)
    keep(case, exported(case), by=case.world.lead, at=NOW + KEPT_FOR + timedelta(seconds=1))
    assert WorkbookUpload.objects.get().by == case.world.lead


def test_an_upload_that_is_put_away_changes_nothing(case: Case):
    discard_upload(upload=keep(case, edited(exported(case), {("train-staff", "Answer"): "In place"})))
    assert not WorkbookUpload.objects.exists()
    assert not Answer.objects.exists()


def test_what_was_submitted_meanwhile_stays(case: Case):
    case.answer_all_asked()
    found = compared(case, edited(exported(case), {("train-staff", "Note"): "Late"}))
    case.submit()
    with pytest.raises(NotOpen, match="submitted"):
        applied(found)
    assert saved(case).note == ""
