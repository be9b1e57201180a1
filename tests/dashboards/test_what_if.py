"""What-if: by hand over a small model, and what holds of every set of answers."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from dashboards.analytics.what_if import Held, Outcome, change, lacking, put_in_place, suggestion
from maturity.levels import ItemRule, Level, ModelRules, decode_levels, encode_levels
from maturity.scoring import score, to_millionths
from tests.maturity.test_scoring_properties import answered

RULES = ModelRules(
    stages=2,
    domains=("people", "platform"),
    items=(
        ItemRule("train", "practice", 1, "people"),
        ItemRule("own", "practice", 1, "people"),
        ItemRule("pick", "practice", 1, "platform", must_have=True),
        ItemRule("money", "challenge", 1, None),
        ItemRule("scan", "practice", 2, "platform"),
    ),
    share=Fraction(1, 2),
)


def held(levels: str, pk: int = 1) -> Held:
    card = score(RULES, decode_levels(RULES, levels))
    return Held(pk, f"a-{pk}", f"A {pk}", to_millionths(card.score), card.stages_completed, levels)


def test_only_what_lacks_is_put_in_place():
    assert put_in_place(RULES, "3x0-1", {"train", "own", "pick", "money"}) == ("3x331", 2)


def test_one_agency_by_hand():
    # train and own in place of four items: the share is reached, the must-have is missing.
    found = change(RULES, held("33000"), {"pick"})
    assert (found.held.score, found.held.stages_completed) == (500_000, 0)
    assert (found.score, found.stages_completed, found.items) == (750_000, 1, 1)
    assert found.completes_more
    assert found.gain == 250_000


def test_who_lacks_nothing_of_it_stays_as_it_was():
    one = held("33000")
    assert change(RULES, one, {"train"}) == change(RULES, one, set())
    assert change(RULES, one, {"train"}).items == 0


def test_lacking_counts_who_has_come_that_far_and_to_whom_it_applies():
    counts = lacking(RULES, [held("33000", 1), held("3x300", 2), held("33300", 3)])
    assert counts == {"pick": 1, "scan": 2}  # who works on stage 1 is not asked for stage 2


def test_the_distribution_before_and_after():
    outcome = Outcome()
    for one in (held("33000", 1), held("33330", 2), held("00000", 3)):
        outcome.add(change(RULES, one, {"pick"}))
    assert outcome.changed == 2
    assert [outcome.before.completed(stage) for stage in (1, 2)] == [1, 0]
    assert [outcome.after.completed(stage) for stage in (1, 2)] == [2, 0]
    assert outcome.before.spread.median == 500_000
    assert outcome.after.spread.median == 750_000
    assert Outcome.from_json(outcome.as_json()) == outcome


def test_the_suggestion_takes_must_haves_first_and_no_more_than_needed():
    # Nothing is in place: the must-have, and one of two practices of "people" for its floor; half of four.
    assert suggestion(RULES, "00000") == ("pick", "train")
    assert suggestion(RULES, "33333") == ()


@given(answered())
def test_the_suggestion_completes_the_stage_and_no_smaller_part_of_it_does(case):
    rules, levels = case
    card = score(rules, levels)
    if card is None:
        return
    codes = encode_levels(rules, levels)
    chosen = suggestion(rules, codes)
    assert bool(chosen) == (card.working_on is not None)
    after = score(rules, decode_levels(rules, put_in_place(rules, codes, chosen)[0]))
    assert after.stages_completed > card.stages_completed or not chosen
    if chosen:
        fewer = score(rules, decode_levels(rules, put_in_place(rules, codes, chosen[:-1])[0]))
        assert fewer.stages_completed == card.stages_completed


@given(answered(), st.data())
def test_putting_in_place_never_lowers_and_is_what_scoring_says(case, data: st.DataObject):
    rules, levels = case
    card = score(rules, levels)
    if card is None:
        return
    one = Held(1, "a", "A", to_millionths(card.score), card.stages_completed, encode_levels(rules, levels))
    chosen = data.draw(st.sets(st.sampled_from([item.slug for item in rules.items])))
    found = change(rules, one, chosen)
    assert found.score >= one.score
    assert found.stages_completed >= one.stages_completed
    raised = {
        slug: Level.IN_PLACE if slug in chosen and level != Level.NOT_APPLICABLE else level
        for slug, level in ({item.slug: None for item in rules.items} | levels).items()
    }
    assert found.score == to_millionths(score(rules, raised).score)
