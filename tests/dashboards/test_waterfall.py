"""The drawing of a change: its steps go from the one score to the other, and so does its table."""

import plotly.graph_objects as go
import pytest

from dashboards.charts.waterfall import Step, exact_words, signed_words, waterfall
from dashboards.comparison_words import STEPS_SHOWN, Told, sentence, steps_of
from maturity.explain import Group, Kind

BEFORE, AFTER = ("FY26 Q3", 1_000_000), ("FY26 Q4", 1_250_000)
STEPS = [Step("Scan images", 500_000, "/models/x/"), Step("Train staff", -250_000)]


def test_plotly_takes_it_and_steps_begin_where_the_last_one_ended():
    chart = waterfall(STEPS, BEFORE, AFTER, "Why", "It rose.")
    figure = go.Figure(chart.figure)
    rises, falls, ends = figure.data
    assert (rises.base, rises.x) == ((1.0,), (0.5,))
    assert (falls.base, falls.x) == ((1.5,), (-0.25,))
    assert list(ends.x) == [1.0, 1.25]
    assert falls.marker.pattern.shape  # told from rises without colour
    assert (rises.text, falls.text) == (("+0.50",), ("−0.25",))


def test_the_table_adds_up_with_all_places():
    chart = waterfall(STEPS, BEFORE, AFTER, "Why", "It rose.")
    assert [tuple(map(str, row[1:])) for row in chart.rows] == [
        ("None", "1.000000"),
        ("+0.500000", "1.500000"),
        ("−0.250000", "1.250000"),
        ("+0.250000 in all", "1.250000"),
    ]


def test_two_of_one_name_keep_their_places():
    chart = waterfall([Step("Twin", 1), Step("Twin", 2)], BEFORE, AFTER, "Why", "")
    assert go.Figure(chart.figure).layout.yaxis.categoryarray == ("FY26 Q3", "Twin", "Twin (2)", "FY26 Q4")


def test_nothing_moved_is_drawn_too():
    assert go.Figure(waterfall([], BEFORE, BEFORE, "Why", "").figure).data


@pytest.mark.parametrize(
    ("millionths", "words", "exact"),
    [
        (0, "0.00", "0.000000"),
        (150_000, "+0.15", "+0.150000"),
        (-3_731, "−0.004", "−0.003731"),
        (12, "+0.000", "+0.000012"),
        (-1_500_000, "−1.50", "−1.500000"),
    ],
)
def test_small_changes_say_how_small(millionths: int, words: str, exact: str):
    assert (signed_words(millionths), exact_words(millionths)) == (words, exact)


def test_what_is_not_drawn_one_by_one_is_drawn_together():
    told = [Told(f"Item {n}", Kind.ANSWER, 10) for n in range(STEPS_SHOWN + 3)]
    steps = steps_of(told, [], details=True)
    assert (steps[-1].label, steps[-1].effect) == ("3 more changes", 30)
    assert sum(step.effect for step in steps) == sum(one.effect for one in told)


def test_who_may_not_see_items_is_shown_what_groups_add_up_to():
    groups = [(Group.ANSWERS, 250_000), (Group.LEFT_OUT, 0)]
    told = [Told("Scan images", Kind.ANSWER, 250_000)]
    assert [step.label for step in steps_of(told, groups, details=False)] == ["Answers that changed"]
    assert sentence(BEFORE, AFTER, groups, compared=True) == (
        "From FY26 Q3 to FY26 Q4 the score went from 1.00 to 1.25 (+0.25): answers that changed +0.25."
    )


def test_where_no_rule_can_score_both_it_says_so():
    assert "cannot be scored by the same rule" in sentence(BEFORE, AFTER, [], compared=False)
    assert sentence(BEFORE, ("FY26 Q4", 1_000_000), [], compared=True) == (
        "The score stayed at 1.00 from FY26 Q3 to FY26 Q4."
    )
