"""Headlines: what is counted, over whom, and in which words."""

from dashboards.headlines import (
    StageChange,
    change_words,
    count_change,
    frontier,
    missing_words,
    movement_words,
    stage_steps,
)
from tests.dashboards.test_charts import known

NAMES = [(1, "Begin"), (2, "Go on"), (3, "End")]
KNOWN = known((10, 0), (40, 3), (20, 1), (10, 10), not_reporting=6)
# stages then, stages now, sign of the change of the score, agencies
GROUPS = [(0, 0, 0, 9), (0, 1, 1, 4), (1, 2, 1, 6), (2, 1, -1, 2), (2, 2, 0, 69)]


def test_changes_are_counted_for_each_stage_over_those_with_both_values():
    compared = count_change(GROUPS, 3)
    assert (compared.both, compared.risen, compared.fallen, compared.unchanged) == (90, 10, 2, 78)
    assert [(stage.before, stage.now, stage.difference) for stage in compared.stages] == [
        (77, 81, 4),
        (71, 75, 4),
        (0, 0, 0),
    ]


def test_the_ladder_counts_a_stage_or_more():
    steps = stage_steps(KNOWN, NAMES, count_change(GROUPS, 3))
    assert [(step.completed, step.of) for step in steps] == [(84, 94), (41, 94), (20, 94)]
    assert steps[1].change == "up 4 among the 90 with a score both times"
    assert [step.percent for step in steps] == [89, 43, 21]


def test_the_headline_is_the_first_step_that_fewer_than_half_have_taken():
    assert frontier(stage_steps(KNOWN, NAMES, None)).stage == 2
    assert frontier(stage_steps(known((0, 0), (0, 0), (0, 0), (4, 0)), NAMES, None)).stage == 3


def test_a_fall_and_a_first_time_are_said_as_such():
    assert change_words(StageChange(2, before=10, now=7), 90) == "down 3 among the 90 with a score both times"
    assert change_words(StageChange(2, before=7, now=7), 1_200).startswith("unchanged among the 1,200")
    assert change_words(None, 0) == "no agency has a score both times"
    assert movement_words(None) == "No agency has a score both times."


def test_who_is_missing_is_told_by_kind():
    assert missing_words(KNOWN) == "14 carried forward from an earlier assessment, 6 not reporting"
    assert missing_words(known((3, 0))) == "nobody is missing"
