"""Working offline on the pages: download, upload, what would change, and what was decided."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from assessments.models import Answer, WorkbookUpload
from maturity.levels import Level
from tests.assessments.conftest import Case, start_case
from tests.assessments.workbooks import edited, exported, places
from tests.maturity.banded import make_mean_model

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def url_of(case: Case, rest: str = "") -> str:
    return f"/assessments/{case.assessment.pk}/workbook/{rest}"


def upload(case: Case, content: bytes, persona: str = "contributor", name: str = "ours.xlsx"):
    file = SimpleUploadedFile(name, content, content_type=XLSX)
    return case.world.client(persona).post(url_of(case), {"file": file})


@pytest.fixture
def waiting(case: Case) -> Case:
    """A workbook with one change and one conflict was uploaded."""
    case.answer("train-staff", Level.NOT_STARTED)
    content = edited(
        exported(case),
        {
            ("train-staff", "Answer"): "In place",
            ("pair-up", "Answer"): "In place for some of our systems",
            ("pair-up", "Note"): "<b>Half</b>",
        },
    )
    case.answer("train-staff", Level.PARTIAL, by=case.world.lead)
    assert upload(case, content).status_code == 302
    return case


def fingerprint(case: Case) -> str:
    return case.world.client("contributor").get(url_of(case, "compare/")).context["comparison"].fingerprint


def decide(case: Case, **data: str):
    data = {"fingerprint": fingerprint(case)} | data
    return case.world.client("contributor").post(url_of(case, "compare/"), data)


# --- download ---------------------------------------------------------------------------------------


def test_the_assessments_page_leads_to_it(case: Case):
    text = case.world.client("reviewer").get(f"/assessments/{case.assessment.pk}/").content.decode()
    assert url_of(case) in text


def test_the_whole_or_one_part_is_downloaded(case: Case):
    client = case.world.client("reviewer")
    text = client.get(url_of(case)).content.decode()
    assert "file/?domain=people" in text
    assert "file/?domain=challenges" in text
    answer = client.get(url_of(case, "file/"))
    assert (answer.status_code, answer["Content-Type"]) == (200, XLSX)
    name = f"{case.world.grid.slug}-fy27-q1.xlsx"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    part = client.get(url_of(case, "file/?domain=challenges"))
    assert {code for code, _ in places(load_workbook(BytesIO(part.content)))} == {"no-budget", "too-complex"}
    assert part["Content-Disposition"] == f'attachment; filename="{name[:-5]}-challenges.xlsx"'


@pytest.mark.parametrize("part", ["weather", "", "../x"])
def test_a_part_that_is_not_there_is_not_found(case: Case, part: str):
    assert case.world.client("lead").get(url_of(case, "file/"), {"domain": part}).status_code == 404


def test_invented_data_are_marked(case: Case):
    case.world.grid.demonstration = True
    case.world.grid.save()
    book = load_workbook(BytesIO(case.world.client("lead").get(url_of(case, "file/")).content))
    assert book["About"]["A2"].value == "DEMONSTRATION: the data are invented"
    assert "DEMONSTRATION" in book["People"].oddHeader.left.text


def test_a_model_without_questions_has_no_workbook(world):
    case = start_case(world, make_mean_model())
    if case.assessment.version.items.exists():
        case.assessment.version.items.all().delete()
    assert "no questions to answer" in world.client("lead").get(url_of(case)).content.decode()
    assert world.client("lead").get(url_of(case, "file/")).status_code == 404


# --- upload -----------------------------------------------------------------------------------------


def test_what_is_refused_is_said_beside_the_field(case: Case):
    answer = upload(case, b"Code,Answer\n", name="answers.csv")
    assert answer.status_code == 422
    assert "This is not an Excel workbook" in answer.content.decode()


@pytest.mark.parametrize("persona", ["reviewer", "officer"])
def test_who_may_only_read_is_offered_no_upload(case: Case, persona: str):
    assert 'type="file"' not in case.world.client(persona).get(url_of(case)).content.decode()
    assert upload(case, exported(case), persona).status_code == 403


def test_a_submitted_assessment_is_for_reading(submitted: Case):
    client = submitted.world.client("contributor")
    assert "its answers are fixed" in client.get(url_of(submitted)).content.decode()
    assert client.get(url_of(submitted, "file/")).status_code == 200
    answer = upload(submitted, exported(submitted))
    assert answer.status_code == 422
    assert "This assessment is submitted" in answer.content.decode()


# --- what would change ------------------------------------------------------------------------------


def test_conflicts_stand_side_by_side_and_nothing_is_chosen(waiting: Case):
    text = " ".join(
        waiting.world.client("contributor").get(url_of(waiting, "compare/")).content.decode().split()
    )
    assert "1 question would change" in text
    assert "1 conflict for you to decide" in text
    assert "7 of 9 questions change nothing" in text
    for words in ("Not started", "In place for some of our systems", "In place"):
        assert f">{words}</td>" in text
    assert 'name="take-train-staff" value="portal">' in text
    assert 'name="take-train-staff" value="workbook">' in text
    assert "checked" not in text.partition("<main")[2]
    assert "&lt;b&gt;Half&lt;/b&gt;" in text
    assert not Answer.objects.filter(item__slug="pair-up").exists()


def test_an_undecided_conflict_is_named_and_nothing_is_saved(waiting: Case):
    answer = decide(waiting)
    assert answer.status_code == 422
    assert "Decide which answer counts." in answer.content.decode()
    assert not Answer.objects.filter(item__slug="pair-up").exists()


@pytest.mark.parametrize(
    ("whose", "level", "told"),
    [
        ("workbook", "in_place", "2 answers saved."),
        ("portal", "partial", "1 answer saved, 1 answer of the portal kept."),
    ],
)
def test_the_decision_is_saved_with_all_the_rest(waiting: Case, whose: str, level: str, told: str):
    client = waiting.world.client("contributor")
    answer = client.post(
        url_of(waiting, "compare/"),
        {"fingerprint": fingerprint(waiting), "take-train-staff": whose},
        follow=True,
    )
    assert f"From the workbook: {told}" in answer.content.decode()
    levels = dict(Answer.objects.values_list("item__slug", "level"))
    assert levels == {"train-staff": level, "pair-up": "partial"}
    assert client.get(url_of(waiting, "compare/")).status_code == 302


def test_what_changed_meanwhile_is_shown_anew_with_the_decisions_so_far(waiting: Case):
    seen = fingerprint(waiting)
    waiting.answer("pair-up", Level.IN_PLACE, by=waiting.world.lead)
    answer = decide(waiting, fingerprint=seen, **{"take-train-staff": "workbook"})
    text = " ".join(answer.content.decode().split())
    assert answer.status_code == 409
    assert "changed in the portal since you looked" in text
    assert 'name="take-train-staff" value="workbook" checked>' in text
    assert 'name="take-pair-up" value="portal">' in text
    assert set(Answer.objects.values_list("level", flat=True)) == {"partial", "in_place"}


def test_what_was_submitted_meanwhile_is_said(waiting: Case):
    waiting.answer_all_asked()
    seen = fingerprint(waiting)
    waiting.submit()
    answer = decide(waiting, fingerprint=seen, **{"take-train-staff": "workbook"})
    assert answer.status_code == 409
    assert "This assessment is submitted" in answer.content.decode()


@pytest.mark.parametrize("take", ["", "both", "portal\0"])
def test_what_is_no_decision_decides_nothing(waiting: Case, take: str):
    assert decide(waiting, **{"take-train-staff": take}).status_code == 422


def test_it_can_be_put_away(waiting: Case):
    answer = waiting.world.client("contributor").post(url_of(waiting, "compare/"), {"discard": "1"})
    assert (answer.status_code, answer["Location"]) == (302, url_of(waiting))
    assert not WorkbookUpload.objects.exists()


def test_the_lead_does_not_see_the_contributors_workbook(waiting: Case):
    assert waiting.world.client("lead").get(url_of(waiting, "compare/")).status_code == 302
    assert "waits to be decided" not in waiting.world.client("lead").get(url_of(waiting)).content.decode()
    assert "waits to be decided" in waiting.world.client("contributor").get(url_of(waiting)).content.decode()


def test_it_is_gone_when_its_time_is_over(waiting: Case):
    row = WorkbookUpload.objects.get()
    row.expires_at = row.uploaded_at - timedelta(seconds=1)
    row.save()
    answer = waiting.world.client("contributor").get(url_of(waiting, "compare/"), follow=True)
    assert "There is no workbook of yours to compare." in answer.content.decode()


def test_a_role_that_ended_decides_nothing(waiting: Case):
    waiting.world.contributor.memberships.all().delete()
    client = waiting.world.client("contributor")
    assert client.post(url_of(waiting, "compare/"), {"take-train-staff": "workbook"}).status_code == 404


def test_faults_are_listed_by_sheet_and_cell(case: Case):
    upload(case, edited(exported(case), {("train-staff", "Answer"): "Done"}))
    text = case.world.client("contributor").get(url_of(case, "compare/")).content.decode()
    assert "There is nothing to save" in text
    assert '<td data-label="Cell">F4</td>' in text
    assert "“Done” is no answer here." in text


def test_the_number_of_queries_does_not_grow_with_the_changes(case: Case, queries_of: Callable):
    client = case.world.client("contributor")
    upload(case, edited(exported(case), {("train-staff", "Answer"): "In place"}))
    one = queries_of(lambda: client.get(url_of(case, "compare/")))
    codes = ("train-staff", "name-owner", "pick-platform", "pair-up", "scan-images", "share-skills")
    upload(case, edited(exported(case), {(code, "Answer"): "In place" for code in codes}))
    assert queries_of(lambda: client.get(url_of(case, "compare/"))) == one
