"""What an assessment that begins with earlier answers takes over besides them: who answers what, what is
offered to agencies below, and whom its answers follow."""

from datetime import datetime

from django.utils import timezone

from assessments.models import Answer, Assessment, Assignment, Following, SharedAnswer
from assessments.queries_assigning import assignable_people
from assessments.services_following import point_at
from assessments.services_notices import tell_assigned
from portal.access.models import User


def carry_together(*, source: Assessment, target: Assessment, by: User, at: datetime) -> None:
    """Take it over from `source`, of the same model version, whose answers were copied to `target`.

    Call it in the transaction that copies them. Whoever may still answer there is told that items are theirs.
    """
    rows = list(Assignment.objects.filter(assessment=source))
    Assignment.objects.bulk_create(
        Assignment(
            assessment=target,
            item_id=row.item_id,
            domain_id=row.domain_id,
            person_id=row.person_id,
            assigned_by_id=row.assigned_by_id,
            assigned_at=at,
        )
        for row in rows
    )
    able = assignable_people(target.agency, timezone.localdate(at)) if rows else {}
    people = ({row.person_id for row in rows} & set(able)) - {by.pk}
    if people:
        tell_assigned(assessment=target, people=people, at=at)
    offered = list(SharedAnswer.objects.filter(answer__assessment=source).select_related("answer"))
    followed = list(Following.objects.filter(answer__assessment=source).select_related("answer"))
    if offered or followed:
        _carry_sharing(target, offered, followed, at)


def _carry_sharing(
    target: Assessment, offered: list[SharedAnswer], followed: list[Following], at: datetime
) -> None:
    answers = {
        row.item_id: row
        for row in Answer.objects.filter(assessment=target).select_related("assessment__agency")
    }
    shared = [
        SharedAnswer(
            answer=answers[row.answer.item_id],
            platform=row.platform,
            offered_by_id=row.offered_by_id,
            offered_at=at,
        )
        for row in offered
        if row.answer.item_id in answers
    ]
    SharedAnswer.objects.bulk_create(shared)
    for row in shared:
        point_at(row.answer, at)
    Following.objects.bulk_create(
        Following(
            answer=answers[row.answer.item_id],
            source_id=row.source_id,
            answer_revision=answers[row.answer.item_id].revision,
            source_revision=row.source_revision,
            evidence=row.evidence,
            taken_by_id=row.taken_by_id,
            taken_at=row.taken_at,
            followed_at=row.followed_at,
        )
        for row in followed
        if row.answer.item_id in answers
    )
