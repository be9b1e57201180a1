"""The scoring of the staged model, rule by rule (DESIGN §3)."""

from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest

from maturity.levels import (
    LEVEL_CODES,
    LEVEL_VALUES,
    ItemRule,
    Level,
    ModelRules,
    decode_levels,
    encode_levels,
    value_of,
)
from maturity.scoring import (
    Dated,
    Reason,
    Scorecard,
    asked_items,
    evidence_share,
    format_hundredths,
    not_yet_allowed,
    score,
    to_millionths,
)

LETTERS = {
    "0": Level.NOT_STARTED,
    "1": Level.PLANNED,
    "2": Level.PARTIAL,
    "3": Level.IN_PLACE,
    "x": Level.NOT_APPLICABLE,
    "y": Level.NOT_YET,
    "-": None,
}


def practice(slug: str, stage: int = 1, domain: str = "a", must_have: bool = False) -> ItemRule:
    return ItemRule(slug, "practice", stage, domain, must_have)


def challenge(slug: str, stage: int = 1) -> ItemRule:
    return ItemRule(slug, "challenge", stage, None)


def model(*items: ItemRule, stages: int = 1, domains: tuple[str, ...] = ("a", "b")) -> ModelRules:
    return ModelRules(stages=stages, domains=domains, items=items)


def card(rules: ModelRules, codes: str) -> Scorecard:
    """The scorecard of the answers written as one code per item."""
    result = score(rules, {item.slug: LETTERS[code] for item, code in zip(rules.items, codes, strict=True)})
    assert result is not None
    return result


def spread(count: int, stage: int = 1) -> list[ItemRule]:
    """Items without domain floors: challenges."""
    return [challenge(f"c{stage}-{number}", stage) for number in range(count)]


def test_values_of_levels():
    assert {level: value_of(level) for level in Level} == {
        Level.NOT_STARTED: 0,
        Level.PLANNED: Fraction(1, 4),
        Level.PARTIAL: Fraction(1, 2),
        Level.IN_PLACE: 1,
        Level.NOT_YET: 0,
        Level.NOT_APPLICABLE: None,
        Level.EXEMPT: None,
    }
    assert value_of(None) == 0
    assert Level.NOT_APPLICABLE not in LEVEL_VALUES


@pytest.mark.parametrize(
    ("codes", "completion"),
    [
        ("3333", Fraction(1)),
        ("0000", Fraction(0)),
        ("0123", Fraction(7, 16)),
        ("----", Fraction(0)),  # unanswered is 0
        ("yyyy", Fraction(0)),  # not yet relevant is 0
        ("3xxx", Fraction(1)),  # left out of the mean
        ("30xx", Fraction(1, 2)),
        ("3-xx", Fraction(1, 2)),
    ],
)
def test_completion_is_the_mean_of_what_applies(codes, completion):
    assert card(model(*spread(4)), codes).stages[0].completion == completion


def test_practices_and_challenges_weigh_the_same():
    assert card(model(practice("p"), challenge("c")), "30").stages[0].completion == Fraction(1, 2)


def test_score_is_the_sum_of_the_completions_of_all_stages():
    rules = model(*spread(2, 1), *spread(2, 2), *spread(1, 3), stages=3)
    result = card(rules, "30" + "31" + "2")
    assert [stage.completion for stage in result.stages] == [Fraction(1, 2), Fraction(5, 8), Fraction(1, 2)]
    assert result.score == Fraction(13, 8)


@pytest.mark.parametrize(
    ("codes", "passes"),
    [
        ("33330", True),  # 80 %
        ("33320", False),  # 60 %, and no half counts
        ("3330x", False),  # 3 of 4
        ("333xx", True),
    ],
)
def test_a_stage_passes_with_four_fifths_of_its_items_in_place(codes, passes):
    stage = card(model(*spread(5)), codes).stages[0]
    assert stage.passes is passes
    assert stage.at_full == codes.count("3")
    assert stage.items == 5 - codes.count("x")
    assert stage.left_out == codes.count("x")


