"""Submitting, approving, returning: who, when, and what is written."""

from datetime import date

import pytest

from assessments.models import Assessment, Result
from assessments.services import start_amendment
from assessments.services_answers import EvidenceFields, add_evidence, remove_evidence
from assessments.services_review import (
    Agreeing,
    CannotApprove,
    CannotReturn,
    CannotSubmit,
    StaleAssessment,
    approve_assessment,
    return_assessment,
    submit_assessment,
)
from maturity.levels import Level
from portal.access.models import User
from portal.agencies.models import StaleMark
from portal.audit.models import AuditEntry
from tests.assessments.conftest import STAGE_1, STAGE_2, Case
from tests.factories import NOW


def submit(case: Case, revision: int = 1, attested_by: str = "Pat Lead") -> Assessment:
    return submit_assessment(
        assessment_id=case.assessment.pk,
        revision=revision,
        attested_by=attested_by,
        by=case.world.lead,
        at=NOW,
    )


def approve(case: Case, by: User | None = None, revision: int = 2) -> Result:
    return approve_assessment(
        assessment_id=case.assessment.pk,
        revision=revision,
        by=by or case.world.reviewer,
        at=NOW,
        agreeing=Agreeing.REST,
    )


def reasons(case: Case) -> list[tuple[str, tuple[str, ...]]]:
    with pytest.raises(CannotSubmit) as refused:
        submit(case)
    return [(reason.message, reason.items) for reason in refused.value.reasons]


# --- submitting -------------------------------------------------------------------------------------


def test_submitting_carries_who_attests_and_fixes_the_answers(case: Case):
    case.answer_all_asked()
    assessment = submit(case, attested_by=" Pat Lead ")
    assert (assessment.state, assessment.revision, assessment.attested_by) == ("submitted", 2, "Pat Lead")
    assert (assessment.submitted_by, assessment.submitted_at) == (case.world.lead, NOW)
    assert assessment.steps.last().state == "submitted"
    assert AuditEntry.objects.get(action="submit").changes == {
        "state": ["draft", "submitted"],
        "attested by": "Pat Lead",
        "under own log-in": "no",
    }


def test_all_unanswered_items_through_the_stage_being_worked_on_are_named(case: Case):
    case.answer("train-staff")
    assert reasons(case) == [
        ("3 asked items are not answered.", ("name-owner", "pick-platform", "no-budget"))
    ]


def test_a_completed_stage_asks_for_the_next(case: Case):
    for item in STAGE_1:
        case.answer(item)
    assert reasons(case) == [("3 asked items are not answered.", STAGE_2)]


def test_what_was_not_yet_relevant_is_asked_once_its_stage_is_worked_on(case: Case):
    case.answer("too-complex", Level.NOT_YET)
    for item in STAGE_1:
        case.answer(item)
    case.answer("pair-up")
    case.answer("scan-images", Level.NOT_STARTED)
    assert reasons(case) == [("1 asked item is not answered.", ("too-complex",))]


def test_where_nothing_applies_nothing_is_submitted(case: Case):
    for item in case.assessment.version.items.values_list("slug", flat=True):
        case.answer(item, Level.NOT_APPLICABLE, reason="We own no software.")
    message = "Every item is marked as not applicable, so there is nothing to score."
    assert reasons(case) == [(message, ())]


def test_what_somebody_else_meets_needs_evidence_where_it_counts(case: Case):
    case.answer_all_asked()
    case.answer("train-staff", Level.IN_PLACE, holder="provider", holder_name="Cloud Co.")
    case.answer("name-owner", Level.NOT_STARTED, holder="parent", holder_name="Department platform")
    assert reasons(case) == [("1 item is met by somebody else, without evidence of it.", ("train-staff",))]
    evidence = EvidenceFields(
        kind="link", title="Contract", dated_on=date(2026, 10, 1), url="https://example.gov"
    )
    pk = case.assessment.pk
    add_evidence(assessment_id=pk, item_slug="train-staff", evidence=evidence, by=case.world.lead, at=NOW)
    assert submit(case).state == "submitted"


def test_somebody_has_to_vouch_by_name(case: Case):
    case.answer_all_asked()
    with pytest.raises(CannotSubmit, match="Name the person who vouches"):
        submit(case, attested_by="  ")
    with pytest.raises(CannotSubmit, match="at most 200"):
        submit(case, attested_by="x" * 201)
    assert Assessment.objects.get().state == "draft"


def test_an_old_page_and_a_second_submission_are_refused(case: Case):
    case.answer_all_asked()
    with pytest.raises(StaleAssessment, match="revision 1"):
        submit(case, revision=7)
    submit(case)
    with pytest.raises(StaleAssessment, match="it is submitted by lead"):
        submit(case, revision=2)


# --- approving --------------------------------------------------------------------------------------


def test_approval_writes_result_step_audit_and_stale_mark_together(submitted: Case):
    result = approve(submitted)
    assessment = Assessment.objects.get()
    assert (assessment.state, assessment.revision, assessment.approved_by) == (
        "approved",
        3,
        submitted.world.reviewer,
    )
    assert assessment.approved_at == result.approved_at == NOW
    assert assessment.steps.last().state == "approved"
    assert AuditEntry.objects.get(action="approve").object_id == str(assessment.pk)
    assert StaleMark.objects.get().agency == submitted.world.grid
    # One of the four items of stage 1 is in place, and nothing else is answered.
    assert (result.score, result.stages_completed, result.stage_count) == (250_000, 0, 3)
    assert result.levels == "300----0-"
    assert (result.answered, result.evidenced, result.method) == (1_000_000, 0, "staged-1@1")
    assert (result.agency, result.model.slug, result.period_label) == (
        submitted.world.grid,
        "small",
        "FY27 Q1",
    )
    assert result.stages[0]["completion"] == 250_000
    assert result.domains["people"] == {"percent": 166_667, "stages_completed": None}


