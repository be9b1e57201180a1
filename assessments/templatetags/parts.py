"""The pages of one assessment, as the row under its head names them."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext
from django.urls import reverse

from assessments.models import Assessment, RoundKind
from portal.access.rules import Right

register = template.Library()

# Name of the URL, and what people call the page.
ALWAYS = (
    ("assessment-detail", "Questionnaire"),
    ("facts-edit", "Facts"),
    ("evidence-list", "Evidence"),
    ("person-list", "People"),
    ("shared-list", "Shared platforms"),
    ("workbook-detail", "Work offline"),
)


@dataclass(frozen=True)
class Part:
    """One page. `current`: "page" where it is the one shown, "true" where that lies below it, else ""."""

    label: str
    url: str
    current: str


@register.inclusion_tag("assessments/includes/parts.html", takes_context=True)
def assessment_parts(context: RequestContext) -> dict[str, Any]:
    """The pages of `assessment` that the reader may open, with the one that is shown marked."""
    request: HttpRequest = context["request"]
    assessment: Assessment = context["assessment"]
    names = list(ALWAYS)
    if assessment.kind == RoundKind.CHECK_IN:
        names.insert(0, ("check-in", "Check-in"))
    if assessment.state == Assessment.State.SUBMITTED and _may_review(context, assessment):
        names.append(("assessment-review", "Review"))
    if assessment.state == Assessment.State.APPROVED:
        names.append(("assessment-result", "Result"))
    urls = [(label, reverse(f"assessments:{name}", args=[assessment.pk])) for name, label in names]
    parts = [Part(label, url, _current(request.path, url, assessment)) for label, url in urls]
    return {"assessment": assessment, "assessment_pages": parts}


def _may_review(context: RequestContext, assessment: Assessment) -> bool:
    if "may_review" in context:
        return bool(context["may_review"])
    return bool(context["request"].user.can(Right.REVIEW, assessment.agency))


def _current(path: str, url: str, assessment: Assessment) -> str:
    if path == url:
        return "page"
    whole = reverse("assessments:assessment-detail", args=[assessment.pk])
    below = f"{whole}items/" if url == whole else url
    return "true" if path.startswith(below) else ""
