"""What reviewers say of each item, and what agencies reply; each saved under the assessment's lock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from assessments.models import Answer, Assessment, ItemDecision, Review, ReviewReply
from assessments.queries_review import plan_of, verdict_of
from assessments.review_plan import Planned
from assessments.services import lock
from assessments.services_answers import LONGEST_TEXT, AnswerFields, points_errors
from assessments.services_notices import tell_review_reply
from assessments.services_review import StaleAssessment, locked_at, worked_on
from assessments.services_review_plan import (
    agree_with_block,
    agree_with_items,
    count_review,
    open_items,
    review_under_lock,
)
from maturity.levels import IN_POINTS, Level, level_of_points
from maturity.models import Item
from portal.access.models import User
from portal.access.rules import Right
from portal.audit.services import record

SETTABLE = (Level.IN_PLACE, Level.PARTIAL, Level.PLANNED, Level.NOT_STARTED, Level.NOT_APPLICABLE)


class StaleDecision(Exception):
    """Another reviewer decided on this item after it was read: `decision` as it is now."""

    def __init__(self, decision: ItemDecision) -> None:
        who = str(decision.by) if decision.by is not None else "Somebody"
        super().__init__(f"{who} decided on this item after you read it. Nothing was done; look at it again.")
        self.decision = decision


class BadDecision(Exception):
    """What was sent cannot be accepted: field name to message."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class OwnWork(Exception):
    """Who worked on an assessment does not review it."""

    def __init__(self) -> None:
        super().__init__("You answered or submitted this assessment, so somebody else has to review it.")


class CannotReply(Exception):
    """A reply without words, or to something that nobody was told; says why."""


@dataclass(frozen=True)
class Verdict:
    """What a reviewer says of one item: agreed, asked (`text` is the question), or set to another level, or
    number of points, with why."""

    kind: str
    text: str = ""
    level: Level | None = None
    points: int | None = None
    planned_on: date | None = None


@transaction.atomic
def begin_review(*, assessment_id: int, at: datetime) -> Review:
    """The review of a submitted assessment, planned if it is not yet; safe to repeat.

    Raises Assessment.DoesNotExist, StaleAssessment.
    """
    assessment = Assessment.objects.get(pk=assessment_id)
    found = Review.objects.filter(assessment=assessment, submission=assessment.revision)
    if assessment.state == Assessment.State.SUBMITTED and (review := found.select_related("before").first()):
        return review
    assessment = lock(assessment_id)
    if assessment.state != Assessment.State.SUBMITTED:
        raise StaleAssessment("This assessment is not submitted: there is nothing to review.")
    return review_under_lock(assessment, at)


@transaction.atomic
def decide_item(
    *,
    assessment_id: int,
    submission: int,
    item_slug: str,
    revision: int,
    verdict: Verdict,
    by: User,
    at: datetime,
) -> ItemDecision:
    """Say of one item what `by` thinks of its answer in the assessment's revision `submission`, having read
    the decision at `revision` (0: there was none).

    The answer stays as the agency gave it. Saying again what holds is harmless. Raises
    Assessment.DoesNotExist, Item.DoesNotExist, StaleAssessment, StaleDecision, BadDecision, OwnWork.
    """
    assessment, review = _review_of(assessment_id, submission, by, at)
    item = Item.objects.get(version_id=assessment.version_id, slug=item_slug)
    planned = _planned(review, item)
    answer = Answer.objects.filter(assessment=assessment, item=item).first()
    current = ItemDecision.objects.filter(assessment=assessment, item=item, current=True)
    standing = current.select_related("by", "item").first()
    in_points = assessment.version.answers == IN_POINTS
    row = _decision(verdict, item, answer, in_points=in_points)
    row.assessment, row.said, row.submission = assessment, planned.said, review.submission
    row.by, row.at = by, at
    if standing is not None:
        if _same(standing, row) and verdict_of(planned, standing, review):
            return standing
        if standing.revision != revision:
            raise StaleDecision(standing)
        row.revision = standing.revision + 1
        current.update(current=False)
    row.save(force_insert=True)
    count_review(review)
    changes = {"item": item.slug, "decision": row.kind} | ({"level": row.level} if row.level else {})
    record(action="review item", obj=row, by=by, at=at, changes=changes)
    return row


def _review_of(assessment_id: int, submission: int, by: User, at: datetime) -> tuple[Assessment, Review]:
    """The assessment under its lock, at this revision, and its review. Raises StaleAssessment, OwnWork."""
    assessment = locked_at(assessment_id, submission, {Assessment.State.SUBMITTED})
    if worked_on(assessment, by):
        raise OwnWork
    return assessment, review_under_lock(assessment, at)


def _planned(review: Review, item: Item) -> Planned:
    found = next((one for one in plan_of(review) if one.slug == item.slug), None)
    if found is None:
        raise BadDecision({"item": f"“{item.title}” was not answered, so there is nothing to say of it."})
    return found


def _same(one: ItemDecision, other: ItemDecision) -> bool:
    told = ("kind", "text", "level", "points", "planned_on", "said")
    return all(getattr(one, name) == getattr(other, name) for name in told)


