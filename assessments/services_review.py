"""Submitting, approving and returning an assessment. All three take its lock and name its revision."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from assessments.checks import Missing, what_is_missing
from assessments.models import Answer, Assessment, DomainScore, Result, Step
from assessments.queries import Sheet, load_sheet
from assessments.results import build_result
from assessments.services import lock
from assessments.services_answers import LONGEST_NAME
from assessments.services_doors import RoundClosed, pass_doors
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
    assessment: Assessment, state: Assessment.State, *, by: User, at: datetime, comment: str = ""
) -> None:
    """Bring it to a state, with the step and the audit entry."""
    old, assessment.state = assessment.state, state
    assessment.revision += 1
    assessment.save()
    Step.objects.create(assessment=assessment, state=state, by=by, at=at, comment=comment)
    record(action=STEPS[state], obj=assessment, by=by, at=at, changes={"state": [old, str(state)]})


STEPS = {
    Assessment.State.SUBMITTED: "submit",
    Assessment.State.RETURNED: "return",
    Assessment.State.APPROVED: "approve",
}


@transaction.atomic
def submit_assessment(
    *, assessment_id: int, revision: int, attested_by: str, by: User, at: datetime
) -> Assessment:
    """Submit it for review, vouched for by the person named in `attested_by`.

    Raises Assessment.DoesNotExist, StaleAssessment, CannotSubmit.
    """
    assessment = _locked(assessment_id, revision, {Assessment.State.DRAFT, Assessment.State.RETURNED})
    name = attested_by.strip()
    reasons = what_is_missing(load_sheet(assessment))
    if not name:
        reasons.append(Missing("Name the person who vouches for these answers."))
    elif len(name) > LONGEST_NAME:
        reasons.append(Missing(f"The name of who vouches has at most {LONGEST_NAME} characters."))
    reasons += _closed(assessment, at)
    if reasons:
        raise CannotSubmit(reasons)
    assessment.attested_by, assessment.submitted_by, assessment.submitted_at = name, by, at
    assessment.workers.add(by)
    _move(assessment, Assessment.State.SUBMITTED, by=by, at=at)
    tell_submitted(assessment=assessment, by=by, at=at)
    return assessment


def _closed(assessment: Assessment, at: datetime) -> list[Missing]:
    """Why the round does not take it; a correction of what was approved is never too late."""
    if assessment.amends_id is not None:
        return []
    try:
        pass_doors(
            agency=assessment.agency,
            version_id=assessment.version_id,
            period_ends_on=assessment.period_ends_on,
            at=at,
            assessment=assessment,
        )
    except RoundClosed as error:
        return [Missing(str(error))]
    return []


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
        latest_evidence=sheet.latest_evidence,
        approved_at=at,
        numbers=sheet.numbers,
    )


def worked_on(assessment: Assessment, person: User) -> bool:
    """Whether this person answered anything in it, brought evidence for it or submitted it, at any time.

    Answers that were copied into a correction or carried over are still of those who gave them.
    """
    answers = Answer.objects.filter(assessment=assessment)
    copied = answers.filter(Q(answered_by=person) | Q(evidence__added_by=person))
    given = DomainScore.objects.filter(assessment=assessment, given_by=person)
    at_work = assessment.workers.filter(pk=person.pk)
    return assessment.submitted_by_id == person.pk or at_work.exists() or copied.exists() or given.exists()


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
    _move(assessment, Assessment.State.RETURNED, by=by, at=at, comment=comment.strip())
    tell_decided(assessment=assessment, by=by, at=at)
    return assessment
