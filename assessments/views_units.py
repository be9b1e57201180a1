"""Pages about the agencies of a round: who answers for whom, later due days, nothing to report, closing."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET, require_POST

from assessments.arrangement import faults
from assessments.forms_units import ExtensionForm, NothingForm, ReopenForm, UnitsForm, chosen_lines
from assessments.models import Cycle, NothingToReport
from assessments.queries_cycles import (
    APART,
    agencies_asked,
    board_lines,
    open_agencies_asked,
    totals_of,
    with_status,
    with_text,
)
from assessments.queries_units import arrangement_of, asked_in, mark_of
from assessments.services_board import export_board
from assessments.services_cycles import CannotAdvance, close_cycle, reopen_cycle
from assessments.services_extensions import (
    MOST_AT_ONCE,
    CannotConfirm,
    CannotExtend,
    confirm_nothing,
    extend_agencies,
    withdraw_extensions,
    withdraw_nothing,
)
from assessments.services_units import ArrangementChanged, CannotArrange, arrange_units
from assessments.views import person
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.requests import form_page, posted

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNITS_PER_PAGE = 100
FAULTS_SHOWN = 5
HOW = [("", "All"), ("own", "For themselves"), *APART.items()]


def seen_cycle(request: HttpRequest, pk: int) -> Cycle:
    """The round, if this person may know of its program; otherwise there is none for them."""
    found = Cycle.objects.visible_to(person(request)).select_related("program", "version__model")
    return get_object_or_404(found, pk=pk)


def _run_by(request: HttpRequest, pk: int) -> Cycle:
    """The same, refused to who does not run the program."""
    cycle = seen_cycle(request, pk)
    if not person(request).can_in_program(Right.RUN_PROGRAM, cycle.program):
        raise PermissionDenied
    return cycle


def _crumbs(cycle: Cycle) -> list[tuple[str, str]]:
    return [
        ("Cycles", reverse("assessments:cycle-list")),
        (str(cycle), reverse("assessments:cycle-detail", args=[cycle.pk])),
    ]


# --- who answers for whom -----------------------------------------------------------------------------


@form_page
def cycle_units(request: HttpRequest, pk: int) -> HttpResponse:
    """Which agencies answer for themselves, are rolled up or covered; a POST changes it for some or all."""
    cycle, reader = _run_by(request, pk), person(request)
    form = UnitsForm(open_agencies_asked(cycle), posted(request))
    if request.method == "POST" and form.is_valid() and _arranged(request, cycle, form):
        return redirect("assessments:cycle-units", pk=pk)
    now, asked, today = arrangement_of(cycle.program_id, cycle.period_ends_on), asked_in(cycle), _today()
    how, text = request.GET.get("how", ""), request.GET.get("q", "")[:200]
    found = with_text(agencies_asked(cycle, reader), text)
    if how == "own":
        found = found.exclude(status__in=list(APART))
    elif how in APART:
        found = with_status(found, how, today)
    page = Paginator(found.order_by("path"), UNITS_PER_PAGE).get_page(request.GET.get("page"))
    wrong = faults(asked, now)
    context = {
        "cycle": cycle,
        "form": form,
        "page": page,
        "lines": [
            (line, asked.name(line.agency.parent_id) if line.agency.parent_id in asked.nodes else "",
             line.agency.pk in asked.parents)
            for line in board_lines(cycle, page, reader, today)
        ],
        "chosen": set(request.POST.getlist("unit")),
        "how": how,
        "hows": HOW,
        "q": text,
        "seen": mark_of(now),
        "totals": totals_of(agencies_asked(cycle, reader), today),
        "faults": wrong[:FAULTS_SHOWN],
        "more_faults": len(wrong) - FAULTS_SHOWN,
        "both": _both(asked, now),
        "crumbs": _crumbs(cycle),
    }  # fmt: skip
    return render(request, "cycles/cycle_units.html", context, status=422 if form.is_bound else 200)


def _both(asked: Any, now: Any) -> int:
    """How many agencies answer for themselves although others below them do so too."""
    own = {pk for pk in asked.nodes if pk not in now}
    return len({upper for pk in own for upper in asked.above[pk] if upper in own})


def _arranged(request: HttpRequest, cycle: Cycle, form: UnitsForm) -> bool:
    given = form.cleaned_data
    try:
        changed = arrange_units(
            cycle_id=cycle.pk,
            change=given["change"],
            agencies=None if given["everyone"] else [agency.pk for agency in given["unit"]],
            seen=given["seen"],
            by=person(request),
            at=timezone.now(),
        )
    except (CannotArrange, ArrangementChanged) as error:
        form.add_error(None, str(error))
        return False
    what = f"{len(changed):,} {'agency' if len(changed) == 1 else 'agencies'} changed." if changed else ""
    messages.success(request, f"Kept. {what or 'They answered like that already.'}")
    return True


# --- the board as a file ------------------------------------------------------------------------------


@require_GET
def cycle_board(request: HttpRequest, pk: int) -> HttpResponse:
    """The board as a workbook, as far as one may read it."""
    file = export_board(cycle=seen_cycle(request, pk), by=person(request), at=timezone.now())
    response = HttpResponse(file.content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


# --- a later due day ----------------------------------------------------------------------------------


@form_page
def cycle_extend(request: HttpRequest, pk: int) -> HttpResponse:
    """A later due day for the lines that were chosen on the board, or taking it back."""
    cycle, reader = _run_by(request, pk), person(request)
    sent = request.POST if request.method == "POST" else request.GET
    try:
        chosen = chosen_lines(sent.getlist("unit"))
    except ValidationError as error:
        raise Http404 from error
    if not chosen:
        messages.error(request, "Choose at least one agency on the board first.")
        return redirect("assessments:cycle-detail", pk=pk)
    withdraw = "withdraw" in sent
    form = ExtensionForm(posted(request) if not withdraw else None)
    if request.method == "POST" and (withdraw or form.is_valid()):
        try:
            _extend(request, cycle, chosen, form, withdraw)
        except CannotExtend as error:
            messages.error(request, str(error))
            if withdraw:
                return redirect("assessments:cycle-detail", pk=pk)
        else:
            return redirect("assessments:cycle-detail", pk=pk)
    agencies = agencies_asked(cycle, reader).filter(pk__in=list(chosen)[:MOST_AT_ONCE]).order_by("name", "pk")
    context = {
        "cycle": cycle,
        "form": form,
        "chosen": sent.getlist("unit"),
        "lines": board_lines(cycle, agencies, reader, _today()),
        "some_extended": any(chosen.values()),
        "crumbs": _crumbs(cycle),
    }
    return render(request, "cycles/cycle_extend.html", context, status=422 if form.is_bound else 200)


def _extend(
    request: HttpRequest, cycle: Cycle, chosen: dict[int, Any], form: ExtensionForm, withdraw: bool
) -> None:
    common = {"cycle_id": cycle.pk, "seen": chosen, "by": person(request), "at": timezone.now()}
    if withdraw:
        count = withdraw_extensions(**common)  # type: ignore[arg-type]
        messages.success(request, f"Taken back for {_agencies(count)}: they are due with all others.")
        return
    given = form.cleaned_data
    count = extend_agencies(until_on=given["until_on"], reason=given["reason"], **common)  # type: ignore[arg-type]
    until = date_format(given["until_on"], "F j, Y")
    messages.success(request, f"Extended for {_agencies(count)} until {until}.")


def _agencies(count: int) -> str:
    return f"{count:,} {'agency' if count == 1 else 'agencies'}"


# --- nothing to report --------------------------------------------------------------------------------


@form_page
def cycle_nothing(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Confirm for an agency that it has nothing to report in a round, or take that back."""
    cycle, reader = seen_cycle(request, pk), person(request)
    agency = get_object_or_404(Agency.objects.visible_to(reader), slug=slug)
    if not (reader.can(Right.SUBMIT, agency) or reader.can(Right.RUN_PROGRAM, agency)):
        raise PermissionDenied
    there = NothingToReport.objects.filter(cycle=cycle, agency=agency).select_related("by").first()
    form = NothingForm(posted(request) if "withdraw" not in request.POST else None)
    common = {"cycle_id": cycle.pk, "agency": agency, "by": reader, "at": timezone.now()}
    if request.method == "POST":
        try:
            if "withdraw" in request.POST:
                withdraw_nothing(**common)  # type: ignore[arg-type]
                messages.success(request, f"Taken back: {agency} is asked again.")
                return redirect("assessments:cycle-detail", pk=pk)
            if form.is_valid():
                confirm_nothing(reason=form.cleaned_data["reason"], **common)  # type: ignore[arg-type]
                messages.success(request, f"Confirmed: {agency} has nothing to report in {cycle}.")
                return redirect("assessments:cycle-detail", pk=pk)
        except CannotConfirm as error:
            messages.error(request, str(error))
            return redirect("assessments:cycle-detail", pk=pk)
    context = {"cycle": cycle, "agency": agency, "there": there, "form": form, "crumbs": _crumbs(cycle)}
    return render(request, "cycles/cycle_nothing.html", context, status=422 if form.is_bound else 200)


# --- closing ------------------------------------------------------------------------------------------


@require_POST
def cycle_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Lock the round."""
    cycle = _run_by(request, pk)
    try:
        close_cycle(cycle_id=cycle.pk, by=person(request), at=timezone.now())
    except CannotAdvance as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{cycle} is closed: nobody starts or submits for it any more.")
    return redirect("assessments:cycle-detail", pk=pk)


@require_POST
def cycle_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a round again that was closed or is in preview."""
    cycle, form = _run_by(request, pk), ReopenForm(request.POST)
    try:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        reopen_cycle(cycle_id=cycle.pk, reason=reason, by=person(request), at=timezone.now())
    except CannotAdvance as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{cycle} is open again.")
    return redirect("assessments:cycle-detail", pk=pk)


def _today() -> Any:
    return timezone.localdate()