def test_share_needed_is_rounded_up():
    assert card(model(*spread(13)), "0" * 13).stages[0].share_needed == 11  # 10.4
    assert card(model(*spread(5)), "0" * 5).stages[0].share_needed == 4


@pytest.mark.parametrize(("code", "passes"), [("3", True), ("2", False), ("-", False), ("x", True)])
def test_every_must_have_that_applies_must_be_in_place(code, passes):
    rules = model(practice("must", domain="b", must_have=True), *spread(9))
    stage = card(rules, code + "3" * 9).stages[0]
    assert stage.passes is passes
    assert stage.must_haves_missing == (() if passes else ("must",))


@pytest.mark.parametrize(
    ("codes", "missed"),
    [
        ("30", ()),  # half is enough
        ("20", ("b",)),
        ("00", ("b",)),
        ("0x", ()),  # one applicable practice: no floor
        ("xx", ()),
    ],
)
def test_no_domain_with_two_or_more_practices_is_under_half(codes, missed):
    rules = model(practice("p1", domain="b"), practice("p2", domain="b"), *spread(18))
    stage = card(rules, codes + "3" * 18).stages[0]
    assert stage.floors_missed == missed
    assert stage.passes is not bool(missed)


def test_challenges_have_no_floor_and_stages_are_apart():
    rules = model(practice("p1", 1), practice("p2", 2), challenge("c1"), challenge("c2"), stages=2)
    assert [stage.floors_missed for stage in card(rules, "0000").stages] == [(), ()]


def test_share_and_floor_are_the_packs():
    items = (practice("p1"), practice("p2"), practice("p3"))
    strict = ModelRules(1, ("a",), items, share=Fraction(1, 3), floor=Fraction(2, 3))
    assert card(strict, "300").stages[0].floors_missed == ("a",)
    assert card(strict, "330").stages[0].passes


@pytest.mark.parametrize(
    ("codes", "completed", "working_on"),
    [("000", 0, 1), ("300", 1, 2), ("303", 1, 2), ("033", 0, 1), ("330", 2, 3), ("333", 3, None)],
)
def test_stages_completed_is_the_unbroken_run_from_the_first(codes, completed, working_on):
    rules = model(challenge("c1", 1), challenge("c2", 2), challenge("c3", 3), stages=3)
    result = card(rules, codes)
    assert (result.stages_completed, result.working_on) == (completed, working_on)


def test_one_item_moved_is_a_small_step_wherever_it_is():
    rules = model(*(item for stage in (1, 2, 3) for item in spread(20, stage)), stages=3)
    full = "3" * 60
    steps = [card(rules, "0" + full[1:]), card(rules, full), card(rules, full[:-1] + "0")]
    assert all(abs(one.score - other.score) <= Fraction(1, 20) for one, other in pairwise(steps))


def test_a_stage_in_which_nothing_applies_passes_on_a_limited_basis():
    result = card(model(challenge("c1", 1), challenge("c2", 2), stages=2), "x0")
    assert result.stages[0].completion == 1
    assert result.stages[0].passes
    assert result.stages[0].limited_basis
    assert result.limited_basis
    assert (result.score, result.stages_completed) == (1, 1)


@pytest.mark.parametrize(("codes", "limited"), [("00xxx", True), ("000xx", False), ("0000x", False)])
def test_under_three_fifths_of_the_items_is_a_limited_basis(codes, limited):
    result = card(model(*spread(5)), codes)
    assert result.limited_basis is limited
    assert result.stages[0].limited_basis is limited


def test_where_nothing_applies_at_all_there_is_no_result():
    rules = model(practice("p"), challenge("c"))
    assert score(rules, {"p": Level.NOT_APPLICABLE, "c": Level.NOT_APPLICABLE}) is None
    assert score(rules, {"p": Level.NOT_APPLICABLE}) is not None


DOMAIN = (practice("p1", 1), practice("p2", 3), practice("p3", 3), challenge("c", 2))


