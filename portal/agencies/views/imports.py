"""Pages on which a list of agencies is uploaded, looked at, and read in."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from portal.access.rules import Right
from portal.agencies import services_import
from portal.agencies.forms import imports as forms
from portal.agencies.import_plan import LEAVE, Plan
from portal.agencies.import_report import report_lines
from portal.agencies.models import AgencyImport
from portal.agencies.sheets import UnreadableFile, read_sheet
from portal.agencies.views.permissions import changeable_by, needs_to_run_something
from portal.requests import form_page, person, posted

SHOWN = 100  # agencies in the preview
SAMPLE = 5  # rows of the file beside the choice of columns


def _crumbs() -> list[tuple[str, str]]:
    return [("Agencies", reverse("dashboards:agency-list"))]


@form_page
def agency_import(request: HttpRequest) -> HttpResponse:
    """Upload a list. Nothing is read in before it was looked at."""
    needs_to_run_something(request)
    start = {"program": request.GET.get("program", "")}
    form = forms.UploadForm(posted(request), request.FILES or None, user=person(request), initial=start)
    problems: tuple[object, ...] = ()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = services_import.keep_upload(
                content=file.read(),
                file_name=file.name,
                program=form.cleaned_data["program"],
                by=person(request),
                at=timezone.now(),
            )
        except UnreadableFile as error:
            form.add_error("file", f"This file cannot be read: {error.problems[0]}")
            problems = error.problems
        else:
            return redirect("agencies:import-preview", pk=upload.pk)
    context = {"form": form, "problems": problems[: services_import.MOST_PROBLEMS], "crumbs": _crumbs()}
    return render(request, "agencies/agency_import.html", context, status=422 if form.errors else 200)


def _own_upload(request: HttpRequest, pk: UUID) -> AgencyImport:
    """The person's own upload, if they still run what it is for: a role may end between look and deed."""
    needs_to_run_something(request)
    uploads = AgencyImport.objects.select_related("program")
    upload = get_object_or_404(uploads, pk=pk, by_id=person(request).pk)
    if upload.program is None:
        allowed = person(request).has_everywhere(Right.RUN_PROGRAM)
    else:
        allowed = person(request).can_in_program(Right.RUN_PROGRAM, upload.program)
    if not allowed:
        raise PermissionDenied("You no longer look after the agencies that this upload is for.")
    return upload


@form_page
def import_preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose which column is what and see what the import would do; once it is done, what it did."""
    upload = _own_upload(request, pk)
    now = timezone.now()
    if upload.applied_at is not None:
        lines = report_lines(upload.summary, done=True)
        context = {
            "upload": upload,
            "lines": lines,
            "problems": upload.summary["problems"],
            "crumbs": _crumbs(),
        }
        return render(request, "agencies/import_done.html", context)
    if upload.expires_at is None or upload.expires_at <= now:
        messages.error(request, "This upload has expired. Upload the file again.")
        return redirect("agencies:agency-import")
    sheet = read_sheet(bytes(upload.content or b""))
    start = {**upload.columns, "partial": upload.partial}
    form = forms.ColumnsForm(posted(request), header=sheet.header, initial=start)
    if request.method == "POST" and form.is_valid():
        services_import.choose_columns(
            upload=upload, columns=form.columns, partial=form.cleaned_data["partial"], at=now
        )
        return redirect("agencies:import-preview", pk=pk)
    context = {
        "upload": upload,
        "form": form,
        "header": sheet.header,
        "sample": [(number, cells) for number, cells in sheet.rows[:SAMPLE]],
        "crumbs": [*_crumbs(), ("Import", reverse("agencies:agency-import"))],
    }
    if not form.errors and upload.columns.get("name"):
        context |= _planned(request, upload)
    return render(request, "agencies/import_preview.html", context, status=422 if form.errors else 200)


def _planned(request: HttpRequest, upload: AgencyImport) -> dict[str, object]:
    try:
        plan: Plan = services_import.plan_file(
            content=bytes(upload.content or b""),
            columns=upload.columns,
            program=upload.program,
            changeable=changeable_by(person(request)),
            on=timezone.localdate(),
        )
    except UnreadableFile as error:
        return {"problems": error.problems}
    doing = [entry for entry in plan.entries if entry.action != LEAVE or entry.joins]
    return {
        "plan": plan,
        "lines": report_lines(plan.summary, done=False),
        "entries": doing[:SHOWN],
        "more_entries": max(len(doing) - SHOWN, 0),
        "problems": plan.problems[: services_import.MOST_PROBLEMS],
        "more_problems": max(len(plan.problems) - services_import.MOST_PROBLEMS, 0),
        "may_apply": bool(doing) and (upload.partial or not plan.problems),
    }


@require_POST
def import_apply(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Do what the preview showed."""
    upload = _own_upload(request, pk)
    try:
        services_import.apply_upload(
            upload=upload,
            fingerprint=request.POST.get("fingerprint", ""),
            changeable=changeable_by(person(request)),
            by=person(request),
            at=timezone.now(),
        )
    except services_import.UploadGone as error:
        messages.error(request, str(error))
        return redirect("agencies:agency-import")
    except (services_import.PlanChanged, services_import.ImportRefused, UnreadableFile) as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "The list is read in.")
    return redirect("agencies:import-preview", pk=pk)
