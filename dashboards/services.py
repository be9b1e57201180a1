"""Bringing standings and trends up to date: the difference between what was applied and what is.

How it stays exact while many workers write at once:
- A stale mark is read before the sources and deleted, by id, in the transaction that applied it. A change
  that is committed later brings a mark of its own.
- An agency's row lock keeps its standings and memberships to one worker. A worker that takes several never
  waits for one.
- A scope's row lock keeps its trends to one worker. It is taken after the agency's rows are written, all
  scopes in the order of their ids, so that waiting cannot go round in a circle. Everything that a
  difference is added to, and the horizon, is read under these locks.
SQLite knows no row locks; there each transaction has the database to itself from its first statement.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from dashboards.differences import Change, Measure, ScopeKey, difference
from dashboards.models import SCOPE_FIELD, Freshness, Scope, ScopeMember, Standing
from dashboards.queries.timelines import applied, current, latest_approval
from dashboards.services_bulk import insert_rows, insert_values
from dashboards.services_sums import add_difference, count_scopes
from dashboards.standings import member_dates, month_of
from dashboards.versions import Version
from portal.agencies.models import Agency, AgencyQuerySet, Cohort, Program, StaleMark
from portal.agencies.periods import FEDERAL_YEAR_STARTS_IN, period_of
from portal.agencies.services import mark_stale

SLICE = 100  # agencies brought up to date in one transaction
MOST_WORKERS = 20  # that find a slice of their own; one more pauses until another is done with its slice
SCOPE_SLICE = 50  # subtrees counted anew in one transaction
ONLY_ROW = 1  # the primary key of the one row of Freshness


def refresh_agency(*, agency_id: int, at: datetime) -> bool:
    """Bring a marked agency's standings and the trends of its scopes up to date. False: it was not marked."""
    return bool(_refresh(agencies=Agency.objects.filter(pk=agency_id), wait=True, at=at))


def refresh_stale(*, at: datetime, limit: int = SLICE) -> int:
    """Bring up to `limit` marked agencies up to date, those that no other worker is at. Returns how many.

    Where as many as that wait, their trends are left to recount_scopes. The latest marks come first, so
    that an approval need not wait for the end of an import.
    """
    marked = StaleMark.objects.order_by().values("agency").annotate(latest=Max("pk")).order_by("-latest")
    waiting = list(marked.values_list("agency", flat=True)[: MOST_WORKERS * limit])
    for first in range(0, len(waiting), limit):
        chosen = Agency.objects.filter(pk__in=waiting[first : first + limit])
        if done := _refresh(agencies=chosen, wait=False, at=at, anew=len(waiting) >= limit):
            return done
    return 0


@transaction.atomic
def recount_scopes(*, at: datetime) -> int:
    """Count the trends of some scopes that wait for it anew. Returns how many."""
    waiting = (
        Scope.objects.filter(recount=True).select_for_update(no_key=True, skip_locked=True).order_by("pk")
    )
    large = waiting.exclude(kind=Scope.Kind.SUBTREE)[:1]
    scopes = list(large) or list(waiting[:SCOPE_SLICE])
    if scopes:
        horizon = _freshness(at).horizon_on
        count_scopes(scope_ids=[scope.pk for scope in scopes], since=None, horizon=horizon, at=at)
        Scope.objects.filter(pk__in=[scope.pk for scope in scopes]).update(recount=False)
        Freshness.objects.filter(pk=ONLY_ROW).update(computed_at=at)
    return len(scopes)


def extend_horizon(*, at: datetime) -> bool:
    """Add the month ends that have come within the horizon to all trends, all at once. False: none have."""
    latest = horizon_on(at)
    if not Freshness.objects.filter(horizon_on__lt=latest).exists():
        return False
    with transaction.atomic():
        scopes = lock_all_scopes()
        before = _freshness(at).horizon_on
        if before >= latest:
            return False
        counted = [scope.pk for scope in scopes if not scope.recount]
        count_scopes(scope_ids=counted, since=before, horizon=latest, at=at)
        Freshness.objects.filter(pk=ONLY_ROW).update(horizon_on=latest, computed_at=at)
    return True


