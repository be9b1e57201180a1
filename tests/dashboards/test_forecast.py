"""The forecast: what it says of plain lines, and what holds of every line."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.analytics.forecast import (
    LEAST_TRIES,
    Bounds,
    Seen,
    Silence,
    damped,
    drift,
    forecast,
    interval_width,
    typical,
    typical_change,
)

STAGES = Bounds(0, 5_000_000)
FREE = Bounds(-(10**9), 10**9)
lines = st.lists(st.integers(0, 5_000_000), min_size=0, max_size=40)


def line(*values: int) -> list[Seen]:
    return [Seen(value) for value in values]


def test_the_ways_by_hand():
    past = [100, 110, 120, 190, 140]
    # Slopes of all pairs, sorted: -50 10 10 10 10 10 10 30 40 70; the middle is 10.
    assert typical_change(past) == 10
    assert typical(past, 2) == 160
    assert damped(past, 2) == 140 + 10 * (Fraction(4, 5) + Fraction(16, 25))
    assert drift(past, 2) == 160


def test_a_trend_looks_back_eight_changes_only():
    assert typical_change([0, 5_000] + [100 + 10 * n for n in range(9)]) == 10


def test_a_steady_rise_goes_on():
    found = forecast(line(*range(0, 1_200, 100)), FREE)
    assert [point.value for point in found.points] == [1_200, 1_300, 1_400, 1_500]
    assert found.silence is None
    first = found.points[0].tried
    # 12 points, of which the first four are only looked at: eight tries one ahead. At the first the most
    # careful way goes 80 instead of 100; from then on the one that was right is taken.
    assert (first.tries, first.off_no_change) == (8, 100)
    assert first.off == Fraction(20, 8)


def test_a_constant_line_is_not_shown_as_a_forecast():
    found = forecast(line(*[2_000_000] * 20), STAGES)
    assert (found.points, found.silence) == ((), Silence.NO_BETTER)


def test_a_line_that_goes_up_and_down_is_left_alone():
    found = forecast(line(*[1_000, 2_000] * 10), FREE)
    assert (found.points, found.silence) == ((), Silence.NO_BETTER)


@pytest.mark.parametrize("count", [0, 1, 4, 7])
def test_too_short_a_past_says_nothing(count: int):
    found = forecast(line(*range(count)), FREE)
    assert (found.points, found.silence) == ((), Silence.TOO_SHORT)


def test_eight_points_are_enough_for_one_ahead_only():
    assert [point.ahead for point in forecast(line(*range(0, 80, 10)), FREE).points] == [1]


def test_the_fewest_tries_for_an_interval_are_as_said():
    assert interval_width([1] * (LEAST_TRIES - 1)) is None
    assert interval_width([1] * LEAST_TRIES) == 1


def test_the_width_is_the_error_that_eight_of_ten_stay_below():
    assert interval_width([3, 1, 2]) is None
    assert interval_width([3, 1, 2, 9]) == 9
    assert interval_width([1, 2, 3, 4, 5, 6, 7, 8, 9]) == 8


def test_only_values_that_were_found_out_count_as_tries():
    # Reports every other quarter; in between the last one is carried on.
    seen = [Seen(value=(n // 2) * 100, new=n % 2 == 0) for n in range(24)]
    found = forecast(seen, FREE)
    assert found.tried[0].tries == 10
    assert found.tried[0].off_no_change == 100


def test_a_score_never_leaves_its_bounds():
    found = forecast(line(*range(4_000_000, 5_000_000, 90_000)), STAGES)
    assert found.points
    assert all(0 <= point.low <= point.value <= point.high <= 5_000_000 for point in found.points)


def test_one_ahead_may_be_silent_where_a_year_ahead_is_not():
    # Two quarters of rest, then a step: of the next quarter "no change" is as often right as wrong.
    found = forecast(line(*(n // 2 for n in range(30))), Bounds(0, 40))
    assert not found.tried[0].better
    assert [point.ahead for point in found.points] == [2, 3, 4]


def test_whole_things_stay_whole():
    found = forecast(line(*(n // 2 for n in range(30))), Bounds(0, 40, unit=1))
    wide = forecast(line(*(n // 2 * 10 for n in range(30))), Bounds(0, 400, unit=10))
    assert found.points
    assert [point.value * 10 for point in found.points] == [point.value for point in wide.points]


@given(lines)
def test_the_same_line_gives_the_same_forecast_within_the_bounds(values: list[int]):
    found = forecast(line(*values), STAGES)
    assert found == forecast(line(*values), STAGES)
    for point in found.points:
        assert 0 <= point.low <= point.value <= point.high <= 5_000_000
        assert point.tried.off < point.tried.off_no_change


@given(lines, st.integers(-(10**7), 10**7))
def test_a_line_that_lies_higher_has_a_forecast_that_lies_as_much_higher(values: list[int], by: int):
    low = forecast(line(*values), FREE)
    high = forecast(line(*(value + by for value in values)), FREE)
    assert [point.value + by for point in low.points] == [point.value for point in high.points]
    assert low.tried == high.tried


@given(st.integers(0, 5_000_000), st.integers(0, 40))
def test_no_constant_is_ever_shown_as_better_than_no_change(value: int, count: int):
    assert not forecast(line(*[value] * count), STAGES).points


@given(lines)
def test_there_is_no_interval_from_fewer_than_four_tries(values: list[int]):
    for tried in forecast(line(*values), STAGES).tried:
        assert (tried.width is None) == (tried.tries < 4)


@given(st.lists(st.integers(0, 1_000), min_size=4, max_size=40))
def test_the_width_holds_the_stated_share_of_the_errors(errors: list[int]):
    width = interval_width(errors)
    assert width is not None
    assert sum(error <= width for error in errors) >= Fraction(4, 5) * len(errors)


@given(lines, st.lists(st.integers(0, 5_000_000), min_size=1, max_size=4))
def test_what_was_tried_in_the_past_knew_nothing_of_what_came(values: list[int], later: list[int]):
    """The tries of a shorter past are the first tries of the longer one."""
    short, long = forecast(line(*values), STAGES), forecast(line(*values, *later), STAGES)
    for one, other in zip(short.tried, long.tried, strict=False):
        assert one.tries <= other.tries
        assert one.off * one.tries <= other.off * other.tries
