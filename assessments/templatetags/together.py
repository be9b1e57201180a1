"""What the list of assessments says of the reader."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def of_key(found: Mapping[int, int], key: int) -> int | None:
    """What a mapping holds for a key; None where it holds nothing."""
    return found.get(key)
