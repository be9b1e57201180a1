"""Timelines cut to single months, so that what is published, what is live and what was known are compared
month by month, and their differences added to rows of trends. Pure."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from dashboards.differences import Difference, Measure, Timeline
from dashboards.standings import Interval, Span, State, Value, end_of, holds
from dashboards.trends import Sums, TrendRow, add, pack, unpack

Holding = tuple[State, Value | None] | None  # None: not reporting; without a value: not adopting


def by_month(timeline: Timeline, months: Collection[int]) -> Timeline:
    """What the timeline says of these months, each by itself; of all others nothing."""
    ordered = sorted(months)
    members = {
        key: tuple((month, month + 1) for month in ordered if holds(spans, month))
        for key, spans in timeline.members.items()
    }
    values = {measure: _cut(intervals, ordered) for measure, intervals in timeline.values.items()}
    return Timeline(
        members={key: spans for key, spans in members.items() if spans},
        not_adopting=_cut(timeline.not_adopting, ordered),
        values={measure: intervals for measure, intervals in values.items() if intervals},
    )


def in_scopes(timeline: Timeline, scopes: Mapping[int, Collection[int]]) -> Timeline:
    """The same with memberships in these scopes only (by month, their ids); for timelines cut to months that
    call a scope by its id."""
    members = {
        key: tuple(span for span in spans if key[1] in scopes[span[0]])
        for key, spans in timeline.members.items()
    }
    kept = {key: spans for key, spans in members.items() if spans}
    return Timeline(kept, timeline.not_adopting, timeline.values)


def holding(timeline: Timeline, measure: Measure, month: int) -> Holding:
    """How the agency of this timeline stands at the end of a month."""
    for interval in (*timeline.values.get(measure, ()), *timeline.not_adopting):
        if holds([interval.span], month):
            return interval.state, interval.value
    return None


def stretches(found: Mapping[int, Any]) -> Iterable[tuple[Span, Any]]:
    """Values by month as spans over which the value stays the same."""
    span: tuple[int, int] | None = None
    value: Any = None
    for month in sorted(found):
        if span is not None and span[1] == month and value == found[month]:
            span = span[0], month + 1
            continue
        if span is not None:
            yield span, value
        span, value = (month, month + 1), found[month]
    if span is not None:
        yield span, value


def shifted(
    row: TrendRow | None, counts: Sums, change: Difference, measure: Measure, month: int
) -> dict[str, Any]:
    """The fields of a trend's row after a change. Without a row: `counts`, of members and of those not
    adopting, are all that there is. Raises trends.Impossible where the change does not fit the row."""
    sums = unpack(row) if row is not None else dict(counts)
    add(sums, change.sums.get((measure, month), {}).items())
    for name, of_month in change.counts.items():
        amount = sum(count for since, count in of_month.items() if since <= month)
        add(sums, [(name, amount)])
    return pack(sums)


def touches(change: Difference, measure: Measure, month: int) -> bool:
    """Whether the change alters the row of this month."""
    counted = (
        sum(n for since, n in of_month.items() if since <= month) for of_month in change.counts.values()
    )
    return bool(change.sums.get((measure, month))) or any(counted)


def _cut(intervals: Iterable[Interval], months: Sequence[int]) -> tuple[Interval, ...]:
    """The intervals, which do not overlap, month by month. `months` are in order."""
    found = []
    for interval in intervals:
        first, end = interval.span
        until = len(months) if end is None else bisect_left(months, end)
        for month in months[bisect_left(months, first) : until]:
            day = end_of(month)
            found.append(Interval(day, day, interval.state, interval.value))
    return tuple(sorted(found, key=attrgetter("from_on")))
