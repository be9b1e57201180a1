"""Commitments to leadership: made by a program at a briefing or by an agency, kept or dropped."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from dashboards.models import Commitment
from dashboards.queries.commitments import may_commit, owners_of
from dashboards.services_briefings import briefing_at
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, Program
from portal.agencies.periods import Period
from portal.agencies.text import fault_of, one_line
from portal.audit.services import record

MOST_OPEN = 200  # of one agency
FURTHEST = timedelta(days=366 * 10)
LONGEST = {"text": 160, "owner": 80, "reason": 300}  # as the columns have it


class CannotCommit(Exception):
    """This person may not write it, or there is no room for it; says why."""


class BadCommitment(Exception):
    """What is wrong with a commitment, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class StaleCommitment(Exception):
    """Somebody changed it since it was read; `current` is how it is now."""

    def __init__(self, current: Commitment) -> None:
        by = f" by {current.changed_by}" if current.changed_by else ""
        super().__init__(f"This commitment was changed{by} since you read it. Nothing was saved.")
        self.current = current


@dataclass(frozen=True)
class CommitmentWords:
    """A commitment as it is written. `person`: the owner, where they have a log-in; `closed_on` None: today.

    `made_on` and `program` (whose one page carries it) are an agency's alone.
    """

    text: str
    owner: str
    due_on: date | None = None
    person: User | None = None
    status: str = Commitment.Status.OPEN
    reason: str = ""
    closed_on: date | None = None
    made_on: date | None = None
    program: Program | None = None


def words_of(row: Commitment) -> CommitmentWords:
    """What a commitment says now."""
    return CommitmentWords(
        row.text, row.owner, row.due_on, row.person, row.status, row.reason, row.closed_on, row.made_on,
        row.program,
    )  # fmt: skip


@transaction.atomic
def make_program_commitment(
    *, program: Program, period: Period, words: CommitmentWords, by: User, at: datetime
) -> Commitment:
    """Keep what was promised at the briefing about this period. Raises CannotCommit, BadCommitment."""
    if not by.can_in_program(Right.RUN_PROGRAM, program):
        raise CannotCommit(f"Commitments of {program} are written by its officers.")
    row = Commitment(briefing=briefing_at(program, period, at))
    return _save(row, words, by, at)


@transaction.atomic
def make_agency_commitment(*, agency: Agency, words: CommitmentWords, by: User, at: datetime) -> Commitment:
    """Keep what an agency promised. Raises CannotCommit, BadCommitment."""
    locked = Agency.objects.select_for_update().get(pk=agency.pk)
    if not may_commit(by, locked):
        raise CannotCommit(f"Commitments of {agency} are written by its leads and its program's officers.")
    if Commitment.objects.filter(agency=agency, status=Commitment.Status.OPEN).count() >= MOST_OPEN:
        raise CannotCommit(f"{agency} has {MOST_OPEN} open commitments: close some first.")
    return _save(Commitment(agency=agency), words, by, at)


@transaction.atomic
def change_commitment(
    *, commitment_id: int, revision: int, words: CommitmentWords, by: User, at: datetime
) -> Commitment:
    """Change one that was read at `revision`; what is the same already is not saved again.

    Raises Commitment.DoesNotExist, CannotCommit, BadCommitment, StaleCommitment.
    """
    Commitment.objects.select_for_update().get(pk=commitment_id)
    row = Commitment.objects.with_list_relations().select_related("changed_by").get(pk=commitment_id)
    if not may_write(by, row):
        raise CannotCommit(f"You may not change commitments of {row.of}.")
    if row.revision != revision:
        raise StaleCommitment(row)
    return _save(row, words, by, at)


@transaction.atomic
def remove_commitment(*, commitment: Commitment, by: User, at: datetime) -> None:
    """Take back a commitment that was written by mistake."""
    record(action="commitment.removed", obj=commitment, by=by, at=at, changes={"text": commitment.text})
    commitment.delete()


