"""Answers that follow the one of an agency above: brought in line, stopped, pointed at a newer source.

Locks are taken from the top of the tree downwards (a source, then the assessments below in the order of their
ids, then their answers), so that two changes at once wait for each other and never in a circle. All of it may
run twice: what is in line already is left alone.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from assessments.models import Answer, Assessment, Following
from maturity.models import Item
from portal.access.models import User
from portal.audit.services import record_many

SLICE = 500  # answers at once
FOLLOWED = ("level", "points", "note", "reason", "planned_on")
OPEN = (Assessment.State.DRAFT, Assessment.State.RETURNED)
# By field, what is wrong with an answer in an assessment; services_answers gives it, which stands above.
Check = Callable[[Assessment, Item, Answer], Mapping[str, str]]


def rests_on(answer: Answer) -> list[dict[str, str | None]]:
    """What an answer rests on, as those who follow it keep it: its own evidence, and what it inherits."""
    own: list[dict[str, str | None]] = [
        {
            "kind": row.kind,
            "title": row.title,
            "dated_on": row.dated_on.isoformat(),
            "expires_on": row.expires_on.isoformat() if row.expires_on else None,
        }
        for row in answer.evidence.order_by("dated_on", "pk")
    ]
    following = Following.objects.filter(answer=answer).first()
    return own + (following.evidence if following is not None else [])


@transaction.atomic
def follow_change(source: Answer, *, by: User | None, at: datetime, check: Check) -> int:
    """Bring the answers that follow `source` in line with it: those of open assessments of agencies below,
    as long as it is offered, and those that follow them in turn. How many changed.

    An answer that its own agency wrote over by any other way stops following; one that may not say the same
    (a date before its period, "not yet relevant" at the stage worked on) stays as it is and differs.
    """
    waiting, seen, count = _followed([source.pk]), set[int](), 0
    while waiting:
        pk = waiting.pop(0)
        if pk not in seen:
            seen.add(pk)
            changed = _follow_one(pk, by, at, check)
            count += len(changed)
            waiting += _followed(changed)
    return count


def _followed(answer_ids: list[int]) -> list[int]:
    """Those of these answers that others follow."""
    rows = Following.objects.filter(source__in=answer_ids).order_by("source_id")
    return list(rows.values_list("source_id", flat=True).distinct()) if answer_ids else []


def _follow_one(source_id: int, by: User | None, at: datetime, check: Check) -> list[int]:
    """The ids of the answers that were brought in line with one source."""
    Answer.objects.select_for_update(no_key=True).get(pk=source_id)
    source = Answer.objects.select_related("assessment__agency", "item", "shared").get(pk=source_id)
    if not hasattr(source, "shared"):
        return []
    evidence = rests_on(source)
    rows = Following.objects.filter(source=source, answer__assessment__state__in=OPEN)
    ids = list(rows.order_by("answer__assessment_id", "answer_id").values_list("answer_id", flat=True))
    changed: list[int] = []
    for start in range(0, len(ids), SLICE):
        found = _locked(ids[start : start + SLICE], source)
        changed += _bring_in_line(found, source, evidence, by, at, check)
    return changed


def _locked(answer_ids: list[int], source: Answer) -> Iterable[Following]:
    """The followings of these answers that may be written, under lock; others have changed meanwhile."""
    lock_shared_all(
        Answer.objects.filter(pk__in=answer_ids).order_by().values_list("assessment_id", flat=True)
    )
    list(Answer.objects.select_for_update(no_key=True).filter(pk__in=answer_ids).order_by("pk"))
    rows = Following.objects.filter(answer__in=answer_ids, source=source).order_by("answer_id")
    for row in rows.select_related(
        "answer__assessment__agency", "answer__assessment__version", "answer__item"
    ):
        assessment = row.answer.assessment
        if assessment.is_open and assessment.agency.path.startswith(source.assessment.agency.path):
            yield row


def lock_shared_all(assessment_ids: Iterable[int]) -> None:
    """Keep these assessments as they are until this transaction ends, in the order of their ids."""
    ids = sorted(set(assessment_ids))
    if connection.vendor != "postgresql" or not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM assessments_assessment WHERE id = ANY(%s) ORDER BY id FOR SHARE", [ids]
        )


def _bring_in_line(
    rows: Iterable[Following],
    source: Answer,
    evidence: list[dict[str, str | None]],
    by: User | None,
    at: datetime,
    check: Check,
) -> list[int]:
    """The ids of the answers that are in line now and were not; their rows are under lock."""
    values = values_of(source)
    gone, level, moved, told = [], [], [], []
    for row in rows:
        answer = row.answer
        if answer.revision != row.answer_revision:
            gone.append(row.pk)  # the agency said something else by a way that does not come by here
            continue
        changes = {
            name: [_plain(getattr(answer, name)), _plain(value)]
            for name, value in values.items()
            if getattr(answer, name) != value
        }
        for name, value in values.items():
            setattr(answer, name, value)
        if changes and check(answer.assessment, answer.item, answer):
            continue
        level.append(row.pk)
        if changes:
            moved.append(answer.pk)
        if changes or row.evidence != evidence:
            told.append((answer, {"item": answer.item.slug, "source": source.assessment_id} | changes))
    Following.objects.filter(pk__in=gone).delete()
    Answer.objects.filter(pk__in=moved).update(**values, revision=F("revision") + 1, answered_at=at)
    Following.objects.filter(answer__in=moved).update(answer_revision=F("answer_revision") + 1)
    Following.objects.filter(pk__in=level).update(source_revision=source.revision, evidence=evidence)
    changed = [answer.pk for answer, _ in told]
    Following.objects.filter(answer__in=changed).update(followed_at=at)
    record_many(action="follow", objects=told, by=by, at=at)
    return changed


def values_of(source: Answer) -> dict[str, Any]:
    """What an answer that follows `source`, which is offered, says."""
    found = {name: getattr(source, name) for name in FOLLOWED}
    return found | {"holder": Answer.Holder.PARENT.value, "holder_name": source.shared.platform}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def ties_of(answer: Answer) -> tuple[bool, bool]:
    """Whether an answer follows another, and whether others follow it; one query."""
    rows = Following.objects.filter(Q(answer=answer) | Q(source=answer)).order_by()
    found = set(rows.values_list("answer_id", flat=True))
    return answer.pk in found, bool(found - {answer.pk})


def stop_following(answer: Answer) -> str:
    """An answer follows no longer, and keeps what it says. Whom it followed; "" where it followed nobody.

    Whoever calls writes the audit.
    """
    following = Following.objects.filter(answer=answer).select_related("source__assessment__agency").first()
    if following is None:
        return ""
    following.delete()
    return str(following.source.assessment.agency)


def point_at(source: Answer, at: datetime) -> int:
    """Have open answers that follow an earlier answer of the same agency to the same item, for the same
    platform, follow `source` from now on. How many."""
    assessment = source.assessment
    older = Following.objects.filter(
        source__item=source.item_id,
        source__assessment__agency=assessment.agency_id,
        source__assessment__period_ends_on__lte=assessment.period_ends_on,
        source__shared__platform=source.shared.platform,
        answer__assessment__state__in=OPEN,
        answer__assessment__period_ends_on__gte=assessment.period_ends_on,
    ).exclude(source=source)
    ids = list(older.exclude(source__assessment__pk__gt=assessment.pk).values_list("pk", flat=True))
    return Following.objects.filter(pk__in=ids).update(source=source, source_revision=0, followed_at=at)
