"""The page of an agency among its peers, and its consent to be named to them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dashboards import services_peers as services
from dashboards.charts.peers import domains_among_peers
from dashboards.queries.peers import consent_of, read_peers
from dashboards.views.one_agency import subject_context, subject_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.requests import person


@require_GET
def agency_peers(request: HttpRequest, slug: str) -> HttpResponse:
    """How an agency stands among its peers in the latest published period."""
    subject = subject_of(request, slug)
    context = subject_context(subject, request) | {
        "here": "Peers",
        "consent": consent_of(subject.agency),
        "may_consent": _may_consent(subject.reader, subject.agency),
    }
    if subject.measure is not None:
        reading = read_peers(subject.agency, subject.measure, subject.reader, timezone.localdate())
        context["reading"] = reading
        if reading.bars and reading.cycle is not None:
            context["domains_chart"] = domains_among_peers(reading.bars, reading.cycle.period_label)
    return render(request, "dashboards/peers_agency.html", context)


@require_POST
def agency_peers_consent(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the consent to be named to peers, or take it back."""
    reader = person(request)
    agency = get_object_or_404(Agency.objects.visible_to(reader), slug=slug)
    if not _may_consent(reader, agency):
        raise PermissionDenied("The agency's lead or a program officer decides this.")
    given = request.POST.get("given") == "yes"
    if services.set_consent(agency=agency, given=given, by=reader, at=timezone.now()):
        said = "may now be named" if given else "is no longer named"
        messages.success(request, f"{agency} {said} to its peers.")
    return redirect("dashboards:agency-peers", slug=slug)


def _may_consent(reader: User, agency: Agency) -> bool:
    return reader.can(Right.SUBMIT, agency) or reader.can(Right.RUN_PROGRAM, agency)
