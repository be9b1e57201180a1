"""A plan put between as many actions done on time as so far and all of them, by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.analytics.delivery import Planned, Record, plan_ahead, record_of
from maturity.levels import Level
from tests.dashboards.test_roadmap import LAST, LATER, LEVELS, RULES, SOON, move

TODAY = date(2026, 11, 1)
DAYS = [SOON, LATER, LAST]
# Stage 1 is at 1/2; its other practices come first, then the two of stage 2.
PLAN = [
    move(SOON, Level.IN_PLACE, "name"),
    move(LATER, Level.IN_PLACE, "pick"),
    move(LATER, Level.IN_PLACE, "scan"),
    move(LAST, Level.IN_PLACE, "heal"),
]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_the_record_is_of_what_is_due_by_now():
    planned = [
        Planned(ago(30), ago(30)),  # on its day
        Planned(ago(30), ago(40)),
        Planned(ago(30), ago(29)),  # late
        Planned(ago(1), None),
        Planned(TODAY, TODAY),  # its day is not over
        Planned(ago(-30), ago(3)),
    ]
    assert record_of(planned, TODAY) == Record(due=4, in_time=2)


@pytest.mark.parametrize(
    ("due", "in_time", "tells"), [(0, 0, False), (3, 3, False), (4, 0, False), (4, 1, True), (9, 9, True)]
)
def test_too_few_and_none_in_time_tell_nothing(due: int, in_time: int, tells: bool):
    assert Record(due, in_time).tells is tells
    (point,) = plan_ahead(RULES, LEVELS, [], PLAN, Record(due, in_time), [LAST])
    assert (point.low is not None) is tells
    assert point.high.score == 2_000_000


def test_between_as_many_as_so_far_and_all():
    found = plan_ahead(RULES, LEVELS, [], PLAN, Record(4, 2), DAYS)
    # Of 1 due none, of 3 one (name), of 4 two (name and pick, which complete the stage).
    lows = [(point.low.score, point.low.stages_completed) for point in found]
    assert lows == [(500_000, 0), (833_333, 0), (1_000_000, 1)]
    highs = [(point.high.score, point.high.stages_completed) for point in found]
    assert highs == [(833_333, 0), (1_500_000, 1), (2_000_000, 2)]


def test_what_is_done_counts_whatever_the_record():
    done = [move(TODAY, Level.IN_PLACE, "heal")]
    (point,) = plan_ahead(RULES, LEVELS, done, PLAN[:1], Record(4, 2), [SOON])
    assert (point.low.score, point.high.score) == (1_000_000, 1_333_333)


@given(
    st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(["name", "pick", "scan", "heal"])), max_size=8),
    st.integers(4, 12),
    st.integers(1, 12),
)
def test_the_low_end_is_never_above_the_high_one_and_never_falls(plan, due, in_time):
    record = Record(due, min(due, in_time))
    moves = [move(on, Level.IN_PLACE, slug) for on, slug in plan]
    found = plan_ahead(RULES, LEVELS, [], moves, record, DAYS)
    lows, highs = [point.low for point in found], [point.high for point in found]
    for low, high in zip(lows, highs, strict=True):
        assert low.score <= high.score
        assert low.stages_completed <= high.stages_completed
    assert [one.score for one in lows] == sorted(one.score for one in lows)
    if record.in_time == record.due:
        assert lows == highs
