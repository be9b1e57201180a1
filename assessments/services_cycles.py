"""Reporting rounds: opened by a program, shown to its agencies in preview, then published."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Cycle, RoundKind
from assessments.services_notices import tell_preview_opened, tell_round
from assessments.services_units import AS_BEFORE, lock_rounds, propose_units
from maturity.models import ModelVersion
from portal.access.models import User
from portal.agencies.models import Program
from portal.agencies.periods import Period
from portal.audit.services import record

PREVIEW_DAYS, LONGEST_PREVIEW = 7, 90
LONGEST_REASON = 2_000
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
    kind: str = RoundKind.FULL,
    units: str = AS_BEFORE,
) -> Cycle:
    """Ask the agencies of `program` for this version and period, due on a date.

    `units`: who answers for whom, see services_units.propose_units.

    Raises CannotOpen: the period has not begun, it is due before that, or the round is there already.
    """
    if period.starts_on > timezone.localdate(at):
        begins = date_format(period.starts_on, "F j, Y")
        raise CannotOpen(f"{period_label} has not begun: it starts on {begins}.")
    if due_on < period.starts_on:
        raise CannotOpen(f"A round for {period_label} cannot be due before it began.")
    lock_rounds(program.pk)
    cycle = Cycle(
        program=program,
        kind=kind,
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
    if kind != RoundKind.FULL:
        changes["kind"] = kind
    record(action="open cycle", obj=cycle, by=by, at=at, changes=changes)
    propose_units(cycle=cycle, how=units, by=by, at=at)
    return cycle


@transaction.atomic
def advance_cycle(
    *, cycle_id: int, to: str, by: User | None, at: datetime, preview_ends_on: date | None = None
) -> Cycle:
    """Bring a round to its next state: from collecting to preview, which closes it, from there to published.

    The preview ends on the day given, or after PREVIEW_DAYS. That figures are kept when the round is
    published is seen to by dashboards, which calls this. Raises Cycle.DoesNotExist, CannotAdvance.
    """
    cycle = _locked(cycle_id)
    if NEXT_STATE.get(Cycle.State(cycle.state)) != to:
        raise CannotAdvance(f"{cycle} is {cycle.get_state_display().lower()}. Nothing was changed.")
    old, cycle.state = cycle.state, to
    changes: dict[str, Any] = {"state": [old, to]}
    if cycle.state == Cycle.State.PUBLISHED:
        cycle.published_at = at
    else:
        today = timezone.localdate(at)
        cycle.closed_at = cycle.closed_at or at
        cycle.preview_ends_on = preview_ends_on or today + timedelta(days=PREVIEW_DAYS)
        if not today <= cycle.preview_ends_on <= today + timedelta(days=LONGEST_PREVIEW):
            raise CannotAdvance(
                f"The preview ends on a day from today on, within {LONGEST_PREVIEW} days. "
                "Nothing was changed."
            )
        changes["preview_ends_on"] = cycle.preview_ends_on.isoformat()
    cycle.save(update_fields=["state", "closed_at", "published_at", "preview_ends_on"])
    record(action="advance cycle", obj=cycle, by=by, at=at, changes=changes)
    if cycle.state == Cycle.State.PREVIEW:
        tell_preview_opened(cycle=cycle, by=by, at=at)
    return cycle


@transaction.atomic
def close_cycle(*, cycle_id: int, by: User, at: datetime) -> Cycle:
    """Lock a round: agencies no longer start or submit for it, but those that were extended beyond that day
    and those whose assessment was returned.

    Its figures can then be looked over before they go to the agencies in preview. Raises
    Cycle.DoesNotExist, CannotAdvance.
    """
    cycle = _locked(cycle_id)
    if cycle.is_closed:
        raise CannotAdvance(f"{cycle} is {cycle.state_words.lower()}. Nothing was changed.")
    cycle.closed_at = at
    cycle.save(update_fields=["closed_at"])
    record(action="close cycle", obj=cycle, by=by, at=at)
    tell_round(kind="round-closed", cycle=cycle, by=by, at=at)
    return cycle


@transaction.atomic
def reopen_cycle(*, cycle_id: int, reason: str, by: User, at: datetime) -> Cycle:
    """Let agencies start and submit again in a round that was closed, or is in preview, which ends.

    Raises Cycle.DoesNotExist, CannotAdvance: no reason, not closed, or its figures are published.
    """
    cycle, reason = _locked(cycle_id), reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise CannotAdvance(f"Say in up to {LONGEST_REASON:,} characters why. Nothing was changed.")
    if cycle.state == Cycle.State.PUBLISHED:
        raise CannotAdvance(
            f"{cycle} is published, so it stays closed: extend single agencies, whose figures then are "
            "corrected. Nothing was changed."
        )
    if not cycle.is_closed:
        raise CannotAdvance(f"{cycle} is open. Nothing was changed.")
    changes = {"state": [cycle.state, Cycle.State.COLLECTING.value], "reason": reason}
    cycle.state, cycle.closed_at, cycle.preview_ends_on = Cycle.State.COLLECTING, None, None
    cycle.save(update_fields=["state", "closed_at", "preview_ends_on"])
    record(action="reopen cycle", obj=cycle, by=by, at=at, changes=changes)
    tell_round(kind="round-closed", cycle=cycle, by=by, at=at)
    return cycle


def _locked(cycle_id: int) -> Cycle:
    rounds = Cycle.objects.select_for_update(of=("self",)).select_related("program")
    return rounds.get(pk=cycle_id)
