"""What a program says at its briefings: written by its officers, kept for the next ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from dashboards.models import Briefing
from portal.access.models import User
from portal.agencies.models import Program
from portal.agencies.periods import Period, label
from portal.audit.services import record


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
    briefing = briefing_at(program, period, at)
    words = {"sentence": sentence, "decisions": "\n".join(decisions)}
    changes = _changes(briefing, words)
    if changes:
        briefing.changed_at = at
        briefing.save(update_fields=[*words, "changed_at"])
        record(action="briefing.written", obj=briefing, by=by, at=at, changes=changes)
    return briefing


def briefing_at(program: Program, period: Period, at: datetime) -> Briefing:
    """The briefing about a period, made where there is none yet."""
    found, _ = Briefing.objects.get_or_create(
        program=program,
        period_ends_on=period.ends_on,
        defaults={"period_label": label(period, program.year_starts_in), "changed_at": at},
    )
    return found


def _changes(row: Briefing, fields: dict[str, Any]) -> dict[str, Any]:
    """Set the fields, and say what that changed: [old, new] as text."""
    found = {}
    for name, new in fields.items():
        old = getattr(row, name)
        if old != new:
            setattr(row, name, new)
            found[name] = [str(old) if old else "", str(new) if new else ""]
    return found
