"""Commitments: those that one may know of, and writing one of a program or of an agency."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET, require_POST

from dashboards.forms_commitments import CommitmentForm
from dashboards.models import Briefing, Commitment
from dashboards.queries.commitments import may_commit
from dashboards.services_commitments import (
    BadCommitment,
    CannotCommit,
    StaleCommitment,
    change_commitment,
    make_agency_commitment,
    make_program_commitment,
    may_write,
    remove_commitment,
)
from dashboards.views.briefings import briefing_address, period_or_404, program_run_by
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import Period
from portal.requests import form_page, person, posted

PER_PAGE = 50


@require_GET
def commitment_list(request: HttpRequest) -> HttpResponse:
    """The commitments that one may know of: all, the open or the overdue ones, or one's own."""
    reader, today = person(request), timezone.localdate()
    seen = Commitment.objects.visible_to(reader)
    tabs = {
        "": ("All", seen),
        "open": ("Open", seen.filter(status=Commitment.Status.OPEN)),
        "overdue": ("Overdue", seen.overdue(today)),
        "mine": ("Mine", seen.filter(person=reader)),
    }
    show = request.GET.get("show", "")
    show = show if show in tabs else ""
    page = Paginator(tabs[show][1].with_list_relations().by_due(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": [(key, words, rows.count()) for key, (words, rows) in tabs.items()],
        "show": show,
        "page": page,
        "rows": [(row, row.is_overdue(today)) for row in page.object_list],
    }
    return render(request, "reports/commitment_list.html", context)


@form_page
def commitment_new(request: HttpRequest, slug: str, ends_on: str) -> HttpResponse:
    """Write down what somebody promised at this briefing."""
    program = program_run_by(person(request), slug)
    period = period_or_404(program, ends_on)
    briefing = Briefing(program=program, period_ends_on=period.ends_on)
    return _page(request, Commitment(briefing=briefing), period)


@form_page
def agency_commitment_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Write down what an agency promised."""
    agency = get_object_or_404(Agency.objects.visible_to(person(request)), slug=slug)
    if not may_commit(person(request), agency):
        raise PermissionDenied("Commitments are written by the agency's leads and its program's officers.")
    return _page(request, Commitment(agency=agency), None)


@form_page
def commitment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a commitment, or say what became of it; who may not change it reads it."""
    row = _seen(request, pk)
    if not may_write(person(request), row):
        if request.method == "POST":
            raise PermissionDenied
        return render(request, "reports/commitment_detail.html", {"commitment": row} | _around(request, row))
    return _page(request, row, None)


@require_POST
def commitment_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a commitment that was written by mistake."""
    row = _seen(request, pk)
    if not may_write(person(request), row):
        raise PermissionDenied
    back = _around(request, row)["back"]
    remove_commitment(commitment=row, by=person(request), at=timezone.now())
    messages.success(request, "The commitment is removed.")
    return redirect(back)


def _page(request: HttpRequest, row: Commitment, period: Period | None) -> HttpResponse:
    form = CommitmentForm(row, posted(request), initial=CommitmentForm.start_of(row) if row.pk else None)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            _save(request, row, form, period)
        except BadCommitment as error:
            for name, message in error.errors.items():
                form.add_error(name if name in form.fields else None, message)
        except CannotCommit as error:
            form.add_error(None, str(error))
        except StaleCommitment as error:
            status = 409
            form.add_error(None, f"{error} {_now(error.current)} Sending the form again writes over it.")
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["revision"] = str(error.current.revision)  # type: ignore[index]
        else:
            messages.success(request, "The commitment is saved.")
            return redirect(_around(request, row)["back"])
    context = {"form": form, "commitment": row if row.pk else None} | _around(request, row)
    return render(request, "reports/commitment_edit.html", context, status=status)


def _save(request: HttpRequest, row: Commitment, form: CommitmentForm, period: Period | None) -> None:
    common: dict[str, Any] = {"words": form.words(), "by": person(request), "at": timezone.now()}
    if row.pk:
        change_commitment(commitment_id=row.pk, revision=form.cleaned_data["revision"] or 0, **common)
    elif row.agency is not None:
        make_agency_commitment(agency=row.agency, **common)
    elif row.briefing is not None and period is not None:
        make_program_commitment(program=row.briefing.program, period=period, **common)


def _now(row: Commitment) -> str:
    due = f", due {date_format(row.due_on, 'N j, Y')}" if row.due_on else ""
    return f"Now it says: {row.text} ({row.owner}{due}; {row.get_status_display().lower()})."


def _around(request: HttpRequest, row: Commitment) -> dict[str, Any]:
    """Where the pages of a commitment lie: its heading, the way to it, and back."""
    reader = person(request)
    if row.agency is not None:
        details = reader.can(Right.SEE_DETAILS, row.agency)
        back = reverse("dashboards:agency-roadmap", args=[row.agency.slug]) if details else ""
        above = [("Agencies", reverse("dashboards:agency-list"))]
        above.append((str(row.agency), reverse("dashboards:agency-detail", args=[row.agency.slug])))
    else:
        briefing = row.briefing
        runs = briefing is not None and reader.can_in_program(Right.RUN_PROGRAM, briefing.program)
        back = briefing_address(briefing) if briefing is not None and runs else ""
        above = [("Briefing", back)] if back else []
    back = back or reverse("dashboards:commitment-list")
    return {
        "of": row.of,
        "back": back,
        "crumbs": [*above, ("Commitments", reverse("dashboards:commitment-list"))],
    }


def _seen(request: HttpRequest, pk: int) -> Commitment:
    found = Commitment.objects.visible_to(person(request)).with_list_relations()
    return get_object_or_404(found.distinct(), pk=pk)
