"""How the library is written by templates."""

from collections.abc import Mapping

from django import template
from django.utils.safestring import SafeString, mark_safe

from maturity.library.figures import Drawn
from portal.search.models import KINDS
from portal.search.queries import Place

register = template.Library()


@register.filter
def drawing(drawn: Drawn) -> SafeString:
    """The drawing of a figure; its texts were escaped when it was drawn."""
    return mark_safe(drawn.svg)  # noqa: S308


@register.filter
def place(places: Mapping[str, Place] | None, slug: str) -> Place | None:
    """Where the thing of this name is, if it is known."""
    return places.get(slug) if places and slug else None


@register.filter
def kind_name(kind: str) -> str:
    """What a kind of thing that can be found is called."""
    return KINDS[kind][0]
