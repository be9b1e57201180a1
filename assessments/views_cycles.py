"""Pages of reporting rounds: the list, the board of one, opening one, bringing it to its next state."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assessments.forms_cycles import CycleForm, PreviewForm
from assessments.forms_units import ReopenForm
from assessments.models import Cycle
from assessments.queries_cycles import (
    agencies_asked,
    board_lines,
    in_order,
    programs_run_by,
    totals_of,
    with_status,
    with_text,
)
from assessments.queries_minutes import minutes_in
from assessments.queries_preview import preview_lines
from assessments.queries_rollup import with_rollups
from assessments.queries_units import arrangement_of
from assessments.services_cycles import (
    NEXT_STATE,
    PREVIEW_DAYS,
    CannotAdvance,
    CannotOpen,
    advance_cycle,
    open_cycle,
)
from assessments.views import person
from assessments.views_units import seen_cycle
from portal.access.rules import Right

PER_PAGE = 25
OPENED_WITH = ("program", "version", "period_label", "due_on", "kind", "units")


@require_GET
def cycle_list(request: HttpRequest) -> HttpResponse:
    """The rounds of all programs that one may know of, the latest period first."""
    found = Cycle.objects.visible_to(person(request)).select_related("program", "version__model")
    ordered = found.order_by("-period_ends_on", "program__name", "-pk")
    page = Paginator(ordered, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number),
        "may_open": bool(programs_run_by(person(request))),
    }
    return render(request, "cycles/cycle_list.html", context)


@require_GET
def cycle_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far each agency has come that is asked and that one may know of."""
    cycle, reader, today = seen_cycle(request, pk), person(request), timezone.localdate()
    asked = agencies_asked(cycle, reader)
    status, text, sort = (
        request.GET.get(name, "")[:200].replace("\0", "") for name in ("status", "q", "sort")
    )
    found = in_order(with_text(with_status(asked, status, today), text), sort)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    totals, lines = totals_of(asked, today), board_lines(cycle, page, reader, today)
    context = {
        "cycle": cycle,
        "late": today > cycle.due_on,
        "status": status,
        "q": text,
        "sort": sort or "agency",
        "totals": totals,
        "asked": totals.listed,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number),
        "lines": with_rollups(cycle, lines, reader),
        "next_state": NEXT_STATE.get(Cycle.State(cycle.state)),
        "preview": preview_lines(cycle, reader) if cycle.state != Cycle.State.COLLECTING else [],
        "minutes": minutes_in(cycle, reader),
        "preview_running": cycle.preview_ends_on is not None and today <= cycle.preview_ends_on,
        "reopen_form": ReopenForm(),
        "preview_form": PreviewForm(initial={"ends_on": today + timedelta(days=PREVIEW_DAYS)}),
        "may_run": reader.can_in_program(Right.RUN_PROGRAM, cycle.program),
        "crumbs": [("Cycles", reverse("assessments:cycle-list"))],
    }
    return render(request, "cycles/cycle_detail.html", context)


@require_http_methods(["GET", "POST"])
def cycle_open(request: HttpRequest) -> HttpResponse:
    """Open a round of a program that one runs."""
    reader = person(request)
    if not programs_run_by(reader):
        raise PermissionDenied
    form = CycleForm(reader, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and form.given_period is not None:
        given = {name: form.cleaned_data[name] for name in OPENED_WITH}
        try:
            cycle = open_cycle(period=form.given_period, by=reader, at=timezone.now(), **given)
        except CannotOpen as error:
            form.add_error(None, str(error))
        else:
            apart = len(arrangement_of(cycle.program_id, cycle.period_ends_on))
            told = f" {apart:,} of its agencies do not answer for themselves." if apart else ""
            messages.success(request, f"Opened: {cycle}.{told}")
            return redirect("assessments:cycle-detail", pk=cycle.pk)
    context = {"form": form, "crumbs": [("Cycles", reverse("assessments:cycle-list"))]}
    return render(request, "cycles/cycle_open.html", context, status=422 if form.is_bound else 200)


@require_POST
def cycle_advance(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the preview. Publishing keeps the figures, so that is a page of dashboards."""
    cycle = seen_cycle(request, pk)
    if not person(request).can_in_program(Right.RUN_PROGRAM, cycle.program):
        raise PermissionDenied
    form = PreviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["ends_on"])))
        return redirect("assessments:cycle-detail", pk=pk)
    try:
        cycle = advance_cycle(
            cycle_id=cycle.pk,
            to=Cycle.State.PREVIEW,
            by=person(request),
            at=timezone.now(),
            preview_ends_on=form.cleaned_data["ends_on"],
        )
    except CannotAdvance as error:
        messages.error(request, str(error))
    else:
        until = f" until {date_format(cycle.preview_ends_on, 'F j, Y')}" if cycle.preview_ends_on else ""
        messages.success(request, f"{cycle} is in preview{until}.")
    return redirect("assessments:cycle-detail", pk=pk)
