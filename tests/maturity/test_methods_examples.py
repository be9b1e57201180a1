"""The worked examples of docs/scoring.md for models of points and of means."""

from fractions import Fraction
from pathlib import Path

import pytest

from maturity.levels import Level, Numbers
from maturity.methods import score, score_in_millionths
from maturity.scoring import format_hundredths
from tests.maturity.banded import MEAN_PACK, POINTS_PACK, read

PAGE = (Path(__file__).parents[2] / "docs" / "scoring.md").read_text()
SKILLS = {"train-staff": Level.IN_PLACE, "name-owner": Level.PARTIAL}


def cells(section: str, row: str) -> list[str]:
    """The cells A, B and C of a row in a section of the page."""
    text = PAGE[PAGE.index(f"### {section}\n") :]
    line = next(line for line in text.splitlines() if line.startswith(f"| **{row}**"))
    return [cell.strip() for cell in line.strip("|").split("|")][-3:]


def test_points():
    rules = read(POINTS_PACK).rules()
    cases = [
        ({}, {"claim": 7, "scope": 5, "interface": 0}),
        ({"claim": Level.NOT_APPLICABLE}, {"scope": 4, "interface": 2}),
        ({}, {"claim": 10, "scope": 5, "interface": 4}),
    ]
    cards = [score(rules, levels, numbers=Numbers(points)) for levels, points in cases]
    shown = [format_hundredths(score_in_millionths(rules, card)) for card in cards]
    assert shown == cells("Points", "Score")
    assert [str(card.stages_completed) for card in cards] == cells("Points", "Bands reached")
    assert [card.limited_basis for card in cards] == [False, True, False]


def test_means():
    rules = read(MEAN_PACK).rules()
    cases = [{"ready": "60", "done": "24.59"}, {"ready": "60"}, {"ready": "60", "done": "0"}]
    given = [Numbers(domains={slug: Fraction(text) for slug, text in case.items()}) for case in cases]
    cards = [score(rules, SKILLS, numbers=numbers) for numbers in given]
    shown = [format_hundredths(score_in_millionths(rules, card)) for card in cards]
    assert shown == cells("Means", "Score")
    assert [float(card.known) for card in cards] == [1, 0.5, 1]
    assert [card.limited_basis for card in cards] == [False, True, False]
    assert score(rules, {}) is None


def test_a_band_is_not_reached_by_rounding():
    rules = read(MEAN_PACK).rules()
    close = Numbers(domains={"ready": Fraction("39.99999999")})
    card = score(rules, {}, numbers=close)
    assert card is not None
    assert (score_in_millionths(rules, card), card.stages_completed) == (39_999_999, 1)


def test_levels_are_worth_their_share_of_the_points():
    model = POINTS_PACK["model.yaml"].replace("rhythm: month", "answers: levels")
    rules = read({**POINTS_PACK, "model.yaml": model}).rules()
    levels = {"claim": Level.PARTIAL, "scope": Level.IN_PLACE, "interface": Level.PLANNED}
    card = score(rules, levels)
    assert card is not None
    assert card.score == Fraction("11.25")


def test_numbers_that_a_model_does_not_hold_are_refused():
    points, means = read(POINTS_PACK).rules(), read(MEAN_PACK).rules()
    with pytest.raises(ValueError, match="11 points for claim"):
        score(points, {"claim": Level.IN_PLACE}, numbers=Numbers({"claim": 11}))
    with pytest.raises(ValueError, match="not from 0 to 100"):
        score(means, {}, numbers=Numbers(domains={"ready": Fraction(101)}))
    with pytest.raises(ValueError, match="does not have: nowhere"):
        score(means, {}, numbers=Numbers(domains={"nowhere": Fraction(1)}))
