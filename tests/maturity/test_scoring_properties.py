"""What must hold of every score, whatever the model and the answers (DESIGN §3)."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from maturity.levels import LEVEL_VALUES, ItemRule, Level, Levels, ModelRules, decode_levels, encode_levels
from maturity.scoring import (
    MILLION,
    DomainCard,
    Scorecard,
    asked_items,
    format_hundredths,
    not_yet_allowed,
    score,
    to_millionths,
)

DOMAINS = ("a", "b", "c")
RISING = (Level.NOT_STARTED, Level.PLANNED, Level.PARTIAL, Level.IN_PLACE)

shares = st.sampled_from([Fraction(1, 2), Fraction(2, 3), Fraction(4, 5), Fraction(1)])


@st.composite
def models(draw: st.DrawFn) -> ModelRules:
    stages = draw(st.integers(1, 4))
    items = []
    for number in range(draw(st.integers(1, 24))):
        stage, domain = draw(st.integers(1, stages)), draw(st.sampled_from((*DOMAINS, None)))
        kind = "practice" if domain else "challenge"
        must_have = kind == "practice" and draw(st.integers(0, 5)) == 0
        items.append(ItemRule(f"i{number}", kind, stage, domain, must_have))
    floor = draw(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]))
    return ModelRules(stages, DOMAINS, tuple(items), share=draw(shares), floor=floor)


@st.composite
def answered(draw: st.DrawFn) -> tuple[ModelRules, dict[str, Level | None]]:
    """A model and answers to it; half of the examples lean to "in place", so that stages pass."""
    rules = draw(models())
    lean = [Level.IN_PLACE] * draw(st.sampled_from([0, 20]))
    levels: dict[str, Level | None] = {}
    for item in rules.items:
        choice = [None, *RISING, Level.NOT_APPLICABLE, *lean]
        choice += [Level.NOT_YET] if item.kind == "challenge" else []
        levels[item.slug] = draw(st.sampled_from(choice))
    return rules, levels


def with_level(rules: ModelRules, levels: Levels, slug: str, level: Level | None) -> Scorecard | None:
    return score(rules, {**levels, slug: level})


def begun(domain: DomainCard) -> int:
    return domain.stages_completed or 0


@settings(max_examples=300, deadline=None)
@given(answered(), st.data())
def test_raising_an_answer_never_lowers_anything(case, data):
    rules, levels = case
    raisable = [s for s, level in levels.items() if level not in (Level.IN_PLACE, Level.NOT_APPLICABLE)]
    if not raisable:
        return
    slug = data.draw(st.sampled_from(raisable))
    old = levels[slug]
    now = LEVEL_VALUES[old] if old else Fraction(0)
    raised = data.draw(st.sampled_from([level for level in RISING if LEVEL_VALUES[level] >= now]))
    before, after = score(rules, levels), with_level(rules, levels, slug, raised)
    assert before is not None
    assert after is not None
    assert after.score >= before.score
    assert after.stages_completed >= before.stages_completed
    assert asked_items(rules, {**levels, slug: raised}) >= asked_items(rules, levels)
    for one, other in zip(before.domains, after.domains, strict=True):
        assert begun(other) >= begun(one)
        assert (other.percent or 0) >= (one.percent or 0)


@settings(max_examples=300, deadline=None)
@given(answered(), st.data())
def test_an_item_left_out_never_scores_below_the_same_item_at_0(case, data):
    rules, levels = case
    slug = data.draw(st.sampled_from([item.slug for item in rules.items]))
    out, zero = (with_level(rules, levels, slug, v) for v in (Level.NOT_APPLICABLE, Level.NOT_STARTED))
    assert zero is not None
    if out is None:  # nothing applies any more: no result
        return
    assert out.score >= zero.score
    assert out.stages_completed >= zero.stages_completed
    for one, other in zip(zero.domains, out.domains, strict=True):
        assert other.percent is None or one.percent is None or other.percent >= one.percent
        assert other.percent is None or begun(other) >= begun(one)


@settings(deadline=None)
@given(answered())
def test_unanswered_not_started_and_not_yet_score_alike(case):
    rules, levels = case
    zeros = (None, Level.NOT_STARTED, Level.NOT_YET)
    plain = {slug: Level.NOT_STARTED if level in zeros else level for slug, level in levels.items()}
    one, other = score(rules, levels), score(rules, plain)
    assert (one and replace(one, answered=Fraction(0))) == (other and replace(other, answered=Fraction(0)))


@settings(deadline=None)
@given(answered(), st.randoms(use_true_random=False))
def test_order_does_not_matter(case, random):
    rules, levels = case
    items, entries = list(rules.items), list(levels.items())
    random.shuffle(items)
    random.shuffle(entries)
    one, other = score(rules, levels), score(replace(rules, items=tuple(items)), dict(entries))
    if one is None or other is None:
        assert one == other
        return
    assert {gap.slug for gap in one.gaps} == {gap.slug for gap in other.gaps}
    assert {gap.slug for gap in one.holding} == {gap.slug for gap in other.holding}
    assert _figures(one) == _figures(other)


def _figures(card: Scorecard) -> object:
    """All of a scorecard that is no list of items."""
    stages = tuple(replace(stage, must_haves_missing=()) for stage in card.stages)
    return replace(card, gaps=(), holding=(), stages=stages)


@settings(deadline=None)
@given(answered())
def test_figures_are_within_their_bounds_and_agree(case):
    rules, levels = case
    card = score(rules, levels)
    if card is None:
        assert set(levels.values()) == {Level.NOT_APPLICABLE}
        return
    assert 0 <= card.score <= rules.stages
    assert card.score == sum(stage.completion for stage in card.stages)
    assert 0 <= card.answered <= 1
    assert rules.share < 1 or card.stages_completed <= card.score
    assert all(stage.passes for stage in card.stages[: card.stages_completed])
    assert (card.working_on is None) == all(stage.passes for stage in card.stages)
    assert all(stage.items + stage.left_out == _count(rules, stage.number) for stage in card.stages)
    # A stage is held by something exactly if it does not pass.
    assert bool(card.holding) == (card.working_on is not None)
    assert all(domain.percent is None or 0 <= domain.percent <= 1 for domain in card.domains)


def _count(rules: ModelRules, stage: int) -> int:
    return sum(item.stage == stage for item in rules.items)


@settings(deadline=None)
@given(answered(), st.data())
def test_not_yet_is_allowed_only_where_it_leaves_the_stage_alone(case, data):
    rules, levels = case
    slug = data.draw(st.sampled_from([item.slug for item in rules.items]))
    before = score(rules, levels)
    if before is None or not not_yet_allowed(rules, levels, slug):
        return
    after = with_level(rules, levels, slug, Level.NOT_YET)
    assert after is not None
    assert after.working_on == before.working_on
    assert not_yet_allowed(rules, {**levels, slug: Level.NOT_YET}, slug)


@settings(deadline=None)
@given(answered())
def test_frozen_levels_come_back_as_they_were(case):
    rules, levels = case
    assert decode_levels(rules, encode_levels(rules, levels)) == levels


@settings(deadline=None)
@given(st.fractions(0, 10))
def test_millionths_are_close_and_keep_wholes(value):
    millionths = to_millionths(value)
    assert abs(Fraction(millionths, MILLION) - value) <= Fraction(1, MILLION)
    assert millionths // MILLION == value // 1


@settings(deadline=None)
@given(st.integers(0, 10 * MILLION))
def test_two_places_are_close_and_keep_wholes(millionths):
    shown = Fraction(format_hundredths(millionths))
    assert abs(shown - Fraction(millionths, MILLION)) <= Fraction(1, 100)
    assert shown // 1 == millionths // MILLION
    assert to_millionths(Fraction(millionths, MILLION)) == millionths
