"""Reviews of the demonstration: all that is submitted is planned; of some, part is decided, one is approved
with another level, and one goes back with a question."""

from datetime import datetime

from django.db.models import QuerySet

from assessments.models import Answer, Assessment, ItemDecision, Review
from assessments.queries_review import plan_of
from assessments.services_review import Agreeing, approve_assessment, return_assessment
from assessments.services_reviewing import (
    Verdict,
    agree_items,
    begin_review,
    decide_item,
    reply_to_decision,
)
from dashboards.demonstration.government import DEPARTMENT
from dashboards.services import refresh_agency
from maturity.levels import Level
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency, Program

QUESTION = "Which systems does this speak of? Please name them in the note."
WHY_LOWER = "The evidence speaks of one system; the agency has several in scope."
REPLY = "The other two systems follow this month; we will show them with the next round."
LOWER = Verdict(ItemDecision.Kind.SET, WHY_LOWER, Level.PARTIAL)


def review_some(*, program: Program, above: Agency, people: dict[str, User], at: datetime) -> None:
    """Begin the reviews of what is submitted: one waits only for its block, one has a question and another
    level. Of those below `above` one is approved with another level, and one is returned."""
    reviewer = people[Role.REVIEWER]
    waiting = Assessment.objects.filter(
        state=Assessment.State.SUBMITTED, agency__program_memberships__program=program
    ).distinct()
    reviews = [begin_review(assessment_id=one.pk, at=at) for one in waiting.order_by("agency__name")]
    below = [review for review in reviews if review.assessment.agency.parent_id == above.pk]
    others = [review for review in reviews if review not in below[-2:]]
    if len(others) > 1:
        _agree(others[0], reviewer, at)
        _doubt(others[1], reviewer, at)
    if len(below) > 1:
        _return(below[-2], reviewer, at)
        _disagree(below[-1], reviewer, people[DEPARTMENT], at)


def _agree(review: Review, reviewer: User, at: datetime) -> None:
    agree_items(
        assessment_id=review.assessment_id,
        submission=review.submission,
        slugs=[one.slug for one in plan_of(review)],
        by=reviewer,
        at=at,
    )


def _doubt(review: Review, reviewer: User, at: datetime) -> None:
    """A question about the first item, and a lower level where one is said to be in place."""
    first, placed = _first(review), _placed(review)
    if first is not None:
        _decide(review, first, Verdict(ItemDecision.Kind.ASKED, QUESTION), reviewer, at)
    if placed is not None and placed != first:
        _decide(review, placed, LOWER, reviewer, at)


def _return(review: Review, reviewer: User, at: datetime) -> None:
    """Back to the agency with a question about its first item."""
    if (first := _first(review)) is None:
        return
    _decide(review, first, Verdict(ItemDecision.Kind.ASKED, QUESTION), reviewer, at)
    return_assessment(
        assessment_id=review.assessment_id, revision=review.submission, comment="", by=reviewer, at=at
    )


def _disagree(review: Review, reviewer: User, lead: User, at: datetime) -> None:
    """Approved, with a lower level for one item, to which the agency replies."""
    if (placed := _placed(review)) is None:
        return
    decision = _decide(review, placed, LOWER, reviewer, at)
    approve_assessment(
        assessment_id=review.assessment_id,
        revision=review.submission,
        by=reviewer,
        at=at,
        agreeing=Agreeing.REST,
        confirmation="Read through with the agency.",
    )
    reply_to_decision(decision_id=decision.pk, text=REPLY, by=lead, at=at)
    refresh_agency(agency_id=review.assessment.agency_id, at=at)


def _answers(review: Review) -> QuerySet[Answer]:
    """The answers that come up one by one."""
    found = review.assessment.answers.filter(item__slug__in=[one.slug for one in plan_of(review)])
    return found.select_related("item")


def _first(review: Review) -> Answer | None:
    return _answers(review).order_by("item__position").first()


def _placed(review: Review) -> Answer | None:
    """The last one that is said to be in place."""
    return _answers(review).filter(level=Level.IN_PLACE).order_by("-item__position").first()


def _decide(review: Review, answer: Answer, verdict: Verdict, reviewer: User, at: datetime) -> ItemDecision:
    return decide_item(
        assessment_id=review.assessment_id,
        submission=review.submission,
        item_slug=answer.item.slug,
        revision=0,
        verdict=verdict,
        by=reviewer,
        at=at,
    )
