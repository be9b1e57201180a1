"""Sums and what is said of them, worked out by hand (docs/trends.md tells the same examples)."""

import statistics as standard
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.standings import State, Value
from dashboards.trends import (
    Impossible,
    StageCount,
    add,
    contribution,
    mean,
    pack,
    spread,
    statistics,
    unpack,
)
from maturity.scoring import format_hundredths, to_hundredths


def value(score: float, stages: int = 2, people: int | None = 500_000, limited: bool = False) -> Value:
    domains = {} if people is None else {"people": people}
    return Value(1, round(score * 1_000_000), stages, limited, domains)


def summed(*values: Value, agencies: int = 0, state: State = State.REPORTED) -> SimpleNamespace:
    sums = {("agencies",): agencies or len(values)}
    for each in values:
        add(sums, contribution(state, each))
    return SimpleNamespace(**pack(sums))


def test_one_agency_adds_itself_to_each_sum():
    row = summed(value(2.5, limited=True))
    assert (row.agencies, row.reported, row.carried, row.limited, row.score_sum) == (1, 1, 0, 1, 2_500_000)
    assert row.by_stage == {"2": {"reported": 1}}
    assert row.histogram == {"250": 1}
    assert row.domains == {"people": {"n": 1, "sum": 500_000, "histogram": {"50": 1}}}


def test_a_domain_at_nought_is_there_and_one_that_does_not_apply_is_not():
    assert summed(value(1, people=0)).domains == {"people": {"n": 1, "sum": 0, "histogram": {"0": 1}}}
    assert summed(value(1, people=None)).domains == {}


def test_statistics_of_four_agencies_and_a_silent_one():
    found = statistics(summed(value(0, 0), value(1), value(2), value(4, 4), agencies=5), stage_count=5)
    assert (found.agencies, found.reported, found.not_reporting, found.with_value) == (5, 4, 1, 4)
    assert found.mean == 1_750_000
    # Places 0.75, 1.5 and 2.25 among 0, 1, 2, 4.
    assert found.spread.lower_quartile == 750_000
    assert found.spread.median == 1_500_000
    assert found.spread.upper_quartile == 2_500_000
    assert (found.spread.lowest, found.spread.highest, found.spread.n) == (0, 4_000_000, 4)
    assert found.stages == (
        StageCount(0, 1, 0),
        StageCount(1, 0, 0),
        StageCount(2, 2, 0),
        StageCount(3, 0, 0),
        StageCount(4, 1, 0),
        StageCount(5, 0, 0),
    )
    assert found.domains["people"].mean == 500_000
    assert found.domains["people"].spread.median == 500_000


def test_carried_agencies_are_counted_apart_and_have_a_value():
    found = statistics(summed(value(3, 3), state=State.CARRIED), stage_count=3)
    assert (found.reported, found.carried, found.with_value) == (0, 1, 1)
    assert found.stages[3].carried == found.stages[3].total == 1


def test_of_nobody_nothing_is_said():
    found = statistics(summed(agencies=3), stage_count=5)
    assert (found.mean, found.spread, found.not_reporting) == (None, None, 3)
    assert spread({}) is None


def test_a_mean_is_never_rounded_up_to_a_whole_that_was_not_reached():
    assert mean(2_999_999 + 3_000_000, 2) == 2_999_999
    assert mean(3_000_000 * 2, 2) == 3_000_000


def test_what_was_never_added_cannot_be_taken_away():
    sums = unpack(summed(value(1)))
    add(sums, contribution(State.CARRIED, value(1)), -1)
    with pytest.raises(Impossible, match=r"carried .* would be -1"):
        pack(sums)


scores = st.integers(0, 5_000_000)
all_values = st.builds(
    Value,
    st.just(1),
    scores,
    st.integers(0, 5),
    st.booleans(),
    st.dictionaries(st.sampled_from(["people", "platform", "n"]), st.integers(0, 1_000_000)),
)
contributions = st.builds(contribution, st.sampled_from([State.REPORTED, State.CARRIED]), all_values)


@given(st.lists(contributions, max_size=6), st.lists(contributions, max_size=6))
def test_adding_and_taking_away_in_any_order_leaves_what_remains(stay, go):
    sums = {}
    for parts in [*go, *stay]:
        add(sums, parts)
    sums = unpack(SimpleNamespace(**pack(sums)))
    for parts in reversed(go):
        add(sums, parts, -1)
    alone = {}
    for parts in stay:
        add(alone, parts)
    assert pack(sums) == pack(alone)


@given(scores)
def test_the_bin_of_a_score_is_what_the_screen_shows(score):
    assert f"{to_hundredths(score) // 100}.{to_hundredths(score) % 100:02d}" == format_hundredths(score)


@given(st.lists(scores.map(lambda s: s // 10_000 * 10_000), min_size=2))
def test_quartiles_are_those_of_the_inclusive_method(scores):
    histogram = {}
    for score in scores:
        histogram[str(to_hundredths(score))] = histogram.get(str(to_hundredths(score)), 0) + 1
    found = spread(histogram)
    expected = standard.quantiles([Fraction(score) for score in scores], n=4, method="inclusive")
    assert [found.lower_quartile, found.median, found.upper_quartile] == expected
    assert (found.lowest, found.highest) == (min(scores), max(scores))
