"""What becomes of an assessment: its result, its amendment. Its review: views_reviewing."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from assessments.forms import AmendForm
from assessments.models import Assessment, Result
from assessments.queries_rules import rescored_results
from assessments.result_reading import read_result
from assessments.services import CannotStart, start_amendment
from assessments.views import abilities, crumbs, person, require, seen
from portal.access.rules import Right
from portal.requests import posted

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
