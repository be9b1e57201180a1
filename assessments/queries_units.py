"""Reads of who answers for whom in a round, and of whether an agency may still answer in it."""

from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256

from django.db.models import Q, QuerySet
from django.utils.formats import date_format

from assessments.arrangement import Arrangement, Asked, How, Node
from assessments.models import Assessment, Cycle, Extension, ReportingUnit, UnitMode
from assessments.queries_cycles import open_agencies_asked
from portal.agencies.models import Agency, Program, ProgramMembership, in_force


def asked_in(cycle: Cycle) -> Asked:
    """The agencies that a round asks, with how they lie. One query."""
    rows = open_agencies_asked(cycle).order_by().values_list("pk", "path", "name")
    return Asked(Node(*row) for row in rows)


def arrangement_of(program: Program | int, period_ends_on: date) -> dict[int, How]:
    """Who does not answer for itself in the rounds of a program for the period that ends then."""
    rows = ReportingUnit.objects.filter(program=program, period_ends_on=period_ends_on).order_by()
    return {pk: (mode, by) for pk, mode, by in rows.values_list("agency_id", "mode", "covered_by_id")}


def arrangement_before(cycle: Cycle) -> dict[int, How]:
    """The same for the period of the program's last round before this one's."""
    earlier = Cycle.objects.filter(program=cycle.program_id, period_ends_on__lt=cycle.period_ends_on)
    last = earlier.order_by("-period_ends_on").values_list("period_ends_on", flat=True).first()
    return arrangement_of(cycle.program_id, last) if last is not None else {}


def mark_of(arrangement: Arrangement) -> str:
    """What an arrangement is recognised by: another one has another mark."""
    told = ";".join(f"{pk}:{mode}:{by}" for pk, (mode, by) in sorted(arrangement.items()))
    return sha256(told.encode()).hexdigest()[:16]


# --- whether an agency may answer ---------------------------------------------------------------------


def closed_doors(
    rounds: Iterable[Cycle], agency: Agency, today: date, assessment: Assessment | None
) -> dict[int, str]:
    """Of these rounds, which ask `agency`, those in which it may not start or submit (any more), by id, with
    the reason. `assessment`: what it submits; None: it starts one.
    """
    chosen = list(rounds)
    later = dict(
        Extension.objects.filter(cycle__in=chosen, agency=agency).values_list("cycle_id", "until_on")
    )
    units = _units_of(agency, chosen)
    returned = assessment is not None and assessment.state == Assessment.State.RETURNED
    found: dict[int, str] = {}
    for cycle in chosen:
        unit = units.get((cycle.program_id, cycle.period_ends_on))
        until = later.get(cycle.pk)
        if unit is not None:
            found[cycle.pk] = f"{why_not_itself(unit)} in {cycle}."
        elif cycle.is_closed and not returned and (until is None or until < today):
            ended = f" and its extension ended on {date_format(until, 'F j, Y')}" if until else ""
            found[cycle.pk] = (
                f"{cycle} is closed{ended}. Nothing that was answered is lost: ask the program office of "
                f"{cycle.program} for an extension."
            )
    return found


def rounds_asking(agency: Agency, version_id: int, period_ends_on: date) -> list[Cycle]:
    """The rounds that ask this agency for this version and period."""
    found = Cycle.objects.filter(
        version=version_id,
        period_ends_on=period_ends_on,
        program__in=ProgramMembership.objects.filter(agency=agency).values("program_id"),
    ).select_related("program")
    return [cycle for cycle in found if open_agencies_asked(cycle).filter(pk=agency.pk).exists()]


def why_not_taken(assessment: Assessment, today: date) -> str:
    """Why no round takes the assessment; "" where one does, where none asks for it, and for a correction,
    which is never too late."""
    if assessment.amends_id is not None:
        return ""
    rounds = rounds_asking(assessment.agency, assessment.version_id, assessment.period_ends_on)
    doors = closed_doors(rounds, assessment.agency, today, assessment)
    return next(iter(doors.values())) if rounds and len(doors) == len(rounds) else ""


def why_not_itself(unit: ReportingUnit) -> str:
    """That an agency does not answer for itself, as a sentence without its end."""
    if unit.mode == UnitMode.ROLLED_UP:
        return f"{unit.agency} is rolled up from the agencies below it and does not answer for itself"
    return f"{unit.agency} is covered by {unit.covered_by} and does not answer for itself"


def _units_of(agency: Agency, rounds: Iterable[Cycle]) -> Mapping[tuple[int, date], ReportingUnit]:
    wanted = Q()
    for cycle in rounds:
        wanted |= Q(program=cycle.program_id, period_ends_on=cycle.period_ends_on)
    if not wanted:
        return {}
    rows = ReportingUnit.objects.filter(wanted, agency=agency).select_related("agency", "covered_by")
    return {(row.program_id, row.period_ends_on): row for row in rows}


# --- on an agency's page ------------------------------------------------------------------------------


def apart_in_force(
    agency: Agency, programs: QuerySet[Program], today: date
) -> list[tuple[ReportingUnit, Cycle]]:
    """Where an agency does not answer for itself in the last round of one of these programs that it is in."""
    members = ProgramMembership.objects.filter(in_force(today), agency=agency).values("program_id")
    rounds = Cycle.objects.filter(program__in=programs).filter(program__in=members)
    last: dict[int, Cycle] = {}
    units = ReportingUnit.objects.filter(agency=agency).order_by().values("program_id")
    for cycle in (
        rounds.filter(program__in=units)
        .select_related("program", "version__model")
        .order_by("period_ends_on", "pk")
    ):
        last[cycle.program_id] = cycle
    found = _units_of(agency, last.values())
    return [
        (found[cycle.program_id, cycle.period_ends_on], cycle)
        for cycle in last.values()
        if (cycle.program_id, cycle.period_ends_on) in found
    ]
