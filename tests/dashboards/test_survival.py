"""Kaplan-Meier against published numbers, and how standings become spells."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.analytics.stage_times import Sight, stage_times
from dashboards.analytics.survival import Curve, Spell, kaplan_meier

# Freireich et al. (1963), weeks of remission, as in Klein and Moeschberger (2003), section 1.2 and table 4.1.
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
TREATED_LOST = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def curve(completed=(), lost=(), late=()) -> Curve:
    spells = [Spell(months, True) for months in completed] + [Spell(months, False) for months in lost]
    return kaplan_meier(spells + list(late))


def at(found: Curve, months: int):
    return next(step for step in found.steps if step.months == months)


def test_the_published_example_to_every_digit():
    found = curve(TREATED, TREATED_LOST)
    events = [step for step in found.steps if step.completed]
    assert [step.at_risk for step in events] == [21, 17, 15, 12, 11, 7, 6]
    assert [round(float(step.share), 4) for step in events] == [
        0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482,
    ]  # fmt: skip
    assert [round(float(step.variance) ** 0.5, 4) for step in events] == [
        0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346,
    ]  # fmt: skip
    assert at(found, 6).share == Fraction(6, 7)
    assert found.median == 23


def test_the_interval_is_that_of_log_minus_log():
    found = curve(TREATED, TREATED_LOST)
    for months, low, high in ((6, 0.6197, 0.9516), (13, 0.4316, 0.8491), (23, 0.1881, 0.6801)):
        interval = at(found, months).interval
        assert interval is not None
        assert (round(interval[0], 4), round(interval[1], 4)) == (low, high)
    assert found.median_interval == (13, None)


def test_where_nobody_is_lost_it_is_the_plain_share():
    found = curve(PLACEBO)
    assert found.median == 8
    for step in found.steps:
        assert step.share == Fraction(sum(months > step.months for months in PLACEBO), len(PLACEBO))
    assert found.steps[-1].share == 0
    assert found.steps[-1].interval is None


def test_a_median_that_is_not_reached_is_none():
    assert curve([3], [6, 6, 6]).median is None
    assert curve().median is None
    assert curve().longest == 0


def test_who_is_lost_at_the_moment_of_an_event_was_still_at_risk():
    assert at(curve([3, 6], [3]), 3).at_risk == 3


def test_who_came_late_counts_only_from_then_on():
    found = curve([3, 9], [], [Spell(12, True, since=6)])
    assert [(step.months, step.at_risk) for step in found.steps] == [(3, 2), (9, 2), (12, 1)]
    assert at(found, 3).share == Fraction(1, 2)
    assert at(found, 9).share == Fraction(1, 4)


def test_who_was_never_seen_at_risk_is_left_out():
    assert curve(late=[Spell(6, False, since=6)]).spells == 0


SPELLS = st.lists(st.builds(Spell, st.integers(0, 60), st.booleans()), max_size=60)


@given(SPELLS)
def test_the_share_only_falls_and_everybody_is_counted_once(spells):
    found = kaplan_meier(spells)
    shares = [Fraction(1), *(step.share for step in found.steps)]
    assert shares == sorted(shares, reverse=True)
    assert sum(step.completed + step.lost for step in found.steps) == len(spells)
    for step in found.steps:
        if step.interval is not None:
            assert 0 <= step.interval[0] <= step.share <= step.interval[1] <= 1


@given(SPELLS, st.randoms())
def test_order_does_not_matter(spells, random):
    shuffled = random.sample(spells, len(spells))
    assert kaplan_meier(shuffled) == kaplan_meier(spells)


# Sights: month, stages, and whether the time it was seen begins or ends there.


def sights(*rows, agency=1):
    return [
        Sight(agency, month, stages, seen, begins="b" in edges, ends="e" in edges)
        for month, stages, seen, edges in rows
    ]


def told(found, stage):
    one = found[stage - 1]
    steps = [(step.months, step.completed, step.lost) for step in one.curve.steps]
    return steps, one.going_on, one.lost, one.unknown


def test_a_stage_counts_from_the_one_before_to_its_own_completion():
    found = stage_times(
        sights((100, 0, 100, "b"), (106, 1, 106, ""), (118, 2, 118, ""), (124, 2, 124, "")), 3
    )
    assert told(found, 1) == ([(6, 1, 0)], 0, 0, 0)
    assert told(found, 2) == ([(12, 1, 0)], 0, 0, 0)
    assert told(found, 3) == ([(6, 0, 1)], 1, 0, 0)


def test_nobody_knows_since_when_one_is_at_a_stage_that_it_was_first_seen_at():
    found = stage_times(sights((100, 1, 100, "b"), (109, 2, 109, ""), (112, 2, 112, "")), 3)
    assert told(found, 2) == ([], 0, 0, 1)
    assert told(found, 3) == ([(3, 0, 1)], 1, 0, 0)


def test_who_falls_silent_counts_until_it_was_seen_last():
    # Carried forward until 120, but last seen at 112; seen again, and further, at 130.
    found = stage_times(
        sights(
            (100, 0, 100, "b"), (106, 1, 106, ""), (112, 1, 112, "e"), (130, 2, 130, "b"), (133, 3, 133, "")
        ),
        4,
    )
    assert told(found, 2) == ([(6, 0, 1)], 0, 1, 0)
    assert told(found, 3) == ([], 0, 0, 1)  # begun in the dark
    assert told(found, 4)[0] == [(0, 0, 1)]


def test_falling_back_does_not_stop_the_clock():
    found = stage_times(
        sights((100, 0, 100, "b"), (103, 1, 103, ""), (106, 0, 106, ""), (112, 2, 112, "")), 2
    )
    assert told(found, 1)[0] == [(3, 1, 0)]
    assert told(found, 2)[0] == [(9, 1, 0)]


def test_two_stages_between_two_reports():
    found = stage_times(sights((100, 0, 100, "b"), (106, 2, 106, "")), 3)
    assert told(found, 1)[0] == [(6, 1, 0)]
    assert told(found, 2)[0] == [(0, 1, 0)]
    assert told(found, 3)[0] == [(0, 0, 1)]


def test_who_left_the_scope_is_not_followed_and_who_joined_is_not_looked_back_at():
    rows = sights((100, 0, 100, "b"), (106, 1, 106, ""), (118, 2, 118, ""), (130, 2, 130, ""))
    left = stage_times(rows, 3, {1: [(90, 113)]})
    assert told(left, 2) == ([(6, 0, 1)], 0, 1, 0)
    assert told(left, 3)[0] == []
    joined = stage_times(rows, 3, {1: [(110, None)]})
    assert told(joined, 1)[0] == []
    assert told(joined, 2)[0] == [(12, 1, 0)]
    assert joined[1].curve.steps[0].at_risk == 1


@pytest.mark.parametrize("stages", [0, 3])
def test_one_report_alone(stages):
    found = stage_times(sights((100, stages, 100, "b")), 3)
    assert sum(one.curve.completed for one in found) == 0
