"""The program's own words on the one page: sentence, decisions, commitments."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboards.forms_reports import BriefingForm, CommitmentForm
from dashboards.models import Commitment
from dashboards.queries.briefings import briefing_of, carried_to, made_at
from dashboards.services_briefings import CommitmentWords, remove_commitment, save_briefing, save_commitment
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Program
from portal.agencies.periods import Period, label, period_of
from portal.requests import form_page, person, posted


@form_page
def briefing_edit(request: HttpRequest, slug: str, ends_on: str) -> HttpResponse:
    """Write what stands on the one page of this quarter beside the numbers."""
    program, period = _program(person(request), slug), _period(slug, ends_on)
    briefing = briefing_of(program, period.ends_on)
    initial = {"sentence": briefing.sentence, "decisions": briefing.decisions} if briefing else {}
    form = BriefingForm(posted(request), initial=initial)
    if form.is_bound and form.is_valid():
        save_briefing(
            program=program, period=period, by=person(request), at=timezone.now(), **form.cleaned_data
        )
        messages.success(request, "Saved.")
        return redirect(_one_page(program, period))
    context = _context(program, period) | {
        "form": form,
        "carried": list(carried_to(program, period)[:50]),
        "made": list(made_at(program, period)[:50]),
        "generated_url": _one_page(program, period),
    }
    return render(request, "reports/briefing_edit.html", context, status=422 if form.is_bound else 200)


@form_page
def commitment_new(request: HttpRequest, slug: str, ends_on: str) -> HttpResponse:
    """Write down what somebody promised at this briefing."""
    program, period = _program(person(request), slug), _period(slug, ends_on)
    form = CommitmentForm(posted(request))
    return _commitment_page(request, form, program, period, None)


@form_page
def commitment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a commitment, or say that it is done."""
    row = _commitment(request, pk)
    program = row.briefing.program
    period = period_of(row.briefing.period_ends_on, year_starts_in=program.year_starts_in)
    initial = {name: getattr(row, name) for name in ("text", "owner", "due_on", "done_on")}
    form = CommitmentForm(posted(request), initial=initial)
    return _commitment_page(request, form, program, period, row)


@require_POST
def commitment_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a commitment that was written by mistake."""
    row = _commitment(request, pk)
    briefing = row.briefing
    remove_commitment(commitment=row, by=person(request), at=timezone.now())
    messages.success(request, "The commitment is removed.")
    return redirect("dashboards:briefing-edit", slug=briefing.program.slug, ends_on=briefing.period_ends_on)


def _commitment_page(
    request: HttpRequest, form: CommitmentForm, program: Program, period: Period, row: Commitment | None
) -> HttpResponse:
    if form.is_bound and form.is_valid():
        words = CommitmentWords(pk=row.pk if row else None, **form.cleaned_data)
        save_commitment(program=program, period=period, words=words, by=person(request), at=timezone.now())
        messages.success(request, "The commitment is saved.")
        return redirect("dashboards:briefing-edit", slug=program.slug, ends_on=period.ends_on)
    context = _context(program, period) | {"form": form, "commitment": row}
    return render(request, "reports/commitment_edit.html", context, status=422 if form.is_bound else 200)


def _context(program: Program, period: Period) -> dict[str, object]:
    here = reverse("dashboards:briefing-edit", args=[program.slug, period.ends_on])
    name = label(period, program.year_starts_in)
    return {
        "program": program,
        "period": period,
        "period_name": name,
        "back": here,
        "crumbs": [("One page", _one_page(program, period))],
        "deeper": [("One page", _one_page(program, period)), (f"Briefing {name}", here)],
    }


def _one_page(program: Program, period: Period) -> str:
    return f"{reverse('dashboards:one-page')}?scope=program:{program.slug}&at={period.ends_on}"


def _program(reader: User, slug: str) -> Program:
    program = get_object_or_404(Program.objects.visible_to(reader), slug=slug)
    if not reader.can_in_program(Right.RUN_PROGRAM, program):
        raise PermissionDenied
    return program


def _period(slug: str, ends_on: str) -> Period:
    """The quarter of the program's calendar that ends on this day, else the month."""
    try:
        day = date.fromisoformat(ends_on)
    except ValueError as error:
        raise Http404 from error
    program = Program.objects.get(slug=slug)
    for kind in ("quarter", "month"):
        period = period_of(day, kind=kind, year_starts_in=program.year_starts_in)
        if period.ends_on == day:
            return period
    raise Http404


def _commitment(request: HttpRequest, pk: int) -> Commitment:
    programs = Program.objects.visible_to(person(request))
    found = Commitment.objects.filter(briefing__program__in=programs).select_related("briefing__program")
    row = get_object_or_404(found, pk=pk)
    if not person(request).can_in_program(Right.RUN_PROGRAM, row.briefing.program):
        raise PermissionDenied
    return row
