"""Which reports a program has made and sent by themselves."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dashboards.forms_reports import ScheduleForm
from dashboards.models import ReportSchedule
from dashboards.services_schedules import ScheduleWords, remove_schedule, save_schedule
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Program
from portal.requests import form_page, person, posted

PER_PAGE = 25


@require_safe
def schedule_list(request: HttpRequest) -> HttpResponse:
    """The schedules of the programs that one runs."""
    reader = person(request)
    programs = _programs(reader)
    if not programs.exists():
        raise PermissionDenied
    found = ReportSchedule.objects.filter(program__in=programs).select_related("program")
    page = Paginator(found.prefetch_related("recipients"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "programs": list(programs[:100]), "crumbs": _crumbs()[:1]}
    return render(request, "reports/schedule_list.html", context)


@form_page
def schedule_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Have a report made and sent from now on."""
    reader = person(request)
    program = get_object_or_404(Program.objects.visible_to(reader), slug=slug)
    if not reader.can_in_program(Right.RUN_PROGRAM, program):
        raise PermissionDenied
    return _page(request, program, None)


@form_page
def schedule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a schedule, or let it rest."""
    schedule = _schedule(request, pk)
    return _page(request, schedule.program, schedule)


@require_POST
def schedule_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Make and send no more."""
    remove_schedule(schedule=_schedule(request, pk), by=person(request), at=timezone.now())
    messages.success(request, "The schedule is removed. Reports that were made stay.")
    return redirect("dashboards:schedule-list")


def _page(request: HttpRequest, program: Program, schedule: ReportSchedule | None) -> HttpResponse:
    form = ScheduleForm(program, posted(request), initial=_initial(schedule))
    if form.is_bound and form.is_valid():
        words = ScheduleWords(**form.cleaned_data)
        save_schedule(program=program, schedule=schedule, words=words, by=person(request), at=timezone.now())
        messages.success(request, "The schedule is saved.")
        return redirect("dashboards:schedule-list")
    context = {"form": form, "program": program, "schedule": schedule, "crumbs": _crumbs()}
    return render(request, "reports/schedule_edit.html", context, status=422 if form.is_bound else 200)


def _initial(schedule: ReportSchedule | None) -> dict[str, object]:
    if schedule is None:
        return {"kind": "one_page", "format": "pdf", "when": ReportSchedule.When.PUBLICATION, "active": True}
    fields = ("kind", "format", "when", "attach", "active")
    return {name: getattr(schedule, name) for name in fields} | {"recipients": schedule.recipients.all()}


def _programs(reader: User) -> QuerySet[Program]:
    return Program.objects.filter(reader.programs_with(Right.RUN_PROGRAM)).order_by("name")


def _schedule(request: HttpRequest, pk: int) -> ReportSchedule:
    """One of a program that this person runs; of another they are told nothing."""
    found = ReportSchedule.objects.select_related("program").filter(program__in=_programs(person(request)))
    try:
        return found.get(pk=pk)
    except ReportSchedule.DoesNotExist as error:
        raise Http404 from error


def _crumbs() -> list[tuple[str, str]]:
    return [
        ("Reports", reverse("dashboards:report-list")),
        ("Schedules", reverse("dashboards:schedule-list")),
    ]
