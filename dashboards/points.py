"""Which month ends are shown: those of the months, quarters, halves or years of a calendar. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from portal.agencies.periods import Period, day_before, following, label, month_end, period_of

KINDS = {"month": "Months", "quarter": "Quarters", "half": "Half-years", "year": "Years"}
SHOWN = 12  # points of a chart


@dataclass(frozen=True)
class Point:
    """A month end that stands for a period; before the period's own end where that is not yet known."""

    on: date
    period: Period
    name: str  # FY27 Q1

    @property
    def running(self) -> bool:
        """Whether the period goes on after this month end."""
        return self.on < self.period.ends_on

    @property
    def label(self) -> str:
        """FY27 Q1, or FY27 H1 so far."""
        return f"{self.name} so far" if self.running else self.name


@dataclass(frozen=True)
class Round:
    """A reporting round of some program: its period, and whether its numbers are published."""

    program_id: int
    period: Period
    published: bool


def last_point(horizon: date, year_starts_in: int) -> date:
    """The end of the quarter that runs now in this calendar.

    `horizon` is the end of the current quarter of whichever calendar in use ends it last, so this is the
    last quarter end that is not after it.
    """
    quarter = period_of(horizon, year_starts_in=year_starts_in)
    return quarter.ends_on if quarter.ends_on <= horizon else day_before(quarter.starts_on)


def latest_points(horizon: date, kind: str, year_starts_in: int, count: int = SHOWN) -> tuple[Point, ...]:
    """The last `count` points of this kind and calendar, the earliest first."""
    last = last_point(horizon, year_starts_in)
    newest = period_of(last, kind=kind, year_starts_in=year_starts_in)
    periods = [following(newest, -back) for back in range(count)]
    return tuple(_point(period, last, year_starts_in) for period in reversed(periods))


def points_between(first: date, last: date, kind: str, year_starts_in: int) -> Iterator[Point]:
    """The points of all periods from the one that holds `first`, none of them after `last`."""
    period = period_of(first, kind=kind, year_starts_in=year_starts_in)
    while period.starts_on <= last:
        point = _point(period, last, year_starts_in)
        if point.on == month_end(point.on):
            yield point
        period = following(period)


def is_published(rounds: Iterable[Round], on: date) -> bool:
    """Whether the numbers at the month end `on` are final: each program's latest round is published.

    A round speaks for the month ends from its period's end until the next period of the same length is
    over, exactly as long as its results count as reported. Without any round numbers stay provisional.
    """
    latest: dict[int, Round] = {}
    for entry in rounds:
        until = month_end(entry.period.ends_on, entry.period.months)
        if entry.period.ends_on <= on < until:
            known = latest.get(entry.program_id)
            # Of two about one period (two versions of a questionnaire) both must be.
            if known is None or (known.period.ends_on, not known.published) < (
                entry.period.ends_on,
                not entry.published,
            ):
                latest[entry.program_id] = entry
    return bool(latest) and all(entry.published for entry in latest.values())


def _point(period: Period, last: date, year_starts_in: int) -> Point:
    return Point(min(period.ends_on, last), period, label(period, year_starts_in))
