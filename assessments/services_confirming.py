"""Saying of answers carried from an earlier assessment that they still hold; and taking that back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from assessments.models import Answer, Assessment, Following
from assessments.services import NotOpen, lock
from assessments.services_answers import answer_errors, fields_of, not_yet_error
from maturity.levels import Level
from maturity.models import Item
from portal.access.models import User
from portal.audit.services import record_many

Seen = Mapping[str, int]  # item slug -> revision of the answer that the person saw


class StaleConfirmation(Exception):
    """Somebody saved this answer after it was read; nothing was confirmed. `answer` as it is now."""

    def __init__(self, answer: Answer) -> None:
        who = str(answer.answered_by) if answer.answered_by is not None else "an import"
        super().__init__(f"{who} saved this answer after you read it; nothing was confirmed.")
        self.answer = answer


class CannotConfirm(Exception):
    """There is nothing to confirm or to take back, or the answer can no longer stand as it is; says why."""


@dataclass(frozen=True)
class Confirmed:
    """What came of it. `done`: the answers confirmed, or whose confirmation was taken back. `changed`:
    somebody saved them since they were read. `refused`: by item slug, why an answer cannot stand as it is,
    or cannot be taken back. What was so already is in none of them."""

    done: tuple[Answer, ...]
    changed: tuple[Answer, ...]
    refused: Mapping[str, str]


@transaction.atomic
def confirm_answers(*, assessment_id: int, seen: Seen, by: User, at: datetime) -> Confirmed:
    """Confirm the carried answers that `by` saw at these revisions: nothing changed, they still hold.

    Text, level, evidence and who said it stay; each gets a new revision. What somebody saved meanwhile is
    not confirmed but told, and so is what could not be saved as it stands (planned for a day that is over).
    Repeating a call is harmless. Raises Assessment.DoesNotExist, Item.DoesNotExist, NotOpen.
    """
    assessment, answers = _open(assessment_id, seen)
    done, changed, refused = [], [], {}
    for answer in answers:
        slug = answer.item.slug
        if not answer.is_unconfirmed:
            # The same text, confirmed by somebody since, is as this person saw it.
            if not answer.stands_as_it_was and answer.revision != seen[slug]:
                changed.append(answer)
            elif answer.carried_from_id is None:
                refused[slug] = "It was answered in this assessment: there is nothing to confirm."
        elif answer.revision != seen[slug]:
            changed.append(answer)
        elif why := _why_not(assessment, answer):
            refused[slug] = why
        else:
            done.append(answer)
    _set(done, by=by, at=at)
    if done:
        assessment.workers.add(by)
        told = [(answer, _told(answer)) for answer in done]
        record_many(action="confirm answer", objects=told, by=by, at=at)
    return Confirmed(tuple(done), tuple(changed), refused)


@transaction.atomic
def take_back_confirmations(*, assessment_id: int, seen: Seen, by: User, at: datetime) -> Confirmed:
    """Take back that these answers still hold, where they stand as they were carried: they are unconfirmed
    again. What was saved since is not touched but told. Repeating a call is harmless.

    Raises Assessment.DoesNotExist, Item.DoesNotExist, NotOpen.
    """
    assessment, answers = _open(assessment_id, seen)
    done, changed, refused = [], [], {}
    for answer in answers:
        if answer.is_unconfirmed:
            continue
        if answer.carried_from_id is None:
            refused[answer.item.slug] = "It was answered in this assessment: there is nothing to take back."
        elif not answer.stands_as_it_was or answer.revision != seen[answer.item.slug]:
            changed.append(answer)
        else:
            done.append(answer)
    told = [(answer, _told(answer)) for answer in done]
    _set(done, by=None, at=None)
    if done:
        assessment.workers.add(by)
        record_many(action="take back confirmation", objects=told, by=by, at=at)
    return Confirmed(tuple(done), tuple(changed), refused)


def confirm_answer(
    *, assessment_id: int, item_slug: str, revision: int, by: User, at: datetime, back: bool = False
) -> Answer:
    """Confirm one carried answer, or (`back`) take that back; as it is then.

    Raises Assessment.DoesNotExist, Item.DoesNotExist, NotOpen, StaleConfirmation, CannotConfirm.
    """
    change = take_back_confirmations if back else confirm_answers
    outcome = change(assessment_id=assessment_id, seen={item_slug: revision}, by=by, at=at)
    if outcome.changed:
        raise StaleConfirmation(outcome.changed[0])
    if outcome.refused:
        raise CannotConfirm(outcome.refused[item_slug])
    people = ("answered_by", "confirmed_by", "carried_from")
    return Answer.objects.select_related("item", *people).get(
        assessment_id=assessment_id, item__slug=item_slug
    )


def _open(assessment_id: int, seen: Seen) -> tuple[Assessment, list[Answer]]:
    """The assessment under its lock, so that no save is under way, and the answers named.

    Raises NotOpen; Item.DoesNotExist for an item without an answer.
    """
    assessment = lock(assessment_id)
    if not assessment.is_open:
        state = assessment.get_state_display().lower()
        raise NotOpen(f"This assessment is {state}, so its answers are fixed.")
    found = Answer.objects.filter(assessment=assessment, item__slug__in=list(seen))
    answers = list(found.select_related("item", "answered_by", "carried_from").order_by("item__position"))
    if missing := seen.keys() - {answer.item.slug for answer in answers}:
        raise Item.DoesNotExist(f"There is no answer to {', '.join(sorted(missing))[:200]}.")
    return assessment, answers


def _why_not(assessment: Assessment, answer: Answer) -> str:
    """Why the answer cannot stand as it is in this assessment; "" if it can."""
    errors = answer_errors(fields_of(answer), assessment.period_starts_on, assessment.period_label)
    if "planned_on" in errors:
        return "The day for which it was planned is over: answer it anew, or give a later date."
    if answer.level == Level.NOT_YET and (message := not_yet_error(assessment, answer.item)):
        return message
    return next(iter(errors.values()), "")


def _set(answers: list[Answer], *, by: User | None, at: datetime | None) -> None:
    """Under the assessment's lock, so that the revisions read are the ones written over."""
    if not answers:
        return
    ids = [answer.pk for answer in answers]
    Answer.objects.filter(pk__in=ids).update(confirmed_by=by, confirmed_at=at, revision=F("revision") + 1)
    # What follows an answer of an agency above goes on following it.
    Following.objects.filter(answer__in=ids).update(answer_revision=F("answer_revision") + 1)
    Following.objects.filter(source__in=ids).update(source_revision=F("source_revision") + 1)
    for answer in answers:
        answer.confirmed_by, answer.confirmed_at = by, at
        answer.revision += 1


def _told(answer: Answer) -> dict[str, str]:
    carried = answer.carried_from
    return {"item": answer.item.slug, "carried from": carried.period_label if carried is not None else ""}
