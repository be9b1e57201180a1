"""Telling people of things, and what they do with what they were told.

A notice is no entry of the audit: it tells of something that has one. What a person chooses to be told is.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import current_app
from django.db import transaction
from django.urls import get_script_prefix
from kombu.exceptions import OperationalError

from portal.audit.services import Actor, record_many
from portal.notices.kinds import Email, Kind, kind_of
from portal.notices.models import Notice, Preference
from portal.notices.queries import Choice, choices_of, chosen_by, default_of

logger = logging.getLogger(__name__)
SEND_TASK = "portal.notices.tasks.send_at_once"
BATCH = 500
MANY = 1_000  # people whose preferences are read at once, and rows removed at once


@dataclass(frozen=True)
class Note:
    """A thing to tell people of: `about` its names, `path` where it is, `key` what it is within its kind.

    `agency_id`: the agency that it is about; a person who may not see that one any more is not told.
    """

    about: str
    path: str
    key: str
    people: Collection[int]
    agency_id: int | None = None


@transaction.atomic
def notify(*, kind: str, notes: Iterable[Note], at: datetime) -> None:
    """Tell people of things of one kind, each as they wish; in few queries, however many.

    Call it inside the transaction that does the thing. Of one thing a person is told once, however often
    this runs. Raises ValueError for a kind that nobody declared and for a path that is none.
    """
    of_kind, wanted = kind_of(kind), list(notes)
    chosen = _chosen({person for note in wanted for person in note.people}, kind)
    rows = [row for note in wanted for row in _rows(of_kind, note, chosen, at)]
    Notice.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    if any(row.email == Email.NOW for row in rows):
        transaction.on_commit(_wake)


def _chosen(people: Collection[int], kind: str) -> Mapping[int, Choice]:
    ids: list[int] = sorted(people)
    found: dict[int, Choice] = {}
    for start in range(0, len(ids), MANY):
        found |= chosen_by(ids[start : start + MANY], kind)
    return found


def _rows(kind: Kind, note: Note, chosen: Mapping[int, Choice], at: datetime) -> Iterator[Notice]:
    path = "/" + note.path.removeprefix(get_script_prefix())
    if path.startswith("//") or "\\" in path:
        raise ValueError(f"{note.path!r} is no address within the portal: begin it with one slash.")
    about = " ".join(note.about.split())  # names with line breaks would break the subject of an e-mail
    text = kind.sentence.format(about if len(about) <= 800 else f"{about[:799]}…")
    for person in sorted(set(note.people)):
        choice = chosen.get(person, default_of(kind))
        if choice.in_portal or choice.email != Email.NEVER:
            yield Notice(
                person_id=person,
                kind=kind.slug,
                key=note.key,
                agency_id=note.agency_id,
                text=text,
                path=path,
                made_at=at,
                in_portal=choice.in_portal,
                email=choice.email,
            )


def _wake() -> None:
    try:
        current_app.send_task(SEND_TASK, expires=60)
    except (OperationalError, OSError) as error:
        logger.warning("No message for the e-mails of notices (%s); they are sent within a minute.", error)


def mark_read(*, notice: Notice, at: datetime) -> None:
    """The person has seen it. Whoever calls has checked that it is theirs."""
    Notice.objects.unread().filter(pk=notice.pk).update(read_at=at)


def mark_all_read(*, person_id: int, up_to: int, at: datetime) -> int:
    """The person has seen all of the list up to the notice with this id. Returns how many were new.

    What comes by e-mail alone was not in the list: it still goes.
    """
    listed = Notice.objects.unread().filter(person_id=person_id, in_portal=True)
    return listed.filter(pk__lte=up_to).update(read_at=at)


@transaction.atomic
def save_preferences(*, choices: Mapping[str, Choice], by: Actor, at: datetime) -> int:
    """Tell a person of these kinds as they chose, also of what still waits to be sent. How many changed.

    Raises ValueError for a kind that nobody declared.
    """
    before = choices_of(by.pk)
    changed = {slug: choice for slug, choice in choices.items() if before[kind_of(slug).slug] != choice}
    rows = []
    for slug, choice in changed.items():
        fields = {"in_portal": choice.in_portal, "email": choice.email}
        row, _ = Preference.objects.update_or_create(person_id=by.pk, kind=slug, defaults=fields)
        old = before[slug]
        rows.append(
            (row, {"in_portal": [old.in_portal, choice.in_portal], "email": [old.email, choice.email]})
        )
        theirs = Notice.objects.unread().filter(person_id=by.pk, kind=slug)
        theirs.filter(emailed_at__isnull=True).update(email=choice.email)
        theirs.update(in_portal=choice.in_portal)
    record_many(action="notices.chosen", objects=rows, by=by, at=at)
    return len(rows)


def remove_old(*, at: datetime, days: int) -> int:
    """Remove the notices that are older than so many days, in small pieces. Returns how many."""
    old = Notice.objects.filter(made_at__lt=at - timedelta(days=days)).order_by("made_at")
    count = 0
    while ids := list(old.values_list("pk", flat=True)[:MANY]):
        count += Notice.objects.filter(pk__in=ids).delete()[0]
    return count
