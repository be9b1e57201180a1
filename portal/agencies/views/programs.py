"""Pages of programs: list, one program with its members, new, edit, members in and out."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from portal.access.rules import Right
from portal.agencies import periods, services_programs
from portal.agencies.forms import programs as forms
from portal.agencies.models import Agency, Program
from portal.agencies.queries import with_member_count
from portal.agencies.views.permissions import needs_to_administer, program_to_run
from portal.requests import form_page, person, posted

PER_PAGE = 50


def _crumbs(program: Program | None = None) -> list[tuple[str, str]]:
    """The way down to the pages of programs, or to those below `program`."""
    crumbs = [("Agencies", reverse("dashboards:agency-list")), ("Programs", reverse("agencies:program-list"))]
    if program is not None:
        crumbs.append((program.name, reverse("agencies:program-detail", args=[program.slug])))
    return crumbs


def program_list(request: HttpRequest) -> HttpResponse:
    """The programs that this person may know of."""
    today = timezone.localdate()
    programs = with_member_count(Program.objects.visible_to(person(request)), person(request), today)
    page = Paginator(programs, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "may_create": person(request).has_everywhere(Right.ADMINISTER),
        "crumbs": _crumbs()[:1],
    }
    return render(request, "agencies/program_list.html", context)


def program_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One program: its calendar, what it asks by default, its members that this person may know of."""
    program = get_object_or_404(Program.objects.visible_to(person(request)), slug=slug)
    return _detail(request, program)


def _detail(
    request: HttpRequest, program: Program, form: forms.MembersForm | None = None, status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    visible = Agency.objects.visible_to(person(request))
    members = (
        program.memberships.filter(agency__in=visible)
        .filter(Q(until_on__isnull=True) | Q(until_on__gte=today))
        .select_related("agency__parent")
        .order_by("agency__name", "agency_id", "from_on")
    )
    page = Paginator(members, PER_PAGE).get_page(request.GET.get("page"))
    quarter = periods.period_of(today, year_starts_in=program.year_starts_in)
    visible_parents = visible.filter(pk__in=[row.agency.parent_id for row in page]).values_list(
        "pk", flat=True
    )
    context: dict[str, Any] = {
        "program": program,
        "page": page,
        "visible_parents": set(visible_parents),
        "quarter": quarter,
        "quarter_label": periods.label(quarter, program.year_starts_in),
        "year_starts": periods.MONTHS[program.year_starts_in - 1].capitalize(),
        "today": today,
        "crumbs": _crumbs(),
    }
    if person(request).can_in_program(Right.RUN_PROGRAM, program):
        context["form"] = form or forms.MembersForm(user=person(request), initial={"on": today})
    return render(request, "agencies/program_detail.html", context, status=status)


@form_page
def program_new(request: HttpRequest) -> HttpResponse:
    """Set a program up."""
    needs_to_administer(request)
    form = forms.ProgramForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            program = services_programs.create_program(
                fields=form.cleaned_data, by=person(request), at=timezone.now()
            )
        except services_programs.InvalidProgram as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{program} is set up. Now add its agencies.")
            return redirect("agencies:program-detail", slug=program.slug)
    return render(request, "agencies/program_edit.html", {"form": form, "crumbs": _crumbs()})


@form_page
def program_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a program's name, description, default questionnaire and calendar."""
    program = program_to_run(request, slug)
    names = ("name", "description", "default_model", "year_starts_in")
    form = forms.ProgramForm(posted(request), initial={name: getattr(program, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            services_programs.edit_program(
                program=program, fields=form.cleaned_data, by=person(request), at=timezone.now()
            )
        except services_programs.InvalidProgram as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved.")
            return redirect("agencies:program-detail", slug=slug)
    context = {"form": form, "program": program, "crumbs": _crumbs(program)[1:]}
    return render(request, "agencies/program_edit.html", context)


@require_POST
def program_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Agencies join the program. An officer brings in only agencies that they look after already."""
    program = program_to_run(request, slug)
    form = forms.MembersForm(request.POST, user=person(request))
    if not form.is_valid():
        return _detail(request, program, form, status=422)
    joined = services_programs.add_to_program(
        program=program,
        agencies=form.cleaned_data["agencies"],
        among=person(request).agencies_with(Right.RUN_PROGRAM),
        whole_subtree=form.cleaned_data["whole_subtree"],
        on=form.cleaned_data["on"],
        by=person(request),
        at=timezone.now(),
    )
    messages.success(request, f"{joined} joined." if joined else "They are members already.")
    return redirect("agencies:program-detail", slug=slug)


@form_page
def program_remove(request: HttpRequest, slug: str, agency: str) -> HttpResponse:
    """An agency leaves the program, after one has said from when."""
    program = program_to_run(request, slug)
    leaving = get_object_or_404(
        Agency.objects.visible_to(person(request)).filter(program_memberships__program=program).distinct(),
        slug=agency,
    )
    form = forms.LeaveForm(posted(request), initial={"on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        left = services_programs.remove_from_program(
            program=program, agency=leaving, by=person(request), at=timezone.now(), **form.cleaned_data
        )
        messages.success(request, f"{left} left the program.")
        return redirect("agencies:program-detail", slug=slug)
    context = {"form": form, "program": program, "agency": leaving, "crumbs": _crumbs(program)[1:]}
    return render(request, "agencies/program_remove.html", context)
