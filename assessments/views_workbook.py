"""Working offline: an assessment as a workbook to download, and what one that comes back would change."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.forms_workbook import WorkbookForm, decided
from assessments.models import Assessment, WorkbookUpload
from assessments.queries import load_sheet
from assessments.queries_workbook import section_names
from assessments.services import NotOpen
from assessments.services_workbook import (
    NoSuchSection,
    WorkbookFile,
    WorkbookRefused,
    discard_upload,
    export_workbook,
    keep_workbook,
)
from assessments.services_workbook_decisions import (
    Applied,
    CannotTake,
    Comparison,
    ComparisonChanged,
    Line,
    Undecided,
    UploadGone,
    apply_workbook,
    compare_workbook,
)
from assessments.views import crumbs, person, require, seen
from assessments.words import FIELD_WORDS, value_words
from maturity.models import Item
from portal.access.rules import Right
from portal.requests import form_page, posted

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@form_page
def workbook_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the whole assessment or a part of it; a POST uploads one that was filled in."""
    assessment = seen(request, pk)
    now = timezone.now()
    form = WorkbookForm(posted(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST":
        require(request, Right.ANSWER, assessment)
        if form.is_valid() and _kept(request, assessment, form):
            return redirect("assessments:workbook-compare", pk=pk)
    context = {
        "assessment": assessment,
        "sections": section_names(load_sheet(assessment)),
        "form": form,
        "may_upload": assessment.is_open and person(request).can(Right.ANSWER, assessment.agency),
        "waiting": WorkbookUpload.objects.filter(
            assessment=assessment, by=person(request), expires_at__gt=now
        ).first(),
        "crumbs": crumbs(assessment),
    }
    status = 422 if form.errors else 200
    return render(request, "assessments/workbook_detail.html", context, status=status)


def _kept(request: HttpRequest, assessment: Assessment, form: WorkbookForm) -> bool:
    """Whether the file was taken; if not, the form says why."""
    try:
        keep_workbook(
            assessment=assessment,
            content=form.cleaned_data["file"],
            file_name=str(form.files["file"]),
            by=person(request),
            at=timezone.now(),
        )
    except (WorkbookRefused, NotOpen) as error:
        form.add_error("file", str(error))
        return False
    return True


@require_GET
def workbook_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbook, whole or of the domains named; noted in the audit."""
    assessment = seen(request, pk)
    wished = list(dict.fromkeys(request.GET.getlist("domain")))
    try:
        file = export_workbook(assessment=assessment, sections=wished, by=person(request), at=timezone.now())
    except NoSuchSection as error:
        raise Http404(str(error)) from error
    return download(file)


def download(file: WorkbookFile) -> HttpResponse:
    """The workbook as an answer; its name is of letters, digits and hyphens."""
    response = HttpResponse(file.content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


# --- what would change ------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownField:
    """One field: as it left, as the portal has it, as the workbook has it; whether both changed it."""

    name: str
    exported: str
    portal: str
    workbook: str
    conflict: bool


@dataclass(frozen=True)
class ShownLine:
    """One row of the workbook that would change something. `taken`: the decision so far."""

    line: Line
    fields: list[ShownField]
    taken: bool | None


@form_page
def workbook_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """What the person's workbook would change, and conflicts side by side; a POST saves what was decided."""
    assessment = seen(request, pk)
    require(request, Right.ANSWER, assessment)
    found = WorkbookUpload.objects.filter(assessment=assessment, by=person(request))
    upload = found.select_related("assessment__agency", "assessment__version__model").first()
    if upload is None or upload.expires_at <= timezone.now():
        messages.error(request, "There is no workbook of yours to compare. Upload it again.")
        return redirect("assessments:workbook-detail", pk=pk)
    if "discard" in request.POST:
        discard_upload(upload=upload)
        messages.success(request, "The workbook is put away; nothing was changed.")
        return redirect("assessments:workbook-detail", pk=pk)
    if request.method == "POST":
        return _apply(request, upload)
    return _show(request, upload)


def _apply(request: HttpRequest, upload: WorkbookUpload) -> HttpResponse:
    slugs = [edit["slug"] for edit in upload.reading["edits"]]
    take = decided(request.POST, slugs)
    try:
        applied = apply_workbook(
            upload_id=upload.pk,
            fingerprint=request.POST.get("fingerprint", ""),
            take=take,
            by=person(request),
            at=timezone.now(),
        )
    except Undecided as error:
        return _show(request, upload, take, error=str(error), missing=error.items, status=422)
    except (ComparisonChanged, NotOpen) as error:
        return _show(request, upload, take, error=str(error), status=409)
    except CannotTake as error:
        return _show(request, upload, take, error=str(error), status=422)
    except UploadGone as error:
        messages.error(request, str(error))
        return redirect("assessments:workbook-detail", pk=upload.assessment_id)
    messages.success(request, _done(applied))
    return redirect("assessments:assessment-detail", pk=upload.assessment_id)


def _done(applied: Applied) -> str:
    told = [f"From the workbook: {applied.answers} answer{'' if applied.answers == 1 else 's'} saved"]
    if applied.evidence:
        told.append(f"{applied.evidence} piece{'' if applied.evidence == 1 else 's'} of evidence added")
    if applied.kept:
        told.append(f"{applied.kept} answer{'' if applied.kept == 1 else 's'} of the portal kept")
    return f"{', '.join(told)}."


def _show(
    request: HttpRequest,
    upload: WorkbookUpload,
    take: Mapping[str, bool] | None = None,
    *,
    error: str = "",
    missing: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    comparison = compare_workbook(upload=upload, at=timezone.now())
    context: dict[str, Any] = {
        "assessment": upload.assessment,
        "upload": upload,
        "comparison": comparison,
        "changes": [shown_line(line) for line in comparison.changes],
        "conflicts": [shown_line(line, (take or {}).get(line.item.slug)) for line in comparison.conflicts],
        "faults": [(fault, comparison.sheet.items.get(fault.slug)) for fault in comparison.faults],
        "gone": _titles(comparison),
        "error": error,
        "missing": missing or [],
        "crumbs": [
            *crumbs(upload.assessment),
            ("Work offline", reverse("assessments:workbook-detail", args=[upload.assessment_id])),
        ],
    }
    return render(request, "assessments/workbook_compare.html", context, status=status)


def _titles(comparison: Comparison) -> list[Item]:
    items = comparison.sheet.items
    return [items[slug] for slug in comparison.gone if slug in items]


def shown_line(line: Line, taken: bool | None = None) -> ShownLine:
    """The fields of a row that are not the same everywhere, in words."""
    exported, now, given = (asdict(said) for said in (line.exported, line.now, line.given))
    fields = []
    for name, title in FIELD_WORDS.items():
        if name not in line.changed + line.conflicts:
            continue
        if name == "level" and given["points"] is not None:
            continue  # it follows from the points
        left, there, here = (value_words(line.item, name, said[name]) for said in (exported, now, given))
        if not left == there == here:
            fields.append(ShownField(title, left, there, here, name in line.conflicts))
    return ShownLine(line, fields, taken)
