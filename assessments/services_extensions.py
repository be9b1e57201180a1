"""A later due day for some agencies of a round, and taking it back; and having nothing to report."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Assessment, Cycle, Extension, NothingToReport, ReportingUnit
from assessments.queries_cycles import open_agencies_asked
from assessments.queries_units import closed_doors, why_not_itself
from assessments.services_notices import tell_agencies
from portal.access.models import User
from portal.agencies.models import Agency
from portal.audit.services import record, record_many

LONGEST_REASON = 2_000
MOST_AT_ONCE = 1_000  # agencies


class CannotExtend(Exception):
    """These agencies cannot have a later due day; says why."""


class CannotConfirm(Exception):
    """The agency cannot confirm now that it has nothing to report; says why."""


def lock_cycle(cycle_id: int) -> Cycle:
    """The round, for this transaction alone. Raises Cycle.DoesNotExist."""
    rounds = Cycle.objects.select_for_update(of=("self",))
    return rounds.select_related("program", "version__model").get(pk=cycle_id)


@transaction.atomic
def extend_agencies(
    *,
    cycle_id: int,
    until_on: date,
    reason: str,
    seen: Mapping[int, date | None],
    by: User,
    at: datetime,
) -> int:
    """Let these agencies answer until a later day; returns for how many that is new.

    `seen`: by id, until when each had leave when it was chosen; None: it had none. All or nothing.
    Raises Cycle.DoesNotExist, CannotExtend.
    """
    reason, cycle = _clean(reason), lock_cycle(cycle_id)
    latest = max(cycle.due_on, timezone.localdate(at))
    if until_on < latest or until_on == cycle.due_on:
        day = date_format(latest, "F j, Y")
        raise CannotExtend(f"The later due day has to be after {day}. Nothing was changed.")
    agencies, there = _chosen(cycle, seen)
    apart = ReportingUnit.objects.filter(
        program=cycle.program_id, period_ends_on=cycle.period_ends_on, agency__in=list(seen)
    )
    if (unit := apart.select_related("agency", "covered_by").first()) is not None:
        raise CannotExtend(f"{why_not_itself(unit)} in this round. Nothing was changed.")
    new = [
        agency
        for agency in agencies
        if (row := there.get(agency.pk)) is None or (row.until_on, row.reason) != (until_on, reason)
    ]
    Extension.objects.filter(cycle=cycle, agency__in=new).delete()
    Extension.objects.bulk_create(
        [
            Extension(cycle=cycle, agency=agency, until_on=until_on, reason=reason, by=by, at=at)
            for agency in new
        ],
        batch_size=500,
    )
    told = [
        (cycle, {"agency": agency.slug, "until": until_on.isoformat(), "reason": reason}) for agency in new
    ]
    record_many(action="extend", objects=told, by=by, at=at)
    _tell("round-extended", cycle, new, f"{until_on}", by, at)
    return len(new)


@transaction.atomic
def withdraw_extensions(*, cycle_id: int, seen: Mapping[int, date | None], by: User, at: datetime) -> int:
    """Take back what extend_agencies gave; returns of how many. Raises Cycle.DoesNotExist, CannotExtend."""
    cycle = lock_cycle(cycle_id)
    agencies, there = _chosen(cycle, seen)
    gone = [agency for agency in agencies if agency.pk in there]
    if not gone:
        raise CannotExtend("None of the chosen agencies has a later due day. Nothing was changed.")
    Extension.objects.filter(cycle=cycle, agency__in=gone).delete()
    told = [
        (cycle, {"agency": one.slug, "until": [there[one.pk].until_on.isoformat(), None]}) for one in gone
    ]
    record_many(action="withdraw extension", objects=told, by=by, at=at)
    _tell("extension-withdrawn", cycle, gone, at.isoformat(), by, at)
    return len(gone)


def _clean(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise CannotExtend(f"Say why in up to {LONGEST_REASON:,} characters. Nothing was changed.")
    return reason


def _chosen(cycle: Cycle, seen: Mapping[int, date | None]) -> tuple[list[Agency], dict[int, Extension]]:
    """The chosen agencies, and the later due days that they have, if these are as they were seen."""
    if not seen:
        raise CannotExtend("Choose at least one agency. Nothing was changed.")
    if len(seen) > MOST_AT_ONCE:
        raise CannotExtend(f"Choose at most {MOST_AT_ONCE:,} agencies at once. Nothing was changed.")
    agencies = list(open_agencies_asked(cycle).filter(pk__in=list(seen)))
    if len(agencies) != len(seen):
        raise CannotExtend(f"Not all chosen agencies are asked in {cycle}. Nothing was changed.")
    rows = Extension.objects.filter(cycle=cycle, agency__in=list(seen)).select_related("by")
    there = {row.agency_id: row for row in rows}
    for agency in agencies:
        row = there.get(agency.pk)
        if (row.until_on if row else None) != seen[agency.pk]:
            now = f"has leave until {row.until_on}, by {row.by}" if row else "has a later due day no longer"
            raise CannotExtend(
                f"Somebody was there before you: {agency} {now}. Nothing was changed; look at it again."
            )
    return agencies, there


# --- nothing to report --------------------------------------------------------------------------------


@transaction.atomic
def confirm_nothing(*, cycle_id: int, agency: Agency, reason: str, by: User, at: datetime) -> NothingToReport:
    """Confirm for an agency that it has nothing to report in a round. Safe to repeat.

    Raises Cycle.DoesNotExist, CannotConfirm: not asked, the round does not take it, or it began to answer.
    """
    cycle, reason = lock_cycle(cycle_id), reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise CannotConfirm(f"Say in up to {LONGEST_REASON:,} characters why there is nothing to report.")
    if not open_agencies_asked(cycle).filter(pk=agency.pk).exists():
        raise CannotConfirm(f"{agency} is not asked in {cycle}.")
    if door := closed_doors([cycle], agency, timezone.localdate(at), None):
        raise CannotConfirm(door[cycle.pk])
    begun = Assessment.objects.filter(
        agency=agency, version=cycle.version_id, period_ends_on=cycle.period_ends_on
    )
    if begun.exists():
        raise CannotConfirm(
            f"{agency} has begun an assessment for {cycle.period_label}: go on with that one."
        )
    row, created = NothingToReport.objects.get_or_create(
        cycle=cycle, agency=agency, defaults={"reason": reason, "by": by, "at": at}
    )
    if not created and row.reason == reason:
        return row
    if not created:
        raise CannotConfirm(f"{row.by} has confirmed that already, with the reason: {row.reason}")
    changes = {"agency": agency.slug, "reason": reason}
    record(action="confirm nothing to report", obj=cycle, by=by, at=at, changes=changes)
    _tell("nothing-to-report", cycle, [agency], at.isoformat(), by, at)
    return row


@transaction.atomic
def withdraw_nothing(*, cycle_id: int, agency: Agency, by: User, at: datetime) -> None:
    """Take that back while the round is open. Safe to repeat. Raises Cycle.DoesNotExist, CannotConfirm."""
    cycle = lock_cycle(cycle_id)
    if door := closed_doors([cycle], agency, timezone.localdate(at), None):
        raise CannotConfirm(door[cycle.pk])
    deleted, _ = NothingToReport.objects.filter(cycle=cycle, agency=agency).delete()
    if deleted:
        changes = {"agency": agency.slug}
        record(action="take back nothing to report", obj=cycle, by=by, at=at, changes=changes)
        _tell("nothing-to-report", cycle, [agency], at.isoformat(), by, at)


def _tell(kind: str, cycle: Cycle, agencies: list[Agency], what: str, by: User, at: datetime) -> None:
    if agencies:
        tell_agencies(
            kind,
            cycle=cycle,
            agencies=agencies,
            key=f"{cycle.pk}:{what}",
            page="dashboards:agency-detail",
            with_cycle=False,
            by=by,
            at=at,
        )
