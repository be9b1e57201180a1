"""Why a score moved, by hand: each number here can be checked on paper (docs/why-did-it-move.md)."""

from dataclasses import replace
from fractions import Fraction

import pytest

from maturity.explain import Explanation, Group, Kind, Side, backwards, explain, in_millionths
from maturity.levels import ItemRule, Level, ModelRules, Numbers, Scale
from maturity.methods import score, score_in_millionths
from maturity.successors import ItemName, Succession, succession

OUT, NONE, PLANNED, PARTIAL, DONE = (
    Level.NOT_APPLICABLE,
    Level.NOT_STARTED,
    Level.PLANNED,
    Level.PARTIAL,
    Level.IN_PLACE,
)
FOUR = ModelRules(1, ("d",), tuple(ItemRule(slug, "practice", 1, "d") for slug in "abcd"))


def side(rules: ModelRules, numbers: Numbers | None = None, **levels: Level | None) -> Side:
    numbers = numbers or Numbers()
    card = score(rules, levels, numbers=numbers)
    assert card is not None
    return Side(rules, levels, score_in_millionths(rules, card), numbers)


def told(found: Explanation) -> dict[tuple[str, str], int]:
    assert sum(cause.effect for cause in found.causes) == found.change
    return {(cause.kind.value, cause.key): cause.effect for cause in found.causes}


def test_one_answer_alone_is_the_plain_difference():
    found = explain(side(FOUR, a=DONE), side(FOUR, a=DONE, b=PARTIAL))
    assert told(found) == {("answer", "b"): 125_000}


def test_one_item_left_out_alone_is_the_plain_difference():
    # (1 + 0 + 0 + 0) / 4 = 1/4; without d (1 + 0 + 0) / 3 = 1/3.
    found = explain(side(FOUR, a=DONE), side(FOUR, a=DONE, d=OUT))
    assert told(found) == {("left_out", "d"): 83_333}


def test_an_item_back_in_takes_it_away_again():
    found = explain(side(FOUR, a=DONE, d=OUT), side(FOUR, a=DONE))
    assert told(found) == {("back_in", "d"): -83_333}


def test_the_worked_example_of_the_documentation():
    # Before 1, 1/2, 0, 0: 3/8. After 1, 1, 1/4 and the last left out: 3/4. The change is 3/8.
    found = explain(
        side(FOUR, a=DONE, b=PARTIAL, c=NONE, d=NONE), side(FOUR, a=DONE, b=DONE, c=PLANNED, d=OUT)
    )
    exact = {cause.key: cause.exact for cause in found.causes}
    assert exact == {
        "b": Fraction(1, 2) * (Fraction(1, 4) + Fraction(1, 3)) / 2,  # 7/48
        "c": Fraction(1, 4) * (Fraction(1, 4) + Fraction(1, 3)) / 2,  # 7/96
        "d": Fraction(5, 8) / 4,  # x is half way between 1/2 and 3/4; 15/96
    }
    assert sum(exact.values()) == Fraction(3, 8)
    assert told(found) == {("left_out", "d"): 156_250, ("answer", "b"): 145_833, ("answer", "c"): 72_917}


def test_what_stayed_and_what_is_worth_the_same_causes_nothing():
    found = explain(side(FOUR, a=DONE, b=None), side(FOUR, a=DONE, b=NONE))
    assert (found.change, found.causes) == (0, ())


def test_a_stage_in_which_nothing_applies_counts_as_complete():
    rules = ModelRules(2, ("d",), (ItemRule("a", "practice", 1, "d"), ItemRule("b", "practice", 2, "d")))
    found = explain(side(rules, a=DONE, b=OUT), side(rules, a=DONE, b=PARTIAL))
    assert told(found) == {("back_in", "b"): -500_000}


def test_where_all_items_of_a_stage_are_others_it_is_measured_half_way():
    # Stage 2: only b (0) before, only c (1) after. Half way is 1/2: each of them gave 1/2.
    items = (*(ItemRule(slug, "practice", 2, "d") for slug in "bc"), ItemRule("a", "practice", 1, "d"))
    rules = ModelRules(2, ("d",), items)
    found = explain(side(rules, a=DONE, b=NONE, c=OUT), side(rules, a=DONE, b=OUT, c=DONE))
    assert told(found) == {("left_out", "b"): 500_000, ("back_in", "c"): 500_000}


def points(maximum: int = 20, claim: int = 10) -> ModelRules:
    items = (
        ItemRule("claim", "practice", 1, "law", points=claim),
        ItemRule("scope", "practice", 1, "law", points=5),
        ItemRule("interface", "practice", 1, "portal", points=5),
    )
    bands = (Fraction(0), Fraction(2, 5))
    return ModelRules(2, ("law", "portal"), items, "points", bands=bands, scale=Scale("points", maximum))


def test_points_are_counted_one_by_one():
    before = side(points(), Numbers({"claim": 3, "scope": 5}), claim=PARTIAL, scope=DONE)
    after = side(points(), Numbers({"claim": 7, "scope": 5}), claim=PARTIAL, scope=DONE)
    assert told(explain(before, after)) == {("answer", "claim"): 4_000_000}


def test_an_item_of_points_left_out_shares_the_maximum_among_the_rest():
    # 10 of 20; without the interface (0 of 5) 10 of 15, which is 13 1/3 of 20.
    found = explain(side(points(), claim=DONE), side(points(), claim=DONE, interface=OUT))
    assert told(found) == {("left_out", "interface"): 3_333_333}


MEAN = ModelRules(
    2,
    ("ready", "done", "skills"),
    (ItemRule("train", "practice", 1, "skills"), ItemRule("name", "practice", 1, "skills")),
    "mean",
    bands=(Fraction(1, 10), Fraction(3, 4)),
    scale=Scale("", 100),
    weights=(Fraction(1), Fraction(2), Fraction(1)),
    takes_domain_scores=True,
)


