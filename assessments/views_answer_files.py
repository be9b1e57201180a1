"""Pages on which a program office brings a file of answers into a round."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments.forms_answer_files import AnswerFileForm, ChoicesForm
from assessments.models import AnswerFile, Cycle
from assessments.services_answer_files import (
    CannotLoad,
    confirm_file,
    discard_file,
    keep_file,
    was_given_up,
)
from portal.access.rules import Right
from portal.requests import form_page, person, posted

PER_PAGE = 25
SHOWN = 100  # problems, conflicts and reasons on the page


def _run_by_reader(request: HttpRequest, pk: int) -> Cycle:
    """The round, for who runs its program."""
    found = Cycle.objects.visible_to(person(request)).select_related("program", "version__model")
    cycle = get_object_or_404(found, pk=pk)
    if not person(request).can_in_program(Right.RUN_PROGRAM, cycle.program):
        raise PermissionDenied
    return cycle


def _file(request: HttpRequest, pk: int, file: UUID) -> AnswerFile:
    cycle = _run_by_reader(request, pk)
    row = get_object_or_404(AnswerFile.objects.defer("content").select_related("by"), pk=file, cycle=cycle)
    row.cycle = cycle
    return row


def _crumbs(cycle: Cycle) -> list[tuple[str, str]]:
    return [
        ("Cycles", reverse("assessments:cycle-list")),
        (str(cycle), reverse("assessments:cycle-detail", args=[cycle.pk])),
    ]


@form_page
def answer_file_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The files of a round, the latest first; a POST brings another."""
    cycle = _run_by_reader(request, pk)
    form = AnswerFileForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = keep_file(
                cycle=cycle, content=file.read(), file_name=file.name, by=person(request), at=timezone.now()
            )
        except CannotLoad as error:
            form.add_error("file", str(error))
        else:
            return redirect("assessments:answer-file-detail", pk=pk, file=row.pk)
    files = AnswerFile.objects.filter(cycle=cycle).defer("content", "found", "outcome").select_related("by")
    page = Paginator(files, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "cycle": cycle,
        "form": form,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number),
        "closed": cycle.is_closed,
        "crumbs": _crumbs(cycle),
    }
    return render(request, "cycles/answer_file_list.html", context, status=422 if form.errors else 200)


@require_GET
def answer_file_detail(request: HttpRequest, pk: int, file: UUID) -> HttpResponse:
    """One file: how far it is, what loading it would do, or what it did."""
    return _detail(request, _file(request, pk, file), ChoicesForm(), 200)


def _detail(request: HttpRequest, row: AnswerFile, form: ChoicesForm, status: int) -> HttpResponse:
    context: dict[str, Any] = {
        "file": row,
        "cycle": row.cycle,
        "given_up": was_given_up(row),
        "found": row.found,
        "outcome": row.outcome,
        "shown": SHOWN,
        "form": form,
        "crumbs": [
            *_crumbs(row.cycle),
            ("Files of answers", reverse("assessments:answer-file-list", args=[row.cycle_id])),
        ],
    }
    return render(request, "cycles/answer_file_detail.html", context, status=status)


@require_POST
def answer_file_confirm(request: HttpRequest, pk: int, file: UUID) -> HttpResponse:
    """Have a checked file loaded."""
    row = _file(request, pk, file)
    form = ChoicesForm(request.POST)
    form.is_valid()  # boxes alone: nothing can be wrong with them
    try:
        confirm_file(file_id=row.pk, choices=form.given(), by=person(request), at=timezone.now())
    except CannotLoad as error:
        form.add_error(None, str(error))
        return _detail(request, row, form, 409)
    messages.success(request, "The file is being loaded, agency by agency.")
    return redirect("assessments:answer-file-detail", pk=pk, file=file)


@require_POST
def answer_file_discard(request: HttpRequest, pk: int, file: UUID) -> HttpResponse:
    """Put a file away that was not loaded."""
    row = _file(request, pk, file)
    try:
        discard_file(file_id=row.pk, by=person(request), at=timezone.now())
    except CannotLoad as error:
        messages.error(request, str(error))
        return redirect("assessments:answer-file-detail", pk=pk, file=file)
    nothing = " What it had brought stays." if row.state == row.State.LOADING else " Nothing was changed."
    messages.success(request, f"{row} is put away.{nothing}")
    return redirect("assessments:answer-file-list", pk=pk)
