"""Offering answers to agencies below, and taking them: as one's own answer that follows the other."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from assessments.models import Answer, Assessment, Following, SharedAnswer
from assessments.queries_sharing import sources_of
from assessments.services import NotOpen, lock_shared
from assessments.services_answers import (
    LONGEST_NAME,
    AnswerFields,
    BadAnswer,
    StaleAnswer,
    answer_faults,
    fields_of,
    save_answer,
)
from assessments.services_following import (
    OPEN,
    follow_change,
    lock_shared_all,
    point_at,
    rests_on,
    stop_following,
)
from portal.access.models import User
from portal.audit.services import record, record_many


class BadOffer(Exception):
    """What was to be offered cannot be; says why, and of which field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Wish:
    """One offered answer to take, and the revision of one's own that was read (0: there was none)."""

    shared_id: int
    revision: int


@dataclass(frozen=True)
class Taken:
    """By item slug: what was taken, and why the others were not."""

    taken: tuple[str, ...]
    refused: Mapping[str, str]


@transaction.atomic
def offer_answers(
    *, assessment_id: int, items: Collection[str], platform: str, by: User, at: datetime
) -> int:
    """Offer these answers to all agencies below, as met by `platform`; renames one offered already.

    Whoever follows the same agency's earlier answer for this platform follows this one from now on. How many
    changed. Raises Assessment.DoesNotExist, BadOffer.
    """
    assessment = lock_shared(assessment_id)
    name = platform.strip()
    if not name or len(name) > LONGEST_NAME:
        raise BadOffer("platform", f"Name the shared platform in at most {LONGEST_NAME} characters.")
    found = Answer.objects.filter(assessment=assessment, item__slug__in=items).exclude(level="")
    rows = list(found.select_for_update(of=("self",), no_key=True).order_by("pk").select_related("item"))
    if missing := set(items) - {row.item.slug for row in rows}:
        told = ", ".join(sorted(missing)[:20])
        raise BadOffer("items", f"Only what is answered can be offered; not answered: {told}.")
    changed = 0
    for answer in rows:
        shared = SharedAnswer.objects.filter(answer=answer).first()
        if shared is not None and shared.platform == name:
            continue
        before = shared.platform if shared is not None else ""
        shared = shared or SharedAnswer(answer=answer)
        shared.platform, shared.offered_by, shared.offered_at = name, by, at
        shared.save()
        changed += 1
        changes = {"item": answer.item.slug, "platform": [before, name]}
        record(action="offer answer", obj=answer, by=by, at=at, changes=changes)
        source = Answer.objects.select_related("assessment", "shared").get(pk=answer.pk)
        point_at(source, at)
        follow_change(source, by=by, at=at, check=answer_faults)
    return changed


@transaction.atomic
def withdraw_offers(*, assessment_id: int, items: Collection[str], by: User, at: datetime) -> int:
    """Offer these answers no longer. Answers of open assessments that follow them keep what they say as their
    own; those submitted or approved stay as they are, with what they rest on. How many were withdrawn."""
    assessment = lock_shared(assessment_id)
    found = Answer.objects.filter(assessment=assessment, item__slug__in=items, shared__isnull=False)
    rows = list(found.select_for_update(of=("self",), no_key=True).order_by("pk").select_related("item"))
    following = Following.objects.filter(source__in=rows, answer__assessment__state__in=OPEN)
    lock_shared_all(following.order_by().values_list("answer__assessment_id", flat=True))
    ended = list(following.select_related("answer__item", "answer__assessment"))
    ended = [row for row in ended if row.answer.assessment.is_open]
    record_many(
        action="stop following",
        objects=[(row.answer, {"item": row.answer.item.slug, "withdrawn": True}) for row in ended],
        by=by,
        at=at,
    )
    Following.objects.filter(pk__in=[row.pk for row in ended]).delete()
    SharedAnswer.objects.filter(answer__in=rows).delete()
    record_many(
        action="withdraw offer",
        objects=[(row, {"item": row.item.slug}) for row in rows],
        by=by,
        at=at,
    )
    return len(rows)