@pytest.mark.parametrize("at_work", ["contributor", "lead"])
def test_nobody_approves_what_they_answered_or_submitted(submitted: Case, at_work: str):
    """`contributor` answered it, `lead` submitted it; both are made administrators here."""
    person = submitted.world.people[at_work]
    person.memberships.update(role="administrator", agency=None)
    with pytest.raises(CannotApprove, match="somebody else has to approve"):
        approve(submitted, by=person)
    assert not Result.objects.exists()
    assert not StaleMark.objects.exists()


def test_nobody_approves_what_they_brought_evidence_for(case: Case):
    case.answer_all_asked()
    evidence = EvidenceFields(
        kind="link", title="Plan", dated_on=date(2026, 10, 1), url="https://example.gov"
    )
    pk, administrator = case.assessment.pk, case.world.administrator
    add_evidence(assessment_id=pk, item_slug="train-staff", evidence=evidence, by=administrator, at=NOW)
    submit(case)
    with pytest.raises(CannotApprove):
        approve(case, by=administrator)


def test_nobody_approves_what_they_answered_because_another_wrote_over_it(case: Case):
    """Else a friend who mends a comma in the note would make the level somebody else's."""
    administrator = case.world.administrator
    case.answer_all_asked()
    case.answer("train-staff", Level.IN_PLACE, by=administrator, note="All of them")
    case.answer("train-staff", Level.IN_PLACE, by=case.world.contributor, note="All of them.")
    submit(case)
    with pytest.raises(CannotApprove):
        approve(case, by=administrator)


def test_nobody_approves_where_they_took_evidence_away(case: Case):
    case.answer_all_asked()
    evidence = EvidenceFields(
        kind="link", title="Plan", dated_on=date(2026, 10, 1), url="https://example.gov"
    )
    pk, administrator = case.assessment.pk, case.world.administrator
    added = add_evidence(
        assessment_id=pk, item_slug="train-staff", evidence=evidence, by=case.world.contributor, at=NOW
    )
    remove_evidence(assessment_id=pk, evidence_id=added.pk, by=administrator, at=NOW)
    submit(case)
    with pytest.raises(CannotApprove):
        approve(case, by=administrator)


def test_nobody_approves_what_they_submitted_before_it_was_returned(submitted: Case):
    """Another hand submits it the second time."""
    world, pk = submitted.world, submitted.assessment.pk
    return_assessment(assessment_id=pk, revision=2, comment="Once more", by=world.reviewer, at=NOW)
    submit_assessment(assessment_id=pk, revision=3, attested_by="Pat Lead", by=world.administrator, at=NOW)
    with pytest.raises(CannotApprove):
        approve(submitted, by=world.lead, revision=4)


def test_evidence_within_a_year_backs_an_answer(case: Case):
    case.answer_all_asked()
    evidence = EvidenceFields(
        kind="link", title="Plan", dated_on=date(2025, 11, 21), url="https://example.gov"
    )
    pk = case.assessment.pk
    add_evidence(assessment_id=pk, item_slug="train-staff", evidence=evidence, by=case.world.lead, at=NOW)
    submit(case)
    assert approve(case).evidenced == 1_000_000


def test_a_second_approval_and_one_of_an_old_page_are_refused(submitted: Case):
    with pytest.raises(StaleAssessment):
        approve(submitted, revision=1)
    approve(submitted)
    with pytest.raises(StaleAssessment, match="it is approved by reviewer"):
        approve(submitted, revision=3)
    assert Result.objects.count() == 1


def test_a_draft_is_not_approved(case: Case):
    with pytest.raises(StaleAssessment, match="it is draft"):
        approve(case, revision=1)


def test_an_approved_amendment_has_its_own_result_and_the_first_one_stays(approved: Case):
    first = Result.objects.get()
    amendment = start_amendment(
        assessment_id=approved.assessment.pk, reason="Wrong office.", by=approved.world.lead, at=NOW
    )
    corrected = Case(approved.world, amendment)
    corrected.answer("name-owner", Level.IN_PLACE)
    corrected.submit()
    second = corrected.approve()
    assert second.score == 500_000
    assert list(Result.objects.order_by("pk")) == [first, second]
    assert Result.objects.get(pk=first.pk).score == 250_000
    assert StaleMark.objects.count() == 2


# --- returning --------------------------------------------------------------------------------------


def test_returning_says_what_to_change_and_opens_the_answers(submitted: Case):
    pk = submitted.assessment.pk
    reviewer = submitted.world.reviewer
    assessment = return_assessment(
        assessment_id=pk, revision=2, comment=" Cite the plan. ", by=reviewer, at=NOW
    )
    assert (assessment.state, assessment.revision) == ("returned", 3)
    assert assessment.steps.last().comment == "Cite the plan."
    submitted.answer("train-staff", Level.PARTIAL)
    assert submitted.submit().revision == 4


def test_a_return_without_a_comment_or_of_an_old_page_is_refused(submitted: Case):
    pk = submitted.assessment.pk
    reviewer = submitted.world.reviewer
    with pytest.raises(CannotReturn, match="Say what the agency should change"):
        return_assessment(assessment_id=pk, revision=2, comment=" ", by=reviewer, at=NOW)
    with pytest.raises(StaleAssessment):
        return_assessment(assessment_id=pk, revision=1, comment="x", by=reviewer, at=NOW)
    assert Assessment.objects.get().state == "submitted"
