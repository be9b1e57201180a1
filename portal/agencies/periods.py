"""Months, quarters, halves and years of a calendar that may begin in any month. Pure."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
FEDERAL_YEAR_STARTS_IN = 10  # October: the US federal fiscal year
LENGTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}  # in months
FIRST_YEAR, LAST_YEAR = 1900, 2999  # beyond these a year is a slip of the pen
_LABEL = re.compile(r"(?:FY)?(?P<year>\d{4}|\d{2})(?: ?(?P<part>[QH])(?P<number>[1-4]))?", re.ASCII)


@dataclass(frozen=True, order=True)
class Period:
    """The days from `starts_on` to `ends_on`, both included: whole months."""

    starts_on: date
    ends_on: date

    @property
    def months(self) -> int:
        """Length in months."""
        return months_between(self.starts_on, self.ends_on) + 1


def months_between(earlier: date, later: date) -> int:
    """Whole calendar months from the month of `earlier` to that of `later`."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def month_start(on: date, shift: int = 0) -> date:
    """The first day of the month that lies `shift` months after that of `on`."""
    index = on.year * 12 + on.month - 1 + shift
    return date(index // 12, index % 12 + 1, 1)


def month_end(on: date, shift: int = 0) -> date:
    """The last day of the month that lies `shift` months after that of `on`."""
    first = month_start(on, shift)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def period_of(on: date, *, kind: str = "quarter", year_starts_in: int = FEDERAL_YEAR_STARTS_IN) -> Period:
    """The month, quarter, half or year of this calendar that holds the day `on`."""
    length = LENGTHS[kind]
    into_year = (on.month - year_starts_in) % 12
    first = month_start(on, -(into_year % length))
    return Period(first, month_end(first, length - 1))


def following(period: Period, count: int = 1) -> Period:
    """The period of the same length `count` periods later (earlier where negative)."""
    shift = period.months * count
    return Period(month_start(period.starts_on, shift), month_end(period.ends_on, shift))


def fiscal_year(on: date, year_starts_in: int = FEDERAL_YEAR_STARTS_IN) -> int:
    """The year that the fiscal year holding `on` is named by: the one in which it ends."""
    return on.year + (1 if 1 < year_starts_in <= on.month else 0)


def label(period: Period, year_starts_in: int = FEDERAL_YEAR_STARTS_IN) -> str:
    """What people call it: FY27 Q1, FY27 H1, FY27, Oct 2026; 2027 Q1 where the year starts in January."""
    if period.months == 1:
        return f"{MONTHS[period.starts_on.month - 1].capitalize()} {period.starts_on.year}"
    year = fiscal_year(period.ends_on, year_starts_in)
    name = f"FY{year % 100:02}" if year_starts_in != 1 else str(year)
    if period.months == 12:
        return name
    part = (period.starts_on.month - year_starts_in) % 12 // period.months + 1
    return f"{name} {'Q' if period.months == 3 else 'H'}{part}"


def parse_label(text: str, year_starts_in: int = FEDERAL_YEAR_STARTS_IN) -> Period:
    """The period called `text`: FY27 Q1, 2027Q1, FY27 H2, FY27, 2026-10, Oct 2026.

    Raises ValueError that says which forms are understood.
    """
    cleaned = text.strip().upper()
    if (first := _first_of_month(cleaned)) is not None:
        return Period(first, month_end(first))
    match = _LABEL.fullmatch(cleaned)
    if not match or (match["part"] == "H" and int(match["number"]) > 2):
        raise _not_a_period(text)
    year = int(match["year"]) if len(match["year"]) == 4 else 2000 + int(match["year"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _not_a_period(text)
    first = date(year if year_starts_in == 1 else year - 1, year_starts_in, 1)
    length = {"Q": 3, "H": 6, None: 12}[match["part"]]
    first = month_start(first, length * (int(match["number"] or 1) - 1))
    return Period(first, month_end(first, length - 1))


def _first_of_month(text: str) -> date | None:
    """The first day of a month written 2026-10 or OCT 2026, or None."""
    if match := re.fullmatch(r"(\d{4})-(\d{2})", text, re.ASCII):
        year, month = int(match[1]), int(match[2])
    elif match := re.fullmatch(r"([A-Z]{3}) (\d{4})", text, re.ASCII):
        year, month = int(match[2]), MONTHS.index(match[1]) + 1 if match[1] in MONTHS else 0
    else:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12:
        return None
    return date(year, month, 1)


def _not_a_period(text: str) -> ValueError:
    return ValueError(f"{text!r} is no period: write FY27 Q1, FY27 H1, FY27 or 2026-10.")


def month_ends(first: date, last: date) -> Iterator[date]:
    """Each month end from the month of `first` to that of `last`."""
    for shift in range(months_between(first, last) + 1):
        yield month_end(first, shift)


def day_before(on: date) -> date:
    """The day before `on`."""
    return on - timedelta(days=1)