@pytest.mark.parametrize(
    ("codes", "percent", "completed", "passes"),
    [
        ("0000", Fraction(0), None, [False, None, False]),  # not begun
        ("3000", Fraction(1, 2), 1, [True, None, False]),
        ("3300", Fraction(3, 4), 1, [True, None, False]),
        ("3330", Fraction(1), 3, [True, None, True]),  # stage 2 is blank
        ("0330", Fraction(1, 2), None, [False, None, True]),
        ("x330", Fraction(1), 3, [None, None, True]),
        ("3xx0", Fraction(1), 1, [True, None, None]),  # the largest stage with practices
        ("xxx0", None, None, [None, None, None]),
    ],
)
def test_a_domain_is_scored_over_the_stages_in_which_it_has_practices(codes, percent, completed, passes):
    domain = card(model(*DOMAIN, stages=3, domains=("a",)), codes).domains[0]
    assert domain.percent == percent
    assert domain.stages_completed == completed
    assert [stage[2] for stage in domain.stages] == passes
    assert [stage[0] for stage in domain.stages] == [1, 2, 3]
    assert all((completion is None) == (passed is None) for _, completion, passed in domain.stages)


def test_a_domain_needs_its_must_haves_too():
    rules = model(practice("must", must_have=True), *(practice(f"p{n}") for n in range(9)))
    assert card(rules, "0" + "3" * 9).domains[0].stages_completed is None
    assert card(rules, "3" * 9 + "0").domains[0].stages_completed == 1


def test_answered_is_the_share_of_asked_items():
    rules = model(*spread(2, 1), *spread(2, 2), stages=2)
    levels = {"c1-0": Level.NOT_STARTED, "c1-1": None, "c2-0": Level.NOT_APPLICABLE}
    result = score(rules, levels)
    assert result is not None
    assert result.answered == Fraction(2, 4)
    asked = score(rules, levels, asked_items(rules, levels))
    assert asked is not None
    assert asked.answered == Fraction(1, 2)


def test_not_yet_counts_as_not_asked_only_above_the_stage_being_worked_on():
    rules = model(*spread(1, 1), *spread(1, 2), *spread(1, 3), stages=3)
    assert card(rules, "0-y").answered == Fraction(1, 2)
    assert card(rules, "0yy").answered == 1
    # Stage 1 is completed since it was said; stage 2 is asked now.
    assert card(rules, "3yy").answered == Fraction(1, 2)


def test_asked_are_the_stages_through_the_one_being_worked_on():
    rules = model(challenge("c1", 1), challenge("c2", 2), challenge("c3", 3), stages=3)
    asked = [asked_items(rules, {"c1": one, "c2": two, "c3": Level.IN_PLACE}) for one, two in STEPS]
    assert asked == [{"c1"}, {"c1", "c2"}, {"c1", "c2", "c3"}]


STEPS = [
    (Level.PARTIAL, Level.IN_PLACE),
    (Level.IN_PLACE, Level.PARTIAL),
    (Level.NOT_APPLICABLE, Level.IN_PLACE),
]


@pytest.mark.parametrize(
    ("codes", "allowed"),
    [("0000", ["c2", "c3"]), ("3300", ["c3"]), ("3330", []), ("3333", []), ("y000", ["c2", "c3"])],
)
def test_not_yet_may_be_said_of_challenges_above_the_stage_being_worked_on(codes, allowed):
    rules = model(challenge("c1", 1), practice("p1", 1), challenge("c2", 2), challenge("c3", 3), stages=3)
    levels = {item.slug: LETTERS[code] for item, code in zip(rules.items, codes, strict=True)}
    assert [item.slug for item in rules.items if not_yet_allowed(rules, levels, item.slug)] == allowed


def test_practices_are_never_not_yet():
    rules = model(challenge("c1", 1), practice("p2", 2), stages=2)
    assert not not_yet_allowed(rules, {}, "p2")


HOLDING = model(
    practice("light", domain="a"),
    practice("must", domain="b", must_have=True),
    practice("floor1", domain="b"),
    practice("floor2", domain="b"),
    practice("done", domain="a"),
    challenge("heavy"),
    challenge("same"),
    practice("later", stage=2, domain="a"),
    practice("later-must", stage=2, domain="b", must_have=True),
    stages=2,
)


