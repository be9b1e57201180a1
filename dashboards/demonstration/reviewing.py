"""Reviews of the demonstration: all that is submitted is planned; of some, part is decided."""

from datetime import datetime

from assessments.models import Assessment, ItemDecision, Review
from assessments.queries_review import plan_of
from assessments.services_reviewing import Verdict, agree_items, begin_review, decide_item
from maturity.levels import Level
from portal.access.models import User
from portal.agencies.models import Program

QUESTION = "Which systems does this speak of? Please name them in the note."
WHY_LOWER = "The evidence speaks of one system; the agency has several in scope."


def review_some(*, program: Program, reviewer: User, at: datetime) -> None:
    """Begin the reviews of what is submitted: one waits only for its block, one has a question and another
    level."""
    waiting = Assessment.objects.filter(
        state=Assessment.State.SUBMITTED, agency__program_memberships__program=program
    ).distinct()
    reviews = [begin_review(assessment_id=one.pk, at=at) for one in waiting.order_by("agency__name")]
    if len(reviews) > 1:
        _agree(reviews[0], reviewer, at)
        _doubt(reviews[1], reviewer, at)


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
    answers = review.assessment.answers.filter(item__slug__in=[one.slug for one in plan_of(review)])
    verdicts = {}
    if first := answers.order_by("item__position").select_related("item").first():
        verdicts[first.item.slug] = Verdict(ItemDecision.Kind.ASKED, QUESTION)
    placed = answers.filter(level=Level.IN_PLACE).order_by("-item__position").select_related("item")
    if (claimed := placed.first()) and claimed != first:
        verdicts[claimed.item.slug] = Verdict(ItemDecision.Kind.SET, WHY_LOWER, Level.PARTIAL)
    for slug, verdict in verdicts.items():
        decide_item(
            assessment_id=review.assessment_id,
            submission=review.submission,
            item_slug=slug,
            revision=0,
            verdict=verdict,
            by=reviewer,
            at=at,
        )
