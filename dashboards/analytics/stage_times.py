"""From how agencies stood over the years to how long each needed for each stage. Pure.

An agency works on stage s from the month end at which it had first completed s - 1 stages until the first at
which it had completed s or more. Falling back in between does not stop the clock: the time was needed. Months
are numbers, as in dashboards.standings.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from dashboards.analytics.survival import Curve, Spell, kaplan_meier
from dashboards.standings import Span, cut, union


@dataclass(frozen=True, slots=True)
class Sight:
    """An agency at a month end at which its stages changed, or at the edge of the time it was seen.

    `seen`: the month of its last report until then; later months are only carried forward.
    """

    agency: int
    month: int
    stages: int
    seen: int
    begins: bool  # nothing was known just before
    ends: bool  # nothing is known just after


@dataclass(frozen=True, slots=True)
class Held:
    """An agency stands by one result from the month `first` until before `end`; `stages` None: by none.

    `reported`: the month it was reported in; None while it is only carried forward.
    """

    first: int
    end: int
    stages: int | None
    result: int | None
    reported: int | None


@dataclass(frozen=True)
class StageTime:
    """How long a stage takes."""

    stage: int
    curve: Curve
    going_on: int  # were still working on it when they were seen last, and still report
    lost: int  # stopped reporting, decided not to adopt or left before they had completed it
    unknown: int  # were already working on it when first seen, so that nobody knows since when


@dataclass
class _Spell:
    """A spell in months of the calendar; `last`: when it was seen last, or was completed."""

    stage: int
    begun: int
    last: int
    completed: bool = False
    lost: bool = False


@dataclass
class _Agency:
    """What was seen of one agency so far."""

    spells: list[_Spell] = field(default_factory=list)
    unknown: set[int] = field(default_factory=set)
    reached: int | None = None  # the most stages it was seen to have completed


def stage_times(
    sights: Iterable[Sight], stage_count: int, members: Mapping[int, Sequence[Span]] | None = None
) -> tuple[StageTime, ...]:
    """The time of each stage, from 1 to `stage_count`. `sights` are sorted by agency and month.

    `members`: when agencies are counted, for those that are not counted ever since and to this day. What was
    before that is known but not counted (left-truncated), what comes after is not looked at (censored).
    """
    spells: defaultdict[int, list[Spell]] = defaultdict(list)
    unknown: defaultdict[int, int] = defaultdict(int)
    going_on: defaultdict[int, int] = defaultdict(int)
    lost: defaultdict[int, int] = defaultdict(int)
    for pk, seen in groupby(sights, key=lambda sight: sight.agency):
        agency = _read(seen, stage_count)
        for stage in agency.unknown:
            unknown[stage] += 1
        for one in agency.spells:
            kept = _within(one, (members or {}).get(pk))
            if kept is None:
                continue
            spell, gone = kept
            spells[one.stage].append(spell)
            if not spell.completed:
                (lost if gone else going_on)[one.stage] += 1
    return tuple(
        StageTime(stage, kaplan_meier(spells[stage]), going_on[stage], lost[stage], unknown[stage])
        for stage in range(1, stage_count + 1)
    )


def sights_of(agency: int, kept: Sequence[Held], rest: Sequence[Held], until: int) -> Iterator[Sight]:
    """What was seen of an agency up to the month `until`: what is `kept` counts, and where that says nothing
    the `rest`. Both are sorted by month, and neither overlaps itself."""
    holes = union((one.first, one.end) for one in kept)
    parts = [one for one in kept if one.stages is not None]
    for one in rest:
        for first, end in cut((one.first, one.end), holes):
            parts.append(replace(one, first=first, end=end or one.end))
    parts = sorted((one for one in parts if one.first <= until), key=lambda one: one.first)
    reported: dict[int | None, int] = {}  # a report may lie in several parts: it came in the first
    seen: int | None = None
    for place, one in enumerate(parts):
        if one.reported is not None:
            came = reported.setdefault(one.result, one.reported)
            seen = came if seen is None else max(seen, came)
        after = parts[place + 1].first if place + 1 < len(parts) else until + 1
        yield Sight(
            agency=agency,
            month=one.first,
            stages=one.stages or 0,
            seen=one.first if seen is None else seen,
            begins=place == 0 or parts[place - 1].end < one.first,
            ends=one.end < after,
        )


def _read(sights: Iterable[Sight], stage_count: int) -> _Agency:
    """The spells of one agency. An interruption ends all that went on when it was seen last."""
    agency = _Agency()
    last = None
    for sight in sights:
        if sight.begins:
            _close(agency)
            _begin(agency, sight, stage_count)
        else:
            _go_on(agency, sight, stage_count)
        for spell in agency.spells:
            if not (spell.completed or spell.lost):
                spell.last = max(spell.begun, sight.seen)
        last = sight
    if last is not None and last.ends:
        _close(agency)
    return agency


def _begin(agency: _Agency, sight: Sight, stage_count: int) -> None:
    """First seen, or seen again: since when it works on what it works on is not known.

    Stage 1 is the exception: nobody can be seen before it, so it counts from the first report.
    """
    first = agency.reached is None
    reached = -1 if agency.reached is None else agency.reached
    if sight.stages > reached:
        agency.reached = sight.stages
        if first and sight.stages == 0:
            agency.spells.append(_Spell(1, sight.month, sight.month))
        elif sight.stages < stage_count:
            agency.unknown.add(sight.stages + 1)


def _go_on(agency: _Agency, sight: Sight, stage_count: int) -> None:
    """What changed since it was seen just before: stages completed in between are completed now."""
    reached = agency.reached or 0
    if sight.stages <= reached:
        return
    for spell in agency.spells:
        if spell.stage <= sight.stages and not spell.completed and not spell.lost:
            spell.last, spell.completed = sight.month, True
    for stage in range(reached + 2, sight.stages + 1):  # begun and completed between two reports
        agency.spells.append(_Spell(stage, sight.month, sight.month, completed=True))
    if sight.stages < stage_count:
        agency.spells.append(_Spell(sight.stages + 1, sight.month, sight.month))
    agency.reached = sight.stages


def _close(agency: _Agency) -> None:
    """End what goes on, as of when the agency was seen last."""
    for spell in agency.spells:
        spell.lost = spell.lost or not spell.completed


def _within(one: _Spell, spans: Sequence[Span] | None) -> tuple[Spell, bool] | None:
    """The spell as far as the agency was counted then, and whether it was lost; None: not at all."""
    if spans is None:
        return Spell(one.last - one.begun, one.completed), one.lost
    for first, end in spans:
        since = first - one.begun if first > one.begun else None
        left = end is not None and one.last >= end
        last = end - 1 if end is not None and left else one.last
        if last >= max(first, one.begun) and (since is None or since < last - one.begun):
            return Spell(last - one.begun, one.completed and not left, since), one.lost or left
    return None
