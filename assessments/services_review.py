"""Submitting, approving and returning an assessment. All three take its lock and name its revision."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from assessments.checks import Missing, what_is_missing
from assessments.models import Answer, Assessment, DomainScore, Evidence, Result, Step
from assessments.queries import Sheet, load_sheet
from assessments.results import build_result
from assessments.services import lock
from assessments.services_attesting import Attestation, errors_of, told_of, write_attestation
from assessments.services_notices import tell_decided, tell_submitted
from assessments.services_rescoring import save_results
from portal.access.models import User
from portal.agencies.services import mark_stale
from portal.audit.services import record


class StaleAssessment(Exception):
    """The assessment is not at the revision, or no longer in the state, that was seen."""


class CannotSubmit(Exception):
    """Something is missing; `reasons` say what, and where."""

    def __init__(self, reasons: list[Missing]) -> None:
        super().__init__(" ".join(reason.message for reason in reasons))
        self.reasons = reasons


class CannotApprove(Exception):
    """This person may not approve this assessment; says why."""


class CannotReturn(Exception):
    """A return without a comment helps nobody."""


def _locked(assessment_id: int, revision: int, states: set[str]) -> Assessment:
    """The assessment under its lock, at this revision and in one of these states."""
    assessment = lock(assessment_id)
    if assessment.revision != revision or assessment.state not in states:
        last = assessment.steps.select_related("by").last()
        who = f" by {last.by}" if last is not None and last.by is not None else ""
        raise StaleAssessment(
            f"This assessment has changed since you read it: it is {assessment.get_state_display().lower()}"
            f"{who}, at revision {assessment.revision}. Nothing was done; look at it again."
        )
    return assessment


def _move(
    assessment: Assessment,
    state: Assessment.State,
    *,
    by: User,
    at: datetime,
    comment: str = "",
    told: dict[str, str] | None = None,
) -> None:
    """Bring it to a state, with the step and the audit entry, which says what is `told` besides."""
    old, assessment.state = assessment.state, state
    assessment.revision += 1
    assessment.save()
    Step.objects.create(assessment=assessment, state=state, by=by, at=at, comment=comment)
    changes = {"state": [old, str(state)]} | (told or {})
    record(action=STEPS[state], obj=assessment, by=by, at=at, changes=changes)


STEPS = {
    Assessment.State.SUBMITTED: "submit",
    Assessment.State.RETURNED: "return",
    Assessment.State.APPROVED: "approve",
}


@transaction.atomic
def submit_assessment(
    *,
    assessment_id: int,
    revision: int,
    by: User,
    at: datetime,
    attested_by: str = "",
    attested_as: str = "",
    delegation: str = "",
    myself: bool = False,
    standing: bool = False,
    is_author: bool = True,
) -> Assessment:
    """Submit it for review, vouched for by the person named in `attested_by`, by `by` (`myself`), or by who
    attested it before (`standing`); see services_attesting.Attestation.

    `is_author`: False where `by` only passes on what the agency delivered, and so may review it.

    Raises Assessment.DoesNotExist, StaleAssessment, CannotSubmit.
    """
    assessment = _locked(assessment_id, revision, {Assessment.State.DRAFT, Assessment.State.RETURNED})
    sheet = load_sheet(assessment)
    given = Attestation(attested_by, attested_as, delegation, myself, standing)
    if reasons := what_is_missing(sheet) + errors_of(given, assessment):
        raise CannotSubmit(reasons)
    write_attestation(sheet, given, by=by, at=at)
    assessment.submitted_by, assessment.submitted_at = by if is_author else None, at
    if is_author:
        assessment.workers.add(by)
    _move(assessment, Assessment.State.SUBMITTED, by=by, at=at, told=told_of(assessment))
    tell_submitted(assessment=assessment, by=by, at=at)
    return assessment


@transaction.atomic
def approve_assessment(
    *, assessment_id: int, revision: int, by: User, at: datetime, comment: str = ""
) -> Result:
    """Approve it for good: the result, also as newer rules have it, is written and the agency marked stale
    in the same transaction.

    Raises Assessment.DoesNotExist, StaleAssessment, CannotApprove.
    """
    assessment = _locked(assessment_id, revision, {Assessment.State.SUBMITTED})
    if worked_on(assessment, by):
        raise CannotApprove("You answered or submitted this assessment, so somebody else has to approve it.")
    result = _result(load_sheet(assessment), at)
    save_results([result], at)
    assessment.approved_by, assessment.approved_at = by, at
    _move(assessment, Assessment.State.APPROVED, by=by, at=at, comment=comment.strip())
    mark_stale(agencies=[assessment.agency_id], reason="assessment approved", at=at)
    tell_decided(assessment=assessment, by=by, at=at)
    return result


def _result(sheet: Sheet, at: datetime) -> Result:
    return build_result(
        assessment=sheet.assessment,
        rules=sheet.rules,
        levels=sheet.levels,
        evidence=sheet.evidence,
        approved_at=at,
        numbers=sheet.numbers,
        unconfirmed=(*sheet.unconfirmed, *sheet.unconfirmed_scores),
    )


def worked_on(assessment: Assessment, person: User) -> bool:
    """Whether this person answered anything in it, brought evidence for it or submitted it, at any time.

    Answers that were copied into a correction or carried over are still of those who gave them.
    """
    answers = Answer.objects.filter(assessment=assessment)
    own = Q(answered_by=person) | Q(confirmed_by=person)
    brought = Evidence.objects.filter(Q(added_by=person) | Q(uses__added_by=person), assessment=assessment)
    given = DomainScore.objects.filter(Q(given_by=person) | Q(confirmed_by=person), assessment=assessment)
    at_work = assessment.workers.filter(pk=person.pk)
    if person.pk in {assessment.submitted_by_id, assessment.attested_user_id}:
        return True
    return at_work.exists() or answers.filter(own).exists() or brought.exists() or given.exists()


@transaction.atomic
def return_assessment(
    *, assessment_id: int, revision: int, comment: str, by: User, at: datetime
) -> Assessment:
    """Send it back to the agency with a comment that says what to change.

    Raises Assessment.DoesNotExist, StaleAssessment, CannotReturn.
    """
    if not comment.strip():
        raise CannotReturn("Say what the agency should change.")
    assessment = _locked(assessment_id, revision, {Assessment.State.SUBMITTED})
    assessment.attested_seal = ""  # what comes back is attested anew, also where nothing changes
    _move(assessment, Assessment.State.RETURNED, by=by, at=at, comment=comment.strip())
    tell_decided(assessment=assessment, by=by, at=at)
    return assessment