def may_write(user: User, row: Commitment) -> bool:
    """Whether this person may change a commitment."""
    if row.agency is not None:
        return may_commit(user, row.agency)
    return row.briefing is not None and user.can_in_program(Right.RUN_PROGRAM, row.briefing.program)


def _save(row: Commitment, words: CommitmentWords, by: User, at: datetime) -> Commitment:
    today = timezone.localdate(at)
    fields = _columns(row, words, today)
    if errors := _errors(row, fields, today):
        raise BadCommitment(errors)
    changes = {}
    for name, new in fields.items():
        old = getattr(row, name)
        if old != new:
            setattr(row, name, new)
            changes[name] = [str(old) if old else "", str(new) if new else ""]
    is_new = row.pk is None
    if changes or is_new:
        row.revision = 1 if is_new else row.revision + 1
        row.changed_by, row.changed_at = by, at
        row.save()
        action = "commitment.made" if is_new else "commitment.changed"
        record(action=action, obj=row, by=by, at=at, changes=changes)
    return row


def _columns(row: Commitment, words: CommitmentWords, today: date) -> dict[str, Any]:
    is_open = words.status == Commitment.Status.OPEN
    dropped = words.status == Commitment.Status.DROPPED
    found: dict[str, Any] = {
        "text": one_line(words.text),
        "owner": one_line(words.owner),
        "person": words.person,
        "due_on": words.due_on,
        "status": words.status,
        "reason": one_line(words.reason) if dropped else "",
        "closed_on": None if is_open else words.closed_on or row.closed_on or today,
    }
    if row.agency_id is not None:
        found |= {"made_on": words.made_on or row.made_on or today, "program": words.program}
    return found


def _errors(row: Commitment, fields: dict[str, Any], today: date) -> dict[str, str]:
    """By field, what is wrong; all of it at once."""
    found = {name: _line_fault(fields[name], LONGEST[name]) for name in ("text", "owner")}
    if fields["status"] not in Commitment.Status.values:
        found["status"] = f"There is no status {fields['status']!r}."
    if fields["status"] == Commitment.Status.DROPPED:
        found["reason"] = (
            _line_fault(fields["reason"], LONGEST["reason"]) if fields["reason"] else "Say why it is dropped."
        )
    if row.agency_id is not None:
        found |= _agency_faults(row, fields, today)
    found |= _day_faults(fields, today)
    person = fields["person"]
    if person is not None and person.pk != row.person_id and not _may_own(row, person):
        found["person"] = "Choose somebody with a role here."
    return {name: fault for name, fault in found.items() if fault}


def _agency_faults(row: Commitment, fields: dict[str, Any], today: date) -> dict[str, str]:
    found, program = {}, fields["program"]
    if fields["due_on"] is None:
        found["due_on"] = "Say by when."
    if fields["made_on"] > today:
        found["made_on"] = "A commitment was made today or earlier."
    if program is not None and program != row.program and not _is_member(row.agency, program, today):
        found["program"] = f"{row.agency} is not in {program}."
    return found


def _day_faults(fields: dict[str, Any], today: date) -> dict[str, str]:
    found = {}
    for name in ("due_on", "closed_on", "made_on"):
        day = fields.get(name)
        if day is not None and not today - FURTHEST <= day <= today + FURTHEST:
            found[name] = "Choose a day within ten years."
    if fields["closed_on"] is not None and fields["closed_on"] > today:
        found["closed_on"] = "It was closed today or earlier."
    return found


def _may_own(row: Commitment, person: User) -> bool:
    return bool(owners_of(row).filter(pk=person.pk).exists())


def _is_member(agency: Agency | None, program: Program, today: date) -> bool:
    return agency is not None and Program.objects.with_member(agency, today).filter(pk=program.pk).exists()


def _line_fault(text: str, most: int) -> str:
    if not text:
        return "Fill this in."
    fault = fault_of(text, most)
    return f"This {fault}." if fault else ""
