"""Markdown in templates of case studies."""

from django import template
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe

from casestudies.markdown import CannotRender, render

register = template.Library()


@register.simple_tag
def markdown(text: str, first_rank: int = 2) -> SafeString:
    """`text` as HTML, its highest heading of rank `first_rank`; as typed where it is beyond what is shown."""
    try:
        return mark_safe(render(text, first_rank=first_rank))  # noqa: S308 - cleaned by a list of allowed tags
    except CannotRender:
        return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308 - escaped there
