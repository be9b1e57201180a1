"""What people say about an item: added, edited, removed, resolved. Until the assessment is approved.

Every write takes the thread's row, so of two at the same moment one comes after the other.
"""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from assessments.comment_text import names_in
from assessments.models import Assessment, Comment, Thread
from assessments.models.together import LONGEST_COMMENT, MOST_COMMENTS
from assessments.queries_comments import people_named
from assessments.services import NotOpen, lock_shared
from assessments.services_notices import tell_comment
from maturity.models import Item
from portal.access.models import User
from portal.access.rules import Right
from portal.audit.services import record


class BadComment(Exception):
    """What was written cannot be kept; says why."""


class NotYours(Exception):
    """Only who wrote a comment edits or removes it."""


class StaleComment(Exception):
    """The comment or thread changed after it was read; says how."""


@transaction.atomic
def add_comment(
    *, assessment_id: int, item_slug: str, text: str, by: User, at: datetime, key: uuid.UUID | None = None
) -> Comment:
    """Say something about an item; opens its thread again where that was resolved.

    `key`: the same person's same key again is the same comment, and nothing is done. Who is named with @ and
    may see the answers is told at once, who took part before is told as well. Raises Assessment.DoesNotExist,
    Item.DoesNotExist, NotOpen, BadComment.
    """
    assessment = _not_approved(assessment_id)
    item = Item.objects.get(version_id=assessment.version_id, slug=item_slug)
    text = _kept(text)
    thread = _locked(assessment, item)
    if key is not None and (there := Comment.objects.filter(thread=thread, by=by, key=key).first()):
        return there
    if thread.comments.count() >= MOST_COMMENTS:
        raise BadComment(f"A thread holds {MOST_COMMENTS} comments at the most.")
    before = set(thread.comments.order_by().values_list("by_id", flat=True))
    before |= set(
        thread.comments.filter(mentions__isnull=False).order_by().values_list("mentions", flat=True)
    )
    comment = Comment.objects.create(thread=thread, key=key or uuid.uuid4(), by=by, at=at, text=text)
    named = _name(comment, assessment)
    reopened = not thread.is_open
    thread.resolved_at = thread.resolved_by = None
    _touch(thread)
    changes: dict[str, Any] = {"item": item.slug, "assessment": assessment.pk}
    changes |= {"reopened": True} if reopened else {}
    changes |= {"mentions": sorted(person.username for person in named)} if named else {}
    record(action="comment", obj=comment, by=by, at=at, changes=changes)
    told = {person.pk for person in named} - {by.pk}
    others = _still_reading(before - told - {by.pk}, assessment)
    tell_comment(comment=comment, named=told, others=others, at=at)
    return comment


@transaction.atomic
def edit_comment(
    *, assessment_id: int, comment_id: int, revision: int, text: str, by: User, at: datetime
) -> Comment:
    """Change one's own comment, having read it at `revision`; the audit keeps what it said before.

    Who is named in it for the first time is told. Raises Comment.DoesNotExist, NotOpen, NotYours,
    StaleComment, BadComment. What is so already is not written again.
    """
    assessment, comment = _own(assessment_id, comment_id, by)
    if comment.removed_at is not None:
        raise StaleComment("You removed this comment, so it cannot be edited any more.")
    text = _kept(text)
    if text == comment.text:
        return comment
    if comment.revision != revision:
        raise StaleComment("This comment was edited after you read it: look at it again. Nothing was saved.")
    before, comment.text = comment.text, text
    comment.edited_at, comment.revision = at, comment.revision + 1
    comment.save()
    known = set(comment.mentions.order_by().values_list("pk", flat=True))
    named = {person.pk for person in _name(comment, assessment)}
    _touch(comment.thread)
    record(action="edit comment", obj=comment, by=by, at=at, changes={"text": [before, text]})
    tell_comment(comment=comment, named=named - known - {by.pk}, others=(), at=at)
    return comment


@transaction.atomic
def remove_comment(*, assessment_id: int, comment_id: int, by: User, at: datetime) -> Comment:
    """Take one's own comment away: its place stays, with who removed it. Repeating it is harmless.

    Raises Comment.DoesNotExist, NotOpen, NotYours.
    """
    _, comment = _own(assessment_id, comment_id, by)
    if comment.removed_at is not None:
        return comment
    before, comment.text = comment.text, ""
    comment.removed_at, comment.revision = at, comment.revision + 1
    comment.save()
    comment.mentions.clear()
    _touch(comment.thread)
    record(action="remove comment", obj=comment, by=by, at=at, changes={"text": [before, ""]})
    return comment


@transaction.atomic
def settle_thread(
    *, assessment_id: int, item_slug: str, revision: int, resolved: bool, by: User, at: datetime
) -> Thread:
    """Resolve a thread, or open it again, having read all of it as of `revision`.

    Raises Thread.DoesNotExist, NotOpen, StaleComment (somebody said something since).
    """
    assessment = _not_approved(assessment_id)
    found = Thread.objects.select_for_update(of=("self",)).select_related("item")
    thread = found.get(assessment=assessment, item__slug=item_slug)
    if thread.is_open is not resolved:
        return thread
    if thread.revision != revision:
        raise StaleComment("Something was said or changed here after you read it: read it first.")
    thread.resolved_at, thread.resolved_by = (at, by) if resolved else (None, None)
    _touch(thread)
    action = "resolve thread" if resolved else "reopen thread"
    record(action=action, obj=thread, by=by, at=at, changes={"item": item_slug})
    return thread


def _not_approved(assessment_id: int) -> Assessment:
    assessment = lock_shared(assessment_id)
    if assessment.state == Assessment.State.APPROVED:
        raise NotOpen("This assessment is approved, so its comments can be read and no longer changed.")
    return assessment


def _locked(assessment: Assessment, item: Item) -> Thread:
    """The thread of an item, made where there is none, for this transaction alone."""
    Thread.objects.get_or_create(assessment=assessment, item=item)
    return Thread.objects.select_for_update(of=("self",)).get(assessment=assessment, item=item)


def _own(assessment_id: int, comment_id: int, by: User) -> tuple[Assessment, Comment]:
    assessment = _not_approved(assessment_id)
    found = Comment.objects.filter(thread__assessment=assessment).select_related("thread")
    comment = found.get(pk=comment_id)
    Thread.objects.select_for_update().get(pk=comment.thread_id)
    comment = found.get(pk=comment_id)  # as it is now that nobody else writes here
    if comment.by_id != by.pk:
        raise NotYours("Only who wrote a comment can change it.")
    return assessment, comment


def _kept(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise BadComment("Write something.")
    if len(text) > LONGEST_COMMENT:
        raise BadComment(f"Write at most {LONGEST_COMMENT:,} characters; these are {len(text):,}.")
    return text


def _name(comment: Comment, assessment: Assessment) -> list[User]:
    """Keep whom the text names, of those who may see the assessment's answers."""
    named = list(people_named(names_in(comment.text), assessment).values())
    comment.mentions.set(named)
    return named


def _still_reading(people: set[int], assessment: Assessment) -> set[int]:
    """Those of these people who may still see the assessment's answers, and so what is said of them."""
    found = User.objects.filter(pk__in=people, is_active=True)
    return {person.pk for person in found if person.can(Right.SEE_DETAILS, assessment.agency)}


def _touch(thread: Thread) -> None:
    thread.revision += 1
    thread.save()
