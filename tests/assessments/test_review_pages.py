"""Submitting, reviewing, reading the result and amending, on their pages."""

import pytest

from assessments.models import Assessment, Result, SelfDeclaration
from casestudies.models import LessonLink
from maturity.levels import Level
from tests.assessments.conftest import EARLIER, QUARTER, STAGE_1, STAGE_2, Case
from tests.casestudies.factories import make_case_study
from tests.factories import NOW


def url_of(case: Case, page: str) -> str:
    return f"/assessments/{case.assessment.pk}/{page}/"


def post(case: Case, page: str, persona: str, **data):
    return case.world.client(persona).post(url_of(case, page), data)


def state(case: Case) -> str:
    return Assessment.objects.get(pk=case.assessment.pk).state


# --- submit -----------------------------------------------------------------------------------------

VOUCHED = {"attested_by": "Pat Lead", "attested_as": "executive", "confirmed": "on", "revision": 1}


def test_what_is_missing_is_listed_with_links(case: Case):
    case.answer("train-staff")
    text = case.world.client("lead").get(url_of(case, "submit")).content.decode()
    assert "3 asked items are not answered." in text
    assert f'href="/assessments/{case.assessment.pk}/items/name-owner/' in text
    assert "attested_by" not in text


def test_submitting_with_something_missing_is_refused(case: Case):
    assert post(case, "submit", "lead", **VOUCHED).status_code == 422
    assert state(case) == "draft"


def test_the_lead_submits_with_the_name_of_who_vouches(case: Case):
    case.answer_all_asked()
    assert post(case, "submit", "lead", **VOUCHED).status_code == 302
    assert state(case) == "submitted"
    assert Assessment.objects.get().attested_by == "Pat Lead"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"attested_by": " "}, "attested_by"),
        ({"confirmed": ""}, "confirmed"),
        ({"attested_by": "x" * 201}, "attested_by"),
    ],
)
def test_nobody_submits_without_name_and_confirmation(case: Case, data: dict, field: str):
    case.answer_all_asked()
    page = post(case, "submit", "lead", **(VOUCHED | data))
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert state(case) == "draft"


def test_an_old_page_does_not_submit(case: Case):
    case.answer_all_asked()
    page = post(case, "submit", "lead", **(VOUCHED | {"revision": 0}))
    assert page.status_code == 409
    assert "has changed since you read it" in page.content.decode()


@pytest.mark.parametrize(
    ("persona", "status"), [("contributor", 403), ("reviewer", 403), ("viewer", 404), ("outsider", 404)]
)
def test_who_may_not_submit(case: Case, persona: str, status: int):
    case.answer_all_asked()
    assert post(case, "submit", persona, **VOUCHED).status_code == status
    assert state(case) == "draft"


def test_what_is_submitted_already_leads_back(submitted: Case):
    answer = submitted.world.client("lead").get(url_of(submitted, "submit"))
    assert answer["Location"] == f"/assessments/{submitted.assessment.pk}/"


# --- review -----------------------------------------------------------------------------------------


def test_the_reviewer_reads_answers_and_evidence_and_who_vouches(submitted: Case):
    text = submitted.world.client("reviewer").get(url_of(submitted, "review")).content.decode()
    assert "Pat Lead vouches for the answers" in text
    assert "Train staff" in text
    assert "Take the answer back" not in text


def test_approving_leads_to_the_result(submitted: Case):
    submitted.agree_with_all()
    answer = post(submitted, "review", "reviewer", decision="approve", revision=2)
    assert (answer.status_code, answer["Location"]) == (302, url_of(submitted, "result"))
    assert state(submitted) == "approved"
    assert Result.objects.count() == 1


def test_returning_needs_a_comment(submitted: Case):
    page = post(submitted, "review", "reviewer", decision="return", revision=2)
    assert page.status_code == 422
    assert "Say what the agency should change." in page.content.decode()
    post(submitted, "review", "reviewer", decision="return", revision=2, comment="Cite the plan.")
    assert state(submitted) == "returned"


def test_a_stale_decision_is_refused_and_the_comment_is_kept(submitted: Case):
    page = post(submitted, "review", "reviewer", decision="return", revision=1, comment="Cite the plan.")
    assert page.status_code == 409
    assert "has changed since you read it" in page.content.decode()
    assert page.context["form"]["comment"].value() == "Cite the plan."
    assert state(submitted) == "submitted"


def test_no_decision_is_no_decision(submitted: Case):
    assert post(submitted, "review", "reviewer", revision=2).status_code == 422
    assert post(submitted, "review", "reviewer", decision="burn", revision=2).status_code == 422


def test_an_administrator_does_not_approve_their_own_work(case: Case):
    case.answer_all_asked()
    case.answer("name-owner", Level.IN_PLACE, by=case.world.administrator)
    case.submit()
    page = case.world.client("administrator").get(url_of(case, "review"))
    assert "somebody else has to approve it" in page.content.decode()
    assert 'value="approve"' not in page.content.decode()
    assert post(case, "review", "administrator", decision="approve", revision=2).status_code == 403
    assert state(case) == "submitted"


