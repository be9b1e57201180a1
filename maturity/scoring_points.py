"""Scoring by points: their sum over the maximum, bands of percent as stages. Pure, exact fractions.

An item that could never apply leaves the sum and the maximum alike: the score is the share of what can be
had, times the full maximum. So it is the plain sum of the points where nothing is left out, and scores of
agencies with different items left out are of one scale.
"""

from collections.abc import Set
from fractions import Fraction

from maturity.bands import band_cards, bands_reached, gaps_by_effect, is_answered
from maturity.levels import (
    LEFT_OUT,
    NO_NUMBERS,
    ItemRule,
    Levels,
    ModelRules,
    Numbers,
    refuse_unknown,
    value_of,
)
from maturity.scoring import DomainCard, Scorecard


def score(
    rules: ModelRules, levels: Levels, asked: Set[str] | None = None, numbers: Numbers = NO_NUMBERS
) -> Scorecard | None:
    """The scorecard of these answers, or None where nothing applies at all.

    An item is worth the points given; without a number, its level's value times its maximum; 0 unanswered.
    `asked` (default: all items) is what the share of answered items is taken over.
    """
    if rules.method != "points":
        raise ValueError(f"method {rules.method!r} is not the method of points")
    refuse_unknown(rules, levels)
    worth = {item: _worth(item, levels, numbers) for item in rules.items if not _left_out(item, levels)}
    if not worth:
        return None
    maximum, possible = rules.in_units_of.maximum, sum(item.points for item in worth)
    share = sum(worth.values(), Fraction(0)) / possible
    known = Fraction(possible, sum(item.points for item in rules.items))
    reached = bands_reached(rules.bands, share)
    effects = (
        (item.slug, points / item.points, (item.points - points) / possible * maximum)
        for item, points in worth.items()
    )
    return Scorecard(
        score=share * maximum,
        stages_completed=reached,
        working_on=reached + 1 if reached < rules.stages else None,
        limited_basis=known < rules.known_from,
        stages=band_cards(rules, share),
        domains=tuple(_domain(rules, slug, worth) for slug in rules.domains),
        answered=_answered(rules, levels, asked),
        holding=(),
        gaps=gaps_by_effect(rules, effects),
        known=known,
    )


def _left_out(item: ItemRule, levels: Levels) -> bool:
    return levels.get(item.slug) in LEFT_OUT


def _worth(item: ItemRule, levels: Levels, numbers: Numbers) -> Fraction:
    """The points of an item that applies. Raises ValueError for more or less than there are."""
    given = numbers.points.get(item.slug)
    if given is None:
        return (value_of(levels.get(item.slug)) or 0) * Fraction(item.points)
    if not 0 <= given <= item.points:
        raise ValueError(f"{given} points for {item.slug}, which has 0 to {item.points}")
    return Fraction(given)


def _domain(rules: ModelRules, slug: str, worth: dict[ItemRule, Fraction]) -> DomainCard:
    """A domain by the same rule over its own items; blank where none of them applies."""
    own = {item: points for item, points in worth.items() if item.domain == slug}
    if not own:
        return DomainCard(slug=slug, percent=None, stages_completed=None, stages=())
    share = sum(own.values(), Fraction(0)) / sum(item.points for item in own)
    return DomainCard(slug, share, bands_reached(rules.bands, share), ())


def _answered(rules: ModelRules, levels: Levels, asked: Set[str] | None) -> Fraction:
    slugs = [item.slug for item in rules.items if asked is None or item.slug in asked]
    answered = sum(is_answered(levels, slug) for slug in slugs)
    return Fraction(answered, len(slugs)) if slugs else Fraction(1)
