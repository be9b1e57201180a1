"""What cannot be taken of a workbook is named by its cell; what was moved about in it is found."""

from datetime import date

import pytest

from assessments.services_workbook_decisions import CannotTake
from maturity.levels import Level
from tests.assessments.conftest import Case, start_case
from tests.assessments.test_workbook import saved
from tests.assessments.workbooks import applied, compared, edited, exported
from tests.maturity.banded import make_points_model
from tests.world import World


@pytest.mark.parametrize(
    ("title", "typed", "cell", "message"),
    [
        ("Answer", "Done", "F4", "“Done” is no answer here. Choose: In place; "),
        ("Answer", "Not yet relevant", "F4", "is no answer here"),
        ("Answer", True, "F4", "“TRUE” is no answer here"),
        ("Answer", "Planned", "I4", "Give the date by which it is planned."),
        ("Answer", "Could never apply to us", "J4", "Say why this could never apply to you."),
        ("Answer", '=IF(1=1,"In place","")', "F4", "This is a formula, and none is worked out here."),
        ("Answer", "#N/A", "F4", "This is an error"),
        ("Who meets it", "The cloud", "G4", "“The cloud” is no answer here"),
        ("Who meets it", "A provider", "H4", "Name the parent's platform or the provider that meets it."),
        ("Their name", "x" * 201, "H4", "Write at most 200 characters; these are 201."),
        ("Planned for", "next spring", "I4", "“next spring” is no date. Write it as year-month-day"),
        ("Planned for", "2027-02-30", "I4", "is no date"),
        ("Planned for", 3, "I4", "Give a date after FY27 Q1 began (October 1, 2026)."),
        ("Planned for", date(2026, 1, 1), "I4", "Give a date after FY27 Q1 began (October 1, 2026)."),
        ("Note", "x" * 5001, "K4", "Write at most 5,000 characters; these are 5,001."),
        ("Note", "=1+1", "K4", "This is a formula"),
        ("New evidence: title", "Report", "O4", "Give the address of a link, or a statement, beside it."),
        ("New evidence: statement", "All.", "O4", "Say in a few words what it is."),
        ("New evidence: statement", "All.", "P4", "Give the day that the evidence was true"),
        ("New evidence: address", "ftp://x", "Q4", "Give the whole address"),
    ],
)
def test_every_fault_is_named_by_sheet_and_cell_and_its_row_is_left_out(
    case: Case, title: str, typed: object, cell: str, message: str
):
    content = edited(exported(case), {("train-staff", title): typed, ("pair-up", "Note"): "Good"})
    found = compared(case, content)
    assert [line.item.slug for line in found.lines] == ["pair-up"]
    faults = [fault for fault in found.faults if fault.cell == cell]
    assert faults, found.faults
    assert message in faults[0].message
    assert (faults[0].sheet, faults[0].slug) == ("People", "train-staff")
    applied(found)
    assert list(case.assessment.answers.values_list("item__slug", flat=True)) == ["pair-up"]


def test_evidence_of_the_future_is_a_fault(case: Case):
    content = edited(
        exported(case),
        {
            ("train-staff", "New evidence: title"): "Report",
            ("train-staff", "New evidence: date"): date(2099, 1, 1),
            ("train-staff", "New evidence: statement"): "All.",
        },
    )
    found = compared(case, content)
    assert [(fault.cell, fault.message) for fault in found.faults] == [
        ("P4", "Evidence cannot be dated in the future.")
    ]


@pytest.mark.parametrize(
    "typed",
    [date(2027, 3, 31), "2027-03-31", "3/31/2027", " 03/31/2027 ", 46477, "46477"],
)
def test_a_date_is_understood_however_it_is_stored(case: Case, typed: object):
    content = edited(
        exported(case), {("train-staff", "Answer"): "Planned", ("train-staff", "Planned for"): typed}
    )
    applied(compared(case, content))
    assert saved(case).planned_on == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("typed", "level"),
    [
        ("in place", "in_place"),
        ("  IN  PLACE ", "in_place"),
        ("in_place", "in_place"),
        ("Not started", "not_started"),
    ],
)
def test_an_answer_may_be_written_in_other_letters(case: Case, typed: str, level: str):
    applied(compared(case, edited(exported(case), {("train-staff", "Answer"): typed})))
    assert saved(case).level == level


@pytest.mark.parametrize(
    ("typed", "note"), [(42, "42"), (1.5, "1.5"), (True, "TRUE"), (date(2027, 3, 31), "2027-03-31")]
)
def test_a_note_is_text_whatever_a_spreadsheet_made_of_it(case: Case, typed: object, note: str):
    applied(compared(case, edited(exported(case), {("train-staff", "Note"): typed})))
    assert saved(case).note == note


def test_not_yet_relevant_is_for_later_stages_only(case: Case):
    content = edited(
        exported(case),
        {("no-budget", "Answer"): "Not yet relevant", ("too-complex", "Answer"): "Not yet relevant"},
    )
    found = compared(case, content)
    assert [fault.slug for fault in found.faults] == ["no-budget"]
    applied(found)
    assert saved(case, "too-complex").level == "not_yet"


