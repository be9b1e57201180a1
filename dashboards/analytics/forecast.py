"""Where a line is going, how far that was off in the past, and whether it is worth saying at all. Pure.

Three ways to go on with a line, each of which a person can follow with a pencil:

- "damped": the typical change of a quarter, which gets a fifth smaller with each quarter ahead. E. S.
  Gardner and E. McKenzie, "Forecasting trends in time series", Management Science 31 (1985); Hyndman and
  Athanasopoulos, "Forecasting: Principles and Practice", 3rd ed., section 8.2.
- "typical": the typical change of a quarter, the same for each quarter ahead. The typical change is the
  median of the slopes between all pairs of points: P. K. Sen, "Estimates of the regression coefficient based
  on Kendall's tau", Journal of the American Statistical Association 63 (1968), after H. Theil (1950).
- "drift": the mean change of a quarter. "Forecasting: Principles and Practice", section 5.2.

All look at the last WINDOW changes and begin at the last value. They are tried on the past by a rolling
origin (the same book, section 5.10): for each point of the past a forecast is made from what was known then,
including which way had done best until then, and compared with what came. What is tested is so exactly what
is shown, choice of the way included.

So many points ahead, a forecast is shown only where it was at least a tenth better than saying "no
change": of one quarter it may say nothing, and of a year something. Its interval is as wide as the errors of
the past: with n errors, the k-th smallest of them, k = ceil((n + 1) * 4/5), holds the next one in at least 8
of 10 cases if the future is as the past was (split conformal prediction: J. Lei and others,
"Distribution-free predictive inference for regression", Journal of the American Statistical Association 113
(2018), section 2.2). With fewer than four errors there is no such k, and nothing is shown.

Exact fractions and no random numbers: the same line gives the same forecast everywhere. What an agency plans
is none of these ways: its page shows where its roadmap leads as a line of its own, judged by how planned
actions were delivered (analytics.delivery), for what was planned at a past point is not kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from math import ceil, floor
from statistics import median

HORIZONS = 4  # points ahead, at most
WINDOW = 8  # changes that a trend is taken from
LEAST_HISTORY = 4  # points before the first try
LEAST_TRIES = 4  # for an interval, see interval_width
DAMPING = Fraction(4, 5)
COVERAGE = Fraction(4, 5)  # of the interval
WORTH = Fraction(9, 10)  # of the error of "no change": above that a forecast is not shown


class Silence(StrEnum):
    """Why there is no forecast."""

    TOO_SHORT = "too_short"
    NO_BETTER = "no_better"


@dataclass(frozen=True)
class Seen:
    """The value at one point, and whether it was found out then (`new`) or carried on from before."""

    value: int
    new: bool = True


@dataclass(frozen=True)
class Tried:
    """How a forecast so many points `ahead` did on the past: mean absolute errors over `tries` tries."""

    ahead: int
    tries: int
    off: Fraction
    off_no_change: Fraction
    width: int | None  # half of the interval; None: too few tries for one

    @property
    def better(self) -> bool:
        """Whether it did better than "no change", by more than luck would have it."""
        return self.width is not None and self.off_no_change > 0 and self.off <= WORTH * self.off_no_change


@dataclass(frozen=True)
class Ahead:
    """What is forecast for one point, the interval around it, and how it did on the past."""

    ahead: int
    value: int
    low: int
    high: int
    tried: Tried


@dataclass(frozen=True)
class Forecast:
    """The points that are worth showing, and how all of them did on the past.

    `points` is empty where there is nothing to show, and `silence` says why. `way` names what was used.
    """

    way: str
    points: tuple[Ahead, ...]
    tried: tuple[Tried, ...]

    @property
    def tries(self) -> int:
        """How often a forecast of the next point was tried: no horizon was tried more often."""
        return max((one.tries for one in self.tried), default=0)

    @property
    def silence(self) -> Silence | None:
        """Why nothing is shown; None where something is."""
        if self.points:
            return None
        known = any(one.width is not None for one in self.tried)
        return Silence.NO_BETTER if known else Silence.TOO_SHORT


@dataclass(frozen=True)
class Bounds:
    """What a value can be: from `lowest` to `highest` in whole `unit`s."""

    lowest: int
    highest: int
    unit: int = 1

    def fit(self, value: Fraction | int) -> int:
        """The nearest value that is possible, half-up."""
        whole = floor(Fraction(value) / self.unit + Fraction(1, 2)) * self.unit
        return min(max(whole, self.lowest), self.highest)


Way = Callable[[Sequence[int], int], Fraction]  # the values so far and how many points ahead: the value then


def no_change(past: Sequence[int], ahead: int) -> Fraction:
    """The last value stays: what every forecast has to beat."""
    return Fraction(past[-1])


def drift(past: Sequence[int], ahead: int) -> Fraction:
    """The mean change goes on."""
    recent = past[-WINDOW - 1 :]
    return recent[-1] + ahead * Fraction(recent[-1] - recent[0], len(recent) - 1)


def typical(past: Sequence[int], ahead: int) -> Fraction:
    """The typical change goes on."""
    return past[-1] + ahead * typical_change(past)


def damped(past: Sequence[int], ahead: int) -> Fraction:
    """The typical change goes on and fades."""
    return past[-1] + typical_change(past) * sum(DAMPING**step for step in range(1, ahead + 1))


def typical_change(past: Sequence[int]) -> Fraction:
    """The median of the slopes between all pairs of the last WINDOW + 1 values."""
    recent = list(enumerate(past[-WINDOW - 1 :]))
    slopes = [Fraction(b - a, j - i) for (i, a), (j, b) in combinations(recent, 2)]
    return Fraction(median(slopes))


WAYS: Mapping[str, Way] = {"damped": damped, "typical": typical, "drift": drift}  # the most careful first


def forecast(history: Sequence[Seen], bounds: Bounds, horizons: int = HORIZONS) -> Forecast:
    """What comes after `history`, whose points are equally far apart, up to `horizons` points ahead."""
    values = [seen.value for seen in history]
    if len(values) <= LEAST_HISTORY:
        return Forecast(next(iter(WAYS)), (), ())
    trial = _Trial(history, bounds, horizons)
    for origin in range(LEAST_HISTORY, len(values)):
        trial.run(origin)
    way = trial.best(len(values))
    tried = trial.summary()
    points: list[Ahead] = []
    for one in tried:
        if not one.better or one.width is None:
            continue
        value, width = bounds.fit(WAYS[way](values, one.ahead)), one.width
        low, high = bounds.fit(value - width), bounds.fit(value + width)
        points.append(Ahead(one.ahead, value, low, high, one))
    return Forecast(way, tuple(points), tried)


class _Trial:
    """Forecasts made at points of the past, with how far each was off."""

    def __init__(self, history: Sequence[Seen], bounds: Bounds, horizons: int) -> None:
        self.history, self.bounds, self.horizons = history, bounds, horizons
        self.values = [seen.value for seen in history]
        self.by_way: dict[str, list[tuple[int, int]]] = {way: [] for way in WAYS}  # target, error
        self.errors: dict[int, list[int]] = {ahead: [] for ahead in range(1, horizons + 1)}
        self.no_change: dict[int, list[int]] = {ahead: [] for ahead in range(1, horizons + 1)}

    def run(self, origin: int) -> None:
        """Forecast from the values before the place `origin`."""
        past, best = self.values[:origin], self.best(origin)
        for ahead in range(1, self.horizons + 1):
            target = origin - 1 + ahead
            # A value that was only carried on is no news to be right or wrong about.
            if target >= len(self.values) or not self.history[target].new:
                continue
            for way, go_on in WAYS.items():
                off = abs(self.bounds.fit(go_on(past, ahead)) - self.values[target])
                self.by_way[way].append((target, off))
                if way == best:
                    self.errors[ahead].append(off)
            self.no_change[ahead].append(abs(past[-1] - self.values[target]))

    def best(self, origin: int) -> str:
        """The way with the smallest errors of those that were known before the place `origin`."""
        sums = {way: sum(off for at, off in tries if at < origin) for way, tries in self.by_way.items()}
        return min(sums, key=lambda way: sums[way])  # of equals the first

    def summary(self) -> tuple[Tried, ...]:
        """How each horizon did, as far as any was tried; intervals grow no narrower further ahead."""
        found: list[Tried] = []
        widest = 0
        for ahead, errors in self.errors.items():
            if not errors:
                continue
            width = interval_width(errors)
            if width is not None:
                widest = width = max(width, widest)
            off, naive = _mean(errors), _mean(self.no_change[ahead])
            found.append(Tried(ahead, len(errors), off, naive, width))
        return tuple(found)


def interval_width(errors: Sequence[int]) -> int | None:
    """Half of an interval that holds the next value in 8 of 10 cases; None where errors are too few."""
    place = ceil((len(errors) + 1) * COVERAGE)
    return sorted(errors)[place - 1] if place <= len(errors) else None


def _mean(errors: Sequence[int]) -> Fraction:
    return Fraction(sum(errors), len(errors))
