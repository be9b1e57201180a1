"""Workbooks that LibreOffice opened, in which somebody typed, and that it saved."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import load_workbook

from assessments.models import Answer, Evidence
from maturity.levels import Level
from tests.assessments.conftest import Case
from tests.assessments.libreoffice import converted, opened_edited_saved
from tests.assessments.test_workbook import DIFFICULT
from tests.assessments.workbooks import applied, compared, exported, places

pytestmark = [pytest.mark.libreoffice, pytest.mark.django_db]
ITEMS = [
    "train-staff",
    "name-owner",
    "pick-platform",
    "pair-up",
    "scan-images",
    "share-skills",
    "heal-itself",
    "no-budget",
    "too-complex",
]


def answer_with(case: Case, texts: list[str]) -> None:
    """An answer for each text, in all fields."""
    for item, text in zip(ITEMS, texts, strict=False):
        case.answer(item, Level.PLANNED, planned_on=date(2027, 1, 15), note=text, reason=text[:900])


@pytest.mark.parametrize("kinds", [("xlsx",), ("ods", "xlsx")])
@pytest.mark.parametrize("texts", [DIFFICULT[:7], DIFFICULT[7:]])
def test_what_was_only_opened_and_saved_changes_nothing(case: Case, kinds: tuple[str, ...], texts: list[str]):
    answer_with(case, texts)
    found = compared(case, converted(exported(case), *kinds))
    assert (found.lines, found.faults, found.gone, found.same) == ((), (), (), 9)


def test_what_was_typed_comes_back(case: Case):
    case.answer("name-owner", Level.PARTIAL, note="Before")
    content = opened_edited_saved(
        exported(case),
        {
            ("train-staff", "Answer"): "Planned",
            ("train-staff", "Planned for"): "2027-03-31",
            ("train-staff", "Who meets it"): "A provider",
            ("train-staff", "Their name"): "Cloud Ltd",
            ("train-staff", "Note"): "=1+1 is what they say\nand 02/03 of it",
            ("name-owner", "Answer"): "In place",
            ("name-owner", "Note"): "",
            ("pick-platform", "Answer"): "Could never apply to us",
            ("pick-platform", "Why it could never apply"): "007",
            ("no-budget", "Answer"): "Yes, and we are fixing it",
            ("no-budget", "New evidence: title"): "Budget",
            ("no-budget", "New evidence: date"): "2026-11-01",
            ("no-budget", "New evidence: address"): "https://wiki.example.gov/budget",
        },
    )
    found = compared(case, content)
    assert found.faults == ()
    done = applied(found)
    assert (done.answers, done.evidence) == (4, 1)
    answers = {answer.item.slug: answer for answer in Answer.objects.select_related("item")}
    trained = answers["train-staff"]
    assert (trained.level, trained.planned_on, trained.holder) == ("planned", date(2027, 3, 31), "provider")
    assert (trained.holder_name, trained.note) == ("Cloud Ltd", "=1+1 is what they say\nand 02/03 of it")
    assert (answers["name-owner"].level, answers["name-owner"].note) == ("in_place", "")
    assert answers["pick-platform"].reason == "007"
    assert answers["no-budget"].level == "partial"
    assert (Evidence.objects.get().url, Evidence.objects.get().dated_on) == (
        "https://wiki.example.gov/budget",
        date(2026, 11, 1),
    )


def test_it_stays_locked_listed_and_signed_in_its_hands(case: Case):
    content = opened_edited_saved(exported(case), {("train-staff", "Answer"): "In place"})
    book = load_workbook(BytesIO(content))
    assert {sheet.title: sheet.sheet_state for sheet in book.worksheets}["_portal"] != "visible"
    assert all(sheet.protection.sheet for sheet in book.worksheets)
    cells = places(book)
    assert cells["train-staff", "Question"].protection.locked
    assert not cells["train-staff", "Note"].protection.locked
    rules = book["People"].data_validations.dataValidation
    assert {rule.type for rule in rules} >= {"list", "date"}


def test_a_conflict_is_one_also_after_libreoffice(case: Case):
    content = opened_edited_saved(exported(case), {("train-staff", "Answer"): "In place"})
    case.answer("train-staff", Level.PARTIAL, by=case.world.lead)
    found = compared(case, content)
    assert [line.item.slug for line in found.conflicts] == ["train-staff"]
    applied(found, train_staff=True)
    assert Answer.objects.get().level == "in_place"
