"""How papers are written by templates."""

from collections.abc import Mapping
from datetime import date

from django import template
from django.utils.safestring import SafeString, mark_safe

from dashboards.papers.blocks import Block, Cell, Chart, in_words
from dashboards.papers.content import Promise

register = template.Library()


@register.filter
def state_at(promise: Promise, on: date) -> str:
    """done, overdue or open on a day."""
    return promise.state_at(on)


@register.filter
def at_key(known: Mapping[str, str] | None, key: str) -> str:
    """What a mapping has by this name; nothing where there is no mapping, as in files."""
    return known.get(key, "") if known else ""


@register.filter
def block_kind(block: Block) -> str:
    """What a block is: Text, Numbers, Chart, Lines or Table."""
    return type(block).__name__


@register.filter
def drawing(chart: Chart) -> SafeString:
    """The drawing of a chart; its texts were escaped when it was drawn."""
    return mark_safe(chart.drawing)  # noqa: S308


@register.filter
def cell(value: Cell) -> str:
    """A cell of a table in words."""
    return in_words(value)
