"""Saving one answer and its evidence from the page, with htmx and without scripts."""

from typing import Any

import pytest

from assessments.models import Answer, Evidence
from maturity.levels import Level
from tests.assessments.conftest import Case

HTMX = {"HX-Request": "true"}


def url_of(case: Case, item: str = "train-staff") -> str:
    return f"/assessments/{case.assessment.pk}/items/{item}/"


def post(
    case: Case, persona: str = "contributor", headers: dict | None = None, item: str = "train-staff", **data
):
    given = {"level": "partial", "holder": "self", "revision": 0} | data
    return case.world.client(persona).post(url_of(case, item), given, headers=headers or {})


def test_without_scripts_a_save_leads_back_to_the_item_on_the_page_it_came_from(case: Case):
    back = f"/assessments/{case.assessment.pk}/?show=unanswered"
    answer = post(case, next=back, note="Two of five.")
    assert (answer.status_code, answer.url) == (302, f"{back}#item-train-staff")
    saved = Answer.objects.get()
    assert (saved.level, saved.note, saved.answered_by) == ("partial", "Two of five.", case.world.contributor)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)", ""]
)
def test_a_save_never_leads_out_of_the_portal(case: Case, elsewhere: str):
    assert post(case, next=elsewhere).url == f"{url_of(case)}#item-train-staff"


def test_with_htmx_the_row_comes_back_saved_with_the_progress(case: Case):
    answer = post(case, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.lstrip().startswith('<div class="item__answer" id="answer-train-staff">')
    assert 'role="status">Saved.' in text
    assert answer.context["row"].form["revision"].value() == 1
    assert 'hx-swap-oob="true"' in text
    assert "1 of 4</strong> asked items answered" in text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_wrong_is_named_and_what_was_typed_stays(case: Case, headers: dict):
    answer = post(case, headers=headers, level="planned", note="By <b>spring</b>.")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Give the date by which it is planned." in text
    assert "By &lt;b&gt;spring&lt;/b&gt;." in text
    assert 'value="planned" checked' in " ".join(text.split())
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {"level": "splendid"},
        {"holder": "neighbor"},
        {"planned_on": "next week"},
        {"revision": "-1"},
        {"revision": "x"},
        {"revision": "7"},
        {"note": "x" * 5001},
        {"holder": "provider"},
        {"note": "a\x00b"},
    ],
)
def test_bad_input_is_refused_and_nothing_is_saved(case: Case, data: dict[str, Any]):
    assert post(case, **data).status_code == 422
    assert not Answer.objects.exists()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_stale_save_shows_both_versions_and_can_then_be_saved(case: Case, headers: dict):
    case.answer("train-staff", Level.NOT_STARTED, by=case.world.lead, note="Theirs.")
    answer = post(case, headers=headers, note="Mine.")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Not saved: lead saved this first" in text
    assert 'Theirs.</td><td data-label="Yours, not saved">Mine.</td>' in text
    assert 'Not started</td><td data-label="Yours, not saved">In place for some of our systems<' in text
    assert Answer.objects.get().note == "Theirs."
    # The form is still mine, and answers to their revision now.
    form = answer.context["row"].form
    assert (form["note"].value(), form["revision"].value()) == ("Mine.", 1)
    assert post(case, headers=headers, note="Mine.", revision=1).status_code in (200, 302)
    assert Answer.objects.get().note == "Mine."


def test_after_submission_a_save_is_refused_with_the_text_kept(submitted: Case):
    answer = post(submitted, headers=HTMX, revision=1, note="Late thought.")
    assert answer.status_code == 409
    assert "This assessment is submitted, so its answers are fixed." in answer.content.decode()
    assert answer.context["row"].form["note"].value() == "Late thought."


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("contributor", 302),
        ("lead", 302),
        ("administrator", 302),
        ("reviewer", 403),
        ("officer", 403),
        ("viewer", 404),
        ("outsider", 404),
        ("anonymous", 302),
    ],
)
def test_who_may_save(case: Case, persona: str, status: int):
    assert post(case, persona).status_code == status
    saved = status == 302 and persona != "anonymous"
    assert Answer.objects.exists() == saved


def test_an_item_that_is_not_in_the_model_is_not_found(case: Case):
    assert post(case, item="no-such-item").status_code == 404


def test_an_answer_can_be_taken_back(case: Case):
    case.answer("train-staff")
    assert "Take the answer back" in case.world.client("lead").get(url_of(case)).content.decode()
    post(case, level="", revision=1)
    assert Answer.objects.get().level == ""


def test_saving_takes_as_many_queries_whatever_is_answered_already(case: Case, queries_of):
    client = case.world.client("contributor")

    def save(revision: int, level: str) -> int:
        data = {"level": level, "holder": "self", "revision": revision}
        return queries_of(lambda: client.post(url_of(case), data, headers=HTMX))

    save(0, "planned")
    case.answer("train-staff", Level.PARTIAL)
    one = save(1, "in_place")
    case.answer_all_asked()
    assert save(2, "partial") == one


# --- evidence ---------------------------------------------------------------------------------------

LINK = {"kind": "link", "title": "Plan", "url": "https://example.gov/plan", "dated_on": "2026-07-01"}


def cite(case: Case, persona: str = "contributor", headers: dict | None = None, **data):
    return case.world.client(persona).post(f"{url_of(case)}evidence/", LINK | data, headers=headers or {})


def test_evidence_is_added_and_leads_back(case: Case):
    back = f"/assessments/{case.assessment.pk}/?by=domain"
    answer = cite(case, next=back)
    assert (answer.status_code, answer.url) == (302, f"{back}#item-train-staff")
    assert Evidence.objects.get().url == "https://example.gov/plan"


def test_with_htmx_the_list_comes_back_and_the_form_of_the_answer_is_left_alone(case: Case):
    text = cite(case, headers=HTMX).content.decode()
    assert 'id="evidence-train-staff"' in text
    assert "Evidence added." in text
    assert 'id="answer-train-staff"' not in text


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"url": "javascript:alert(1)"}, "url"),
        ({"title": ""}, "title"),
        ({"dated_on": "2999-01-01"}, "dated_on"),
        ({"dated_on": ""}, "dated_on"),
        ({"kind": "picture"}, "kind"),
        ({"kind": "file"}, "file"),
        ({"kind": "statement"}, "statement"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_bad_evidence_stays_in_the_form(case: Case, headers: dict, data: dict, field: str):
    answer = cite(case, headers=headers, **data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert answer.headers.get("HX-Retarget", "#evidence-form-train-staff") == "#evidence-form-train-staff"
    assert not Evidence.objects.exists()


def test_a_hostile_title_is_text(case: Case):
    cite(case, title="<img src=x onerror=alert(1)>")
    assert "<img src=x" not in case.world.client("reviewer").get(url_of(case)).content.decode()


def test_evidence_is_removed_by_who_may_answer(case: Case):
    cite(case)
    url = f"/assessments/{case.assessment.pk}/evidence/{Evidence.objects.get().pk}/remove/"
    assert case.world.client("reviewer").post(url).status_code == 403
    assert case.world.client("lead").get(url).status_code == 405
    text = case.world.client("lead").post(url, headers=HTMX).content.decode()
    assert "Evidence removed." in text
    assert not Evidence.objects.exists()


def test_evidence_of_a_submitted_assessment_is_fixed(submitted: Case):
    assert cite(submitted).status_code == 422
    assert not Evidence.objects.exists()
