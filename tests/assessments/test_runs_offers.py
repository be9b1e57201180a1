"""What a finished run suggests, taken into an open assessment by a person: never by itself, never twice."""

from typing import Any

import pytest

from assessments.models import Answer, Evidence, InstrumentRun
from assessments.services import NotOpen, start_amendment
from assessments.services_answers import BadAnswer, StaleAnswer
from assessments.services_offers import CannotAccept, accept_offer, use_as_evidence
from maturity.levels import Level
from portal.audit.models import AuditEntry
from tests.assessments.conftest import Case
from tests.assessments.instruments import ANSWERS, finished, save, start
from tests.factories import NOW


@pytest.fixture
def run(case: Case) -> InstrumentRun:
    """It offers "in place" for scan-images and "partial" for pick-platform."""
    return finished(case.world)


def accept(case: Case, run: InstrumentRun, item: str = "scan-images", **options: Any) -> Answer:
    given = {"revision": 0, "by": case.world.contributor, "at": NOW} | options
    return accept_offer(run_id=run.pk, item_slug=item, assessment_id=case.assessment.pk, **given)


def test_an_accepted_offer_is_the_answer_with_the_run_as_evidence(case: Case, run: InstrumentRun):
    answer = accept(case, run)
    assert (answer.level, answer.answered_by, answer.revision) == ("in_place", case.world.contributor, 1)
    evidence = answer.evidence.get()
    assert (evidence.kind, evidence.run, evidence.dated_on) == ("run", run, run.run_on)
    assert evidence.title == "Small checklist, Blue"
    assert case.assessment.workers.get() == case.world.contributor  # who may not approve it
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"answer", "add evidence", "accept offer"} <= actions


def test_the_rest_of_the_answer_stays(case: Case, run: InstrumentRun):
    case.answer("scan-images", Level.NOT_STARTED, note="Ours", holder="provider", holder_name="Cloud")
    answer = accept(case, run, revision=1)
    assert (answer.level, answer.note, answer.holder_name) == ("in_place", "Ours", "Cloud")


def test_taking_it_twice_changes_nothing(case: Case, run: InstrumentRun):
    accept(case, run)
    accept(case, run)
    assert Answer.objects.get(item__slug="scan-images").revision == 1
    assert Evidence.objects.count() == 1


def test_an_answer_that_says_more_is_replaced_only_if_the_person_says_so(case: Case, run: InstrumentRun):
    case.answer("pick-platform", Level.IN_PLACE)
    with pytest.raises(CannotAccept, match="says as much already"):
        accept(case, run, "pick-platform", revision=1)
    assert accept(case, run, "pick-platform", revision=1, over=True).level == "partial"


def test_what_was_left_out_with_a_reason_is_not_raised_unasked(case: Case, run: InstrumentRun):
    case.answer("pick-platform", Level.NOT_APPLICABLE, reason="Bought as a service")
    with pytest.raises(CannotAccept):
        accept(case, run, "pick-platform", revision=1)


def test_an_answer_saved_since_it_was_read_is_not_overwritten(case: Case, run: InstrumentRun):
    case.answer("scan-images", Level.NOT_STARTED, by=case.world.lead)
    with pytest.raises(StaleAnswer):
        accept(case, run, revision=0)
    assert Answer.objects.get(item__slug="scan-images").level == "not_started"
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("persona", ["reviewer", "officer", "viewer", "outsider"])
def test_only_who_may_answer_accepts(case: Case, run: InstrumentRun, persona: str):
    with pytest.raises(CannotAccept):
        accept(case, run, by=case.world.people[persona])
    assert not Answer.objects.exists()


def test_only_a_finished_run_of_the_same_agency_is_taken(case: Case):
    other = finished(case.world, agency=case.world.mines, by=case.world.administrator)
    with pytest.raises(CannotAccept, match="different agencies"):
        accept(case, other, by=case.world.administrator)
    with pytest.raises(CannotAccept, match="Only a finished run"):
        accept(case, save(start(case.world), ANSWERS))


def test_what_a_run_does_not_offer_is_not_taken(case: Case, run: InstrumentRun):
    with pytest.raises(CannotAccept, match="suggests nothing"):
        accept(case, run, "train-staff")


def test_nothing_is_taken_into_a_submitted_assessment(submitted: Case):
    run = finished(submitted.world)
    with pytest.raises(NotOpen):
        accept(submitted, run)


def test_a_planned_offer_needs_the_person_s_date(case: Case, run: InstrumentRun):
    run.outcome["offers"][0]["level"] = "planned"
    InstrumentRun.objects.filter(pk=run.pk).update(outcome=run.outcome)
    with pytest.raises(BadAnswer, match="date by which it is planned"):
        accept(case, run)
    assert accept(case, run, planned_on=NOW.date()).level == "planned"


