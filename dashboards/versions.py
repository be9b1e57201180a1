"""What an agency's standings were known to be, from one approval to another. Pure.

A standing holds for a time (from one month end to another) and was known for a time (from the approval that
brought it until the one that replaced it). With both kept, whatever can be asked of the standings of today
can be asked in the same way of those that were known at any past moment.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from dashboards.standings import Interval, ResultFacts, Span, values


@dataclass(frozen=True, slots=True)
class Version:
    """A standing, as known to whom results approved before some moment after `known_from` are known, as far
    as that moment is not after `known_until`.

    `known_from` None: ever, of decisions not to adopt; `known_until` None: to this day.
    """

    interval: Interval
    known_from: datetime | None = None
    known_until: datetime | None = None


def versions(results: Iterable[ResultFacts], without: Sequence[Span] = ()) -> tuple[Version, ...]:
    """Every standing of an agency that was ever known, of one model and scoring method, in order of time.

    Those known at a moment are what standings.values makes of the results approved before it. `without`: the
    spans in which the agency has no value, as known today.
    """
    in_order: list[ResultFacts] = []  # of the assessed periods, as far as approved
    known: dict[date, Version] = {}  # by the first month end
    found: list[Version] = []
    amended = False
    for result in sorted(results, key=lambda one: (one.approved_at, one.value.result_id)):
        place = bisect_right(in_order, _by_period(result), key=_by_period)
        in_order.insert(place, result)
        amended = amended or result.amends_id is not None
        # A result changes only how long the one before it counts, unless amendments take some away.
        first = max(place - 1, 0)
        near = in_order if amended else in_order[first : place + 2]
        changing = near if amended else near[: place + 1 - first]
        concerned = {one.value.result_id for one in changing}
        now = {one.from_on: one for one in values(near, without) if _result(one) in concerned}
        for day, version in list(known.items()):
            if _result(version.interval) in concerned and now.get(day) != version.interval:
                del known[day]
                if version.known_from != result.approved_at:  # else it was known at no moment
                    found.append(replace(version, known_until=result.approved_at))
        for day, interval in now.items():
            if day not in known:
                known[day] = Version(interval, result.approved_at)
    return tuple(sorted([*found, *known.values()], key=_by_time))


def live(found: Iterable[Version]) -> tuple[Interval, ...]:
    """Those known to this day, in order of time."""
    return tuple(version.interval for version in found if version.known_until is None)


def _by_period(result: ResultFacts) -> tuple[Any, ...]:
    return result.period_ends_on, result.approved_at, result.value.result_id


def _by_time(version: Version) -> tuple[Any, ...]:
    return version.interval.from_on, version.known_from


def _result(interval: Interval) -> int | None:
    return interval.value.result_id if interval.value else None
