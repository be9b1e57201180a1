"""Submitting, approving and returning an assessment. All three take its lock and name its revision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from django.db import transaction
from django.db.models import Q

from assessments.checks import Missing, what_is_missing
from assessments.models import (
    Answer,
    Assessment,
    DomainScore,
    Evidence,
    Following,
    ItemDecision,
    Result,
    Review,
    Step,
)
from assessments.queries import Sheet, load_sheet
from assessments.queries_review import current_decisions, holding_sets, reviewed_sheet
from assessments.queries_sharing import said_above_by
from assessments.results import build_result
from assessments.services import lock
from assessments.services_attesting import Attestation, errors_of, told_of, write_attestation
from assessments.services_doors import RoundClosed, pass_doors
from assessments.services_notices import tell_decided, tell_submitted
from assessments.services_rescoring import save_results
from assessments.services_review_plan import (
    agree_with_block,
    agree_with_items,
    count_review,
    open_items,
    plan_review,
    review_under_lock,
)
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
    """A return without a comment or a question helps nobody."""


class Agreeing(StrEnum):
    """What an approval agrees with that nobody decided on yet: nothing, the block, or all of it."""

    NOTHING = "nothing"
    BLOCK = "block"
    REST = "rest"


@dataclass(frozen=True)
class Obstacle:
    """One thing that stands in the way of an approval: what it is (undecided, asked, block, confirmation,
    nothing_applies), in words, and of how many items."""

    kind: str
    message: str
    count: int = 0


class NotReviewed(Exception):
    """Something is still to be looked at; `obstacles` say what."""

    def __init__(self, obstacles: list[Obstacle]) -> None:
        super().__init__(" ".join(one.message for one in obstacles))
        self.obstacles = obstacles


def locked_at(assessment_id: int, revision: int, states: set[str]) -> Assessment:
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
    told: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Bring it to a state, with the step and the audit entry, which says also what is `told`."""
    old, assessment.state = assessment.state, state
    assessment.revision += 1
    assessment.save()
    Step.objects.create(assessment=assessment, state=state, by=by, at=at, comment=comment)
    record(action=STEPS[state], obj=assessment, by=by, at=at, changes={"state": [old, str(state)], **told})


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
    assessment = locked_at(assessment_id, revision, {Assessment.State.DRAFT, Assessment.State.RETURNED})
    sheet = load_sheet(assessment)
    given = Attestation(attested_by, attested_as, delegation, myself, standing)
    if reasons := what_is_missing(sheet) + errors_of(given, assessment) + _closed(assessment, at):
        raise CannotSubmit(reasons)
    write_attestation(sheet, given, by=by, at=at)
    assessment.submitted_by, assessment.submitted_at = by if is_author else None, at
    if is_author:
        assessment.workers.add(by)
    _move(assessment, Assessment.State.SUBMITTED, by=by, at=at, told=told_of(assessment))
    plan_review(sheet=sheet, at=at)
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
    *,
    assessment_id: int,
    revision: int,
    by: User,
    at: datetime,
    comment: str = "",
    agreeing: Agreeing = Agreeing.NOTHING,
    confirmation: str = "",
) -> Result:
    """Approve it for good: the result, with the levels that reviewers set, and also as newer rules have it,
    is written and the agency marked stale in the same transaction.

    `agreeing`: what is agreed with that nobody decided on yet. `confirmation`: in the reviewer's words, that
    a move of more than one stage is real. Raises Assessment.DoesNotExist, StaleAssessment, CannotApprove,
    NotReviewed.
    """
    assessment = locked_at(assessment_id, revision, {Assessment.State.SUBMITTED})
    if worked_on(assessment, by):
        raise CannotApprove("You answered or submitted this assessment, so somebody else has to approve it.")
    sheet = load_sheet(assessment)
    review = review_under_lock(assessment, at)
    told = _agree(review, agreeing, by, at)
    if confirmation.strip():
        review.confirmation, review.confirmed_by = confirmation.strip(), by
    count_review(review, sheet)
    sets = holding_sets(review, current_decisions(assessment.pk))
    if obstacles := obstacles_of(review) or _nothing_left(sheet, sets):
        raise NotReviewed(obstacles)
    result = _result(sheet, sets, at)
    save_results([result], at)
    assessment.approved_by, assessment.approved_at = by, at
    told |= {"levels set": len(sets)} if sets else {}
    told |= {"confirmed": True} if review.needs_confirmation else {}
    _move(assessment, Assessment.State.APPROVED, by=by, at=at, comment=comment.strip(), told=told)
    _send_decisions(assessment, at)
    mark_stale(agencies=[assessment.agency_id], reason="assessment approved", at=at)
    tell_decided(assessment=assessment, by=by, at=at)
    return result


