"""Scoring by the weighted mean of domain scores, bands as stages. Pure, exact fractions.

A domain's score is given, or the mean of its answered items. A domain without one is missing, never 0: its
weight falls out, and the result says on how much of all weight it rests. A domain of weight 0 is shown
beside the score and is no part of it (an index whose own total is given, with what it was made of).
"""

from collections.abc import Set
from fractions import Fraction

from maturity.bands import band_cards, bands_reached, gaps_by_effect, is_answered, level_value
from maturity.levels import NO_NUMBERS, ItemRule, Levels, ModelRules, Numbers, refuse_unknown
from maturity.scoring import DomainCard, Gap, Scorecard


def score(
    rules: ModelRules, levels: Levels, asked: Set[str] | None = None, numbers: Numbers = NO_NUMBERS
) -> Scorecard | None:
    """The scorecard of these answers and given scores, or None where no domain with a weight has a score.

    A given score goes before the answers of its domain. `asked` (default: all) limits the items, not the
    domains, that the share of what is answered is taken over.
    """
    if rules.method != "mean":
        raise ValueError(f"method {rules.method!r} is not the method of means")
    refuse_unknown(rules, levels)
    shares = _shares(rules, levels, numbers)
    weights = dict(zip(rules.domains, rules.weights, strict=True))
    weight = sum((weights[slug] for slug in shares), Fraction(0))
    if not weight:
        return None
    maximum = rules.in_units_of.maximum
    share = sum((weights[slug] * one for slug, one in shares.items()), Fraction(0)) / weight
    known = weight / sum(weights.values(), Fraction(0))
    reached = bands_reached(rules.bands, share)
    return Scorecard(
        score=share * maximum,
        stages_completed=reached,
        working_on=reached + 1 if reached < rules.stages else None,
        limited_basis=known < rules.known_from,
        stages=band_cards(rules, share),
        domains=tuple(_domain(rules, slug, shares.get(slug)) for slug in rules.domains),
        answered=_answered(rules, levels, asked, numbers),
        holding=(),
        gaps=_gaps(rules, levels, numbers, {s: weights[s] / weight * maximum for s in shares}),
        known=known,
    )


def _shares(rules: ModelRules, levels: Levels, numbers: Numbers) -> dict[str, Fraction]:
    """By domain, its score as a share of the maximum, 0 to 1, where it has one.

    Raises ValueError for a score that the scale does not hold, or of a domain that the model has not.
    """
    if unknown := sorted(numbers.domains.keys() - set(rules.domains)):
        raise ValueError(f"scores of domains that the model does not have: {', '.join(unknown)}")
    maximum, found = rules.in_units_of.maximum, {}
    for slug in rules.domains:
        given = numbers.domains.get(slug)
        if given is not None:
            if not 0 <= given <= maximum:
                raise ValueError(f"the score of {slug} is not from 0 to {maximum}")
            found[slug] = Fraction(given) / maximum
        elif values := _values(rules, levels, slug):
            found[slug] = sum(values.values(), Fraction(0)) / len(values)
    return found


def _values(rules: ModelRules, levels: Levels, domain: str) -> dict[str, Fraction]:
    """The values of a domain's answered items that are not left out."""
    values = {item.slug: level_value(levels, item.slug) for item in _own(rules, domain)}
    return {slug: value for slug, value in values.items() if value is not None}


def _own(rules: ModelRules, domain: str) -> list[ItemRule]:
    return [item for item in rules.items if item.domain == domain]


def _domain(rules: ModelRules, slug: str, share: Fraction | None) -> DomainCard:
    if share is None:
        return DomainCard(slug=slug, percent=None, stages_completed=None, stages=())
    return DomainCard(slug, share, bands_reached(rules.bands, share), ())


def _answered(rules: ModelRules, levels: Levels, asked: Set[str] | None, numbers: Numbers) -> Fraction:
    """Share of what is asked that is there: a given score is one answer, as is each item of other domains;
    a domain that has neither is one thing asked and missing."""
    count = answered = 0
    for slug in rules.domains:
        items = [item.slug for item in _own(rules, slug) if asked is None or item.slug in asked]
        if slug in numbers.domains or not items:
            count, answered = count + 1, answered + (slug in numbers.domains)
        else:
            count += len(items)
            answered += sum(is_answered(levels, item) for item in items)
    return Fraction(answered, count) if count else Fraction(1)


def _gaps(rules: ModelRules, levels: Levels, numbers: Numbers, worth: dict[str, Fraction]) -> tuple[Gap, ...]:
    """Answered items below value 1 in domains whose score follows from answers. `worth`: what a domain
    adds to the score at its full maximum."""
    effects = []
    for slug, full in worth.items():
        if slug in numbers.domains:
            continue
        values = _values(rules, levels, slug)
        effects += [(item, value, (1 - value) / len(values) * full) for item, value in values.items()]
    return gaps_by_effect(rules, effects)
