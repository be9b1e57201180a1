"""Who answers for whom in a program's rounds: proposed when a round is opened, and changed by the officers.

Figures follow: who is rolled up or covered is no longer counted from the period's end on, so all whom a
change touches are marked stale in its transaction.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from assessments.arrangement import (
    CHANGES,
    FOR_ITSELF,
    OWN,
    Arrangement,
    Asked,
    How,
    faults,
    of_all,
    without_faults,
)
from assessments.models import Assessment, Cycle, ReportingUnit
from assessments.queries_units import arrangement_before, arrangement_of, asked_in, mark_of
from assessments.services_notices import tell_agencies
from portal.access.models import User
from portal.agencies.models import Agency, Program
from portal.agencies.services import mark_stale
from portal.audit.services import record

AS_BEFORE = "before"  # as in the program's last round
MOST_NAMED = 100  # agencies that an audit entry names
MOST_REASONS = 5  # that one refusal tells


class CannotArrange(Exception):
    """The agencies cannot answer like that; says why and what to do."""


class ArrangementChanged(Exception):
    """Who answers for whom is no longer as it was read."""


def lock_rounds(program_id: int) -> None:
    """Let nobody else open a round of this program or say who answers for whom in it meanwhile."""
    Program.objects.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=program_id)


def propose_units(*, cycle: Cycle, how: str, by: User | None, at: datetime) -> int:
    """Say who answers for whom in a round that is being opened; returns how many do not for themselves.

    `how`: as in the program's last round (AS_BEFORE), or one of arrangement.CHANGES for all. Whom that does
    not fit any more answers for itself; so does who has handed in an assessment for the period already.
    Call it within the transaction, under lock_rounds, when the round is saved.
    """
    there = arrangement_of(cycle.program_id, cycle.period_ends_on)
    others = Cycle.objects.filter(program=cycle.program_id, period_ends_on=cycle.period_ends_on)
    beside = others.exclude(pk=cycle.pk).exists()
    if beside and how == AS_BEFORE:
        return len(there)
    before = there if beside else arrangement_before(cycle)
    if how == AS_BEFORE and not before:
        return 0
    asked = asked_in(cycle)
    wanted = before if how == AS_BEFORE else of_all(asked, how)
    own = _handed_in(cycle, [pk for pk in wanted if pk not in there])
    kept = without_faults(asked, {pk: one for pk, one in wanted.items() if pk not in own})
    _write(cycle, there, kept, by=by, at=at)
    # Until now these were counted as in the round before; from this period's end on as in this one.
    _mark(cycle.program_id, {pk for pk in before.keys() | kept.keys() if before.get(pk) != kept.get(pk)}, at)
    return len(kept)


@transaction.atomic
def arrange_units(
    *, cycle_id: int, change: str, agencies: Collection[int] | None, seen: str, by: User, at: datetime
) -> set[int]:
    """Have these agencies (None: all of the round) answer otherwise; returns the ids of those for whom that
    is new, which may be others as well: those below them.

    `change`: "own", "roll_up" or "cover" (answer for all below them); `seen`: mark_of the arrangement that
    was read. It holds for all rounds of the program for the period. Nothing is changed when anything cannot
    be. Raises Cycle.DoesNotExist, ArrangementChanged, CannotArrange.
    """
    cycle = Cycle.objects.select_related("program").get(pk=cycle_id)
    lock_rounds(cycle.program_id)
    # Nobody hands anything in meanwhile, see services_doors.
    beside = Cycle.objects.filter(program=cycle.program_id, period_ends_on=cycle.period_ends_on)
    list(beside.select_for_update().order_by("pk").values_list("pk", flat=True))
    now, asked = arrangement_of(cycle.program_id, cycle.period_ends_on), asked_in(cycle)
    if mark_of(now) != seen:
        raise ArrangementChanged(
            "Somebody else has changed who answers for whom since you read it. Nothing was changed; look at "
            "it again."
        )
    if agencies is not None and (unknown := set(agencies) - asked.nodes.keys()):
        raise CannotArrange(f"{len(unknown)} of these agencies are not asked in {cycle}.")
    wanted = of_all(asked, change) if agencies is None else CHANGES[change](asked, now, agencies)
    if agencies is not None:
        _refuse_without_below(asked, change, agencies)
    changed = {pk for pk in now.keys() | wanted.keys() if now.get(pk) != wanted.get(pk)}
    known = {fault.key for fault in faults(asked, now)}
    reasons = [fault.words for fault in faults(asked, wanted) if fault.key not in known]
    reasons += [
        f"{asked.name(pk)} has handed in its own assessment for {cycle.period_label}, which would no longer "
        "be counted."
        for pk in sorted(_handed_in(cycle, [pk for pk in changed if now.get(pk, FOR_ITSELF)[0] == OWN]))
    ]
    if reasons:
        more = f" And {len(reasons) - MOST_REASONS} more." if len(reasons) > MOST_REASONS else ""
        raise CannotArrange(" ".join(reasons[:MOST_REASONS]) + f"{more} Nothing was changed.")
    _write(cycle, now, wanted, by=by, at=at)
    _mark(cycle.program_id, changed, at)
    if changed:
        told = list(Agency.objects.filter(pk__in=changed))
        tell_agencies(
            "reporting-unit-changed",
            cycle=cycle,
            agencies=told,
            key=f"{cycle.pk}:{at.isoformat()}",
            page="dashboards:agency-detail",
            with_cycle=False,
            by=by,
            at=at,
        )
    return changed


def _refuse_without_below(asked: Asked, change: str, agencies: Collection[int]) -> None:
    """Who has nobody below it cannot be rolled up from them or cover them."""
    if change == "own":
        return
    alone = sorted(asked.name(pk) for pk in agencies if pk not in asked.parents)
    if alone:
        more = f" and {len(alone) - 1} more" if len(alone) > 1 else ""
        what = "be rolled up" if change == "roll_up" else "cover others"
        raise CannotArrange(
            f"{alone[0]}{more} cannot {what}: no agency below it is asked in this round. Nothing was changed."
        )


def _handed_in(cycle: Cycle, agencies: Collection[int]) -> set[int]:
    """Of these agencies those that handed in an assessment of their own in a round of this period."""
    if not agencies:
        return set()
    rounds = Cycle.objects.filter(program=cycle.program_id, period_ends_on=cycle.period_ends_on)
    rows = Assessment.objects.filter(
        agency__in=agencies, version__in=rounds.values("version_id"), period_ends_on=cycle.period_ends_on
    )
    return set(rows.exclude(state=Assessment.State.DRAFT).order_by().values_list("agency_id", flat=True))


def _write(cycle: Cycle, now: Arrangement, wanted: Arrangement, *, by: User | None, at: datetime) -> None:
    """Keep an arrangement in the place of another, with its audit entry."""
    changed = {pk for pk in now.keys() | wanted.keys() if now.get(pk) != wanted.get(pk)}
    if not changed:
        return
    program, ends_on = cycle.program_id, cycle.period_ends_on
    ReportingUnit.objects.filter(program=program, period_ends_on=ends_on, agency__in=changed).delete()
    rows = [
        ReportingUnit(
            program_id=program, period_ends_on=ends_on, agency_id=pk, mode=mode, covered_by_id=covered_by,
            set_by=by, set_at=at,
        )
        for pk, (mode, covered_by) in wanted.items()
        if pk in changed
    ]  # fmt: skip
    ReportingUnit.objects.bulk_create(rows, batch_size=500)
    record(action="arrange units", obj=cycle, by=by, at=at, changes=_told(now, wanted, changed))


def _told(now: Arrangement, wanted: Arrangement, changed: Collection[int]) -> dict[str, object]:
    """The change as the audit keeps it: how many, and of the first how they answered and answer."""
    named = sorted(changed)[:MOST_NAMED]
    ids = {*named, *(by for pk in named for _, by in (now.get(pk, FOR_ITSELF), wanted.get(pk, FOR_ITSELF)))}
    slugs = dict(Agency.objects.filter(pk__in=ids - {None}).values_list("pk", "slug"))

    def words(how: How) -> str:
        return f"covered by {slugs[how[1]]}" if how[1] is not None else how[0]

    return {
        "agencies": len(changed),
        "units": {
            slugs[pk]: [words(now.get(pk, FOR_ITSELF)), words(wanted.get(pk, FOR_ITSELF))] for pk in named
        },
    }


def _mark(program: int, changed: Collection[int], at: datetime) -> None:
    """Mark those who are counted otherwise: these, and whom they cover in any program, who are counted for
    themselves where those who cover them are not."""
    if changed:
        covered = ReportingUnit.objects.filter(covered_by__in=changed).order_by()
        also = covered.values_list("agency_id", flat=True).distinct()
        mark_stale(agencies=sorted({*changed, *also}), reason="reporting units", at=at)