def domains(**scores: int) -> Numbers:
    return Numbers(domains={slug: Fraction(value) for slug, value in scores.items()})


def test_given_scores_of_domains_are_causes_themselves():
    found = explain(side(MEAN, domains(ready=40, done=60)), side(MEAN, domains(ready=70, done=60)))
    assert told(found) == {("domain_score", "ready"): 10_000_000}


def test_a_domain_that_falls_out_is_measured_against_the_others():
    # (40 + 2 · 60) / 3 = 53 1/3; without the first 60.
    found = explain(side(MEAN, domains(ready=40, done=60)), side(MEAN, domains(done=60)))
    assert told(found) == {("domain_missing", "ready"): 6_666_667}


def test_answers_below_a_domain_are_told_one_by_one():
    before = side(MEAN, domains(done=60), train=NONE, name=NONE)
    after = side(MEAN, domains(done=60), train=DONE, name=PARTIAL)
    # Skills is 0 and then 75, and a third of all weight that there is.
    assert told(explain(before, after)) == {("answer", "train"): 16_666_667, ("answer", "name"): 8_333_333}


OLD = ModelRules(
    2,
    ("d",),
    tuple(ItemRule(s, "practice", n, "d") for s, n in (("a", 1), ("b", 1), ("c", 1), ("e", 2), ("f", 2))),
)
# b moves to stage 2, c is dropped, g is new.
NEW = ModelRules(
    2,
    ("d",),
    tuple(ItemRule(s, "practice", n, "d") for s, n in (("a", 1), ("g", 1), ("b", 2), ("e", 2), ("f", 2))),
)


def link(old: ModelRules, new: ModelRules, **followed: str) -> Succession:
    names = [ItemName(item.slug) for item in old.items]
    later = [ItemName(item.slug, followed.get(item.slug, "")) for item in new.items]
    return succession([names, later], {item.slug: item.stage for item in new.items})


def test_what_the_version_did_and_what_the_agency_did_are_told_apart():
    before = side(OLD, a=DONE, b=NONE, c=DONE, e=DONE, f=NONE)
    after = side(NEW, a=DONE, b=NONE, e=DONE, f=PARTIAL, g=NONE)
    found = explain(before, after, link(OLD, NEW))
    # Stage 1 was (1 + 0 + 1) / 3, of which a alone stayed: x is 1. b leaves it: (1 − 0) / 3. c leaves it: 0.
    # Stage 2 was 1/2 and is 1/3 with b: the rest is x = 1/2, so b gives (0 − 1/2) / 3.
    assert told(found) == {
        ("moved", "b"): 333_333 - 166_667,
        ("answer", "f"): 166_667,
        ("added", "g"): -500_000,
    }
    assert found.total(Group.MODEL) + found.total(Group.ANSWERS) == found.change
    carried = score(NEW, link(OLD, NEW).carry(NEW, before.levels))
    assert carried is not None
    real = sum(c.effect for c in found.causes if c.kind in {Kind.ANSWER, Kind.ADDED})
    assert real == after.score - score_in_millionths(NEW, carried)


def test_another_maximum_is_the_methods_doing():
    before, after = side(points(20), claim=DONE), side(points(40), claim=DONE)
    assert told(explain(before, after, link(points(), points(40)))) == {("method", ""): 10_000_000}


def test_another_method_is_one_cause():
    before = side(OLD, a=DONE, b=DONE, c=DONE)
    items = tuple(replace(item, points=10, stage=1) for item in OLD.items)
    bands = (Fraction(0),)
    later = ModelRules(1, ("d",), items, "points", bands=bands, scale=Scale("points", 50))
    after = side(later, a=DONE, b=DONE, c=DONE, e=DONE)
    found = explain(before, after, link(OLD, later))
    assert told(found) == {("method", ""): 29_000_000, ("answer", "e"): 10_000_000}


def test_answers_that_the_later_rule_cannot_score_leave_one_cause():
    new = ModelRules(2, ("d",), (ItemRule("a", "practice", 1, "d"), ItemRule("z", "practice", 2, "d")))
    found = explain(side(OLD, a=DONE), side(new, a=DONE, z=DONE), link(OLD, new))
    assert told(found) == {("method", ""): 2_000_000 - 333_333}
    assert not found.compared


def test_a_score_that_was_kept_by_other_code_names_the_method():
    before = replace(side(FOUR, a=DONE), score=200_000)
    found = explain(before, side(FOUR, a=DONE, b=DONE))
    assert told(found) == {("answer", "b"): 250_000, ("method", ""): 50_000}


def test_items_that_an_earlier_version_did_not_ask_are_added_and_not_back():
    before = replace(side(FOUR, a=DONE, d=OUT), not_asked=frozenset({"d"}))
    assert told(explain(before, side(FOUR, a=DONE))) == {("added", "d"): -83_333}


def test_told_backwards_everything_turns():
    found = backwards(explain(side(FOUR, a=DONE), side(FOUR, a=DONE, b=PARTIAL, d=OUT)))
    assert told(found).keys() == {("answer", "b"), ("back_in", "d")}
    assert found.change == -250_000


@pytest.mark.parametrize("change", [-1, 0, 1, 2, 3, 4, 5, 8])
def test_rounded_parts_add_up_whatever_is_left(change):
    parts = {(Kind.ANSWER, key): Fraction(1, 3_000_000) for key in "abc"} | {(Kind.ANSWER, "z"): Fraction(0)}
    found = in_millionths(parts, change)
    assert sum(found.values()) == change
    assert (Kind.ANSWER, "z") not in found
