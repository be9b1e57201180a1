"""What becomes of an assessment: submitted, reviewed, its result, its amendment."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from assessments.checks import Missing, what_is_missing
from assessments.forms import AmendForm, ReviewForm, SubmitForm
from assessments.models import Assessment, PeriodFacts, Result
from assessments.queries import load_sheet
from assessments.queries_facts import told_facts
from assessments.queries_rules import rescored_results
from assessments.queries_units import why_not_taken
from assessments.questionnaire import progress_of
from assessments.result_reading import read_result
from assessments.services import CannotStart, start_amendment
from assessments.services_review import (
    CannotApprove,
    CannotReturn,
    CannotSubmit,
    StaleAssessment,
    approve_assessment,
    return_assessment,
    submit_assessment,
    worked_on,
)
from assessments.views import abilities, crumbs, person, require, seen
from assessments.views_questionnaire import context_of, questionnaire
from portal.access.rules import Right
from portal.requests import posted

# --- submitting -------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def assessment_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """What is missing, and where nothing is, the form with which to vouch and submit."""
    assessment = seen(request, pk)
    require(request, Right.SUBMIT, assessment)
    if request.method == "POST":
        return _submit(request, assessment)
    if not assessment.is_open:
        messages.info(request, f"This assessment is {assessment.get_state_display().lower()} already.")
        return redirect("assessments:assessment-detail", pk=pk)
    return _submit_page(request, assessment, SubmitForm(initial={"revision": assessment.revision}))


def _submit(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    form = SubmitForm(request.POST)
    if not form.is_valid():
        return _submit_page(request, assessment, form, status=422)
    try:
        submit_assessment(
            assessment_id=assessment.pk,
            revision=form.cleaned_data["revision"],
            attested_by=form.cleaned_data["attested_by"],
            by=person(request),
            at=timezone.now(),
        )
    except CannotSubmit:
        return _submit_page(request, assessment, form, status=422)
    except StaleAssessment as error:
        form.add_error(None, str(error))
        return _submit_page(request, assessment, form, status=409)
    messages.success(request, "Submitted for review. The answers are fixed unless it is returned.")
    return redirect("assessments:assessment-detail", pk=assessment.pk)


def _submit_page(
    request: HttpRequest, assessment: Assessment, form: SubmitForm, *, status: int = 200
) -> HttpResponse:
    sheet = load_sheet(assessment)
    missing = [(reason, [sheet.items[slug] for slug in reason.items]) for reason in what_is_missing(sheet)]
    if closed := why_not_taken(assessment, timezone.localdate()):
        missing.append((Missing(closed), []))
    context = {
        "assessment": assessment,
        "form": form,
        "missing": missing,
        "progress": progress_of(sheet),
        "told": told_facts(PeriodFacts.objects.filter(assessment=assessment).first()),
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/assessment_submit.html", context, status=status)


# --- reviewing --------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def assessment_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The answers with their evidence to read, and the decision: approve it or return it."""
    assessment = seen(request, pk)
    require(request, Right.REVIEW, assessment)
    if request.method == "POST":
        return _decide(request, assessment)
    if assessment.state != Assessment.State.SUBMITTED:
        messages.info(
            request, f"This assessment is {assessment.get_state_display().lower()}: nothing to review."
        )
        return redirect("assessments:assessment-detail", pk=pk)
    return _review_page(request, assessment, ReviewForm(initial={"revision": assessment.revision}))


def _decide(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _review_page(request, assessment, form, status=422)
    given = form.cleaned_data
    common = {
        "assessment_id": assessment.pk,
        "revision": given["revision"],
        "comment": given["comment"],
        "by": person(request),
        "at": timezone.now(),
    }
    try:
        if given["decision"] == "approve":
            approve_assessment(**common)
        else:
            return_assessment(**common)
    except CannotReturn as error:
        form.add_error("comment", str(error))
        return _review_page(request, assessment, form, status=422)
    except CannotApprove as error:
        form.add_error(None, str(error))
        return _review_page(request, assessment, form, status=403)
    except StaleAssessment as error:
        form.add_error(None, str(error))
        return _review_page(request, assessment, form, status=409)
    if given["decision"] == "approve":
        messages.success(request, f"Approved: {assessment}.")
        return redirect("assessments:assessment-result", pk=assessment.pk)
    messages.success(request, f"Returned to {assessment.agency} with your comment.")
    return redirect("assessments:assessment-detail", pk=assessment.pk)


def _review_page(
    request: HttpRequest, assessment: Assessment, form: ReviewForm, *, status: int = 200
) -> HttpResponse:
    reader = person(request)
    context = questionnaire(request, context_of(assessment, reader))
    context |= {
        "form": form,
        "own_work": worked_on(assessment, reader),
        "steps": assessment.steps.select_related("by"),
        "told": told_facts(PeriodFacts.objects.filter(assessment=assessment).first()),
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/assessment_review.html", context, status=status)


# --- the result -------------------------------------------------------------------------------------


@require_GET
def assessment_result(request: HttpRequest, pk: int) -> HttpResponse:
    """What scoring made of an approved assessment, and what to do next."""
    assessment = seen(request, pk)
    results = Result.objects.as_approved().select_related("version__model", "model", "agency")
    result = results.filter(assessment=assessment).first()
    if result is None:
        messages.info(request, "There is a result once the assessment is approved.")
        return redirect("assessments:assessment-detail", pk=pk)
    context = {
        "assessment": assessment,
        "reading": read_result(result, all_gaps=request.GET.get("gaps") == "all"),
        "steps": assessment.steps.select_related("by"),
        "amendment": Assessment.objects.filter(amends=assessment).first(),
        "rescored": rescored_results(result),
        "crumbs": crumbs(assessment),
    }
    return render(
        request, "assessments/assessment_result.html", context | abilities(assessment, person(request))
    )


# --- amending ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def assessment_amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a correction of an approved assessment, with the reason."""
    assessment = seen(request, pk)
    require(request, Right.SUBMIT, assessment)
    form = AmendForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            amendment = start_amendment(
                assessment_id=pk, reason=form.cleaned_data["reason"], by=person(request), at=timezone.now()
            )
        except CannotStart as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The amendment is started with a copy of the answers.")
            return redirect("assessments:assessment-detail", pk=amendment.pk)
    status = 422 if form.is_bound else 200
    context = {"assessment": assessment, "form": form, "crumbs": crumbs(assessment)}
    return render(request, "assessments/assessment_amend.html", context, status=status)
