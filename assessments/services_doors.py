"""Whether a round takes what an agency starts or submits, and that it stays so until that is done."""

from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from assessments.models import Assessment, Cycle, NothingToReport
from assessments.queries_units import closed_doors, rounds_asking
from portal.access.models import User
from portal.agencies.models import Agency
from portal.audit.services import record


class RoundClosed(Exception):
    """The round does not take it (any more); says why and what to do."""


def pass_doors(
    *,
    agency: Agency,
    version_id: int,
    period_ends_on: date,
    at: datetime,
    assessment: Assessment | None = None,
) -> list[Cycle]:
    """The rounds that ask the agency for this version and period, kept as they are until this transaction
    ends. `assessment`: what it submits; None: it starts one.

    None asks it, or one that asks takes it: it may. Raises RoundClosed.
    """
    rounds = _kept(rounds_asking(agency, version_id, period_ends_on))
    doors = closed_doors(rounds, agency, timezone.localdate(at), assessment)
    if rounds and len(doors) == len(rounds):
        raise RoundClosed(next(iter(doors.values())))
    return rounds


def take_back_nothing(*, rounds: list[Cycle], agency: Agency, by: User, at: datetime) -> None:
    """An agency that starts to answer has something to report after all."""
    for row in NothingToReport.objects.filter(cycle__in=rounds, agency=agency).select_related("cycle"):
        changes = {"agency": agency.slug, "because": "started an assessment"}
        row.delete()
        record(action="take back nothing to report", obj=row.cycle, by=by, at=at, changes=changes)


def _kept(rounds: list[Cycle]) -> list[Cycle]:
    """The same rounds as they are now, which nobody closes or changes before this transaction ends.

    Django has no FOR SHARE. On SQLite every transaction that writes has the database to itself.
    """
    if not rounds or connection.vendor != "postgresql":
        return rounds
    found = {cycle.pk: cycle for cycle in rounds}
    rows = Cycle.objects.raw(
        "SELECT * FROM assessments_cycle WHERE id = ANY(%s) ORDER BY id FOR SHARE", [list(found)]
    )
    kept = list(rows)
    for cycle in kept:
        cycle.program = found[cycle.pk].program
    return kept
