"""Publishing a round's figures, what a publication says, and correcting it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments.models import Cycle
from assessments.services_cycles import CannotAdvance
from dashboards.forms_publications import CorrectionForm
from dashboards.models import Publication, Report, Scope
from dashboards.queries.corrections import MOST_LISTED, made, pending
from dashboards.queries.measures import Measure
from dashboards.queries.publications import read_publication
from dashboards.queries.publishing import months_of
from dashboards.queries.reports import reports_with_earlier_figures, reports_with_figures
from dashboards.services_publications import (
    CannotPublish,
    NothingToCorrect,
    correct_publication,
    publish_cycle,
)
from portal.access.models import User
from portal.access.rules import Right
from portal.requests import person

REPORTS_PER_PAGE = 25


@require_POST
def cycle_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the figures of a round that is in preview."""
    reader = person(request)
    cycle = get_object_or_404(Cycle.objects.visible_to(reader).select_related("program"), pk=pk)
    if not reader.can_in_program(Right.RUN_PROGRAM, cycle.program):
        raise PermissionDenied
    try:
        publication = publish_cycle(cycle_id=cycle.pk, by=reader, at=timezone.now())
    except (CannotAdvance, CannotPublish) as error:
        messages.error(request, str(error))
        return redirect("assessments:cycle-detail", pk=pk)
    messages.success(request, f"{cycle} is published now. Its figures no longer move by themselves.")
    return redirect("dashboards:publication-detail", pk=publication.pk)


@require_GET
def cycle_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """To the latest publication of a round."""
    reader = person(request)
    cycle = get_object_or_404(Cycle.objects.visible_to(reader), pk=pk)
    publication = cycle.publications.order_by("-revision").first()
    if publication is None:
        raise Http404("The figures of this round are not published.")
    return redirect("dashboards:publication-detail", pk=publication.pk)


@require_GET
def publication_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What was published, what a correction changed, and what waits to be corrected."""
    publication = _seen(request, pk)
    return render(
        request,
        "dashboards/publication_detail.html",
        _context(publication, person(request), CorrectionForm(), request.GET),
    )


@require_POST
def publication_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish what has changed since as the next revision, with the reason."""
    publication, reader = _seen(request, pk), person(request)
    if not reader.can_in_program(Right.RUN_PROGRAM, publication.cycle.program):
        raise PermissionDenied
    form = CorrectionForm(request.POST)
    if form.is_valid():
        try:
            made_now = correct_publication(
                cycle_id=publication.cycle_id,
                reason=form.cleaned_data["reason"],
                by=reader,
                at=timezone.now(),
            )
        except (CannotPublish, NothingToCorrect) as error:
            messages.error(request, str(error))
            return redirect("dashboards:publication-detail", pk=pk)
        messages.success(request, f"{made_now} is published.")
        return redirect("dashboards:publication-detail", pk=made_now.pk)
    context = _context(publication, reader, form, request.GET)
    return render(request, "dashboards/publication_detail.html", context, status=422)


def _seen(request: HttpRequest, pk: int) -> Publication:
    """Raises Http404 for a round that one may not know of, PermissionDenied where its figures are hidden."""
    reader = person(request)
    found = Publication.objects.visible_to(reader).select_related(
        "cycle__program", "cycle__version__model", "by"
    )
    publication = get_object_or_404(found, pk=pk)
    program = publication.cycle.program
    seen = Scope.objects.visible_to(reader).filter(program=program).exists()
    if not seen and not reader.can_in_program(Right.SEE, program):
        raise PermissionDenied(
            "You may see some agencies of this program but not all, so its figures are not shown."
        )
    return publication


def _page(reports: QuerySet[Report], asked: str | None) -> Page[Report]:
    return Paginator(reports, REPORTS_PER_PAGE).get_page(asked)


def _context(
    publication: Publication, reader: User, form: CorrectionForm, asked: Mapping[str, str]
) -> dict[str, Any]:
    cycle = publication.cycle
    months = months_of(cycle)
    revisions = list(cycle.publications.select_related("by").order_by("-revision"))
    latest = revisions[0].pk == publication.pk
    waiting = pending(cycle, months, reader) if latest else []
    corrected = made(publication, months, reader) if publication.is_correction else []
    return {
        "publication": publication,
        "cycle": cycle,
        "measure": Measure(cycle.version),
        "reading": read_publication(publication),
        "revisions": revisions,
        "latest": revisions[0],
        "is_latest": latest,
        "waiting": waiting[:MOST_LISTED],
        "more_waiting": len(waiting) > MOST_LISTED,
        "corrected": corrected[:MOST_LISTED],
        "reports": _page(reports_with_figures(publication, reader), asked.get("page")),
        "old_reports": _page(reports_with_earlier_figures(publication, reader), asked.get("older")),
        "may_run": reader.can_in_program(Right.RUN_PROGRAM, cycle.program),
        "form": form,
        "crumbs": [
            ("Cycles", reverse("assessments:cycle-list")),
            (str(cycle), reverse("assessments:cycle-detail", args=[cycle.pk])),
        ],
    }
