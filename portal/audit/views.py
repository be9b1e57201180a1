"""The page of the audit."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.access.rules import Right
from portal.audit.forms import AuditFilterForm
from portal.audit.models import AuditEntry
from portal.audit.queries import Wanted, find_entries, page_of
from portal.requests import person

PER_PAGE = 50


@require_safe
def entry_list(request: HttpRequest) -> HttpResponse:
    """Who did what, when, from where; for administrators."""
    if not person(request).has_everywhere(Right.ADMINISTER):
        raise PermissionDenied("Only administrators read the audit.")
    form = AuditFilterForm(request.GET)
    entries: list[AuditEntry] = []
    older = None
    if form.is_valid():
        asked = dict(form.cleaned_data)
        before = asked.pop("before")
        entries, older = page_of(find_entries(Wanted(**asked)), before, PER_PAGE)
    context = {
        "form": form,
        "entries": entries,
        "older": older,
        "crumbs": [("Your account", reverse("access:account-detail"))],
    }
    return render(request, "audit/entry_list.html", context)
