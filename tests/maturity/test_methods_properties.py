"""What must hold of every score by points and by means, whatever the model and the answers (DESIGN §3)."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from maturity.levels import LEVEL_VALUES, ItemRule, Level, ModelRules, Numbers, Scale
from maturity.methods import score, score_in_millionths
from maturity.scoring import MILLION

DOMAINS = ("a", "b", "c")
RISING = (Level.NOT_STARTED, Level.PLANNED, Level.PARTIAL, Level.IN_PLACE)


@st.composite
def bands(draw: st.DrawFn) -> tuple[Fraction, ...]:
    percents = draw(st.lists(st.integers(0, 1000), min_size=2, max_size=10, unique=True))
    return tuple(Fraction(number, 1000) for number in sorted(percents))


@st.composite
def by_points(draw: st.DrawFn) -> tuple[ModelRules, dict[str, Level | None], Numbers]:
    """A model of points and answers: numbers, levels, left out, nothing."""
    items = tuple(
        ItemRule(f"i{n}", "practice", 1, draw(st.sampled_from(DOMAINS)), False, draw(st.integers(1, 25)))
        for n in range(draw(st.integers(1, 12)))
    )
    starts = draw(bands())
    scale = Scale("points", sum(item.points for item in items))
    rules = ModelRules(len(starts), DOMAINS, items, "points", bands=starts, scale=scale, answers="points")
    levels: dict[str, Level | None] = {}
    points = {}
    for item in items:
        levels[item.slug] = draw(st.sampled_from([None, *RISING, Level.NOT_APPLICABLE]))
        if levels[item.slug] in RISING and draw(st.booleans()):
            points[item.slug] = draw(st.integers(0, item.points))
    return rules, levels, Numbers(points)


@st.composite
def by_mean(draw: st.DrawFn) -> tuple[ModelRules, dict[str, Level | None], Numbers]:
    """A model of means, some of whose domains are given, some answered, some missing."""
    items = tuple(
        ItemRule(f"i{n}", "practice", 1, draw(st.sampled_from(DOMAINS)))
        for n in range(draw(st.integers(0, 9)))
    )
    weights = tuple(draw(st.fractions(0, 5, max_denominator=8)) for _ in DOMAINS)
    starts = draw(bands())
    maximum = draw(st.sampled_from([5, 7, 100, 1000]))
    rules = ModelRules(
        len(starts), DOMAINS, items, "mean", bands=starts, scale=Scale("", maximum), weights=weights,
        takes_domain_scores=True,
    )  # fmt: skip
    levels = {item.slug: draw(st.sampled_from([None, *RISING, Level.NOT_APPLICABLE])) for item in items}
    given = {slug: draw(st.fractions(0, maximum)) for slug in DOMAINS if draw(st.booleans())}
    return rules, levels, Numbers(domains=given)


cases = st.one_of(by_points(), by_mean())


@settings(max_examples=300, deadline=None)
@given(cases, st.data())
def test_raising_an_answer_never_lowers_anything(case, data):
    rules, levels, numbers = case
    before = score(rules, levels, numbers=numbers)
    raisable = [slug for slug, level in levels.items() if level in RISING]
    if before is None or not (raisable or numbers.domains):
        return
    slug = data.draw(st.sampled_from([*raisable, *numbers.domains]))
    if slug in numbers.domains:
        most = rules.in_units_of.maximum
        higher = data.draw(st.fractions(numbers.domains[slug], most))
        raised = score(rules, levels, numbers=Numbers(numbers.points, {**numbers.domains, slug: higher}))
    elif slug in numbers.points:
        most = next(item.points for item in rules.items if item.slug == slug)
        more = data.draw(st.integers(numbers.points[slug], most))
        raised = score(rules, levels, numbers=Numbers({**numbers.points, slug: more}, numbers.domains))
    else:
        now = LEVEL_VALUES[levels[slug]]
        level = data.draw(st.sampled_from([one for one in RISING if LEVEL_VALUES[one] >= now]))
        raised = score(rules, {**levels, slug: level}, numbers=numbers)
    assert raised is not None
    assert raised.score >= before.score
    assert raised.stages_completed >= before.stages_completed


@settings(max_examples=300, deadline=None)
@given(cases, st.data())
def test_an_item_left_out_never_scores_below_the_same_item_at_0(case, data):
    rules, levels, numbers = case
    if not rules.items:
        return
    slug = data.draw(st.sampled_from([item.slug for item in rules.items]))
    without = Numbers({k: v for k, v in numbers.points.items() if k != slug}, numbers.domains)
    out = score(rules, {**levels, slug: Level.NOT_APPLICABLE}, numbers=without)
    zero = score(rules, {**levels, slug: Level.NOT_STARTED}, numbers=without)
    if out is None or zero is None:  # nothing is left to score
        return
    assert out.score >= zero.score
    assert out.stages_completed >= zero.stages_completed


@settings(max_examples=200, deadline=None)
@given(by_mean(), st.data())
def test_a_domain_that_is_missing_never_scores_below_the_same_domain_at_0(case, data):
    rules, levels, numbers = case
    if not numbers.domains:
        return
    slug = data.draw(st.sampled_from(sorted(numbers.domains)))
    rest = {name: value for name, value in numbers.domains.items() if name != slug}
    levels = {k: None if _domain(rules, k) == slug else level for k, level in levels.items()}
    missing = score(rules, levels, numbers=Numbers(domains=rest))
    zero = score(rules, levels, numbers=Numbers(domains={**rest, slug: Fraction(0)}))
    if missing is None or zero is None:
        return
    assert missing.score >= zero.score
    assert missing.known <= zero.known


def _domain(rules: ModelRules, item: str) -> str | None:
    return next(one.domain for one in rules.items if one.slug == item)


@settings(deadline=None)
@given(cases, st.randoms(use_true_random=False))
def test_order_does_not_matter(case, random):
    rules, levels, numbers = case
    items, entries = list(rules.items), list(levels.items())
    random.shuffle(items)
    random.shuffle(entries)
    one = score(rules, levels, numbers=numbers)
    other = score(replace(rules, items=tuple(items)), dict(entries), numbers=numbers)
    if one is None or other is None:
        assert one == other
        return
    assert {gap.slug for gap in one.gaps} == {gap.slug for gap in other.gaps}
    assert replace(one, gaps=()) == replace(other, gaps=())


@settings(max_examples=300, deadline=None)
@given(cases)
def test_figures_are_within_their_bounds_and_keep_bands_and_maximum(case):
    rules, levels, numbers = case
    card = score(rules, levels, numbers=numbers)
    if card is None:
        return
    most = rules.in_units_of.maximum
    assert 0 <= card.score <= most
    assert 0 <= card.answered <= 1
    assert 0 < card.known <= 1
    kept = score_in_millionths(rules, card)
    assert abs(Fraction(kept, MILLION) - card.score) <= Fraction(1, MILLION)
    # What is kept says of every band and of the maximum what is so.
    reached = sum(Fraction(kept, MILLION) >= start * most for start in rules.bands)
    assert reached == card.stages_completed or card.score.denominator != 1
    assert reached <= card.stages_completed
    assert (kept == most * MILLION) == (card.score == most)
    assert [stage.passes for stage in card.stages].count(True) == card.stages_completed


@settings(deadline=None)
@given(by_points())
def test_where_nothing_is_left_out_the_score_is_the_plain_sum(case):
    rules, levels, numbers = case
    levels = {slug: None if level == Level.NOT_APPLICABLE else level for slug, level in levels.items()}
    card = score(rules, levels, numbers=numbers)
    assert card is not None
    worth = [
        Fraction(numbers.points[item.slug])
        if item.slug in numbers.points
        else (LEVEL_VALUES[level] if (level := levels[item.slug]) else 0) * Fraction(item.points)
        for item in rules.items
    ]
    assert card.score == sum(worth)
    assert card.score + sum(gap.effect for gap in card.gaps) == rules.in_units_of.maximum
