"""Reporting rounds: opened by a program, shown to its agencies in preview, then published."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Cycle
from assessments.services_notices import tell_preview_opened
from maturity.models import ModelVersion
from portal.access.models import User
from portal.agencies.models import Program
from portal.agencies.periods import Period
from portal.audit.services import record

PREVIEW_DAYS, LONGEST_PREVIEW = 7, 90
NEXT_STATE = {Cycle.State.COLLECTING: Cycle.State.PREVIEW, Cycle.State.PREVIEW: Cycle.State.PUBLISHED}


class CannotOpen(Exception):
    """The round cannot be opened; says why."""


class CannotAdvance(Exception):
    """The round is not in the state before the one asked for."""


@transaction.atomic
def open_cycle(
    *,
    program: Program,
    version: ModelVersion,
    period: Period,
    period_label: str,
    due_on: date,
    by: User,
    at: datetime,
) -> Cycle:
    """Ask the agencies of `program` for this version and period, due on a date.

    Raises CannotOpen: the period has not begun, it is due before that, or the round is there already.
    """
    if period.starts_on > timezone.localdate(at):
        begins = date_format(period.starts_on, "F j, Y")
        raise CannotOpen(f"{period_label} has not begun: it starts on {begins}.")
    if due_on < period.starts_on:
        raise CannotOpen(f"A round for {period_label} cannot be due before it began.")
    cycle = Cycle(
        program=program,
        version=version,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        period_label=period_label,
        due_on=due_on,
        opened_at=at,
    )
    try:
        with transaction.atomic():
            cycle.save(force_insert=True)
    except IntegrityError as error:
        raise CannotOpen(f"{program} has a round with {version} for {period_label} already.") from error
    changes = {"model": version.key, "period": period_label, "due_on": due_on.isoformat()}
    record(action="open cycle", obj=cycle, by=by, at=at, changes=changes)
    return cycle


@transaction.atomic
def advance_cycle(
    *, cycle_id: int, to: str, by: User | None, at: datetime, preview_ends_on: date | None = None
) -> Cycle:
    """Bring a round to its next state: from collecting to preview, from there to published.

    The preview ends on the day given, or after PREVIEW_DAYS. That figures are kept when the round is
    published is seen to by dashboards, which calls this. Raises Cycle.DoesNotExist, CannotAdvance.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).select_related("program").get(pk=cycle_id)
    if NEXT_STATE.get(Cycle.State(cycle.state)) != to:
        raise CannotAdvance(f"{cycle} is {cycle.get_state_display().lower()}. Nothing was changed.")
    old, cycle.state = cycle.state, to
    changes: dict[str, Any] = {"state": [old, to]}
    if cycle.state == Cycle.State.PUBLISHED:
        cycle.published_at = at
    else:
        today = timezone.localdate(at)
        cycle.preview_ends_on = preview_ends_on or today + timedelta(days=PREVIEW_DAYS)
        if not today <= cycle.preview_ends_on <= today + timedelta(days=LONGEST_PREVIEW):
            raise CannotAdvance(
                f"The preview ends on a day from today on, within {LONGEST_PREVIEW} days. "
                "Nothing was changed."
            )
        changes["preview_ends_on"] = cycle.preview_ends_on.isoformat()
    cycle.save(update_fields=["state", "published_at", "preview_ends_on"])
    record(action="advance cycle", obj=cycle, by=by, at=at, changes=changes)
    if cycle.state == Cycle.State.PREVIEW:
        tell_preview_opened(cycle=cycle, by=by, at=at)
    return cycle
