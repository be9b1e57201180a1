"""A trend as was known at a past moment: the stored one, without the standings that were not known yet, and
with those that were known otherwise. So it costs no more than what was approved since."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any

import orjson
from django.core.cache import cache
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from assessments.models import Result
from dashboards.models import Freshness, Scope, ScopeMember, Standing, Trend
from dashboards.queries.hundredths import hundredths_of
from dashboards.queries.measures import Measure
from dashboards.queries.timelines import domains_as_text
from dashboards.trends import LIMITED, RESCORED, SCORE, Key, Sums, Tally, add, pack, unpack

KEPT_SECONDS = 24 * 60 * 60  # of the end of a day, of which there are few
BRIEFLY_SECONDS = 10 * 60  # of any other moment: identifiers of provisional figures have ever new ones
CHUNK = 5000
# A time in which an agency is counted and stands so: from when to when each.
MEMBER = ("agency__scope_memberships__from_on", "agency__scope_memberships__until_on")
SPAN = (*MEMBER, "from_on", "until_on")
Span = tuple[date | None, date | None, date, date]


def known_trends(
    scope: Scope, measure: Measure, days: Collection[date], approved_before: datetime, *, domains: bool
) -> dict[date, Trend]:
    """The rows, not saved, of those of `days` at which the trend was known otherwise than it is now;
    `domains`: with those.

    Kept in the cache until anything in the portal is computed anew.
    """
    fresh = Freshness.objects.first()
    if not days or fresh is None:
        return {}
    last = Result.objects.order_by("-pk").values_list("pk", flat=True).first()
    asked = (scope.pk, *measure.key, *sorted(days), approved_before, domains, last, fresh.computed_at)
    key = f"known:{sha256(repr(asked).encode()).hexdigest()}"
    found: dict[date, Trend] | None = cache.get(key)
    if found is None:
        found = _known_trends(scope, measure, days, approved_before, domains=domains)
        ends_a_day = timezone.localtime(approved_before).time() == time.min
        cache.set(key, found, KEPT_SECONDS if ends_a_day else BRIEFLY_SECONDS)
    return found


def _known_trends(
    scope: Scope, measure: Measure, days: Collection[date], approved_before: datetime, *, domains: bool
) -> dict[date, Trend]:
    changes: defaultdict[date, Sums] = defaultdict(dict)
    unknown_yet = Q(known_until__isnull=True, known_from__gte=approved_before)
    known_otherwise = Q(known_until__gte=approved_before, known_from__lt=approved_before)
    for which, times in ((unknown_yet, -1), (known_otherwise, 1)):
        rows = _counted(scope, measure, days).filter(which)
        for span, parts in _alike(rows):
            for day in _within(days, span):
                add(changes[day], parts, times)
        for day, parts in _by_domain(rows, days) if domains else ():
            add(changes[day], parts, times)
    return _shifted(scope, measure, changes, approved_before, domains=domains)


def _counted(scope: Scope, measure: Measure, days: Collection[date]) -> QuerySet[Any]:
    """All that was ever known of the agencies of the scope about the time of `days`."""
    return Standing.versions.filter(
        model=measure.model,
        method=measure.method,
        from_on__lte=max(days),
        until_on__gte=min(days),
        agency__scope_memberships__scope=scope,
    ).order_by()


def _alike(rows: QuerySet[Any]) -> Iterator[tuple[Span, list[tuple[Key, int]]]]:
    """What standings that are alike add to the sums of a trend, and when; domains aside."""
    fields = ("state", "stages_completed", "limited_basis", "rescored")
    groups = rows.values(*SPAN, *fields, hundredths=hundredths_of("score"))
    counted = groups.annotate(n=Count("pk"), total=Sum("score"))
    for *span, state, stages, limited, rescored, hundredths, n, total in counted.values_list(
        *SPAN, *fields, "hundredths", "n", "total"
    ):
        parts: list[tuple[Key, int]] = [
            (SCORE, total), ((state,), n), (("stage", stages, state), n), (("bin", "", hundredths), n)
        ]  # fmt: skip
        parts += [(key, n) for key, holds in ((LIMITED, limited), (RESCORED, rescored)) if holds]
        yield (span[0], span[1], span[2], span[3]), parts


def _by_domain(rows: QuerySet[Any], days: Collection[date]) -> Iterator[tuple[date, list[tuple[Key, int]]]]:
    """What their domains add to the sums at each of `days`."""
    tallies: defaultdict[date, Tally] = defaultdict(Tally)
    for *span, domains in rows.values_list(*SPAN, domains_as_text()).iterator(CHUNK):
        percents = orjson.loads(domains)
        for day in _within(days, (span[0], span[1], span[2], span[3])):
            tallies[day].domains.update(percents.items())
    for day, tally in tallies.items():
        yield day, list(tally.sums().items())


def _within(days: Collection[date], span: Span) -> Iterator[date]:
    counted_from, counted_until, from_on, until_on = span
    first = max(from_on, counted_from or from_on)
    last = min(until_on, counted_until or until_on)
    return (day for day in days if first <= day <= last)


def _shifted(
    scope: Scope, measure: Measure, changes: dict[date, Sums], computed_at: datetime, *, domains: bool
) -> dict[date, Trend]:
    """The stored rows of these days with what is to be added to them, where that is anything."""
    changed = {day: sums for day, sums in changes.items() if any(sums.values())}
    rows = Trend.objects.filter(scope=scope, model=measure.model, method=measure.method, on__in=changed)
    stored = {row.on: row for row in (rows if domains else rows.defer("domains"))}
    found = {}
    for day, change in changed.items():
        row = stored.get(day)
        if row is not None and not domains:
            row.domains = {}
        sums = unpack(row) if row is not None else _silent(scope, day)
        add(sums, change.items())
        found[day] = Trend(
            scope=scope,
            model=measure.model,
            method=measure.method,
            on=day,
            computed_at=row.computed_at if row is not None else computed_at,
            **pack(sums),
        )
    return found


def _silent(scope: Scope, day: date) -> Sums:
    """Where there is no row because nobody has a value now: members, and those that do not adopt."""
    members = ScopeMember.objects.on(day).filter(scope=scope)
    deciding = Standing.objects.on(day).filter(state=Standing.State.NOT_ADOPTING)
    declined = members.filter(agency__in=deciding.values("agency_id"))
    return {("agencies",): members.count(), ("not_adopting",): declined.count()}
