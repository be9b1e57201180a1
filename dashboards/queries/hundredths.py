"""Scores in hundredths of a stage, counted in the database as they are in Python."""

from django.db.models import Case, Expression, F, IntegerField, When
from django.db.models.lookups import GreaterThanOrEqual

from maturity.scoring import HUNDREDTH, MILLION


def hundredths_of(score: str) -> Expression:
    """The score that a field holds, as maturity.scoring.to_hundredths: half-up, but never up to a whole that
    was not reached."""
    value = F(score)
    nearly_whole: Expression = GreaterThanOrEqual(value % MILLION, MILLION - HUNDREDTH // 2)
    return Case(
        When(nearly_whole, then=value / HUNDREDTH),
        default=(value + HUNDREDTH // 2) / HUNDREDTH,
        output_field=IntegerField(),
    )
