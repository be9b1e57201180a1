"""Scores and shares, kept in millionths, as people read them."""

from django import template

from assessments.models import Answer
from assessments.words import carried_words
from maturity.scoring import format_hundredths, format_percent

register = template.Library()


@register.filter
def carried(answer: Answer) -> str:
    """Where a carried answer comes from, and whether it still holds."""
    return carried_words(answer)


@register.filter
def score(millionths: int | None) -> str:
    """Two places, never up to a whole that was not reached: 2.74."""
    return "–" if millionths is None else format_hundredths(millionths)


@register.filter
def percent(millionths: int | None) -> str:
    """A share in whole percent, half-up, but 0% and 100% only where it is none and all: 74%."""
    return "–" if millionths is None else format_percent(millionths)
