"""How the parts of a change are written on the pages."""

from django import template

from dashboards.charts.waterfall import exact_words
from dashboards.comparison_words import GROUP_WORDS
from maturity.explain import Group

register = template.Library()


@register.filter
def signed_exact(millionths: int | None) -> str:
    """A part of a change with all its places, in which they add up: +0.145833; a dash for none."""
    if millionths is None:
        return "–"
    return exact_words(millionths) if millionths else "0"


@register.filter
def signed_points(millionths: int | None) -> str:
    """A difference of shares in percentage points, to one place: +12.5; a dash where there is none."""
    if millionths is None:
        return "–"
    tenths = (abs(millionths) + 500) // 1000
    sign = "" if not tenths else "+" if millionths > 0 else "−"
    return f"{sign}{tenths // 10}.{tenths % 10}"


@register.filter
def group_words(group: Group) -> str:
    """What a group of causes is called."""
    return GROUP_WORDS[group]


@register.filter
def lower_first(words: str) -> str:
    """Words that go on a sentence: "in place" of "In place"."""
    return f"{words[:1].lower()}{words[1:]}"
