"""Evidence of all agencies whose answers one may see: what has expired or will, on a page and as CSV."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.forms_evidence import ExpiryFilterForm
from assessments.models import Evidence
from assessments.queries import shown_evidence
from assessments.services_evidence import note_list_export
from assessments.views import crumbs, person
from portal.agencies.models import Program, ProgramMembership, in_force
from portal.agencies.queries import demonstration_shown
from portal.exports import csv_text

PER_PAGE = 50
MOST_EXPORTED = 20_000
COLUMNS = (
    "Agency", "Slug", "Period", "Questionnaire", "Title", "Kind", "Dated on", "Expires on", "Days left",
    "Independence", "Owner", "Items",
)  # fmt: skip


@require_GET
def evidence_expiring(request: HttpRequest) -> HttpResponse:
    """What has expired or will within 90 days, of each agency's latest assessment; the nearest first."""
    form, found = _chosen(request)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "today": timezone.localdate(),
        "agencies": True,
        "crumbs": crumbs(),
    }
    return render(request, "assessments/evidence_expiring.html", context)


@require_GET
def evidence_export(request: HttpRequest) -> HttpResponse:
    """The same as a CSV file, noted in the audit."""
    _, found = _chosen(request)
    today = timezone.localdate()
    rows = [
        (
            row.assessment.agency.name, row.assessment.agency.slug, row.assessment.period_label,
            str(row.assessment.version), row.title, str(row.get_kind_display()), str(row.dated_on),
            str(row.expires_on or ""), (row.expires_on - today).days if row.expires_on else "",
            str(row.get_independence_display()), row.owned_by, row.used_for,  # type: ignore[attr-defined]
        )
        for row in found[:MOST_EXPORTED]
    ]  # fmt: skip
    reader, now = person(request), timezone.now()
    marking = " DEMONSTRATION: the data are invented." if demonstration_shown() else ""
    head = (f"Evidence by expiry, for {reader}, {timezone.localtime(now):%Y-%m-%d %H:%M %Z}.{marking}",)
    note_list_export(rows=len(rows), by=reader, at=now)
    response = HttpResponse(csv_text([head, COLUMNS, *rows]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="evidence-{today}.csv"'
    return response


def _chosen(request: HttpRequest) -> tuple[ExpiryFilterForm, QuerySet[Evidence]]:
    """The evidence asked for, with all that a row shows; a bounded number of queries."""
    reader, today = person(request), timezone.localdate()
    programs = Program.objects.visible_to(reader).order_by("name")
    form = ExpiryFilterForm([(row.slug, row.name) for row in programs[:500]], request.GET)
    found = Evidence.objects.visible_to(reader).current().filter(form.matches())
    given = form.cleaned_data if form.is_valid() else {}
    when = given.get("when", "")
    if when == "expired":
        found = found.filter(expires_on__lt=today)
    elif when == "soon":
        found = found.expiring(today).filter(expires_on__gte=today)
    elif when != "all":
        found = found.expiring(today)
    if given.get("program"):
        members = ProgramMembership.objects.filter(in_force(today), program__slug=given["program"])
        found = found.filter(assessment__agency__in=members.values("agency_id"))
    rows = shown_evidence().filter(pk__in=found.order_by().values("pk"))
    related = rows.select_related(
        "added_by", "owner", "file__stored", "assessment__agency", "assessment__version__model"
    )
    return form, related.order_by("expires_on", "assessment__agency__name", "pk")
