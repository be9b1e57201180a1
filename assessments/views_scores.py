"""The scores of whole domains of an assessment, entered on one page."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessments.forms import DomainScoresForm
from assessments.models import Assessment
from assessments.queries import given_scores
from assessments.services import NotOpen
from assessments.services_scores import BadScores, StaleScores, save_domain_scores, scores_revision
from assessments.views import crumbs, person, require, seen
from maturity.models import Domain
from portal.access.rules import Right
from portal.requests import posted


@require_http_methods(["GET", "POST"])
def scores_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """All domains with a score to give or to leave missing; a POST saves them together."""
    assessment = seen(request, pk)
    if not assessment.version.takes_domain_scores:
        raise Http404
    require(request, Right.ANSWER, assessment)
    form = _form(request, assessment)
    status = 200
    if request.method == "POST":
        if form.is_valid() and _saved(request, assessment, form):
            messages.success(request, "Scores saved.")
            return redirect("assessments:assessment-detail", pk=pk)
        status = 422
    context = {"assessment": assessment, "form": form, "crumbs": crumbs(assessment)}
    return render(request, "assessments/scores_edit.html", context, status=status)


def _form(request: HttpRequest, assessment: Assessment) -> DomainScoresForm:
    return DomainScoresForm(
        Domain.objects.filter(version_id=assessment.version_id).order_by("number"),
        assessment.version.scale.maximum,
        posted(request),
        scores=given_scores([assessment.pk]).get(assessment.pk, {}),
        revision=scores_revision(assessment),
    )


def _saved(request: HttpRequest, assessment: Assessment, form: DomainScoresForm) -> bool:
    """Whether the scores were saved; otherwise the form says why not."""
    try:
        save_domain_scores(
            assessment_id=assessment.pk,
            revision=form.cleaned_data["revision"],
            scores=form.given(),
            by=person(request),
            at=timezone.now(),
        )
    except BadScores as error:
        for slug, message in error.errors.items():
            form.add_error(f"score-{slug}" if slug in form.slugs else None, message)
    except StaleScores as error:
        form.add_error(None, f"{error} Open the page again to see them; what you typed is still here.")
    except NotOpen as error:
        form.add_error(None, str(error))
    else:
        return True
    return False