@pytest.mark.parametrize(
    ("persona", "status"), [("contributor", 403), ("lead", 403), ("viewer", 404), ("outsider", 404)]
)
def test_who_may_not_review(submitted: Case, persona: str, status: int):
    assert post(submitted, "review", persona, decision="approve", revision=2).status_code == status
    assert state(submitted) == "submitted"


# --- result -----------------------------------------------------------------------------------------


def result_text(case: Case, persona: str = "contributor", query: str = "") -> str:
    return " ".join(case.world.client(persona).get(url_of(case, "result") + query).content.decode().split())


def test_the_result_says_where_the_agency_stands_and_what_holds_it(approved: Case):
    text = result_text(approved)
    assert '<span class="portal-figure__value">0 of 3</span>' in text
    assert '<span class="portal-figure__value">0.25</span>' in text
    assert "What holds it at stage 1" in text
    assert text.index("Name owner") < text.index("Pick platform") < text.index("No budget")
    assert "<strong>What to do:</strong> Begin name-owner." in text
    assert "adds 0.25 to the score" in text
    assert "Pat Lead vouches for the answers" in text


def test_gaps_name_the_lessons_that_speak_to_them(approved: Case):
    study = make_case_study()
    lesson = study.lessons.all()[0]
    LessonLink.objects.create(lesson=lesson, model_slug="small", item_slug="name-owner")
    text = result_text(approved)
    assert f'<a href="/case-studies/{study.slug}/">{lesson.title} ({study.title})</a>' in text


def test_a_score_just_below_a_whole_is_not_shown_as_one(case: Case):
    for item in (*STAGE_1, *STAGE_2, "share-skills", "heal-itself"):
        case.answer(item)
    case.answer("heal-itself", Level.PARTIAL)
    case.submit()
    case.approve()
    Result.objects.update(score=2_999_999, answered=999_999)
    text = result_text(case)
    assert '<span class="portal-figure__value">2.99</span>' in text
    assert '<span class="portal-figure__value">99%</span>' in text


def test_when_all_stages_are_completed_it_says_so(case: Case):
    for item in (*STAGE_1, *STAGE_2, "share-skills", "heal-itself"):
        case.answer(item)
    case.submit()
    case.approve()
    text = result_text(case)
    assert "All 3 stages are completed" in text
    assert '<span class="portal-figure__value">3.00</span>' in text


def test_self_declared_stages_stand_apart(approved: Case):
    SelfDeclaration.objects.create(
        agency=approved.world.grid, model=approved.assessment.version.model, stage=3, imported_at=NOW,
        period_starts_on=EARLIER.starts_on, period_ends_on=EARLIER.ends_on, period_label="FY26 Q4",
    )  # fmt: skip
    text = result_text(approved)
    assert "Declared, not computed" in text
    assert "FY26 Q4: stage 3" in text


def test_the_first_gaps_are_shown_and_the_rest_when_asked_for(
    approved: Case, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("assessments.result_reading.HOLDING_SHOWN", 1)
    few = result_text(approved)
    assert "Name owner" in few
    assert "Pick platform" not in few
    assert "Show 2 more that hold it" in few
    everything = result_text(approved, query="?gaps=all")
    assert "Pick platform" in everything
    assert "more that hold it" not in everything


def test_the_result_takes_as_many_queries_for_all_gaps_as_for_few(approved: Case, queries_of):
    client = approved.world.client("contributor")
    client.get(url_of(approved, "result"))
    few = queries_of(lambda: client.get(url_of(approved, "result")))
    assert queries_of(lambda: client.get(url_of(approved, "result") + "?gaps=all")) == few


def test_without_approval_there_is_no_result_yet(submitted: Case):
    answer = submitted.world.client("lead").get(url_of(submitted, "result"))
    assert answer["Location"] == f"/assessments/{submitted.assessment.pk}/"


def test_a_viewer_is_not_led_to_details(approved: Case):
    assert approved.world.client("viewer").get(url_of(approved, "result")).status_code == 404


# --- amend ------------------------------------------------------------------------------------------


def test_amending_leads_to_a_copy_that_names_what_it_replaces(approved: Case):
    answer = post(approved, "amend", "lead", reason="Wrong office.")
    amendment = Assessment.objects.get(amends=approved.assessment)
    assert answer["Location"] == f"/assessments/{amendment.pk}/"
    assert "Wrong office." in approved.world.client("lead").get(answer["Location"]).content.decode()
    assert "an amendment</a> on its way (draft)" in result_text(approved, "lead")
    assert url_of(approved, "amend") not in result_text(approved, "lead")


def test_amending_needs_a_reason_and_an_approved_assessment(approved: Case):
    assert post(approved, "amend", "lead", reason="").status_code == 422
    Assessment.objects.update(state="submitted")
    page = post(approved, "amend", "lead", reason="Wrong office.")
    assert page.status_code == 422
    assert "Only an approved assessment is amended" in page.content.decode()
    assert Assessment.objects.count() == 1


@pytest.mark.parametrize(("persona", "status"), [("contributor", 403), ("reviewer", 403), ("viewer", 404)])
def test_who_may_not_amend(approved: Case, persona: str, status: int):
    assert post(approved, "amend", persona, reason="x").status_code == status
    assert Assessment.objects.filter(period_ends_on=QUARTER.ends_on).count() == 1
