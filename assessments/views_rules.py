"""How the versions of a model follow one another, and whether history is scored under each."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments.queries_rules import rules_of_model
from assessments.services_rescoring import NotAllowed, request_rescoring
from maturity.models import MaturityModel, ModelVersion
from portal.access.rules import Right
from portal.requests import person


@require_GET
def rule_list(request: HttpRequest, model: str) -> HttpResponse:
    """The versions of a model, what became of its items from one to the next, and how far history is."""
    found = get_object_or_404(MaturityModel, slug=model)
    context = {
        "model": found,
        "rules": rules_of_model(found),
        "may_rescore": person(request).has_everywhere(Right.RUN_PROGRAM),
        "crumbs": [("Models", reverse("maturity:model-list"))],
    }
    return render(request, "assessments/rule_list.html", context)


@require_POST
def rescoring_start(request: HttpRequest, model: str, version: str) -> HttpResponse:
    """Have history re-scored under the rule of a version; the workers do it."""
    found = get_object_or_404(ModelVersion, model__slug=model, version=version)
    try:
        job = request_rescoring(version=found, by=person(request), at=timezone.now())
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    if job is None:
        messages.info(request, f"History is being re-scored by version {found.version} already.")
    else:
        messages.success(request, f"History is being re-scored by version {found.version}.")
    return redirect("assessments:rule-list", model=model)
