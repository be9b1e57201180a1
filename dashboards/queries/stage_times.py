"""When the agencies of a scope completed which stages, from their standings."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.core.cache import cache
from django.db.models import BooleanField, Case, F, Func, Max, Q, QuerySet, When, Window
from django.db.models.functions import Lag, Lead

from dashboards.analytics.stage_times import Held, Sight, StageTime, sights_of, stage_times
from dashboards.models import PublishedMember, PublishedTrend, Scope, ScopeMember, Standing, Trend
from dashboards.queries.agencies import AsKnown, Frozen, Reading, standings_of
from dashboards.queries.as_published import AsPublished, PastReading
from dashboards.queries.measures import Measure
from dashboards.standings import EVER, Span, cut, month_of, span_of, union

CHUNK = 5000
KEPT_SECONDS = 24 * 60 * 60
LONGEST_MONTH = 31  # days between neighbouring month ends


class Apart(Func):
    """Whether a month end lies between two month ends, the later one first; null where one is null.

    Told by the database itself: Django would ask Python for every row of SQLite.
    """

    template = f"(%(expressions)s > {LONGEST_MONTH})"
    arg_joiner = " - "
    arity = 2
    output_field = BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite keeps dates as text."""
        template = f"(julianday(%(expressions)s) > {LONGEST_MONTH})"
        return self.as_sql(compiler, connection, template=template, arg_joiner=") - julianday(", **extra)


def stage_times_of(
    scope: Scope, measure: Measure, on: date, read: PastReading = None
) -> tuple[StageTime, ...]:
    """How long the agencies of the scope took for each stage, up to the month end `on`; `read`: as known, or
    as published.

    Kept in the cache until any trend of the scope is computed anew, which every change of a standing does: at
    10,000 agencies with 40 quarters each it takes seconds (docs/transitions.md). As published it is kept
    whatever is computed. It is the same for everybody who may see the scope.
    """
    trends = Trend.objects.filter(scope=scope, model=measure.model, method=measure.method)
    published = isinstance(read, AsPublished)
    computed = None if published else trends.aggregate(at=Max("computed_at"))["at"]
    parts = (scope.pk, measure.version.pk, measure.method, on, computed, read)
    key = f"stage-times:{sha256(repr(parts).encode()).hexdigest()}"
    known: tuple[StageTime, ...] | None = cache.get(key)
    if known is None:
        known = read_stage_times(scope, measure, on, read)
        cache.set(key, known, KEPT_SECONDS)
    return known


def read_stage_times(
    scope: Scope, measure: Measure, on: date, read: PastReading = None
) -> tuple[StageTime, ...]:
    """The same, never from the cache.

    One query over all standings of those that were ever counted in the scope, which hands over only the
    rows at which something changed. As published two, merged agency by agency.
    """
    if isinstance(read, AsPublished):
        members = _published_members(scope, on, read)
        return stage_times(_kept_sights(scope, measure, on, read), measure.stage_count, members)
    return stage_times(_sights(scope, measure, on, read), measure.stage_count, _members(scope, on))


def _members(scope: Scope, on: date) -> dict[int, list[Span]]:
    """When agencies were counted, of those that were not ever since and to this day."""
    dated = ScopeMember.objects.filter(scope=scope).exclude(from_on__isnull=True, until_on__isnull=True)
    found: defaultdict[int, list[Span]] = defaultdict(list)
    for agency, from_on, until_on in dated.order_by("agency", "from_on").values_list(
        "agency_id", "from_on", "until_on"
    ):
        found[agency].append(span_of(from_on, until_on))
    return found


def _sights(scope: Scope, measure: Measure, on: date, read: AsKnown | None) -> Iterator[Sight]:
    members = ScopeMember.objects.filter(scope=scope)
    over: dict[str, Any] = {"partition_by": "agency_id", "order_by": "from_on"}
    reported = Case(When(state=Standing.State.REPORTED, then=F("from_on")))
    changed = Q(before__isnull=True) | ~Q(before=F("stages_completed"))
    rows = (
        standings_of(measure, read)
        .filter(from_on__lte=on, agency__in=members.values("agency_id"))
        .order_by()
        .annotate(
            before=Window(Lag("stages_completed"), **over),
            after_gap=Apart(F("from_on"), Window(Lag("until_on"), **over)),
            gap_after=Apart(Window(Lead("from_on"), **over), F("until_on")),
            seen=Window(Max(reported), **over),
        )
        .filter(changed | Q(after_gap=True) | Q(gap_after=True) | Q(gap_after__isnull=True))
        .order_by("agency_id", "from_on")
        .values_list(
            "agency_id", "from_on", "until_on", "stages_completed", "seen", "before", "after_gap", "gap_after"
        )
    )
    for agency, from_on, until_on, stages, seen, before, after_gap, gap_after in rows.iterator(CHUNK):
        begins = before is None or bool(after_gap)
        ends = (until_on is not None and until_on < on) if gap_after is None else bool(gap_after)
        last = from_on if seen is None else seen
        yield Sight(agency, month_of(from_on), stages or 0, month_of(last), begins, ends)


def _published_members(scope: Scope, on: date, read: AsPublished) -> dict[int, list[Span]]:
    """When agencies were counted, as published. Who was counted when nothing was published is not kept: those
    counted at the next publication are taken to have been counted in the months before it too."""
    rows = PublishedTrend.objects.filter(scope=scope, on__lte=on, publication__lte=read.publication)
    days = rows.order_by().values_list("on", flat=True).distinct()
    published = union((month_of(day), month_of(day) + 1) for day in days)
    gaps = {end: first for first, end in cut((EVER, month_of(on) + 1), published)}
    found: defaultdict[int, list[Span]] = defaultdict(list)
    for agency, from_on, until_on in _kept_members(scope, on, read).values_list(
        "agency_id", "from_on", "until_on"
    ):
        first, end = span_of(from_on, until_on)
        found[agency].append((gaps.get(first, first), end))
    return {agency: union(spans) for agency, spans in found.items()}


def _kept_members(scope: Scope, on: date, read: AsPublished) -> QuerySet[Any]:
    return PublishedMember.objects.as_of(read.publication).filter(scope=scope, from_on__lte=on).order_by()


def _kept_sights(scope: Scope, measure: Measure, on: date, read: AsPublished) -> Iterator[Sight]:
    """Of all that were ever counted, what was published of each, and the rest as it is to be read."""
    agencies = _kept_members(scope, on, read).values("agency_id")
    readings: tuple[Reading, ...] = (read.kept, read.rest)
    streams = [_held(measure, on, one, agencies) for one in readings]
    for agency, group in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        parts: dict[bool, list[Held]] = {True: [], False: []}
        for _, published, held in group:
            parts[published].append(held)
        yield from sights_of(agency, parts[True], parts[False], month_of(on))


def _held(
    measure: Measure, on: date, read: Reading, agencies: QuerySet[Any]
) -> Iterator[tuple[int, bool, Held]]:
    """By agency how it stood and when, and whether that was published."""
    rows = standings_of(measure, read).filter(from_on__lte=on, agency__in=agencies)
    fields = ("agency_id", "from_on", "until_on", "state", "stages_completed", "result_id")
    stream = rows.order_by("agency_id", "from_on").values_list(*fields)
    published = isinstance(read, Frozen)
    for agency, from_on, until_on, state, stages, result in stream.iterator(CHUNK):
        first, end = month_of(from_on), month_of(until_on) + 1
        reported = state == Standing.State.REPORTED
        yield agency, published, Held(first, end, stages, result, first if reported else None)
