"""Which month ends are shown, and when their numbers are final."""

from datetime import date

import pytest

from dashboards.points import Round, is_published, last_point, latest_points, points_between
from portal.agencies.periods import Period

HORIZON = date(2026, 12, 31)  # the end of the federal quarter that runs in November 2026


@pytest.mark.parametrize(
    ("horizon", "year_starts_in", "last"),
    [
        (HORIZON, 10, HORIZON),
        (HORIZON, 1, HORIZON),
        (date(2027, 1, 31), 10, HORIZON),  # another calendar ends its quarter a month later
        (date(2027, 1, 31), 11, date(2027, 1, 31)),
        (date(2027, 1, 31), 9, date(2026, 11, 30)),
    ],
)
def test_the_last_point_is_the_end_of_the_quarter_that_runs(horizon: date, year_starts_in: int, last: date):
    assert last_point(horizon, year_starts_in) == last


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("month", ["Oct 2026", "Nov 2026", "Dec 2026"]),
        ("quarter", ["FY26 Q3", "FY26 Q4", "FY27 Q1"]),
        ("half", ["FY26 H1", "FY26 H2", "FY27 H1 so far"]),
        ("year", ["FY25", "FY26", "FY27 so far"]),
    ],
)
def test_points_are_called_as_people_call_them(kind: str, labels: list[str]):
    points = latest_points(HORIZON, kind, 10, 3)
    assert [point.label for point in points] == labels
    assert points[-1].on == HORIZON


def test_points_between_two_days_begin_with_the_period_that_holds_the_first():
    points = list(points_between(date(2026, 5, 15), HORIZON, "quarter", 10))
    assert [point.on for point in points] == [date(2026, 6, 30), date(2026, 9, 30), HORIZON]


def entry(program: int, first: date, last: date, published: bool) -> Round:
    return Round(program, Period(first, last), published)


Q4 = (date(2026, 7, 1), date(2026, 9, 30))
H2 = (date(2026, 4, 1), date(2026, 9, 30))


@pytest.mark.parametrize(
    ("rounds", "on", "published"),
    [
        ([], date(2026, 9, 30), False),
        ([entry(1, *Q4, True)], date(2026, 9, 30), True),
        ([entry(1, *Q4, True)], date(2026, 11, 30), True),
        ([entry(1, *Q4, True)], HORIZON, False),
        ([entry(1, *Q4, True)], date(2026, 8, 31), False),
        ([entry(1, *H2, True)], HORIZON, True),  # a half-year's round speaks until the next half-year is over
        ([entry(1, *Q4, False)], date(2026, 9, 30), False),
        ([entry(1, *Q4, True), entry(2, *Q4, False)], date(2026, 9, 30), False),
        ([entry(1, *Q4, True), entry(1, *H2, True)], date(2026, 9, 30), True),
    ],
)
def test_numbers_are_final_when_every_program_s_round_is_published(
    rounds: list[Round], on: date, published: bool
):
    assert is_published(rounds, on) is published
