"""Attesting and submitting an assessment: what is missing, who vouches, and the hand-over."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessments.checks import Missing, what_is_missing
from assessments.forms_submit import MYSELF, SubmitForm
from assessments.models import Assessment, PeriodFacts
from assessments.queries import load_sheet
from assessments.queries_due import rounds_of
from assessments.queries_facts import told_facts
from assessments.queries_minutes import minutes_of_others
from assessments.queries_review import findings_of
from assessments.queries_units import why_not_taken
from assessments.questionnaire import progress_of
from assessments.services import NotOpen
from assessments.services_attesting import (
    CannotAttest,
    attest_assessment,
    executive_of,
    seal_of,
    stands,
    statement_of,
)
from assessments.services_review import CannotSubmit, StaleAssessment, submit_assessment
from assessments.views import crumbs, person, require, seen
from portal.access.rules import Right


@require_http_methods(["GET", "POST"])
def assessment_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """What is missing, and where nothing is, the form with which to vouch and submit."""
    assessment = seen(request, pk)
    require(request, Right.SUBMIT, assessment)
    if request.method == "POST":
        return _attest(request, assessment) if "attest_only" in request.POST else _submit(request, assessment)
    if not assessment.is_open:
        messages.info(request, f"This assessment is {assessment.get_state_display().lower()} already.")
        return redirect("assessments:assessment-detail", pk=pk)
    initial = {
        "revision": assessment.revision,
        "seal": seal_of(assessment),
        "attested_by": executive_of(assessment),
    }
    return _page(request, assessment, _form(request, assessment, initial=initial))


def _form(
    request: HttpRequest, assessment: Assessment, *, initial: dict[str, Any] | None = None
) -> SubmitForm:
    """Bound where something was sent."""
    standing = ""
    if stands(assessment):
        standing = f"{assessment.attested_by}, {assessment.capacity_words},"
    data = request.POST if request.method == "POST" else None
    return SubmitForm(str(person(request)), data, standing=standing, initial=initial)


def _submit(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    form = _form(request, assessment)
    if not form.is_valid():
        return _page(request, assessment, form, status=422)
    given = asdict(form.given())
    try:
        submit_assessment(
            assessment_id=assessment.pk,
            revision=form.cleaned_data["revision"],
            attested_by=given.pop("name"),
            attested_as=given.pop("capacity"),
            by=person(request),
            at=timezone.now(),
            **given,
        )
    except CannotSubmit as error:
        for reason in error.reasons:
            if not reason.items:
                form.add_error(None, reason.message)
        return _page(request, assessment, form, status=422)
    except StaleAssessment as error:
        form.add_error(None, str(error))
        return _page(request, assessment, form, status=409)
    messages.success(request, "Submitted for review. The answers are fixed unless it is returned.")
    return redirect("assessments:assessment-detail", pk=assessment.pk)


def _attest(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    """Vouch under one's own log-in, and leave submitting to somebody else."""
    data = request.POST.copy()
    data["attests"] = MYSELF
    form = SubmitForm(str(person(request)), data)
    if not form.is_valid():
        return _page(request, assessment, form, status=422)
    try:
        attest_assessment(
            assessment_id=assessment.pk,
            seal=form.cleaned_data["seal"],
            capacity=form.cleaned_data["attested_as"],
            delegation=form.cleaned_data["delegation"],
            by=person(request),
            at=timezone.now(),
        )
    except (CannotAttest, NotOpen) as error:
        form.add_error(None, str(error))
        return _page(request, assessment, form, status=409 if isinstance(error, NotOpen) else 422)
    messages.success(request, "Attested. It holds as long as nothing changes; a lead can now submit it.")
    return redirect("assessments:assessment-detail", pk=assessment.pk)


def _page(
    request: HttpRequest, assessment: Assessment, form: SubmitForm, *, status: int = 200
) -> HttpResponse:
    sheet = load_sheet(assessment)
    missing = [(reason, [sheet.items[slug] for slug in reason.items]) for reason in what_is_missing(sheet)]
    if closed := why_not_taken(assessment, timezone.localdate()):
        missing.append((Missing(closed), []))
    found = findings_of(sheet, timezone.localdate())
    context = {
        "assessment": assessment,
        "form": form,
        "missing": missing,
        "findings": [(one, [sheet.items[slug] for slug in one.items]) for one in found],
        "statement": statement_of(sheet),
        "sheet": sheet,
        "progress": progress_of(sheet),
        "others": minutes_of_others(assessment),
        "told": told_facts(PeriodFacts.objects.filter(assessment=assessment).first()),
        "rounds": rounds_of(assessment, person(request), timezone.localdate()),
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/assessment_submit.html", context, status=status)
