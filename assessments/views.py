"""Pages of assessments: the list and starting one; what all pages of an assessment share."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from assessments.forms import AssessmentFilterForm, StartForm
from assessments.models import Assessment, Assignment, Cycle, Result, RoundKind
from assessments.queries import periods_of, startable_agencies
from assessments.queries_assigning import open_items_of
from assessments.services import CannotStart, start_assessment
from portal.access.models import User
from portal.access.rules import Right
from portal.requests import posted

PER_PAGE = 25
TABS = (("all", "All"), ("mine", "Assigned to me"), ("answer", "To answer"), ("review", "To review"))


def seen(request: HttpRequest, pk: int) -> Assessment:
    """The assessment, if this person may see its answers; otherwise there is none for them."""
    found = Assessment.objects.visible_to(person(request)).with_list_relations()
    named = ("submitted_by", "approved_by", "attested_user", "amends", "began_from")
    return get_object_or_404(found.select_related(*named), pk=pk)


def person(request: HttpRequest) -> User:
    """Who asks; every page of this app is behind the log-in."""
    return cast(User, request.user)


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks, for a piece of a page."""
    return request.headers.get("HX-Request") == "true"


def require(request: HttpRequest, right: Right, assessment: Assessment) -> None:
    """Refuses who may see the assessment but lacks this right on its agency."""
    if not person(request).can(right, assessment.agency):
        raise PermissionDenied


def crumbs(assessment: Assessment | None = None) -> list[tuple[str, str]]:
    """The way down to an assessment's pages."""
    found = [("Assessments", reverse("assessments:assessment-list"))]
    if assessment is not None:
        found.append((str(assessment), reverse("assessments:assessment-detail", args=[assessment.pk])))
    return found


def abilities(assessment: Assessment, reader: User) -> dict[str, bool]:
    """What this reader may do next with the assessment."""
    state, agency = assessment.state, assessment.agency
    return {
        "may_submit": assessment.is_open and reader.can(Right.SUBMIT, agency),
        "may_review": state == Assessment.State.SUBMITTED and reader.can(Right.REVIEW, agency),
        "may_amend": state == Assessment.State.APPROVED and reader.can(Right.SUBMIT, agency),
    }


# --- the list ---------------------------------------------------------------------------------------


@require_GET
def assessment_list(request: HttpRequest) -> HttpResponse:
    """The assessments whose answers this person may see: all, those to answer, those to review."""
    reader = person(request)
    everything = Assessment.objects.visible_to(reader)
    tabs = {
        "all": everything,
        "answer": everything.editable_by(reader),
        "review": everything.reviewable_by(reader),
        "mine": everything.open_for_answers().filter(
            pk__in=Assignment.objects.filter(person=reader).values("assessment")
        ),
    }
    tab = request.GET.get("tab", "all") if request.GET.get("tab") in tabs else "all"
    form = AssessmentFilterForm(periods_of(everything), request.GET)
    found = tabs[tab].filter(form.matches()).with_list_relations()
    page = Paginator(found.prefetch_related(_results()), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": [(key, words, tabs[key].count()) for key, words in TABS],
        "tab": tab,
        "form": form,
        "page": page,
        "mine": open_items_of(reader, page.object_list),
        "may_start": _may_start(reader),
        "may_review": reader.has_anywhere(Right.REVIEW),
    }
    return render(request, "assessments/assessment_list.html", context)


def _results() -> "Prefetch[Any]":
    """The result of each as it was approved."""
    columns = ("assessment_id", "score", "stages_completed", "stage_count")
    return Prefetch("results", Result.objects.as_approved().only(*columns), to_attr="scored")


def _may_start(reader: User) -> bool:
    return reader.has_anywhere(Right.ANSWER) or reader.has_anywhere(Right.RUN_PROGRAM)


def _named_round(request: HttpRequest, reader: User) -> Cycle | None:
    """The round from whose board one came, as far as one may know of it."""
    number = request.GET.get("cycle", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    rounds = Cycle.objects.visible_to(reader).select_related("program", "version__model")
    return rounds.filter(pk=number).first()


@require_http_methods(["GET", "POST"])
def assessment_start(request: HttpRequest) -> HttpResponse:
    """Start an assessment of an agency that one works for or whose program one runs."""
    reader = person(request)
    if not _may_start(reader):
        raise PermissionDenied
    now = timezone.now()
    initial = {"agency": startable_agencies(reader).filter(slug=request.GET.get("agency", "")).first()}
    asking = _named_round(request, reader)
    form = StartForm(reader, timezone.localdate(now), posted(request), initial=initial, asking=asking)
    if request.method == "POST" and form.is_valid():
        period, name = form.given_period()
        given = {key: form.cleaned_data[key] for key in ("agency", "version", "carry_over")}
        try:
            assessment = start_assessment(period=period, period_label=name, by=reader, at=now, **given)
        except CannotStart as error:
            form.add_error(None, str(error))
        else:
            page = "check-in" if assessment.kind == RoundKind.CHECK_IN else "assessment-detail"
            return redirect(f"assessments:{page}", pk=assessment.pk)
    status = 422 if form.is_bound else 200
    return render(
        request, "assessments/assessment_start.html", {"form": form, "crumbs": crumbs()}, status=status
    )
