"""What a program says at its briefings: written by its officers, kept for the next ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from dashboards.models import Briefing, Commitment
from portal.access.models import User
from portal.agencies.models import Program
from portal.agencies.periods import Period, label
from portal.audit.services import record


@dataclass(frozen=True)
class CommitmentWords:
    """A commitment as it is written; `pk` None: a new one."""

    pk: int | None
    text: str
    owner: str
    due_on: date | None
    done_on: date | None


@transaction.atomic
def save_briefing(
    *,
    program: Program,
    period: Period,
    sentence: str,
    decisions: Sequence[str],
    by: User,
    at: datetime,
) -> Briefing:
    """Keep the officer's sentence (empty: the generated one) and the decisions asked."""
    briefing = _briefing(program, period, at)
    words = {"sentence": sentence, "decisions": "\n".join(decisions)}
    changes = _changes(briefing, words)
    if changes:
        briefing.changed_at = at
        briefing.save(update_fields=[*words, "changed_at"])
        record(action="briefing.written", obj=briefing, by=by, at=at, changes=changes)
    return briefing


@transaction.atomic
def save_commitment(
    *, program: Program, period: Period, words: CommitmentWords, by: User, at: datetime
) -> Commitment:
    """Keep a commitment that was made at this briefing, or change an earlier one of the program.

    Raises Commitment.DoesNotExist.
    """
    if words.pk is None:
        row = Commitment(briefing=_briefing(program, period, at), changed_at=at)
    else:
        row = Commitment.objects.select_for_update().get(pk=words.pk, briefing__program=program)
    fields = {"text": words.text, "owner": words.owner, "due_on": words.due_on, "done_on": words.done_on}
    changes = _changes(row, fields)
    if changes:
        row.changed_at = at
        row.save()
        action = "commitment.made" if words.pk is None else "commitment.changed"
        record(action=action, obj=row, by=by, at=at, changes=changes)
    return row


@transaction.atomic
def remove_commitment(*, commitment: Commitment, by: User, at: datetime) -> None:
    """Take back a commitment that was written by mistake."""
    record(action="commitment.removed", obj=commitment, by=by, at=at, changes={"text": commitment.text})
    commitment.delete()


def _briefing(program: Program, period: Period, at: datetime) -> Briefing:
    found, _ = Briefing.objects.get_or_create(
        program=program,
        period_ends_on=period.ends_on,
        defaults={"period_label": label(period, program.year_starts_in), "changed_at": at},
    )
    return found


def _changes(row: Briefing | Commitment, fields: dict[str, Any]) -> dict[str, Any]:
    """Set the fields, and say what that changed: [old, new] as text."""
    found = {}
    for name, new in fields.items():
        old = getattr(row, name)
        if old != new:
            setattr(row, name, new)
            found[name] = [str(old) if old else "", str(new) if new else ""]
    return found
