"""The plan of a review, made with the submission; and agreeing with many items at once."""

import secrets
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from django.utils import timezone

from assessments.consistency import Severity, check
from assessments.models import Answer, Assessment, ItemDecision, Review
from assessments.queries import Sheet, load_sheet, previous_approved
from assessments.queries_review import (
    candidates_of,
    counts_of,
    current_decisions,
    facts_of,
    far_move,
    holding_sets,
    kept_findings,
    plan_of,
    reviewed_sheet,
    scores_planned,
    verdict_of,
)
from assessments.review_plan import Planned, draw_plan
from maturity.models import Item
from portal.access.models import User


def plan_review(*, sheet: Sheet, at: datetime) -> Review:
    """The review of what was just submitted: what comes up one by one is drawn, and what the checks find is
    kept. What was decided on answers that did not change since still holds.

    Call it in the transaction of the submission, under the assessment's lock.
    """
    assessment = sheet.assessment
    review = Review.objects.filter(assessment=assessment).first()
    before, seed = previous_approved(assessment), secrets.token_hex(32)
    drawn = draw_plan(candidates_of(sheet, before, review), seed=seed, first=before is None)
    plan = [*drawn, *scores_planned(sheet)]
    findings = check(facts_of(sheet, before, timezone.localdate(at)))
    review = review or Review(assessment=assessment)
    review.submission, review.planned_at = assessment.revision, at
    review.seed, review.before = seed, before
    review.plan = [[one.slug, list(one.why), one.said] for one in plan]
    review.findings = [asdict(finding) for finding in findings]
    review.confirmation, review.confirmed_by = "", None
    count_review(review, sheet)
    return review


def review_under_lock(assessment: Assessment, at: datetime) -> Review:
    """The review of this submitted assessment, whose lock is held; planned now where it was submitted before
    there were plans."""
    found = Review.objects.filter(assessment=assessment, submission=assessment.revision)
    return found.select_related("before").first() or plan_review(sheet=load_sheet(assessment), at=at)


def count_review(review: Review, sheet: Sheet | None = None) -> None:
    """Bring the counts of a review up to its decisions, and save it."""
    decisions = current_decisions(review.assessment_id)
    for name, value in asdict(counts_of(review, decisions)).items():
        setattr(review, name, value)
    if sets := holding_sets(review, decisions):
        sheet = sheet or load_sheet(review.assessment)
        review.needs_confirmation = bool(far_move(review, reviewed_sheet(sheet, sets), sheet))
    else:
        kept = kept_findings(review)
        review.needs_confirmation = any(one.severity == Severity.CONFIRMATION for one in kept)
    review.save()


def open_items(review: Review, *, block: bool) -> list[Planned]:
    """What is still to be decided: of the block, or of what comes up one by one."""
    decisions = current_decisions(review.assessment_id)
    return [
        one
        for one in plan_of(review)
        if bool(one.why) is not block and not verdict_of(one, decisions.get(one.slug), review)
    ]


def agree_with_items(review: Review, planned: Iterable[Planned], *, by: User, at: datetime) -> int:
    """Agree with these items, which are not decided yet, each with a row of its own; how many."""
    wanted = {one.slug: one for one in planned}
    version = review.assessment.version_id
    items = {item.slug: item for item in Item.objects.filter(version_id=version, slug__in=wanted)}
    answers = {
        answer.item_id: answer
        for answer in Answer.objects.filter(assessment=review.assessment_id, item__slug__in=wanted)
    }
    old = ItemDecision.objects.filter(
        assessment=review.assessment_id, current=True, item__slug__in=wanted
    ).order_by()
    revisions = dict(old.values_list("item_id", "revision"))
    old.update(current=False)
    rows = []
    for slug, item in items.items():
        answer = answers.get(item.pk)
        rows.append(
            ItemDecision(
                assessment_id=review.assessment_id,
                item=item,
                kind=ItemDecision.Kind.AGREED,
                answered=answer.level if answer is not None else "",
                answered_points=answer.points if answer is not None else None,
                said=wanted[slug].said,
                submission=review.submission,
                revision=revisions.get(item.pk, 0) + 1,
                by=by,
                at=at,
            )
        )
    ItemDecision.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def agree_with_block(review: Review, *, by: User, at: datetime) -> int:
    """Agree with what is still open of the block; how many items. What was agreed with as one in an
    earlier submission, and is drawn in this one, stays agreed."""
    rest = open_items(review, block=True)
    review.block |= {one.slug: one.said for one in plan_of(review) if not one.why}
    review.block_by, review.block_at = by, at
    return len(rest)
