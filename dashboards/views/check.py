"""What the nightly check found, and the button that computes everything anew. For administrators."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dashboards.queries.scopes import freshness
from dashboards.services_rebuild import left, request_rebuild
from portal.access.rules import Right
from portal.requests import person


@require_GET
def check_detail(request: HttpRequest) -> HttpResponse:
    """The last check, with the first of its findings."""
    _needs_to_administer(request)
    return render(request, "dashboards/check_detail.html", {"fresh": freshness(), "left": left()})


@require_POST
def rebuild_start(request: HttpRequest) -> HttpResponse:
    """Have everything computed again from the assessments."""
    _needs_to_administer(request)
    request_rebuild(by=person(request), at=timezone.now())
    messages.success(request, "Everything is being computed anew; what is shown stays until it is replaced.")
    return redirect("jobs:job-list")


def _needs_to_administer(request: HttpRequest) -> None:
    if not person(request).has_everywhere(Right.ADMINISTER):
        raise PermissionDenied("Only administrators of everything may do this.")