def _agree(review: Review, agreeing: Agreeing, by: User, at: datetime) -> dict[str, object]:
    """Agree with what is still open, as far as asked for; what the audit says of it."""
    told: dict[str, object] = {}
    if agreeing == Agreeing.REST:
        told["agreed with the rest"] = agree_with_items(review, open_items(review, block=False), by=by, at=at)
    if agreeing != Agreeing.NOTHING:
        told["agreed as a block"] = agree_with_block(review, by=by, at=at)
    return told


def obstacles_of(review: Review) -> list[Obstacle]:
    """What stands in the way of approving this review, by its counts; empty where nothing does."""
    found = []
    if count := review.undecided:
        few = "1 item is" if count == 1 else f"{count} items are"
        found.append(Obstacle("undecided", f"{few} still to be decided one by one.", count))
    if count := review.asked:
        few = "1 question is" if count == 1 else f"{count} questions are"
        found.append(
            Obstacle("asked", f"{few} open: return the assessment, or decide otherwise on them.", count)
        )
    if review.block_open:
        found.append(Obstacle("block", "The rest is not agreed with as a block."))
    if review.needs_confirmation and not review.confirmation:
        found.append(
            Obstacle("confirmation", "A move of more than one stage needs your confirmation in writing.")
        )
    return found


def _nothing_left(sheet: Sheet, sets: list[ItemDecision]) -> list[Obstacle]:
    if reviewed_sheet(sheet, sets).card is not None:
        return []
    return [Obstacle("nothing_applies", "With the levels that you set nothing applies that could be scored.")]


def _result(sheet: Sheet, sets: list[ItemDecision], at: datetime) -> Result:
    reviewed = reviewed_sheet(sheet, sets)
    return build_result(
        assessment=sheet.assessment,
        rules=sheet.rules,
        levels=reviewed.levels,
        evidence=sheet.evidence,
        approved_at=at,
        numbers=reviewed.numbers,
        unconfirmed=(*sheet.unconfirmed, *sheet.unconfirmed_scores),
    )


def _send_decisions(assessment: Assessment, at: datetime) -> int:
    """From now on the agency sees the questions and the other levels that stand; how many are new."""
    new = ItemDecision.objects.filter(assessment=assessment, current=True, sent_at__isnull=True)
    return new.exclude(kind=ItemDecision.Kind.AGREED).update(sent_at=at)


def worked_on(assessment: Assessment, person: User) -> bool:
    """Whether this person answered anything in it, brought evidence for it or submitted it, at any time.

    Answers that were copied into a correction or carried over are still of those who gave them; those that
    follow an agency above are also of whoever answered there.
    """
    answers = Answer.objects.filter(assessment=assessment)
    own = Q(answered_by=person) | Q(confirmed_by=person)
    brought = Evidence.objects.filter(Q(added_by=person) | Q(uses__added_by=person), assessment=assessment)
    given = DomainScore.objects.filter(Q(given_by=person) | Q(confirmed_by=person), assessment=assessment)
    followed = Following.objects.filter(said_above_by(person), answer__assessment=assessment)
    at_work = assessment.workers.filter(pk=person.pk)
    if person.pk in {assessment.submitted_by_id, assessment.attested_user_id}:
        return True
    found = (at_work, answers.filter(own), brought, given, followed)
    return any(rows.exists() for rows in found)


@transaction.atomic
def return_assessment(
    *, assessment_id: int, revision: int, comment: str, by: User, at: datetime
) -> Assessment:
    """Send it back to the agency with the questions asked and a comment that says what to change; with
    questions the comment may be empty.

    Raises Assessment.DoesNotExist, StaleAssessment, CannotReturn.
    """
    assessment = locked_at(assessment_id, revision, {Assessment.State.SUBMITTED})
    asked = ItemDecision.objects.filter(
        assessment=assessment, current=True, kind=ItemDecision.Kind.ASKED, submission=assessment.revision
    ).count()
    if not comment.strip() and not asked:
        raise CannotReturn("Say what the agency should change.")
    told = {"questions": asked} if asked else {}
    assessment.attested_seal = ""  # what comes back is attested anew, also where nothing changes
    _move(assessment, Assessment.State.RETURNED, by=by, at=at, comment=comment.strip(), told=told)
    _send_decisions(assessment, at)
    tell_decided(assessment=assessment, by=by, at=at)
    return assessment