def test_what_holds_comes_in_order_of_effect():
    result = card(HOLDING, "2" + "2" + "20" + "3" + "00" + "00")
    assert [(gap.slug, gap.reason) for gap in result.holding] == [
        ("must", Reason.MUST_HAVE),  # first, though others would gain more
        ("floor2", Reason.DOMAIN_FLOOR),
        ("floor1", Reason.DOMAIN_FLOOR),
        ("heavy", Reason.SHARE),
        ("same", Reason.SHARE),  # a tie, in the order of the items
        ("light", Reason.SHARE),
    ]
    assert [gap.effect * 7 for gap in result.holding] == [
        *(Fraction(1, 2), 1, Fraction(1, 2)),
        *(1, 1, Fraction(1, 2)),
    ]
    assert result.holding[0].value == Fraction(1, 2)
    assert result.holding[0].must_have
    assert [gap.slug for gap in result.gaps] == [gap.slug for gap in result.holding] + ["later-must", "later"]


def test_the_effect_is_what_the_score_gains():
    levels = dict(zip((item.slug for item in HOLDING.items), [LETTERS[c] for c in "222031x02"], strict=True))
    before = score(HOLDING, levels)
    assert before is not None
    for gap in before.gaps:
        after = score(HOLDING, levels | {gap.slug: Level.IN_PLACE})
        assert after is not None
        assert after.score - before.score == gap.effect


def test_gaps_that_hold_nothing_are_gaps_only():
    rules = model(practice("must", must_have=True), *spread(8), challenge("open"), *spread(1, 2), stages=2)
    held = card(rules, "2" + "3" * 8 + "0" + "0")
    assert [gap.slug for gap in held.holding] == ["must"]
    assert [(gap.slug, gap.reason) for gap in held.gaps] == [
        ("must", Reason.MUST_HAVE),
        ("open", Reason.GAIN),
        ("c2-0", Reason.SHARE),
    ]
    # The stage passes: what is left in it follows what holds the next.
    passed = card(rules, "3" + "3" * 8 + "0" + "0")
    assert [gap.slug for gap in passed.gaps] == ["c2-0", "open"]
    assert [gap.slug for gap in passed.holding] == ["c2-0"]
    assert card(rules, "3" * 9 + "0" + "3").holding == ()


def test_levels_of_unknown_items_and_other_methods_are_refused():
    with pytest.raises(ValueError, match="does not have: q"):
        score(model(practice("p")), {"q": Level.IN_PLACE})
    with pytest.raises(ValueError, match="'points' is not the staged"):
        score(ModelRules(1, ("a",), (practice("p"),), method="points"), {})


@pytest.mark.parametrize(
    ("evidenced", "share"),
    [
        ({}, Fraction(0)),
        ({"half": date(2026, 9, 30)}, Fraction(1, 2)),
        ({"half": date(2025, 9, 30), "full": date(2026, 1, 1)}, Fraction(1)),  # a year old to the day
        ({"half": date(2025, 9, 29), "full": date(2026, 1, 1)}, Fraction(1, 2)),
        ({"planned": date(2026, 9, 1), "out": date(2026, 9, 1)}, Fraction(0)),
    ],
)
def test_backed_by_evidence_is_over_the_items_at_half_or_more(evidenced, share):
    levels = {
        "half": Level.PARTIAL,
        "full": Level.IN_PLACE,
        "planned": Level.PLANNED,
        "out": Level.NOT_APPLICABLE,
        "open": None,
    }
    evidence = {slug: [Dated(date(2020, 1, 1)), Dated(day)] for slug, day in evidenced.items()}
    assert evidence_share(levels, evidence, date(2026, 9, 30)) == share


def test_backed_by_evidence_where_nothing_is_claimed_and_in_leap_years():
    assert evidence_share({"p": Level.PLANNED}, {}, date(2026, 9, 30)) is None
    full = {"p": Level.IN_PLACE}
    assert evidence_share(full, {"p": [Dated(date(2027, 2, 28))]}, date(2028, 2, 29)) == 1
    assert evidence_share(full, {"p": [Dated(date(2027, 2, 27))]}, date(2028, 2, 29)) == 0


