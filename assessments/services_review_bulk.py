"""Approving many assessments at once: each in a transaction of its own, each told of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assessments.models import Assessment, Review
from assessments.services_review import (
    Agreeing,
    CannotApprove,
    NotReviewed,
    StaleAssessment,
    approve_assessment,
)
from portal.access.models import User
from portal.access.rules import Right

MOST_AT_ONCE = 25  # as many as a page of the queue shows; each takes about a quarter of a second


class TooMany(Exception):
    """More were chosen than are approved at once; says how many may be."""


@dataclass(frozen=True)
class Outcome:
    """What came of one assessment."""

    assessment: Assessment
    approved: bool
    words: str


def approve_in_bulk(
    *, chosen: Iterable[tuple[int, int]], by: User, at: datetime, first: bool = False
) -> list[Outcome]:
    """Approve these (id and the revision that was seen), agreeing with the block of each; in this order, what
    came of each. What `by` may not review is passed over in silence, as if there were none.

    `first`: agree with everything that is undecided. That holds for first assessments in which the checks
    found nothing; any other is refused.

    Nothing is undone for those that came before one that is refused; saying it again finds the approved ones
    approved. Raises TooMany.
    """
    wanted = list(dict(chosen).items())
    if len(wanted) > MOST_AT_ONCE:
        raise TooMany(f"Choose at most {MOST_AT_ONCE} at once; these are {len(wanted)}.")
    found = Assessment.objects.visible_to(by).with_list_relations().in_bulk([pk for pk, _ in wanted])
    outcomes = []
    for pk, revision in wanted:
        assessment = found.get(pk)
        if assessment is not None and by.can(Right.REVIEW, assessment.agency):
            outcomes.append(_approve(assessment, revision, by, at, first=first))
    return outcomes


def _approve(assessment: Assessment, revision: int, by: User, at: datetime, *, first: bool) -> Outcome:
    if assessment.state == Assessment.State.APPROVED:
        return Outcome(assessment, True, "Approved already.")
    # Plan and findings of a submission stay as they are; of another revision the approval is refused.
    plain = Review.objects.filter(assessment=assessment, submission=revision, before=None, findings=[])
    if first and not plain.exists():
        return Outcome(assessment, False, "It is no first assessment without findings: look at it by itself.")
    agreeing = Agreeing.REST if first else Agreeing.BLOCK
    try:
        approve_assessment(assessment_id=assessment.pk, revision=revision, by=by, at=at, agreeing=agreeing)
    except (CannotApprove, NotReviewed, StaleAssessment) as error:
        return Outcome(assessment, False, str(error))
    return Outcome(assessment, True, "Approved.")
