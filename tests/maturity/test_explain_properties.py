"""What must hold of every split of a change: exact, without an order of items, nothing for what stayed."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from maturity.explain import Kind, Side, explain, in_millionths
from maturity.levels import ItemRule, Level, ModelRules, Numbers
from maturity.methods import score, score_in_millionths
from maturity.scoring import MILLION
from maturity.successors import ItemName, succession
from tests.maturity.test_methods_properties import by_mean, by_points
from tests.maturity.test_scoring_properties import models

LEVELS = (None, Level.NOT_STARTED, Level.PLANNED, Level.PARTIAL, Level.IN_PLACE, Level.NOT_APPLICABLE)


@st.composite
def answers(draw: st.DrawFn, rules: ModelRules) -> tuple[dict[str, Level | None], Numbers]:
    """Any answers to these rules."""
    levels = {item.slug: draw(st.sampled_from(LEVELS)) for item in rules.items}
    points = {}
    if rules.method == "points":
        scored = [item for item in rules.items if levels[item.slug] not in (None, Level.NOT_APPLICABLE)]
        points = {i.slug: draw(st.integers(0, i.points)) for i in scored if draw(st.booleans())}
    most = rules.in_units_of.maximum
    named = [slug for slug in rules.domains if rules.takes_domain_scores and draw(st.booleans())]
    return levels, Numbers(points, {slug: draw(st.fractions(0, most, max_denominator=50)) for slug in named})


@st.composite
def rules_of_any_method(draw: st.DrawFn) -> ModelRules:
    return draw(st.one_of(models(), by_points().map(lambda c: c[0]), by_mean().map(lambda c: c[0])))


def made(rules: ModelRules, levels: dict[str, Level | None], numbers: Numbers) -> Side | None:
    card = score(rules, levels, numbers=numbers)
    return None if card is None else Side(rules, levels, score_in_millionths(rules, card), numbers)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Side, Side]:
    """Two ends of the same rules that have a score."""
    rules = draw(rules_of_any_method())
    ends = [made(rules, *draw(answers(rules))) for _ in range(2)]
    if ends[0] is None or ends[1] is None:
        levels = {item.slug: Level.IN_PLACE for item in rules.items}
        whole = Numbers(domains={s: Fraction(0) for s in rules.domains if rules.takes_domain_scores})
        rules = replace(rules, weights=tuple(weight + 1 for weight in rules.weights))
        filled = made(rules, levels, whole)
        assert filled is not None
        return filled, filled
    return ends[0], ends[1]


@settings(max_examples=500, deadline=None)
@given(pairs())
def test_the_causes_add_up_exactly_and_to_the_last_millionth(ends):
    before, after = ends
    found = explain(before, after)
    exact = [score(end.rules, end.levels, numbers=end.numbers).score for end in ends]
    assert sum(cause.exact for cause in found.causes) == exact[1] - exact[0]
    assert sum(cause.effect for cause in found.causes) == after.score - before.score == found.change
    assert all(abs(cause.effect - cause.exact * MILLION) < 4 for cause in found.causes)
    assert Kind.METHOD not in {cause.kind for cause in found.causes}


@settings(max_examples=300, deadline=None)
@given(pairs())
def test_what_stayed_causes_nothing(ends):
    before, after = ends
    for cause in explain(before, after).causes:
        if cause.kind in {Kind.ANSWER, Kind.LEFT_OUT, Kind.BACK_IN}:
            was, now = (
                (end.levels.get(cause.key), end.numbers.points.get(cause.key)) for end in (before, after)
            )
            assert was != now
    assert explain(after, after).causes == ()


@settings(max_examples=300, deadline=None)
@given(pairs())
def test_the_way_back_is_the_same_with_the_sign_turned(ends):
    before, after = ends
    there = {cause.key: cause.exact for cause in explain(before, after).causes}
    back = {cause.key: -cause.exact for cause in explain(after, before).causes}
    assert there == back


@settings(max_examples=300, deadline=None)
@given(pairs(), st.randoms(use_true_random=False))
def test_the_order_of_the_items_says_nothing(ends, random):
    shuffled = []
    items = list(ends[0].rules.items)
    random.shuffle(items)
    for end in ends:
        entries = list(end.levels.items())
        random.shuffle(entries)
        shuffled.append(replace(end, rules=replace(end.rules, items=tuple(items)), levels=dict(entries)))
    assert explain(*shuffled) == explain(*ends)


@settings(max_examples=300, deadline=None)
@given(pairs(), st.data())
def test_one_change_alone_is_the_whole_of_it(ends, data):
    before, other = ends
    if not before.rules.items:
        return
    item = data.draw(st.sampled_from(before.rules.items))
    points = {k: v for k, v in before.numbers.points.items() if k != item.slug}
    after = made(
        before.rules,
        {**before.levels, item.slug: other.levels.get(item.slug)},
        Numbers(points, before.numbers.domains),
    )
    if after is None:
        return
    causes = explain(before, after).causes
    # The answer of a domain that has no other is the domain itself.
    assert [cause.key for cause in causes] in ([], [item.slug], [item.domain])
    assert sum(cause.effect for cause in causes) == after.score - before.score


@settings(max_examples=300, deadline=None)
@given(models(), models(), st.data())
def test_two_versions_add_up_too(old, new, data):
    # Slugs are shared by chance: some go on, some move to another stage, some are dropped or added.
    before = made(old, *data.draw(answers(old)))
    after = made(new, *data.draw(answers(new)))
    if before is None or after is None:
        return
    names = [[ItemName(item.slug) for item in rules.items] for rules in (old, new)]
    found = explain(before, after, succession(names, {item.slug: item.stage for item in new.items}))
    assert sum(cause.effect for cause in found.causes) == found.change
    if not found.compared or old.stages != new.stages:
        return
    # Between versions of as many stages, nothing is left that no item causes.
    assert Kind.METHOD not in {cause.kind for cause in found.causes}


@settings(max_examples=200, deadline=None)
@given(by_points(), by_points(), st.data())
def test_two_versions_of_points_add_up_too(old, new, data):
    before, after = (made(*case) for case in (old, new))
    if before is None or after is None:
        return
    names = [[ItemName(item.slug) for item in end.rules.items] for end in (before, after)]
    found = explain(before, after, succession(names))
    assert sum(cause.effect for cause in found.causes) == found.change
    if found.compared and before.rules.in_units_of == after.rules.in_units_of:
        assert sum(abs(c.effect) for c in found.causes if c.kind == Kind.METHOD) <= 2


@settings(deadline=None)
@given(st.lists(st.fractions(-5, 5), min_size=1, max_size=20), st.integers(-2, 2))
def test_rounding_keeps_the_sum(values, off):
    parts = {(Kind.ANSWER, f"i{n}"): value for n, value in enumerate(values) if value}
    if not parts:
        return
    change = round(sum(parts.values()) * MILLION) + off
    found = in_millionths(parts, change)
    assert sum(found.values()) == change
    assert all(abs(found[name] - part * MILLION) < 4 for name, part in parts.items())


def test_items_alike_are_treated_alike():
    rules = ModelRules(1, ("d",), tuple(ItemRule(s, "practice", 1, "d") for s in "abcde"))
    before = made(rules, {"a": Level.IN_PLACE}, Numbers())
    after = made(
        rules,
        {"a": Level.IN_PLACE, "b": Level.PLANNED, "c": Level.PLANNED, "e": Level.NOT_APPLICABLE},
        Numbers(),
    )
    assert before
    assert after
    exact = {cause.key: cause.exact for cause in explain(before, after).causes}
    assert exact["b"] == exact["c"]
