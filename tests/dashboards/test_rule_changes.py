"""A change of score splits into what is real and what comes from the method, exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.charts.chart import Chart
from dashboards.charts.rules import with_rule_changes
from dashboards.rule_changes import (
    Marker,
    Moves,
    OldLine,
    RuleComparison,
    Split,
    changed_at,
    count_moves,
    name_rule,
    statement,
)

millionths = st.integers(min_value=0, max_value=10_000_000)


@given(millionths, millionths, millionths, millionths)
def test_real_and_methodical_are_all_of_the_published_change(was, became, then, now):
    split = Split(was, became, then, now)
    assert split.real + split.methodical == split.published == became - was
    assert split.real == now - then


@given(millionths, millionths)
def test_under_one_rule_all_of_it_is_real(then, now):
    assert Split(then, now, then, now).methodical == 0


signs = st.sampled_from((-1, 0, 1))


@given(st.lists(st.tuples(signs, signs, signs, st.integers(0, 50))))
def test_every_agency_is_counted_once_in_both_ways(groups):
    found = count_moves(groups)
    n = sum(group[3] for group in groups)
    assert found.published.all == found.same_rule.all == n
    assert found.touched <= n


@pytest.mark.parametrize(
    ("own", "known", "place"),
    [
        ([0, 0, 3, 3], [True] * 4, 2),
        ([0, 1, 0, 3], [True] * 4, 3),  # one correction of an old period is not the change
        ([3, 3, 3, 3], [True] * 4, None),  # from before the first point on
        ([0, 0, 0, 0], [True] * 4, None),  # not yet
        ([0, 0, 3, 3], [False, False, True, True], None),  # nothing was before it
        ([0, 0, 3, 0], [True] * 4, None),
    ],
)
def test_where_a_rule_begins(own, known, place):
    assert changed_at(own, known) == place


def test_the_sentence_that_must_not_be_missed():
    found = RuleComparison(Moves(1, 8, 15), Moves(4, 0, 20), touched=12)
    assert statement("FY26 Q4", "FY27 Q1", found) == (
        "The scoring changed between FY26 Q4 and FY27 Q1. As published: 1 rose, 8 fell, 15 stayed. "
        "Under the same rule: 4 rose, 0 fell, 20 stayed."
    )
    nothing = RuleComparison(Moves(), Moves(), touched=0, left_out=2)
    assert "2 agencies cannot be compared" in statement("a", "b", nothing)
    assert "No agency has a score both times" in statement("a", "b", RuleComparison(Moves(), Moves(), 0))
    assert name_rule("2") == "version 2"
    assert name_rule("2", "staged-1@2") == "version 2 (staged-1)"


class TestChart:
    LABELS = ("FY26 Q3", "FY26 Q4", "FY27 Q1")
    CHART = Chart(
        "s", "Score", "It rose.", {"data": [], "layout": {"xaxis": {}}}, ("Period", "Score"),
        (("FY26 Q3", "1"), ("FY26 Q4", "2"), ("FY27 Q1", "3")),
    )  # fmt: skip
    MARKER = Marker(2, "FY26 Q4", "FY27 Q1", "version 1", "version 2")

    def test_the_change_is_in_the_drawing_the_table_and_the_summary(self):
        old = OldLine("version 1", (1_000_000, 2_500_000, None))
        chart = with_rule_changes(self.CHART, self.LABELS, [self.MARKER], [old])
        assert chart.summary == (
            "It rose. The scoring changed between FY26 Q4 and FY27 Q1, from version 1 to version 2."
        )
        (shape,) = chart.figure["layout"]["shapes"]
        assert (shape["x0"], shape["x1"]) == (1.5, 1.5)
        assert "version 1 to version 2" in chart.figure["layout"]["annotations"][0]["text"]
        (trace,) = chart.figure["data"]
        assert (trace["y"], trace["line"]["dash"]) == ([1.0, 2.5, None], "dash")
        assert chart.columns == ("Period", "Score", "As published, version 1")
        assert chart.rows == (
            ("FY26 Q3", "1", "1.00"),
            ("FY26 Q4", "2", "2.50"),
            ("Scoring changed: version 1 to version 2", None, None),
            ("FY27 Q1", "3", None),
        )

    def test_without_a_change_it_is_left_as_it_is(self):
        assert with_rule_changes(self.CHART, self.LABELS, []) is self.CHART
