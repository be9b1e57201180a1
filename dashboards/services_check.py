"""The check that nothing was lost: all standings and trends recomputed in one snapshot of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from dashboards.differences import Timeline
from dashboards.models import Freshness, Scope, Trend
from dashboards.queries.timelines import applied, current
from dashboards.services_check_published import of_published
from dashboards.services_check_rules import of_rescored_results
from dashboards.services_sums import SUM_FIELDS, counted_rows
from dashboards.standings import EVER, month_of
from portal.agencies.models import Agency, StaleMark

AGENCIES_AT_ONCE = 200
SCOPES_AT_ONCE = 50
REMEMBERED = 200  # findings kept to be shown; all are counted
LONGEST_FINDING = 500  # characters; what is stored of a scope can be long


@dataclass(frozen=True)
class Finding:
    """One thing that is stored otherwise than it follows from the sources."""

    subject: str  # an agency or a scope
    what: str  # which of its numbers, when
    stored: str
    computed: str

    def __str__(self) -> str:
        return f"{self.subject}, {self.what}: stored {self.stored}, computed {self.computed}"


@dataclass(frozen=True)
class Verification:
    """What a check found. `pending`: agencies and scopes that wait for a refresh and so were left out."""

    agencies: int
    trends: int
    pending: int
    differences: int
    findings: tuple[Finding, ...]  # the first REMEMBERED


def verify(*, at: datetime) -> Verification:
    """Recompute every result by a later rule from the approved one, every standing from the results, every
    trend from the standings and every published trend from the published standings, and compare.

    Together this compares every trend with the results, and what is published with itself. Reads one snapshot
    and holds up nobody; what was found is kept in Freshness. Not to be called within a transaction.
    """
    with snapshot():
        findings: list[Finding] = []
        differences = 0
        for finding in find_differences():
            differences += 1
            if len(findings) < REMEMBERED:
                findings.append(finding)
        waiting = StaleMark.objects.order_by().values("agency").distinct().count()
        waiting += Scope.objects.filter(recount=True).count()
        agencies, trends = Agency.objects.count(), Trend.objects.count()
    words = [str(finding)[:LONGEST_FINDING] for finding in findings]
    Freshness.objects.update(verified_at=at, differences=differences, findings=words)
    return Verification(agencies, trends, waiting, differences, tuple(findings))


def find_differences() -> Iterator[Finding]:
    """Each difference between what is stored and what is computed, but for what waits to be refreshed."""
    for wrong in of_rescored_results():
        yield Finding(*wrong)
    yield from _of_agencies()
    freshness = Freshness.objects.first()
    if freshness is not None:
        yield from _of_scopes(freshness)
    for wrong in of_published():
        yield Finding(*wrong)


@contextmanager
def snapshot() -> Iterator[None]:
    """One unchanging view of the database for all reads inside, without keeping writers out."""
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # SQLite: a deferred transaction that only reads keeps its view and takes no lock.
    connection.ensure_connection()  # which decides the mode
    sqlite: Any = connection
    usual, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic(durable=True):
            yield
    finally:
        sqlite.transaction_mode = usual


def _of_agencies() -> Iterator[Finding]:
    waiting = set(StaleMark.objects.order_by().values_list("agency_id", flat=True))
    last = 0
    while agencies := list(Agency.objects.filter(pk__gt=last).order_by("pk")[:AGENCIES_AT_ONCE]):
        last = agencies[-1].pk
        agencies = [agency for agency in agencies if agency.pk not in waiting]
        computed, stored = current(agencies), applied([agency.pk for agency in agencies])
        for agency in agencies:
            if stored[agency.pk] != computed[agency.pk]:
                yield from _of_agency(agency, stored[agency.pk], computed[agency.pk])


def _of_agency(agency: Agency, stored: Timeline, computed: Timeline) -> Iterator[Finding]:
    for key in sorted(stored.members.keys() | computed.members.keys()):
        one, other = stored.members.get(key, ()), computed.members.get(key, ())
        if one != other:
            yield Finding(agency.slug, f"member of {key[0]} {key[1]}", str(one), str(other))
    have, want = stored.standings, computed.standings
    for which in sorted(have.keys() | want.keys(), key=lambda which: (which[0] or (0, ""), which[1])):
        if have.get(which) != want.get(which):
            yield Finding(
                agency.slug, f"standing from {which[1]}", str(have.get(which)), str(want.get(which))
            )


def _of_scopes(freshness: Freshness) -> Iterator[Finding]:
    scopes = Scope.objects.filter(recount=False).order_by("pk").select_related("program", "agency")
    large = [[scope] for scope in scopes.exclude(kind=Scope.Kind.SUBTREE)]
    subtrees = list(scopes.filter(kind=Scope.Kind.SUBTREE))
    slices = [subtrees[i : i + SCOPES_AT_ONCE] for i in range(0, len(subtrees), SCOPES_AT_ONCE)]
    for chosen in large + slices:
        names = {scope.pk: str(scope) for scope in chosen}
        stored = {_key(row): _sums(row) for row in Trend.objects.filter(scope__in=names).iterator()}
        high = month_of(freshness.horizon_on)
        for rows in counted_rows(list(names), EVER, high, {}, freshness.computed_at):
            for row in rows:
                yield from _of_row(names[row.scope_id], _key(row), stored.pop(_key(row), None), _sums(row))
        for key, sums in stored.items():
            yield from _of_row(names[key[0]], key, sums, None)


def _of_row(
    scope: str, key: tuple[Any, ...], stored: dict[str, Any] | None, computed: dict[str, Any] | None
) -> Iterator[Finding]:
    if stored is None or computed is None:
        yield Finding(scope, f"trend on {key[3]}", str(stored), str(computed))
        return
    for field in SUM_FIELDS:
        if stored[field] != computed[field]:
            yield Finding(scope, f"{field} on {key[3]}", str(stored[field]), str(computed[field]))


def _key(row: Trend) -> tuple[Any, ...]:
    return row.scope_id, row.model_id, row.method, row.on


def _sums(row: Trend) -> dict[str, Any]:
    return {field: getattr(row, field) for field in SUM_FIELDS}
