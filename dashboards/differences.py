"""What a change of some agencies' timelines changes in the sums of a scope. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from typing import TypeVar

from dashboards.standings import Interval, Span, holds
from dashboards.trends import AGENCIES, NOT_ADOPTING, Key, Parts, Sums, add, contribution
from dashboards.versions import Version

ScopeKey = tuple[str, int]  # kind, and the id of its program, agency or cohort (0 for everything)
Measure = tuple[int, str]  # id of a model, and scoring method
Cell = tuple[Measure, int]  # a measure at the end of a month
Cells = dict[Cell, Parts]
T = TypeVar("T")


@dataclass
class Timeline:
    """One agency: when it is counted in which scopes, when it does not adopt, how it stands when."""

    members: dict[ScopeKey, tuple[Span, ...]] = field(default_factory=dict)
    not_adopting: tuple[Interval, ...] = ()
    values: dict[Measure, tuple[Interval, ...]] = field(default_factory=dict)
    # All that was ever known of the values, in order of time, where that matters: when they are stored.
    versions: dict[Measure, tuple[Version, ...]] = field(default_factory=dict)

    @property
    def standings(self) -> dict[tuple[Measure | None, date], list[Version]]:
        """All versions by measure (None: not adopting) and first month end."""
        found: defaultdict[tuple[Measure | None, date], list[Version]] = defaultdict(list)
        for interval in self.not_adopting:
            found[None, interval.from_on].append(Version(interval))
        for measure, of_measure in self.versions.items():
            for version in of_measure:
                found[measure, version.interval.from_on].append(version)
        return found


@dataclass
class Change:
    """An agency's timeline before and after."""

    old: Timeline
    new: Timeline
    _cells: tuple[Cells, Cells] | None = None

    def cells(self, horizon: int) -> tuple[Cells, Cells]:
        """What the agency contributes at which month end up to the horizon, before and after."""
        if self._cells is None:
            self._cells = _cells(self.old, horizon), _cells(self.new, horizon)
        return self._cells

    @property
    def keys(self) -> set[ScopeKey]:
        """The scopes in which it was or is counted."""
        return self.old.members.keys() | self.new.members.keys()

    @property
    def concerned(self) -> set[ScopeKey]:
        """The scopes whose sums may change: where no standing did, those in which it is counted otherwise."""
        old, new = self.old, self.new
        if (old.not_adopting, old.values) != (new.not_adopting, new.values):
            return self.keys
        return {key for key in self.keys if old.members.get(key) != new.members.get(key)}


@dataclass
class Difference:
    """What is to be added to the trends of one scope."""

    sums: dict[Cell, Sums]
    counts: dict[Key, dict[int, int]]  # of members and of those not adopting: from which month on how many

    def __bool__(self) -> bool:
        return bool(self.sums or self.counts)


def difference(key: ScopeKey, changes: Iterable[Change], horizon: int) -> Difference:
    """What these changes add to the trends of the scope `key` up to the month `horizon`."""
    sums: defaultdict[Cell, Sums] = defaultdict(dict)
    counts: dict[Key, dict[int, int]] = {AGENCIES: {}, NOT_ADOPTING: {}}
    for change in changes:
        old, new = change.old.members.get(key, ()), change.new.members.get(key, ())
        _count(counts, old, change.old, -1)
        _count(counts, new, change.new, +1)
        before, after = change.cells(horizon)
        for cell in before.keys() | after.keys():
            minus = before.get(cell, ()) if holds(old, cell[1]) else ()
            plus = after.get(cell, ()) if holds(new, cell[1]) else ()
            if minus != plus:
                add(sums[cell], minus, -1)
                add(sums[cell], plus)
    return Difference(
        {cell: kept for cell, found in sums.items() if (kept := _without_zeros(found))},
        {name: rest for name, months in counts.items() if (rest := _without_zeros(months))},
    )


def steps(counts: Mapping[int, int]) -> Iterator[tuple[Span, int]]:
    """Such counts ("from month m on so many more") as spans with their amount, without zeros."""
    months = sorted(counts)
    amount = 0
    for first, end in zip_longest(months, months[1:]):
        amount += counts[first]
        if amount:
            yield (first, end), amount


def overlap(one: Iterable[Span], other: Iterable[Span]) -> Iterator[Span]:
    """The months that both hold."""
    others = list(other)
    for first, end in one:
        for other_first, other_end in others:
            later = max(first, other_first)
            ends = [month for month in (end, other_end) if month is not None]
            if not ends or later < min(ends):
                yield later, min(ends, default=None)


def count_span(counts: dict[int, int], span: Span, times: int) -> None:
    """Count `times` more during `span`."""
    first, end = span
    counts[first] = counts.get(first, 0) + times
    if end is not None:
        counts[end] = counts.get(end, 0) - times


def _count(
    counts: dict[Key, dict[int, int]], members: Iterable[Span], timeline: Timeline, times: int
) -> None:
    for span in members:
        count_span(counts[AGENCIES], span, times)
    for span in overlap(members, [interval.span for interval in timeline.not_adopting]):
        count_span(counts[NOT_ADOPTING], span, times)


def _cells(timeline: Timeline, horizon: int) -> Cells:
    cells: Cells = {}
    for measure, intervals in timeline.values.items():
        for interval in intervals:
            first, end = interval.span
            if interval.value is None or end is None or first > horizon:
                continue
            parts = contribution(interval.state, interval.value)
            for month in range(first, min(end, horizon + 1)):
                cells[measure, month] = parts
    return cells


def _without_zeros(amounts: Mapping[T, int]) -> dict[T, int]:
    return {key: amount for key, amount in amounts.items() if amount}