def horizon_on(at: datetime) -> date:
    """The last month end that trends have a row for: the end of the current quarter, of any calendar in use.

    So an approval for the quarter that is still running shows at its end.
    """
    starts = {FEDERAL_YEAR_STARTS_IN, *Program.objects.order_by().values_list("year_starts_in", flat=True)}
    today = timezone.localdate(at)
    return max(period_of(today, kind="quarter", year_starts_in=month).ends_on for month in starts)


@transaction.atomic
def _refresh(*, agencies: AgencyQuerySet, wait: bool, at: datetime, anew: bool = False) -> int:
    locked = list(agencies.select_for_update(no_key=True, skip_locked=not wait))
    marks = dict(StaleMark.objects.filter(agency__in=locked).values_list("pk", "agency_id"))
    marked = set(marks.values())
    stale = [agency for agency in locked if agency.pk in marked]
    if not stale:
        return 0
    new, old = current(stale), applied(marked)
    changes = {pk: Change(old[pk], new[pk]) for pk in sorted(marked) if old[pk] != new[pk]}
    if changes:
        _write_standings(changes)
        _write_members(changes, _ensure_scopes(changes.values()))
        _mark_roots(changes, at)
        _change_trends(changes.values(), at, anew=anew)
    StaleMark.objects.filter(pk__in=marks).delete()
    _note_freshness(marked, at)
    return len(stale)


def _write_standings(changes: dict[int, Change]) -> None:
    """Replace the standings that differ, with all that was known of the same first month end."""
    rows: list[tuple[Any, ...]] = []
    for pk, change in changes.items():
        old, new = change.old.standings, change.new.standings
        gone: dict[Measure | None, list[date]] = {}
        for (measure, from_on), versions in old.items():
            if new.get((measure, from_on)) != versions:
                gone.setdefault(measure, []).append(from_on)
        for measure, days in gone.items():
            of_measure = Q(model__isnull=True) if measure is None else Q(model=measure[0], method=measure[1])
            Standing.versions.filter(of_measure, agency=pk, from_on__in=days).delete()
        rows += [
            _standing_row(pk, measure, version)
            for (measure, from_on), versions in new.items()
            if old.get((measure, from_on)) != versions
            for version in versions
        ]
    insert_values(Standing, STANDING_FIELDS, rows)


STANDING_FIELDS = (
    "agency_id", "model_id", "method", "from_on", "until_on", "state", "known_from", "known_until",
    "result_id", "score", "stages_completed", "limited_basis", "rescored", "domains",
)  # fmt: skip


def _standing_row(agency_id: int, measure: Measure | None, version: Version) -> tuple[Any, ...]:
    """The values of STANDING_FIELDS."""
    interval = version.interval
    when = (
        *(measure or (None, "")), interval.from_on, interval.until_on, interval.state.value,
        version.known_from, version.known_until,
    )  # fmt: skip
    if (value := interval.value) is None:
        return agency_id, *when, None, None, None, False, False, {}
    known = (value.result_id, value.score, value.stages_completed, value.limited_basis, value.rescored)
    return agency_id, *when, *known, value.domains


def _ensure_scopes(changes: Iterable[Change]) -> dict[ScopeKey, int]:
    """The ids of all scopes that the changes are about; those that are new are made."""
    wanted = set().union(*(change.keys for change in changes))
    found = _scope_ids(wanted)
    if missing := sorted(_possible(wanted - found.keys()), key=_everything_first):
        # In a fixed order, so that two workers who make the same ones cannot wait for each other. The
        # first one ever is EVERYTHING, which so has the lowest id and is the first to be locked.
        rows = [
            Scope(kind=kind, **({} if kind == Scope.Kind.EVERYTHING else {SCOPE_FIELD[kind]: pk}))
            for kind, pk in missing
        ]
        Scope.objects.bulk_create(rows, ignore_conflicts=True)
        found = _scope_ids(wanted)
    return found


def _everything_first(key: ScopeKey) -> tuple[bool, ScopeKey]:
    return key[0] != Scope.Kind.EVERYTHING, key


def _possible(keys: set[ScopeKey]) -> set[ScopeKey]:
    """Those that a scope can be made for: a cohort may have been deleted since it was read."""
    asked = [pk for kind, pk in keys if kind == Scope.Kind.COHORT]
    if not asked:
        return keys
    there = Cohort.objects.filter(pk__in=asked).select_for_update(no_key=True).order_by("pk")
    kept = set(there.values_list("pk", flat=True))
    return {(kind, pk) for kind, pk in keys if kind != Scope.Kind.COHORT or pk in kept}


