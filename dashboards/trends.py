"""Adding standings up, taking them apart again, and what can be said of the sums. Pure.

A sum is a flat mapping of keys to integers (`Sums`), so that adding an agency, taking it away and
comparing are each one loop, and exact. `pack` and `unpack` turn it into the fields of a trend row and back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from dashboards.standings import State, Value
from maturity.scoring import HUNDREDTH, MILLION, to_hundredths, to_millionths

Key = tuple[Any, ...]  # what is counted, and of which stage, domain or bin
Sums = dict[Key, int]
Parts = tuple[tuple[Key, int], ...]

COUNTS = (
    "agencies",
    "reported",
    "carried",
    "not_adopting",
    "limited",
    "rescored",
    "score_sum",
)  # fields of one number
AGENCIES: Key = ("agencies",)
NOT_ADOPTING: Key = ("not_adopting",)
LIMITED: Key = ("limited",)
RESCORED: Key = ("rescored",)
SCORE: Key = ("score_sum",)


class TrendRow(Protocol):
    """What the sums of a scope at a month end consist of: a stored trend."""

    agencies: int
    reported: int
    carried: int
    not_adopting: int
    limited: int
    rescored: int
    score_sum: int
    by_stage: Any
    histogram: Any
    domains: Any


class Impossible(Exception):
    """A count would fall below zero: the stored sums are not those that this difference was made for."""


class Tally:
    """Agencies with a value at the same month ends, of which those that are alike are counted first.

    A domain has few different values among many agencies, so that little is left to add up.
    """

    def __init__(self) -> None:
        self.stages: Counter[tuple[str, int, bool, bool]] = (
            Counter()
        )  # state, stages completed, limited, rescored
        self.scores: Counter[int] = Counter()  # hundredths of a stage
        self.score_sum = 0
        self.domains: Counter[tuple[str, int]] = Counter()  # slug, percent

    def count(
        self,
        state: str,
        score: int,
        stages_completed: int,
        limited: bool,
        rescored: bool,
        domains: Mapping[str, int],
    ) -> None:
        """Count one agency; the values are as in a standing."""
        self.stages[state, stages_completed, limited, rescored] += 1
        self.scores[to_hundredths(score)] += 1
        self.score_sum += score
        self.domains.update(domains.items())

    def sums(self) -> Sums:
        """What they add to the sums of a scope at each of the month ends."""
        # A bin of a histogram is a hundredth of a stage, or a whole percent.
        sums: defaultdict[Key, int] = defaultdict(int)
        sums[SCORE] = self.score_sum
        for number, agencies in self.scores.items():
            sums["bin", "", number] = agencies
        for (state, stages_completed, limited, rescored), agencies in self.stages.items():
            sums[(state,)] += agencies
            sums["stage", stages_completed, state] += agencies
            if limited:
                sums[LIMITED] += agencies
            if rescored:
                sums[RESCORED] += agencies
        for (slug, percent), agencies in self.domains.items():
            sums["bin", slug, to_hundredths(percent)] += agencies
            if percent:
                sums["domain sum", slug] += percent * agencies
        return dict(sums)


def contribution(state: State, value: Value) -> Parts:
    """What one agency with a value adds to the sums of a scope at one month end."""
    alone = Tally()
    alone.count(
        state.value, value.score, value.stages_completed, value.limited_basis, value.rescored, value.domains
    )
    return tuple(alone.sums().items())


def add(sums: Sums, parts: Iterable[tuple[Key, int]], times: int = 1) -> None:
    """Add `parts` to `sums`, as often as `times` says (-1 takes them away)."""
    for key, amount in parts:
        sums[key] = sums.get(key, 0) + amount * times


def pack(sums: Mapping[Key, int]) -> dict[str, Any]:
    """The fields of a trend row. Raises Impossible where a sum is below zero."""
    row: dict[str, Any] = dict.fromkeys(COUNTS, 0)
    by_stage: defaultdict[str, dict[str, int]] = defaultdict(dict)
    bins: defaultdict[str, dict[str, int]] = defaultdict(dict)  # of each domain; "" is the score
    domain_sums: dict[str, int] = {}
    for (kind, *which), amount in sums.items():
        if amount < 0:
            raise Impossible(f"{kind} {which} would be {amount}")
        if not amount:
            continue
        if kind == "bin":
            bins[which[0]][str(which[1])] = amount
        elif kind == "stage":
            by_stage[str(which[0])][which[1]] = amount
        elif kind == "domain sum":
            domain_sums[which[0]] = amount
        else:
            row[kind] = amount
    row |= {"by_stage": dict(by_stage), "histogram": bins.pop("", {})}
    if domain_sums.keys() - bins.keys():
        raise Impossible("a domain would have a sum over nobody")
    row["domains"] = {
        slug: {"n": sum(histogram.values()), "sum": domain_sums.get(slug, 0), "histogram": histogram}
        for slug, histogram in bins.items()
    }
    return row


def unpack(row: TrendRow) -> Sums:
    """The sums that a trend row holds; `pack(unpack(row))` are its fields again."""
    sums: Sums = {(name,): getattr(row, name) for name in COUNTS}
    for stage, states in row.by_stage.items():
        sums |= {("stage", int(stage), state): count for state, count in states.items()}
    sums |= {("bin", "", int(number)): count for number, count in row.histogram.items()}
    for slug, entry in row.domains.items():
        sums["domain sum", slug] = entry["sum"]
        sums |= {("bin", slug, int(number)): count for number, count in entry["histogram"].items()}
    return sums


@dataclass(frozen=True)
class Spread:
    """Five points of a distribution over `n` agencies, in millionths."""

    n: int
    lowest: int
    lower_quartile: int
    median: int
    upper_quartile: int
    highest: int


@dataclass(frozen=True)
class StageCount:
    """How many agencies have completed exactly this many stages."""

    stage: int
    reported: int
    carried: int

    @property
    def total(self) -> int:
        return self.reported + self.carried


@dataclass(frozen=True)
class Statistics:
    """What can be said of a scope at a month end. Scores in millionths; None: nobody has a value."""

    agencies: int
    reported: int
    carried: int
    not_adopting: int
    not_reporting: int
    limited: int
    mean: int | None
    spread: Spread | None
    stages: tuple[StageCount, ...]
    domains: Mapping[str, "DomainStatistics"]
    rescored: int = 0

    @property
    def with_value(self) -> int:
        """Agencies whose score is known, reported or carried forward."""
        return self.reported + self.carried


@dataclass(frozen=True)
class DomainStatistics:
    """A domain over the agencies to which it applies; millionths of one."""

    n: int
    mean: int | None
    spread: Spread | None


def statistics(row: TrendRow, stage_count: int, *, by_domain: bool = True) -> Statistics:
    """What a trend row says of a model with `stage_count` stages.

    Its domains are by far the largest part of it; without `by_domain` they are not looked at.
    """
    n = row.reported + row.carried
    domains = {
        slug: DomainStatistics(entry["n"], mean(entry["sum"], entry["n"]), spread(entry["histogram"]))
        for slug, entry in (sorted(row.domains.items()) if by_domain else ())
    }
    return Statistics(
        agencies=row.agencies,
        reported=row.reported,
        carried=row.carried,
        not_adopting=row.not_adopting,
        not_reporting=not_reporting(row),
        limited=row.limited,
        rescored=row.rescored,
        mean=mean(row.score_sum, n),
        spread=spread(row.histogram),
        stages=stage_counts(row.by_stage, stage_count),
        domains=domains,
    )


def not_reporting(row: TrendRow) -> int:
    """Agencies that are counted in n but neither have a value nor decided not to adopt."""
    return row.agencies - row.reported - row.carried - row.not_adopting


def mean(total: int, n: int) -> int | None:
    """The mean of millionths that add up to `total`, rounded as scores are; None of nothing."""
    return to_millionths(Fraction(total, n * MILLION)) if n else None


def stage_counts(by_stage: Mapping[str, Mapping[str, int]], stage_count: int) -> tuple[StageCount, ...]:
    """Agencies by stages completed, from 0 to `stage_count`."""
    found = []
    for stage in range(stage_count + 1):
        counts = by_stage.get(str(stage), {})
        found.append(StageCount(stage, counts.get(State.REPORTED, 0), counts.get(State.CARRIED, 0)))
    return tuple(found)


def spread(histogram: Mapping[str, int]) -> Spread | None:
    """Five points of a histogram of bins; None of nothing."""
    bins = sorted((int(number), count) for number, count in histogram.items())
    n = sum(count for _, count in bins)
    if not n:
        return None
    points = [_quantile(bins, n, quarter) for quarter in range(5)]
    return Spread(n, *points)


def _quantile(bins: list[tuple[int, int]], n: int, quarter: int) -> int:
    """The point below which `quarter` quarters of the n values lie, in millionths, exact.

    It lies at place quarter/4 * (n - 1) among the sorted values (counted from 0), between two
    neighbours in proportion: the median of an even number is halfway between the middle two.
    """
    place, rest = divmod(quarter * (n - 1), 4)
    lower, upper = _value_at(bins, place), _value_at(bins, min(place + 1, n - 1))
    return (lower * (4 - rest) + upper * rest) * HUNDREDTH // 4


def _value_at(bins: list[tuple[int, int]], place: int) -> int:
    """The bin of the value at this place, counted from 0."""
    for number, count in bins:
        if place < count:
            return number
        place -= count
    raise IndexError(place)
