"""The scoring methods by name, each giving a Scorecard of the same shape. Pure.

`staged` (maturity/scoring.py), `points` (scoring_points.py) and `mean` (scoring_mean.py). Whoever scores an
assessment of any model comes here. A method's version goes up when its code would score the same answers
otherwise. What was scored before keeps its rule's name, and history is scored again beside it.
"""

from collections.abc import Callable, Set

from maturity import scoring, scoring_mean, scoring_points
from maturity.bands import millionths_below_bands
from maturity.levels import NO_NUMBERS, Levels, ModelRules, Numbers
from maturity.scoring import Scorecard, to_millionths

Score = Callable[[ModelRules, Levels, Set[str] | None, Numbers], Scorecard | None]


def _staged(rules: ModelRules, levels: Levels, asked: Set[str] | None, numbers: Numbers) -> Scorecard | None:
    """Numbers say nothing in a staged model."""
    return scoring.score(rules, levels, asked)


METHODS: dict[str, Score] = {"staged": _staged, "points": scoring_points.score, "mean": scoring_mean.score}
# What a pack calls it: what it is called in results.
METHOD_VERSIONS = {"staged": "staged-1", "points": "points-1", "mean": "mean-1"}
METHOD_WORDS = {
    "staged": "Stages that are completed",
    "points": "Sum of points",
    "mean": "Weighted mean of domain scores",
}


def score(
    rules: ModelRules, levels: Levels, asked: Set[str] | None = None, numbers: Numbers = NO_NUMBERS
) -> Scorecard | None:
    """The scorecard of these answers by the method of the model; None where there is nothing to score.

    Raises ValueError for answers that the model has no place for.
    """
    return METHODS[rules.method](rules, levels, asked, numbers)


def asked_items(rules: ModelRules, levels: Levels) -> frozenset[str]:
    """The items to ask: of a staged model those through the stage being worked on, of others all."""
    if rules.is_staged:
        return scoring.asked_items(rules, levels)
    return frozenset(item.slug for item in rules.items)


def score_in_millionths(rules: ModelRules, card: Scorecard) -> int:
    """The score to be kept: millionths of a unit of the model's scale, never up to what was not reached."""
    return to_millionths(card.score) if rules.is_staged else millionths_below_bands(rules, card.score)


def rule_name(method: str, version: str) -> str:
    """What a result is scored by: the method's version and the model's ("staged-1@2").

    `method` as a pack names it. Raises ValueError for one that there is not.
    """
    if method not in METHOD_VERSIONS:
        raise ValueError(f"there is no scoring method {method!r}")
    return f"{METHOD_VERSIONS[method]}@{version}"
