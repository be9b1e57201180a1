"""Reports: the list with its progress, asking for one, looking at one, downloading its file."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from dashboards.forms_reports import OnePageForm, ReportForm
from dashboards.models import Report
from dashboards.queries.agency import agency_publication
from dashboards.queries.measures import choose_measure, measures_in_use
from dashboards.queries.one_page import NothingToShow, points_up_to
from dashboards.queries.portfolio import latest_reported_anywhere
from dashboards.queries.publications import ids_named_to
from dashboards.queries.published_rules import measure_of_agency
from dashboards.queries.reports import is_outdated, later_revisions
from dashboards.queries.scopes import calendar_of
from dashboards.services_reports import (
    MayNotDownload,
    TooManyReports,
    Wanted,
    file_name,
    hand_out,
    request_report,
)
from dashboards.services_schedules import TYPES
from dashboards.views.choice import choice_or_404
from dashboards.views.one_page import publication_of
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.requests import person

PER_PAGE = 25


@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    """The reports that this person may see, the latest first; it updates itself on request."""
    reader = person(request)
    found = Report.objects.visible_to(reader).with_list_relations()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    open_ones = any(report.job is not None and report.job.is_open for report in page)
    context = {
        "page": page,
        "live": request.GET.get("live") == "on" and open_ones,
        "open": open_ones,
        "now": timezone.now(),
        "runs_program": reader.has_anywhere(Right.RUN_PROGRAM),
    }
    return render(request, "reports/report_list.html", context)


@require_POST
def report_new(request: HttpRequest) -> HttpResponse:
    """Have a report made of the scope that was looked at, which the address names."""
    choice = choice_or_404(request, OnePageForm)
    form = ReportForm(request.POST)
    known = choice.series.knowledge.day is not None
    if known or not form.is_valid():
        why = (
            "Reports are not made of what was known on a past day."
            if known
            else "Choose a report and a format."
        )
        messages.error(request, why)
        return redirect(f"{reverse('dashboards:one-page')}?{request.GET.urlencode()}")
    wanted = Wanted(
        kind=form.cleaned_data["kind"],
        format=form.cleaned_data["format"],
        measure=choice.measure,
        on=choice.on,
        year_starts_in=calendar_of(choice.scope, choice.reader),
        scope=choice.scope,
        publication=publication_of(choice),
    )
    return _requested(request, wanted)


@require_POST
def agency_report_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Have the one page of an agency made."""
    reader = person(request)
    agency = get_object_or_404(Agency.objects.visible_to(reader), slug=slug)
    measure = choose_measure(measures_in_use(), request.POST.get("model", ""))
    form = ReportForm({"kind": "one_page", "format": request.POST.get("format", "")})
    year_starts_in = calendar_of(None, reader)
    if measure is None or not form.is_valid():
        messages.error(request, "There is nothing to report on yet.")
        return redirect("dashboards:agency-detail", slug=slug)
    try:
        on = latest_reported_anywhere(measure, points_up_to(measure, date.max, year_starts_in)).on
    except NothingToShow as error:
        messages.error(request, str(error))
        return redirect("dashboards:agency-detail", slug=slug)
    measure = measure_of_agency(agency, measure, on)
    kind, format_ = Report.Kind.AGENCY.value, form.cleaned_data["format"]
    publication = agency_publication(agency, measure, on)
    wanted = Wanted(kind, format_, measure, on, year_starts_in, agency=agency, publication=publication)
    return _requested(request, wanted)


@require_GET
def report_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One report: how far it is, what it is, who took it."""
    report = _seen(request, pk)
    office = report.scope.office if report.scope is not None else None
    corrected = later_revisions(report)
    told = ids_named_to([one.pk for one in corrected], person(request))
    context = {
        "report": report,
        "name": file_name(report),
        "live": report.job is not None and report.job.is_open,
        "now": timezone.now(),
        "deliveries": list(report.deliveries.select_related("person")[:100])
        if office is not None and person(request).can_in_program(Right.RUN_PROGRAM, office)
        else [],
        "corrected": [(one, one.pk in told) for one in corrected],
        "outdated": is_outdated(report),
        "crumbs": [("Reports", reverse("dashboards:report-list"))],
    }
    return render(request, "reports/report_detail.html", context)


@require_GET
def report_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file, for who may see it now."""
    report = _seen(request, pk)
    if not report.is_ready:
        raise Http404
    try:
        written = hand_out(report=report, reader=person(request), at=timezone.now())
    except MayNotDownload as error:
        raise PermissionDenied(str(error)) from error
    except FileNotFoundError as error:
        raise Http404 from error
    response = HttpResponse(written, content_type=TYPES[report.format])
    response["Content-Disposition"] = f'attachment; filename="{file_name(report)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _seen(request: HttpRequest, pk: int) -> Report:
    return get_object_or_404(Report.objects.visible_to(person(request)).with_list_relations(), pk=pk)


def _requested(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    try:
        report = request_report(wanted=wanted, by=person(request), at=timezone.now())
    except TooManyReports as error:
        messages.error(request, str(error))
        return redirect("dashboards:report-list")
    messages.success(request, "The report is being made. It takes some seconds.")
    return redirect("dashboards:report-detail", pk=report.pk)
