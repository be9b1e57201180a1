"""Where a roadmap leads, against scores worked out by hand, and who sees and writes it."""

from datetime import date

from dashboards.analytics.roadmap import Goal, Move, judge, missing_for, project
from maturity.levels import ItemRule, Level, ModelRules

# Two stages. Stage 1: three practices of people. Stage 2: a must-have and a practice of platform.
RULES = ModelRules(
    stages=2,
    domains=("people", "platform"),
    items=(
        ItemRule("train", "practice", 1, "people"),
        ItemRule("name", "practice", 1, "people"),
        ItemRule("pick", "practice", 1, "people"),
        ItemRule("scan", "practice", 2, "platform", must_have=True),
        ItemRule("heal", "practice", 2, "platform"),
    ),
)
LEVELS = "30200"  # train in place, pick for some systems: 1/3 × (1 + 0 + 1/2) = 0.5 stages
SOON, LATER, LAST = date(2027, 3, 31), date(2027, 9, 30), date(2028, 9, 30)


def move(on: date, level: Level = Level.IN_PLACE, *slugs: str) -> Move:
    return Move(on, dict.fromkeys(slugs, level))


def test_each_point_has_the_score_of_what_is_due_by_then():
    moves = [
        move(SOON, Level.PARTIAL, "name"),  # (1 + 1/2 + 1/2) / 3 = 2/3
        move(LATER, Level.IN_PLACE, "name", "pick"),  # 3/3 = 1
        move(LAST, Level.IN_PLACE, "scan"),  # and 1/2 of stage 2
    ]
    found = project(RULES, LEVELS, moves, [date(2026, 12, 31), SOON, LATER, LAST])
    assert [one.score for one in found] == [500_000, 666_667, 1_000_000, 1_500_000]
    assert [one.stages_completed for one in found] == [0, 0, 1, 1]
    assert [one.items for one in found] == [0, 1, 2, 3]
    assert found[-1].domains == {"people": 1, "platform": None}


def test_an_action_never_lowers_what_was_approved_nor_moves_what_can_never_apply():
    lowered = project(RULES, LEVELS, [move(SOON, Level.PLANNED, "train", "pick")], [SOON])
    assert (lowered[0].score, lowered[0].items) == (500_000, 0)
    left_out = project(RULES, "3x200", [move(SOON, Level.IN_PLACE, "name")], [SOON])
    assert (left_out[0].score, left_out[0].items) == (750_000, 0)  # (1 + 1/2) / 2


def test_items_that_the_model_does_not_have_move_nothing():
    assert project(RULES, LEVELS, [move(SOON, Level.IN_PLACE, "gone")], [SOON])[0].score == 500_000


def test_a_target_is_reached_in_time_late_or_not():
    moves = [move(LATER, Level.IN_PLACE, "name", "pick")]
    assert judge(RULES, LEVELS, moves, Goal(1, LATER)).in_time
    late = judge(RULES, LEVELS, moves, Goal(1, SOON))
    assert (late.in_time, late.expected, late.reached_on) == (False, 0, LATER)
    assert late.missing == ("name", "pick")
    never = judge(RULES, LEVELS, moves, Goal(2, LAST))
    assert (never.in_time, never.expected, never.reached_on) == (False, 1, None)
    assert never.missing == ("scan", "heal")


def test_a_domain_has_a_target_of_its_own():
    moves = [move(SOON, Level.IN_PLACE, "name", "pick")]
    assert judge(RULES, LEVELS, moves, Goal(1, SOON, "people")).in_time
    assert judge(RULES, LEVELS, [], Goal(1, SOON, "people")).missing == ("name", "pick")
    # The must-have comes first; share 4/5 of two is both.
    assert missing_for(RULES, LEVELS, Goal(2, LAST, "platform")) == ("scan", "heal")


def test_what_no_practice_can_bring_is_not_searched_for_ever():
    assert missing_for(RULES, "302xx", Goal(2, LAST, "platform")) == ()
    assert missing_for(RULES, LEVELS, Goal(2, LAST, "nowhere")) == ()
