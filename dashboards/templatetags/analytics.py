"""How rounded figures are written."""

from django import template

register = template.Library()


@register.filter
def tenths(millionths: int) -> str:
    """A score that was rounded to tenths of a stage: "2.1"."""
    whole, rest = divmod(millionths // 100_000, 10)
    return f"{whole}.{rest}"
