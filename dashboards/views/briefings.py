"""The program's own words on the one page: sentence and decisions, and the commitments that it carries."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from dashboards.forms_reports import BriefingForm
from dashboards.models import Briefing
from dashboards.queries.briefings import briefing_of, carried_to, made_at
from dashboards.services_briefings import save_briefing
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Program
from portal.agencies.periods import Period, label, period_of
from portal.requests import form_page, person, posted


@form_page
def briefing_edit(request: HttpRequest, slug: str, ends_on: str) -> HttpResponse:
    """Write what stands on the one page of this quarter beside the numbers."""
    program = program_run_by(person(request), slug)
    period = period_or_404(program, ends_on)
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


def _context(program: Program, period: Period) -> dict[str, object]:
    name = label(period, program.year_starts_in)
    return {
        "program": program,
        "period": period,
        "period_name": name,
        "crumbs": [("One page", _one_page(program, period))],
    }


def _one_page(program: Program, period: Period) -> str:
    return f"{reverse('dashboards:one-page')}?scope=program:{program.slug}&at={period.ends_on}"


def briefing_address(briefing: Briefing) -> str:
    """The page of a briefing."""
    return reverse("dashboards:briefing-edit", args=[briefing.program.slug, briefing.period_ends_on])


def program_run_by(reader: User, slug: str) -> Program:
    """The program for who runs it. Raises Http404, PermissionDenied."""
    program = get_object_or_404(Program.objects.visible_to(reader), slug=slug)
    if not reader.can_in_program(Right.RUN_PROGRAM, program):
        raise PermissionDenied
    return program


def period_or_404(program: Program, ends_on: str) -> Period:
    """The quarter of the program's calendar that ends on this day, else the month. Raises Http404."""
    try:
        day = date.fromisoformat(ends_on)
    except ValueError as error:
        raise Http404 from error
    for kind in ("quarter", "month"):
        period = period_of(day, kind=kind, year_starts_in=program.year_starts_in)
        if period.ends_on == day:
            return period
    raise Http404