def _decision(verdict: Verdict, item: Item, answer: Answer | None, *, in_points: bool) -> ItemDecision:
    """The unsaved row of what is said. Raises BadDecision."""
    text = verdict.text.strip()
    answered = answer.level if answer is not None else ""
    points = answer.points if answer is not None else None
    row = ItemDecision(item=item, kind=verdict.kind, answered=answered, answered_points=points)
    if len(text) > LONGEST_TEXT:
        raise BadDecision({"text": f"Write at most {LONGEST_TEXT:,} characters; these are {len(text):,}."})
    if verdict.kind == ItemDecision.Kind.AGREED:
        return row
    if verdict.kind not in ItemDecision.Kind.values:
        raise BadDecision({"kind": f"A decision is one of {', '.join(ItemDecision.Kind.values)}."})
    row.text = text
    if verdict.kind == ItemDecision.Kind.ASKED:
        if not text:
            raise BadDecision({"text": "Write what the agency should say or show."})
        return row
    if errors := _level_errors(verdict, item, answered, points, in_points=in_points):
        raise BadDecision(errors)
    row.points = verdict.points
    level = verdict.level if verdict.points is None else level_of_points(verdict.points, item.points)
    row.level = str(level)
    row.planned_on = verdict.planned_on if level == Level.PLANNED else None
    return row


def _level_errors(
    verdict: Verdict, item: Item, answered: str, points: int | None, *, in_points: bool
) -> dict[str, str]:
    """By field, what is wrong with another level, or number of points."""
    fields = AnswerFields(level=verdict.level, points=verdict.points)
    errors = points_errors(item, fields, in_points=in_points)
    if not verdict.text.strip():
        errors["text"] = "Say why: the agency reads it, and it is kept."
    if verdict.level is not None and verdict.level not in SETTABLE:
        errors["level"] = f"Set one of {', '.join(SETTABLE)}."
    elif verdict.level is None and verdict.points is None:
        errors["level"] = "Choose the level, or agree."
    elif verdict.points is not None and verdict.points == points:
        errors["points"] = "The agency says the same: agree, or give another number."
    elif verdict.points is None and verdict.level == answered:
        errors["level"] = "The agency says the same: agree, or choose another level."
    if verdict.level == Level.PLANNED and verdict.planned_on is None:
        errors["planned_on"] = "Give the date by which it is planned."
    return errors


@transaction.atomic
def agree_items(
    *, assessment_id: int, submission: int, slugs: Collection[str], by: User, at: datetime
) -> tuple[int, int]:
    """Agree with all of these items, as they were seen, that come up one by one and are not decided; how many
    that were, and how many were left because somebody decided on them. Safe to repeat.

    Raises Assessment.DoesNotExist, StaleAssessment, OwnWork.
    """
    assessment, review = _review_of(assessment_id, submission, by, at)
    wanted = set(slugs)
    chosen = [one for one in open_items(review, block=False) if one.slug in wanted]
    if chosen:
        agree_with_items(review, chosen, by=by, at=at)
        count_review(review)
        changes = {"items": [one.slug for one in chosen], "decision": ItemDecision.Kind.AGREED.value}
        record(action="review items", obj=assessment, by=by, at=at, changes=changes)
    known = {one.slug for one in plan_of(review)}
    return len(chosen), len(wanted & known) - len(chosen)


@transaction.atomic
def agree_block(*, assessment_id: int, submission: int, by: User, at: datetime) -> int:
    """Agree with the block as a whole; how many items were still open. Safe to repeat.

    Raises Assessment.DoesNotExist, StaleAssessment, OwnWork.
    """
    assessment, review = _review_of(assessment_id, submission, by, at)
    count = agree_with_block(review, by=by, at=at) if review.block_open else 0
    if count:
        count_review(review)
        record(action="review block", obj=assessment, by=by, at=at, changes={"items": count})
    return count


@transaction.atomic
def reply_to_decision(*, decision_id: int, text: str, by: User, at: datetime) -> ReviewReply:
    """Say something to a question or to another level, as the agency or as a reviewer; kept for good.

    Raises ItemDecision.DoesNotExist (also where `by` may not know of it), CannotReply.
    """
    decisions = ItemDecision.objects.visible_to(by).exclude(kind=ItemDecision.Kind.AGREED)
    decision = decisions.select_related("assessment__agency", "item", "by").get(pk=decision_id)
    agency = decision.assessment.agency
    if not (by.can(Right.ANSWER, agency) or by.can(Right.REVIEW, agency)):
        raise CannotReply(f"You may not reply for {agency}.")
    words = text.strip()
    if not words:
        raise CannotReply("Write the reply.")
    if len(words) > LONGEST_TEXT:
        raise CannotReply(f"Write at most {LONGEST_TEXT:,} characters; these are {len(words):,}.")
    last = decision.replies.last()
    if last is not None and last.by_id == by.pk and last.text == words:
        return last
    reply = ReviewReply.objects.create(decision=decision, text=words, by=by, at=at)
    record(action="reply to review", obj=reply, by=by, at=at, changes={"item": decision.item.slug})
    tell_review_reply(reply=reply, at=at)
    return reply


@transaction.atomic
def note_disagreements_taken(*, rows: int, by: User, at: datetime) -> None:
    """Write into the audit that `by` took the list of disagreements out of the portal."""
    record(action="disagreements.exported", obj=by, by=by, at=at, changes={"rows": rows})
