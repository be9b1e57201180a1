"""Telling those responsible what is overdue: when it becomes so, and each week while it stays so."""

from collections.abc import Iterable
from datetime import date, datetime
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from assessments.models import Action
from dashboards.models import Commitment, OverdueTold
from dashboards.queries.overdue import (
    ProgramOverdue,
    Responsible,
    actions_to_tell,
    commitments_to_tell,
    overdue_by_program,
    responsible_for,
)
from portal.agencies.models import Agency
from portal.notices.services import Note, notify

AGENCIES, BATCH = 100, 500  # at once
KIND, PROGRAM_KIND = "things-overdue", "program-overdue"
Things = tuple[list[Action], list[Commitment]]


def tell_overdue(*, at: datetime) -> int:
    """Tell the owners, else the agencies' leads; and the officers of programs how much it is, once a week.

    Safe to run twice, also at the same time: who was told what is kept. Returns of how many things.
    """
    today, count = timezone.localdate(at), 0
    while told := _tell_agencies(today, at):
        count += told
    count += _tell_programs_own(today, at)
    _tell_officers(today, at)
    return count


@transaction.atomic
def _tell_agencies(today: date, at: datetime) -> int:
    """Of the next agencies that have something to be told of."""
    ids = set(actions_to_tell(today).values_list("agency_id", flat=True).distinct()[:AGENCIES])
    more = commitments_to_tell(today).filter(agency__isnull=False).values_list("agency", flat=True)
    ids = set(sorted(ids | set(more.distinct()[:AGENCIES]))[:AGENCIES])
    # Another clock waits here, and then finds nothing more to tell.
    agencies = list(Agency.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    actions = list(actions_to_tell(today).filter(agency__in=ids).order_by("due_on", "pk"))
    commitments = list(commitments_to_tell(today).filter(agency__in=ids).order_by("due_on", "pk"))
    responsible = responsible_for(agencies, today)
    notes = [
        note
        for agency in agencies
        for note in _notes(
            agency,
            [row for row in actions if row.agency_id == agency.pk],
            [row for row in commitments if row.agency_id == agency.pk],
            responsible,
            today,
        )
    ]
    notify(kind=KIND, notes=notes, at=at)
    _note_told(actions, commitments, today)
    return len(actions) + len(commitments)


def _notes(
    agency: Agency,
    actions: list[Action],
    commitments: list[Commitment],
    responsible: Responsible,
    today: date,
) -> list[Note]:
    """For each person one note of all of theirs at this agency."""
    theirs: dict[int, Things] = {}
    for action in actions:
        for person in responsible.of(agency.pk, action.owner):
            theirs.setdefault(person, ([], []))[0].append(action)
    for commitment in commitments:
        for person in responsible.of(agency.pk, commitment.owner, commitment.person_id):
            theirs.setdefault(person, ([], []))[1].append(commitment)
    return [
        Note(
            about=f"{_counted(len(mine[0]), len(mine[1]))} of {agency}",
            path=_page(agency, *mine),
            key=f"{agency.pk}:{today}:{_first(*mine)}",
            people=[person],
            agency_id=agency.pk,
        )
        for person, mine in theirs.items()
    ]


def _first(actions: list[Action], commitments: list[Commitment]) -> str:
    """What tells this note from another of the same day."""
    return f"a{actions[0].pk}" if actions else f"c{commitments[0].pk}"


def _page(agency: Agency, actions: list[Action], commitments: list[Commitment]) -> str:
    if not actions and len(commitments) == 1:
        return reverse("dashboards:commitment-edit", args=[commitments[0].pk])
    return reverse("dashboards:agency-roadmap", args=[agency.slug])  # where both stand


@transaction.atomic
def _tell_programs_own(today: date, at: datetime) -> int:
    """Commitments of programs whose owner has a log-in; the officers are told by number."""
    rows = commitments_to_tell(today).filter(agency__isnull=True).select_for_update(of=("self",))
    found = list(rows.order_by("pk"))
    notes = [
        Note(
            about=f"a commitment of {row.of}",
            path=reverse("dashboards:commitment-edit", args=[row.pk]),
            key=f"c{row.pk}:{today}",
            people=[row.person_id],
        )
        for row in Commitment.objects.with_list_relations().filter(pk__in=[row.pk for row in found])
        if row.person_id is not None
    ]
    notify(kind=KIND, notes=notes, at=at)
    _note_told([], found, today)
    return len(found)


@transaction.atomic
def _tell_officers(today: date, at: datetime) -> None:
    year, week, _ = today.isocalendar()
    notes = [_officers_note(one, f"{one.program.pk}:{year}-W{week:02}") for one in overdue_by_program(today)]
    notify(kind=PROGRAM_KIND, notes=notes, at=at)


def _officers_note(one: ProgramOverdue, key: str) -> Note:
    page = reverse("dashboards:overdue-actions")
    return Note(
        about=f"{_counted(one.actions, one.commitments)} in {one.program}",
        path=f"{page}?{urlencode({'scope': f'program:{one.program.slug}'})}",
        key=key,
        people=one.officers,
    )


def _counted(actions: int, commitments: int) -> str:
    """ "2 actions and 1 commitment"."""
    words = (("action", actions), ("commitment", commitments))
    return " and ".join(f"{count:,} {word}{'' if count == 1 else 's'}" for word, count in words if count)


def _note_told(actions: Iterable[Action], commitments: Iterable[Commitment], today: date) -> None:
    rows: dict[str, list[OverdueTold]] = {
        "action": [OverdueTold(action=row, due_on=row.due_on, told_on=today) for row in actions],
        "commitment": [
            OverdueTold(commitment=row, due_on=row.due_on, told_on=today)
            for row in commitments
            if row.due_on is not None
        ],
    }
    for name, told in rows.items():
        OverdueTold.objects.bulk_create(
            told,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=[name],
            update_fields=["due_on", "told_on"],
        )
