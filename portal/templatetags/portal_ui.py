"""Template tags for what every page has: form fields, icons and the main navigation."""

from collections.abc import Iterator
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    RadioSelect,
    Select,
    Textarea,
)
from django.http import HttpRequest
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# Paths and not URL names: they are the portal's public names, whichever app serves them.
NAVIGATION = [
    ("", "Portfolio"),
    ("agencies/", "Agencies"),
    ("assessments/", "Assessments"),
    ("cycles/", "Cycles"),
    ("reports/", "Reports"),
    ("instruments/", "Instruments"),
    ("case-studies/", "Case studies"),
    ("library/", "Library"),
    ("models/", "Models"),
]

# Pages that belong to a part of the portal and do not lie below its address; those of "" are a portfolio's.
BELONGS = {
    "": (
        "portfolio/", "one-page/", "forecast/", "what-if/", "method-changes/", "filter/", "figures/",
        "briefings/", "commitments/",
    ),
    "agencies/": ("groups/",),
    "assessments/": ("evidence/", "exemptions/", "reviews/"),
    "cycles/": ("publications/",),
}  # fmt: skip

# The first that fits is taken: Django's CheckboxSelectMultiple is a RadioSelect too.
WIDGETS = [
    (CheckboxSelectMultiple, "options", "usa-checkbox__input"),
    (RadioSelect, "options", "usa-radio__input"),
    (CheckboxInput, "checkbox", "usa-checkbox__input"),
    (Select, "input", "usa-select"),
    (Textarea, "input", "usa-textarea"),
    (FileInput, "input", "usa-file-input portal-file-input"),
]


@register.inclusion_tag("includes/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form field with its label, hint and errors in the markup of the design system."""
    widget = bound.field.widget
    kind, classes = next(
        ((kind, classes) for cls, kind, classes in WIDGETS if isinstance(widget, cls)), ("input", "usa-input")
    )
    if bound.errors and kind == "input":
        classes += " usa-input--error"
    widget.attrs["class"] = f"{classes} {widget.attrs.get('class', '')}".strip()
    return {"field": bound, "kind": kind, "option": classes.removesuffix("__input")}


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, hidden from screen readers: the words beside it say what it means."""
    sprite = static("vendor/uswds/img/sprite.svg")
    return format_html(
        '<svg class="usa-icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        sprite,
        name,
    )


@register.inclusion_tag("includes/navigation.html", takes_context=True)
def navigation(context: RequestContext) -> dict[str, Any]:
    """The main navigation, with the part that the page belongs to marked."""
    request: HttpRequest | None = context.get("request")
    prefix = get_script_prefix()
    path = request.path.removeprefix(prefix) if request else None
    items = [
        {"url": prefix + target, "label": label, "current": path is not None and is_part(path, target)}
        for target, label in NAVIGATION
    ]
    return {"items": items}


@register.filter
def page_numbers(page: Page) -> Iterator[int | str]:
    """The numbers that lead to other pages, with an ellipsis for those left out."""
    return page.paginator.get_elided_page_range(page.number)


def is_part(path: str, target: str) -> bool:
    """Whether the page at `path` belongs to the part of the portal at `target` ("": the portfolio)."""
    below = (target, *BELONGS.get(target, ())) if target else BELONGS[""]
    return path == target or path.startswith(below)
