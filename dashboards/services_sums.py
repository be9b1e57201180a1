"""The rows of the trends: adding a difference to them, and counting them anew.

All of it under the lock of the scope, see services.py.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Min, QuerySet

from dashboards.differences import Difference, Measure, count_span, overlap, steps
from dashboards.models import Scope, ScopeMember, Standing, Trend, known_at
from dashboards.queries.timelines import domains_as_text
from dashboards.services_bulk import insert_rows
from dashboards.standings import EVER, Span, end_of, member_dates, month_of, span_of
from dashboards.trends import AGENCIES, NOT_ADOPTING, Impossible, Key, Sums, Tally, add, pack, unpack

logger = logging.getLogger(__name__)
SUM_FIELDS = (
    "agencies", "reported", "carried", "not_adopting", "limited", "rescored", "score_sum",
    "by_stage", "histogram", "domains",
)  # fmt: skip
VALUE_FIELDS = (
    "model_id", "method", "from_on", "until_on", "state", "score", "stages_completed", "limited_basis",
    "rescored",
)  # fmt: skip
CHUNK = 2000  # standings read at once
BATCH = 200  # rows of some kilobytes each in one statement
Counts = Mapping[
    Key, Mapping[int, int]
]  # of members and of those not adopting: from which month how many more


def add_difference(*, scope: Scope, difference: Difference, horizon: date, at: datetime) -> None:
    """Add a difference to the trends of a scope.

    Where the trends cannot be those that the difference was made for, which would be a fault, the
    scope is counted anew soon, and nothing else is held up.
    """
    try:
        with transaction.atomic():
            _add_counts(scope, difference.counts, at)
            by_measure: defaultdict[Measure, dict[int, Sums]] = defaultdict(dict)
            for (measure, month), sums in difference.sums.items():
                by_measure[measure][month] = sums
            for measure, months in by_measure.items():
                _add_sums(scope, measure, months, month_of(horizon), at)
    except (Impossible, IntegrityError) as error:
        logger.error("The trends of scope %s do not add up (%s); they will be counted anew.", scope.pk, error)
        Scope.objects.filter(pk=scope.pk).update(recount=True)


def count_scopes(*, scope_ids: Collection[int], since: date | None, horizon: date, at: datetime) -> None:
    """Count the trends of these scopes from their members' standings, for the month ends after `since`
    (None: all) up to `horizon`, and put them in the place of what is there."""
    goes_on: defaultdict[int, list[Measure]] = defaultdict(list)
    if since is not None:
        before = Trend.objects.filter(scope__in=scope_ids, on=since).order_by()
        for scope, model, method in before.values_list("scope_id", "model_id", "method"):
            goes_on[scope].append((model, method))
    later = {"on__gt": since} if since is not None else {}
    Trend.objects.filter(scope__in=scope_ids, **later).delete()
    low = EVER if since is None else month_of(since) + 1
    for rows in counted_rows(scope_ids, low, month_of(horizon), goes_on, at):
        insert_rows(rows)


def counted_rows(
    scope_ids: Collection[int], low: int, high: int, goes_on: Mapping[int, Collection[Measure]], at: datetime
) -> Iterator[list[Trend]]:
    """The rows, not saved, of each scope and measure from the month `low` to `high`.

    They begin with the first value, or at `low` for what `goes_on` from before it.
    """
    counts = _member_counts(scope_ids)
    silent = dict(goes_on)
    for scope, measures in _counted(scope_ids, low, high):
        starts = {measure: min(events) for measure, events in measures.items()}
        starts |= dict.fromkeys(silent.pop(scope, ()), low)
        for measure, first in starts.items():
            yield _rows(scope, measure, range(first, high + 1), measures.get(measure, {}), counts[scope], at)
    for scope, of_scope in silent.items():
        for measure in of_scope:
            yield _rows(scope, measure, range(low, high + 1), {}, counts[scope], at)


def _rows(
    scope: int, measure: Measure, months: range, events: Mapping[int, Sums], counts: Counts, at: datetime
) -> list[Trend]:
    """The rows of these months; `events`: what is to be added from which month on."""
    members = _each_month(counts, months.start, months.stop - 1)
    running: Sums = {}
    packed = pack(running)
    rows = []
    for month in months:
        if found := events.get(month):
            add(running, found.items())
            running = {key: amount for key, amount in running.items() if amount}
            packed = pack(running)  # and shared by the rows that follow, until something changes
        rows.append(
            _row(scope, measure, month, packed | {str(name): n for (name,), n in members[month].items()}, at)
        )
    return rows


def _add_counts(scope: Scope, counts: Counts, at: datetime) -> None:
    """Change how many are members, and how many do not adopt, in the rows that are there."""
    for (field,), of_month in counts.items():
        for span, amount in steps(of_month):
            from_on, until_on = member_dates(span)
            rows = Trend.objects.filter(scope=scope)
            rows = rows.filter(on__gte=from_on) if from_on else rows
            rows = rows.filter(on__lte=until_on) if until_on else rows
            rows.update(**{str(field): F(str(field)) + amount}, computed_at=at)


def _add_sums(scope: Scope, measure: Measure, months: Mapping[int, Sums], horizon: int, at: datetime) -> None:
    """Change the sums of these months, make rows that are missing before the first, drop empty first ones."""
    stored = Trend.objects.filter(scope=scope, model=measure[0], method=measure[1])
    rows = {month_of(row.on): row for row in stored.filter(on__in=[end_of(month) for month in months])}
    first_on = stored.aggregate(first=Min("on"))["first"]
    first = horizon + 1 if first_on is None else month_of(first_on)
    missing = range(min(months), first)
    sums = {month: unpack(row) for month, row in rows.items()}
    if missing:
        sums |= _each_month(_member_counts([scope.pk])[scope.pk], missing.start, missing.stop - 1)
    changed = []
    for month, found in sums.items():
        add(found, months.get(month, {}).items())
        changed.append(_row(scope.pk, measure, month, pack(found), at))
    if months.keys() - sums.keys():
        raise Impossible(f"there is a gap after {first_on}")
    Trend.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["scope", "model", "method", "on"],
        update_fields=[*SUM_FIELDS, "computed_at"],
        batch_size=BATCH,
    )
    if any(month_of(row.on) == first and not row.reported + row.carried for row in changed):
        _drop_empty_beginning(stored)


def _drop_empty_beginning(stored: QuerySet[Trend]) -> None:
    """Delete the rows before the first with a value; all where there is none."""
    first = stored.exclude(reported=0, carried=0).aggregate(first=Min("on"))["first"]
    (stored if first is None else stored.filter(on__lt=first)).delete()


def _counted(
    scope_ids: Collection[int], low: int, high: int
) -> Iterator[tuple[int, dict[Measure, dict[int, Sums]]]]:
    """For each scope with values: by measure, what is to be added from which month on. One scope at a time,
    so that the largest decides how much memory is taken."""
    rows = ScopeMember.objects.filter(
        known_at(None, "agency__standings__"),
        scope__in=scope_ids,
        agency__standings__model__isnull=False,
        agency__standings__from_on__lte=end_of(high),
        agency__standings__until_on__gte=end_of(low),
    ).order_by("scope_id")
    stream = rows.values_list(
        "scope_id", "from_on", "until_on", *(f"agency__standings__{name}" for name in VALUE_FIELDS),
        domains_as_text("agency__standings__domains"),
    )  # fmt: skip
    for scope, group in groupby(stream.iterator(chunk_size=CHUNK), key=itemgetter(0)):
        # What holds for the same months is counted together, and added to the first and the last of them.
        tallies: defaultdict[tuple[Any, ...], Tally] = defaultdict(Tally)
        for _, *when, state, score, stages_completed, limited, rescored, domains in group:
            tallies[tuple(when)].count(
                state, score, stages_completed, limited, rescored, orjson.loads(domains)
            )
        measures: defaultdict[Measure, defaultdict[int, Sums]] = defaultdict(lambda: defaultdict(dict))
        for (member_from, member_until, model, method, from_on, until_on), tally in tallies.items():
            spans = overlap([span_of(from_on, until_on)], [span_of(member_from, member_until)])
            _add_events(measures[model, method], tally.sums(), spans, low, high)
        yield scope, {measure: dict(events) for measure, events in measures.items() if events}


def _add_events(
    events: defaultdict[int, Sums], sums: Sums, spans: Iterable[Span], low: int, high: int
) -> None:
    """Add these sums to what is to be added from the first month of each span on, and to be taken away after
    its last, between the months `low` and `high`."""
    for first, end in spans:
        begin = max(first, low)
        if begin > high or (end is not None and end <= begin):
            continue
        add(events[begin], sums.items())
        if end is not None and end <= high:
            add(events[end], sums.items(), -1)


def _member_counts(scope_ids: Collection[int]) -> dict[int, dict[Key, dict[int, int]]]:
    """For each scope from which month on there are how many more members, and more that do not adopt."""
    found: dict[int, dict[Key, dict[int, int]]] = {pk: {AGENCIES: {}, NOT_ADOPTING: {}} for pk in scope_ids}
    members = ScopeMember.objects.filter(scope__in=scope_ids).order_by()
    spans = members.values_list("scope_id", "from_on", "until_on").annotate(n=Count("pk"))
    for scope, from_on, until_on, n in spans:
        count_span(found[scope][AGENCIES], span_of(from_on, until_on), n)
    deciders = members.filter(agency__standings__state=Standing.State.NOT_ADOPTING)
    for scope, *days in deciders.values_list(
        "scope_id", "from_on", "until_on", "agency__standings__from_on", "agency__standings__until_on"
    ):
        for span in overlap([span_of(*days[:2])], [span_of(*days[2:])]):
            count_span(found[scope][NOT_ADOPTING], span, 1)
    return found


def _each_month(counts: Counts, first: int, last: int) -> dict[int, Sums]:
    """How many are members and how many do not adopt at the end of each month from first to last."""
    running = {
        name: sum(amount for month, amount in of_month.items() if month < first)
        for name, of_month in counts.items()
    }
    found = {}
    for month in range(first, last + 1):
        for name, of_month in counts.items():
            running[name] += of_month.get(month, 0)
        found[month] = dict(running)
    return found


def _row(scope: int, measure: Measure, month: int, packed: Mapping[str, Any], at: datetime) -> Trend:
    model, method = measure
    return Trend(scope_id=scope, model_id=model, method=method, on=end_of(month), computed_at=at, **packed)