def _scope_ids(keys: Collection[ScopeKey]) -> dict[ScopeKey, int]:
    """The ids of the scopes of these keys and of EVERYTHING, as far as there are such scopes."""
    programs = [pk for kind, pk in keys if kind == Scope.Kind.PROGRAM]
    agencies = [pk for kind, pk in keys if kind == Scope.Kind.SUBTREE]
    cohorts = [pk for kind, pk in keys if kind == Scope.Kind.COHORT]
    wanted = Q(kind=Scope.Kind.EVERYTHING) | Q(program__in=programs) | Q(agency__in=agencies)
    scopes = Scope.objects.filter(wanted | Q(cohort__in=cohorts))
    return {scope.key: scope.pk for scope in scopes}


def _write_members(changes: dict[int, Change], scope_ids: dict[ScopeKey, int]) -> None:
    """Replace the memberships of agencies where they differ."""
    moved = {pk: change for pk, change in changes.items() if change.old.members != change.new.members}
    ScopeMember.objects.filter(agency__in=moved).delete()
    rows = []
    for pk, change in moved.items():
        for key, spans in change.new.members.items():
            if key not in scope_ids:
                continue  # of a cohort that was deleted meanwhile
            for from_on, until_on in map(member_dates, spans):
                rows.append(
                    ScopeMember(scope_id=scope_ids[key], agency_id=pk, from_on=from_on, until_on=until_on)
                )
    insert_rows(rows)


def _mark_roots(changes: dict[int, Change], at: datetime) -> None:
    """Mark agencies that got their first agency below them, or lost their last: their own scope, of which
    they are a member as long as anything is below them, came or went."""
    subtree = Scope.Kind.SUBTREE.value
    roots = {
        pk
        for change in changes.values()
        for kind, pk in change.old.members.keys() ^ change.new.members.keys()
        if kind == subtree and pk not in changes
    }
    if roots:
        children = Agency.objects.filter(parent=OuterRef("pk"))
        own = ScopeMember.objects.filter(agency=OuterRef("pk"), scope__agency=OuterRef("pk"))
        wrong = Agency.objects.filter(pk__in=roots).filter(
            Q(Exists(children), ~Exists(own)) | Q(~Exists(children), Exists(own))
        )
        mark_stale(agencies=list(wrong), reason="its own scope", at=at)


def _change_trends(changes: Collection[Change], at: datetime, *, anew: bool) -> None:
    """Add the differences to the trends of all scopes, but for those that will be counted anew anyway.

    `anew`: have all of them counted anew instead, which costs less where many agencies changed.
    """
    keys = set().union(*(change.concerned for change in changes))
    ids = _scope_ids(keys)
    # EVERYTHING is always among them, see lock_all_scopes.
    scopes = list(Scope.objects.filter(pk__in=ids.values()).select_for_update(no_key=True).order_by("pk"))
    if anew:
        Scope.objects.filter(pk__in=[ids[key] for key in keys & ids.keys()], recount=False).update(
            recount=True
        )
        return
    horizon = _freshness(at).horizon_on
    for scope in scopes:
        if not scope.recount:
            found = difference(
                scope.key, [one for one in changes if scope.key in one.concerned], month_of(horizon)
            )
            add_difference(scope=scope, difference=found, horizon=horizon, at=at)


def lock_all_scopes() -> list[Scope]:
    """Lock every scope. Whoever makes a scope goes on to lock EVERYTHING, so with that locked first no
    scope can be missed."""
    scopes = Scope.objects.select_for_update(no_key=True).order_by("pk")
    list(scopes.filter(kind=Scope.Kind.EVERYTHING))
    return list(scopes)


def _freshness(at: datetime) -> Freshness:
    return (
        Freshness.objects.first()
        or Freshness.objects.get_or_create(
            pk=ONLY_ROW, defaults={"horizon_on": horizon_on(at), "computed_at": at}
        )[0]
    )


def _note_freshness(agencies: Collection[int], at: datetime) -> None:
    _freshness(at)
    row = Freshness.objects.filter(pk=ONLY_ROW)
    row.update(computed_at=at)
    approved_at = latest_approval(agencies)
    if approved_at is not None:
        row.filter(Q(approved_at__isnull=True) | Q(approved_at__lt=approved_at)).update(
            approved_at=approved_at
        )
