"""How an agency stands over time (DESIGN §2, "Standing"), from its results and decisions. Pure.

Points are month ends. Inside, a month is a number (year * 12 + month - 1), so that spans are cheap to cut.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import zip_longest

from portal.agencies.periods import month_end

CARRIED_PERIODS = (
    2  # after its own period a result is carried forward for as many; then it is no longer shown
)
EVER = 12  # the first month that a date can name: since ever
Span = tuple[int, int | None]  # first month and the month after the last one; None: without end


class State(StrEnum):
    """What is known of an agency at a month end; without a state it is not reporting."""

    REPORTED = "reported"
    CARRIED = "carried"
    NOT_ADOPTING = "not_adopting"


NOT_REPORTING = "not_reporting"  # what people and clients read where there is no state
STATE_WORDS: dict[str, str] = {
    State.REPORTED: "Reported",
    State.CARRIED: "Carried forward",
    NOT_REPORTING: "Not reporting",
    State.NOT_ADOPTING: "Not adopting",
}


@dataclass(frozen=True, slots=True)
class Value:
    """What a result says of an agency. Scores are millionths; `domains` maps slugs to millionths of one.

    `rescored`: it was approved under another scoring rule and scored anew by this one.
    """

    result_id: int
    score: int
    stages_completed: int
    limited_basis: bool
    domains: Mapping[str, int]
    rescored: bool = False


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """A result, with what decides when its value holds."""

    value: Value
    assessment_id: int
    amends_id: int | None  # the assessment that this one's assessment replaces
    period_starts_on: date
    period_ends_on: date
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """A state from one month end to another, both included; `until_on` None: without end."""

    from_on: date
    until_on: date | None
    state: State
    value: Value | None  # None: not adopting

    @property
    def span(self) -> Span:
        """The same as months."""
        return month_of(self.from_on), None if self.until_on is None else month_of(self.until_on) + 1


def values(results: Iterable[ResultFacts], without: Sequence[Span] = ()) -> tuple[Interval, ...]:
    """When and by which result an agency has a value, of one model and scoring method.

    At month end t it is the result with the latest assessed period ending on or before t, ties by
    approval; an amendment replaces the one it names from its own period on. A result is reported while
    the period after its own is not over, carried for CARRIED_PERIODS more, then gone. `without`: the
    spans (sorted, disjoint) in which the agency has no value: not adopting, or closed.
    """
    found: list[tuple[Span, State, ResultFacts]] = []
    for (first, end), result in _winners(results):
        start, length = _start(result), _months(result)
        ages = (
            (State.REPORTED, start, start + length),
            (State.CARRIED, start + length, start + (1 + CARRIED_PERIODS) * length),
        )
        for state, since, until in ages:
            span = max(first, since), until if end is None else min(end, until)
            for part in cut(span, without):
                _append(found, part, state, result)
    return tuple(Interval(*dates(span), state, result.value) for span, state, result in found)


def not_adopting(decisions: Iterable[Span], without: Sequence[Span] = ()) -> tuple[Interval, ...]:
    """When decisions not to adopt hold: of no model, because they are about containers as such."""
    parts = (part for span in union(decisions) for part in cut(span, without))
    return tuple(Interval(*dates(span), State.NOT_ADOPTING, None) for span in parts)


def month_of(on: date) -> int:
    """The month that holds the day `on`, as a number."""
    return on.year * 12 + on.month - 1


@lru_cache(maxsize=4096)
def end_of(month: int) -> date:
    """The last day of a month given as a number."""
    return month_end(date(month // 12, month % 12 + 1, 1))


def span_of(from_on: date | None, until_on: date | None) -> Span:
    """The months whose ends lie from `from_on` (None: since ever) to `until_on` (None: without end)."""
    first = EVER if from_on is None else month_of(from_on)
    # The day after the last decides: a month whose end is that last day is still part of it.
    return first, None if until_on is None else month_of(until_on + timedelta(days=1))


def closed_span(closed_on: date | None) -> tuple[Span, ...]:
    """The months at whose end an agency that closed on this day no longer exists."""
    return () if closed_on is None else ((month_of(closed_on), None),)


def dates(span: Span) -> tuple[date, date | None]:
    """The first and the last month end of a span."""
    first, end = span
    return end_of(first), None if end is None else end_of(end - 1)


def member_dates(span: Span) -> tuple[date | None, date | None]:
    """The first and the last month end of a membership; None: since ever, to this day."""
    from_on, until_on = dates(span)
    return None if span[0] == EVER else from_on, until_on


def union(spans: Iterable[Span]) -> list[Span]:
    """The same months as sorted spans that neither touch nor overlap; empty ones are dropped."""
    merged: list[Span] = []
    for first, end in sorted(spans, key=lambda span: span[0]):
        if end is not None and end <= first:
            continue
        if merged and (merged[-1][1] is None or merged[-1][1] >= first):
            before = merged.pop()
            last = None if before[1] is None or end is None else max(before[1], end)
            merged.append((before[0], last))
        else:
            merged.append((first, end))
    return merged


def cut(span: Span, without: Sequence[Span]) -> Iterator[Span]:
    """What remains of `span` outside the spans `without` (sorted, disjoint)."""
    first, end = span
    for hole_first, hole_end in without:
        if end is not None and hole_first >= end:
            break
        if hole_first > first:
            yield first, hole_first
        if hole_end is None:
            return
        first = max(first, hole_end)
    if end is None or first < end:
        yield first, end


def holds(spans: Iterable[Span], month: int) -> bool:
    """Whether one of these spans holds the month."""
    return any(first <= month and (end is None or month < end) for first, end in spans)


def _start(result: ResultFacts) -> int:
    """The first month whose end is on or after the end of the assessed period."""
    return month_of(result.period_ends_on)


def _months(result: ResultFacts) -> int:
    return month_of(result.period_ends_on) - month_of(result.period_starts_on) + 1


def _winners(results: Iterable[ResultFacts]) -> Iterator[tuple[Span, ResultFacts]]:
    """Which result counts in which span, before ageing."""
    ordered = sorted(results, key=lambda r: (r.period_ends_on, r.approved_at, r.value.result_id))
    starts = [_start(result) for result in ordered]
    replaced = _replaced_from(ordered)
    breaks = sorted({*starts, *replaced.values()})
    for first, end in zip_longest(breaks, breaks[1:]):
        for position in range(bisect_right(starts, first) - 1, -1, -1):
            result = ordered[position]
            if first < replaced.get(result.assessment_id, first + 1):
                yield (first, end), result
                break


def _replaced_from(results: Iterable[ResultFacts]) -> dict[int, int]:
    """From which month on an assessment's result no longer counts: the earliest among its amendments."""
    amendments = {result.amends_id: result for result in results if result.amends_id is not None}
    replaced: dict[int, int] = {}
    for amended in amendments:
        following = amendments.get(amended)
        while following is not None:
            replaced[amended] = min(replaced.get(amended, _start(following)), _start(following))
            following = amendments.get(following.assessment_id)
    return replaced


def _append(
    found: list[tuple[Span, State, ResultFacts]], span: Span, state: State, result: ResultFacts
) -> None:
    """Add a part, or lengthen the last one where this goes on with the same result in the same state."""
    if found and (found[-1][0][1], *found[-1][1:]) == (span[0], state, result):
        span = found.pop()[0][0], span[1]
    found.append((span, state, result))