def test_a_refusal_when_saving_saves_nothing(case: Case):
    for item in ("name-owner", "pick-platform", "no-budget"):
        case.answer(item)
    case.answer("train-staff", Level.PARTIAL)
    content = edited(
        exported(case),
        {
            ("train-staff", "Answer"): "Not started",
            ("too-complex", "Answer"): "Not yet relevant",
            ("name-owner", "Note"): "New",
        },
    )
    case.answer("train-staff", Level.IN_PLACE, by=case.world.lead)
    found = compared(case, content)
    assert found.faults == ()
    # With the portal's answer stage 1 is completed, and "not yet" cannot be said of stage 2.
    with pytest.raises(CannotTake, match=r"Too complex, Answer \(sheet “Challenges”, cell F5\): “Not yet"):
        applied(found, train_staff=False)
    assert saved(case, "name-owner").note == ""
    assert applied(found, train_staff=True).answers == 3


# --- moved, doubled, gone ---------------------------------------------------------------------------


def test_columns_in_another_order_and_sheets_with_other_names_are_read_alike(case: Case):
    def shuffle(book):
        sheet = book["People"]
        sheet.title = "Menschen & mehr"
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
        for number, row in enumerate(rows, 3):
            for place, value in enumerate(reversed(row), 1):
                sheet.cell(number, place).value = value

    content = edited(exported(case), {("train-staff", "Answer"): "In place"}, shuffle)
    found = compared(case, content)
    assert [(line.item.slug, line.edit.sheet) for line in found.lines] == [("train-staff", "Menschen & mehr")]
    assert (found.gone, found.faults) == ((), ())


def test_a_row_that_stands_there_twice_is_not_taken(case: Case):
    def double(book):
        sheet = book["People"]
        for place in range(1, 12):
            sheet.cell(20, place).value = sheet.cell(4, place).value
        sheet["F20"] = "Not started"

    found = compared(case, edited(exported(case), {("train-staff", "Answer"): "In place"}, double))
    assert found.lines == ()
    assert [(fault.cell, fault.message) for fault in found.faults] == [
        ("A20", "“train-staff” stands in “People”, A4 already; leave one of them. None of them is taken.")
    ]


def test_a_column_that_stands_there_twice_is_a_fault(case: Case):
    found = compared(
        case, edited(exported(case), {}, lambda book: book["People"].__setitem__("Z3", "Answer"))
    )
    assert [fault.message for fault in found.faults] == [
        "The column “Answer” stands there twice; leave one of them."
    ]


def test_rows_without_a_code_or_with_an_unknown_one_are_faults(case: Case):
    def add(book):
        book["People"]["F20"] = "In place"
        book["People"]["A21"] = "fly-to-the-moon"

    found = compared(case, edited(exported(case), {}, add))
    assert [(fault.cell, fault.message) for fault in found.faults] == [
        ("A20", "This row has no code, so nobody knows what it answers."),
        ("A21", "“fly-to-the-moon” is the code of no question of this workbook."),
    ]


def test_a_row_of_a_part_that_was_not_exported_is_no_way_in(case: Case):
    def add(book):
        book["Platform"]["A20"], book["Platform"]["F20"] = "train-staff", "In place"

    found = compared(case, edited(exported(case, "platform"), {}, add))
    assert found.lines == ()
    assert [fault.cell for fault in found.faults] == ["A20"]


def test_rows_and_columns_that_are_gone_leave_their_answers_alone(case: Case):
    case.answer("train-staff", note="Stays")

    def remove(book):
        book["People"].delete_cols(11)  # the note
        book["Platform"].delete_rows(4)
        del book["Challenges"]

    found = compared(case, edited(exported(case), {}, remove))
    assert (found.lines, found.faults) == ((), ())
    assert set(found.gone) == {"pick-platform", "no-budget", "too-complex"}


# --- answers in points ------------------------------------------------------------------------------


def points_case(world: World) -> Case:
    case = start_case(world, make_points_model())
    case.answer("claim", None, points=4)
    case.answer("scope", Level.NOT_APPLICABLE, reason="No law.")
    return case


def test_answers_in_points_come_back_as_numbers(world: World):
    case = points_case(world)
    assert compared(case, edited(exported(case), {})).lines == ()
    content = edited(
        exported(case),
        {
            ("claim", "Points"): 10,
            ("scope", "Answer"): None,
            ("scope", "Points"): 3.0,
            ("interface", "Answer"): "Could never apply to us",
            ("interface", "Why it could never apply"): "No portal.",
        },
    )
    assert applied(compared(case, content)).answers == 3
    assert (saved(case, "claim").points, saved(case, "claim").level) == (10, "in_place")
    assert (saved(case, "scope").points, saved(case, "scope").level) == (3, "partial")
    assert (saved(case, "interface").points, saved(case, "interface").level) == (None, "not_applicable")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (11, "Give a whole number from 0 to 10; this is “11”."),
        (-1, "Give a whole number from 0 to 10"),
        (2.5, "Give a whole number from 0 to 10"),
        ("many", "Give a whole number from 0 to 10"),
        ("٣", "Give a whole number from 0 to 10"),
    ],
)
def test_points_have_bounds(world: World, typed: object, message: str):
    case = points_case(world)
    found = compared(case, edited(exported(case), {("claim", "Points"): typed}))
    assert [fault.cell for fault in found.faults] == ["G4"]
    assert message in found.faults[0].message


def test_a_level_is_no_answer_in_points(world: World):
    case = points_case(world)
    found = compared(case, edited(exported(case), {("claim", "Answer"): "Could never apply to us"}))
    assert found.faults[0].message.startswith("Give points, or say that it could never")