@transaction.atomic
def take_shared(*, assessment_id: int, wishes: Collection[Wish], by: User, at: datetime) -> Taken:
    """Take offered answers over; each then follows its source while the assessment is open.

    Each is taken or refused for itself: somebody answered the item meanwhile, it may not be said there, or it
    is not offered (any more). Taking twice is harmless. Raises Assessment.DoesNotExist, NotOpen.
    """
    assessment = Assessment.objects.select_related("agency").get(pk=assessment_id)
    by_id = {wish.shared_id: wish for wish in wishes}
    sources = [row.pk for row in sources_of(assessment)]
    offered = SharedAnswer.objects.filter(pk__in=by_id, answer__assessment__in=sources)
    ids = offered.order_by().values_list("answer_id", flat=True)
    # The sources first, as whoever changes them does: nobody changes one between this look and the write.
    list(Answer.objects.select_for_update(no_key=True).filter(pk__in=list(ids)).order_by("pk"))
    if not lock_shared(assessment_id).is_open:
        state = assessment.get_state_display().lower()
        raise NotOpen(f"This assessment is {state}, so its answers are fixed.")
    rows = list(offered.select_related("answer__item", "answer__assessment__agency").order_by("pk"))
    taken, refused = [], {}
    for shared in rows:
        slug = shared.answer.item.slug
        if fault := _take(assessment, shared, by_id[shared.pk].revision, by, at):
            refused[slug] = fault
        else:
            taken.append(slug)
    for pk in by_id.keys() - {row.pk for row in rows}:
        refused[f"offer {pk}"] = "It is not offered to this assessment (any more)."
    return Taken(tuple(taken), refused)


def _take(assessment: Assessment, shared: SharedAnswer, revision: int, by: User, at: datetime) -> str:
    """Why it could not be taken; "" where it was."""
    source, slug = shared.answer, shared.answer.item.slug
    said = fields_of(source)
    fields = AnswerFields(
        level=said.level,
        holder=Answer.Holder.PARENT,
        holder_name=shared.platform,
        note=said.note,
        reason=said.reason,
        planned_on=said.planned_on,
        points=said.points,
    )
    try:
        answer = save_answer(
            assessment_id=assessment.pk,
            item_slug=slug,
            revision=revision,
            fields=fields,
            by=by,
            at=at,
            source="shared platform",
        )
    except (BadAnswer, StaleAnswer) as error:
        return str(error)
    values = {
        "source": source,
        "answer_revision": answer.revision,
        "source_revision": source.revision,
        "evidence": rests_on(source),
        "taken_by": by,
        "taken_at": at,
        "followed_at": at,
    }
    there = Following.objects.filter(answer=answer).first()
    if there is not None and all(
        getattr(there, name) == values[name] for name in ("source", "source_revision", "evidence")
    ):
        return ""
    Following.objects.update_or_create(answer=answer, defaults=values)
    assessment.workers.add(by)
    changes = {"item": slug, "source": source.assessment_id, "platform": shared.platform}
    record(action="take shared answer", obj=answer, by=by, at=at, changes=changes)
    follow_change(answer, by=by, at=at, check=answer_faults)
    return ""


@transaction.atomic
def stop_shared(*, assessment_id: int, items: Collection[str], by: User, at: datetime) -> int:
    """Have these answers follow nobody any more; they keep what they say, as the agency's own, and rest on
    its own evidence alone. How many. Raises Assessment.DoesNotExist, NotOpen."""
    assessment = lock_shared(assessment_id)
    if not assessment.is_open:
        state = assessment.get_state_display().lower()
        raise NotOpen(f"This assessment is {state}, so its answers are fixed.")
    found = Answer.objects.filter(assessment=assessment, item__slug__in=items, following__isnull=False)
    rows = list(found.select_for_update(of=("self",), no_key=True).order_by("pk").select_related("item"))
    for answer in rows:
        source = stop_following(answer)
        changes = {"item": answer.item.slug, "followed": source}
        record(action="stop following", obj=answer, by=by, at=at, changes=changes)
        assessment.workers.add(by)
        follow_change(answer, by=by, at=at, check=answer_faults)
    return len(rows)


def follow_all(*, at: datetime) -> int:
    """Bring every answer that follows another in line, whatever way its source was changed by: an import, a
    file of answers, evidence. Each source in a transaction of its own; safe to run twice. How many."""
    rows = Following.objects.filter(answer__assessment__state__in=OPEN, source__shared__isnull=False)
    ids = rows.order_by("source_id").values_list("source_id", flat=True).distinct()
    count = 0
    for source in Answer.objects.filter(pk__in=list(ids)).order_by("pk").iterator(chunk_size=500):
        now = rests_on(source)
        late = rows.filter(source=source).exclude(source_revision=source.revision, evidence=now)
        if late.exists():
            count += follow_change(source, by=None, at=at, check=answer_faults)
    return count