def test_a_run_is_named_as_evidence_alone(case: Case, run: InstrumentRun):
    same = {"run_id": run.pk, "item_slug": "name-owner", "assessment_id": case.assessment.pk}
    for _ in range(2):
        use_as_evidence(**same, by=case.world.lead, at=NOW)
    answer = Answer.objects.get()
    assert (answer.level, answer.revision, answer.evidence.count()) == ("", 0, 1)


def test_an_amendment_copies_the_evidence_that_a_run_is(case: Case, run: InstrumentRun):
    accept(case, run)
    case.answer_all_asked()
    case.submit()
    case.approve()
    amendment = start_amendment(assessment_id=case.assessment.pk, reason="Wrong", by=case.world.lead, at=NOW)
    assert Evidence.objects.get(assessment=amendment).run == run


# --- on the pages -----------------------------------------------------------------------------------


def page_of(case: Case, rest: str = "", persona: str = "lead") -> str:
    response = case.world.client(persona).get(f"/assessments/{case.assessment.pk}/{rest}")
    return " ".join(response.content.decode().split())


def take(case: Case, run: InstrumentRun, **data: Any) -> Any:
    given = {"run": run.pk, "item": "scan-images", "revision": 0, "take": "answer"} | data
    url = f"/assessments/{case.assessment.pk}/suggestions/"
    return case.world.client("lead").post(url, given, follow=True)


def test_the_questionnaire_shows_what_runs_suggest_where_one_may_answer(case: Case, run: InstrumentRun):
    page = page_of(case, "?section=2")
    assert "Suggested by runs (2 items)" in page
    assert 'name="item" value="scan-images"' in page
    assert 'name="item" value="pick-platform"' not in page  # it is of stage 1
    assert "Suggested by runs" not in page_of(case, persona="reviewer")


def test_the_page_of_suggestions_parts_what_raises_an_answer_from_the_rest(case: Case, run: InstrumentRun):
    case.answer("pick-platform", Level.IN_PLACE)
    page = page_of(case, "suggestions/")
    assert "Say more than the answer does now (1)" in page
    assert "Say the same or less (1)" in page
    assert "Nothing is suggested" in page_of(case, "suggestions/?run=999")


def test_an_offer_is_accepted_on_the_page(case: Case, run: InstrumentRun):
    response = take(case, run, next=f"/assessments/{case.assessment.pk}/?section=2")
    assert response.redirect_chain[0][0] == f"/assessments/{case.assessment.pk}/?section=2#item-scan-images"
    assert "Taken over" in response.content.decode()
    assert Answer.objects.get().level == "in_place"
    page = page_of(case, "items/scan-images/")
    assert f"/instruments/in-small/runs/{run.pk}/" in page
    assert "Run of an instrument of Nov. 20, 2026" in page


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/"])
def test_accepting_never_leads_out_of_the_portal(case: Case, run: InstrumentRun, elsewhere: str):
    chain = take(case, run, next=elsewhere).redirect_chain
    assert chain[0][0] == f"/assessments/{case.assessment.pk}/suggestions/#item-scan-images"


def test_what_cannot_be_taken_is_said(case: Case, run: InstrumentRun):
    case.answer("scan-images", Level.NOT_STARTED)
    assert "Not taken over" in take(case, run).content.decode()
    assert Answer.objects.get().level == "not_started"
    assert "named as evidence" in take(case, run, take="evidence").content.decode()
    assert take(case, run, item="no-such").status_code == 200
    assert "Not taken over" in take(case, run, item="no-such").content.decode()


def test_the_questionnaire_takes_no_more_queries_with_ten_runs(case: Case, queries_of):
    finished(case.world)
    client = case.world.client("lead")
    address = f"/assessments/{case.assessment.pk}/?section=2"
    client.get(address)  # the rules of the version are read once for all
    first = queries_of(lambda: client.get(address))
    for number in range(9):
        finished(case.world, subject=f"Cluster {number}")
    assert queries_of(lambda: client.get(address)) == first


def test_evidence_of_this_kind_is_not_typed_in(case: Case):
    sent = {"kind": "run", "title": "x", "dated_on": "2026-11-01", "statement": "x"}
    url = f"/assessments/{case.assessment.pk}/items/scan-images/evidence/"
    assert case.world.client("lead").post(url, sent).status_code == 422
    api = f"/api/v1/assessments/{case.assessment.pk}/answers/scan-images/evidence/"
    answer = case.world.client("lead").post(api, sent, content_type="application/json")
    assert answer.status_code == 400


def test_the_api_names_the_run_of_such_evidence(case: Case, run: InstrumentRun):
    accept(case, run)
    url = f"/api/v1/assessments/{case.assessment.pk}/answers/scan-images/"
    (evidence,) = case.world.client("lead").get(url).json()["evidence"]
    assert (evidence["kind"], evidence["run"], evidence["url"]) == ("run", run.pk, "")