@pytest.mark.parametrize(
    ("evidence", "backed"),
    [
        ([Dated(date(2026, 8, 1), date(2026, 9, 29))], 0),  # expired the day before
        ([Dated(date(2026, 8, 1), date(2026, 9, 30))], 1),  # counts on its last day
        (
            [Dated(date(2026, 8, 1), date(2026, 9, 1)), Dated(date(2026, 1, 1))],
            1,
        ),  # an older one counts still
        ([Dated(date(2025, 1, 1), date(2030, 1, 1))], 0),  # without end, but older than a year
    ],
)
def test_expired_evidence_backs_nothing(evidence, backed):
    assert evidence_share({"p": Level.IN_PLACE}, {"p": evidence}, date(2026, 9, 30)) == backed


def test_an_exempt_item_is_left_out_as_one_that_does_not_apply():
    rules = model(practice("p"), practice("q", must_have=True))
    exempt = score(rules, {"p": Level.IN_PLACE, "q": Level.EXEMPT})
    assert exempt == score(rules, {"p": Level.IN_PLACE, "q": Level.NOT_APPLICABLE})
    assert score(rules, {"p": Level.EXEMPT, "q": Level.NOT_APPLICABLE}) is None


@pytest.mark.parametrize(
    ("value", "millionths"),
    [
        (Fraction(0), 0),
        (Fraction(1, 3), 333_333),
        (Fraction(2, 3), 666_667),
        (Fraction(5, 10_000_000), 1),  # half goes up
        (Fraction(4, 10_000_000), 0),
        (Fraction(5), 5_000_000),
        (Fraction(29_999_999, 10_000_000), 2_999_999),  # never up to a whole that was not reached
        (Fraction(-1, 3), -333_333),
    ],
)
def test_millionths(value, millionths):
    assert to_millionths(value) == millionths


@pytest.mark.parametrize(
    ("millionths", "text"),
    [
        (0, "0.00"),
        (999_999, "0.99"),
        (1_000_000, "1.00"),
        (994_999, "0.99"),
        (995_000, "0.99"),
        (1_234_999, "1.23"),
        (1_235_000, "1.24"),
        (4_999_999, "4.99"),
        (5_000_000, "5.00"),
        (4_000, "0.00"),
        (-250_000, "-0.25"),
        (-999_999, "-0.99"),
        (-4_000, "0.00"),
    ],
)
def test_two_places_on_the_screen(millionths, text):
    assert format_hundredths(millionths) == text


def test_levels_are_frozen_one_character_an_item():
    rules = model(*(practice(f"p{number}") for number in range(6)), challenge("c"))
    levels = dict(zip((item.slug for item in rules.items), [LETTERS[c] for c in "0123x-y"], strict=True))
    assert encode_levels(rules, levels) == "0123x-y"
    assert decode_levels(rules, "0123x-y") == levels
    assert encode_levels(rules, {}) == "-------"
    assert {level: code for code, level in LETTERS.items()} | {Level.EXEMPT: "e"} == LEVEL_CODES
    assert decode_levels(model(practice("p"), challenge("c")), "ee") == dict.fromkeys("pc", Level.EXEMPT)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("3", "1 level codes for 2 items"),
        ("333", "3 level codes for 2 items"),
        ("9-", "unknown level code '9' at position 0 \\(p\\)"),
        ("y-", "not_yet at position 0 \\(p\\), which is not a challenge"),
    ],
)
def test_faulty_frozen_levels_are_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        decode_levels(model(practice("p"), challenge("c")), text)


def test_faulty_levels_are_never_frozen():
    rules = model(practice("p"), challenge("c"))
    with pytest.raises(ValueError, match="which is not a challenge"):
        encode_levels(rules, {"p": Level.NOT_YET})
    with pytest.raises(ValueError, match="does not have: q"):
        encode_levels(rules, {"q": Level.IN_PLACE})
