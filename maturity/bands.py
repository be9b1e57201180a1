"""Stages that are bands of the score: what the methods `points` and `mean` have in common. Pure."""

from collections.abc import Iterable
from fractions import Fraction
from math import floor

from maturity.levels import Levels, ModelRules, value_of
from maturity.scoring import MILLION, Gap, Reason, StageCard, to_millionths


def bands_reached(bands: Iterable[Fraction], share: Fraction) -> int:
    """How many of the (rising) bands a share of the maximum has reached; one at 0 is reached by everybody."""
    return sum(share >= band for band in bands)


def band_cards(rules: ModelRules, share: Fraction) -> tuple[StageCard, ...]:
    """One card a band; its completion is how much of the way to it is gone."""
    return tuple(
        StageCard(
            number=number,
            completion=min(share / band, Fraction(1)) if band else Fraction(1),
            passes=share >= band,
            items=0,
            left_out=0,
            at_full=0,
            share_needed=0,
            must_haves_missing=(),
            floors_missed=(),
            limited_basis=False,
        )
        for number, band in enumerate(rules.bands, 1)
    )


def gaps_by_effect(rules: ModelRules, effects: Iterable[tuple[str, Fraction, Fraction]]) -> tuple[Gap, ...]:
    """Gaps of (item, value, effect) in order of effect; of equal ones in the order of the items."""
    gaps = [Gap(slug, 1, value, effect, False, Reason.GAIN) for slug, value, effect in effects if effect]
    return tuple(sorted(gaps, key=lambda gap: -gap.effect))


def millionths_below_bands(rules: ModelRules, score: Fraction) -> int:
    """A score as integer millionths, half-up, but never up to a band, a whole or a maximum not reached."""
    maximum = rules.in_units_of.maximum
    rounded = to_millionths(score)
    if any(score < band * maximum <= Fraction(rounded, MILLION) for band in rules.bands):
        return floor(score * MILLION)
    return rounded


def is_answered(levels: Levels, slug: str) -> bool:
    """Whether anything was said of the item."""
    return levels.get(slug) is not None


def level_value(levels: Levels, slug: str) -> Fraction | None:
    """The value of an answered item; None where it is left out or not answered."""
    level = levels.get(slug)
    return None if level is None else value_of(level)
