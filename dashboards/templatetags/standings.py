"""How changes and counts are written on the pages."""

from typing import Any

from django import template

from dashboards.charts.chart import agencies as agencies_in_words
from maturity.scoring import format_hundredths

register = template.Library()


@register.filter
def signed(millionths: int | None) -> str:
    """A change with its sign and two places: +0.21, −0.05, 0.00; a dash where there is none."""
    if millionths is None:
        return "–"
    words = format_hundredths(millionths)
    if words.startswith("-"):
        return f"−{words[1:]}"
    return words if words == "0.00" else f"+{words}"


@register.filter
def signed_count(difference: int | None) -> str:
    """A change of a count with its sign: +4, −1, 0; a dash where there is none."""
    if difference is None:
        return "–"
    return f"+{difference:,}" if difference > 0 else f"{difference:,}".replace("-", "−")


@register.filter
def agencies(count: int) -> str:
    """ "1 agency", "1,200 agencies"."""
    return agencies_in_words(count)


@register.simple_tag
def band_name(measure: Any, number: int) -> str:
    """The name of a band of the score of a measure."""
    return str(measure.stage_name(number))


@register.filter
def months_old(age: int | None) -> str:
    """How old an assessment is, from the end of its period."""
    if age is None:
        return ""
    return f"{age} month{'' if age == 1 else 's'} old" if age else "current"
