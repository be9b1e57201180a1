"""Reviewing an assessment: what changed item by item, the rest as a block, and the decision on the whole."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from assessments.forms import ReviewForm
from assessments.forms_review import AgreeForm, DecisionForm
from assessments.models import Assessment, PeriodFacts
from assessments.queries_due import rounds_of
from assessments.queries_facts import told_facts
from assessments.review_reading import Line, Reader
from assessments.services_review import (
    CannotApprove,
    CannotReturn,
    NotReviewed,
    StaleAssessment,
    approve_assessment,
    obstacles_of,
    return_assessment,
    worked_on,
)
from assessments.services_reviewing import (
    BadDecision,
    OwnWork,
    StaleDecision,
    agree_block,
    agree_items,
    begin_review,
    decide_item,
)
from assessments.views import crumbs, person, require, seen
from maturity.levels import IN_POINTS
from maturity.models import Item
from portal.access.rules import Right


@require_http_methods(["GET", "POST"])
def assessment_review(request: HttpRequest, pk: int) -> HttpResponse:
    """What comes up one by one, with its evidence; the rest as a block; and the decision on the whole."""
    assessment = seen(request, pk)
    require(request, Right.REVIEW, assessment)
    if request.method == "POST":
        return _decide(request, assessment)
    if assessment.state != Assessment.State.SUBMITTED:
        return _nothing_to_review(request, assessment)
    return _review_page(request, assessment, ReviewForm(initial={"revision": assessment.revision}))


def _nothing_to_review(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    messages.info(request, f"This assessment is {assessment.get_state_display().lower()}: nothing to review.")
    return redirect("assessments:assessment-detail", pk=assessment.pk)


def _decide(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _review_page(request, assessment, form, status=422)
    try:
        return _carry_out(request, assessment, form.cleaned_data)
    except CannotReturn as error:
        form.add_error("comment", str(error))
        return _review_page(request, assessment, form, status=422)
    except NotReviewed as error:
        for obstacle in error.obstacles:
            form.add_error("confirmation" if obstacle.kind == "confirmation" else None, obstacle.message)
        return _review_page(request, assessment, form, status=422)
    except CannotApprove as error:
        form.add_error(None, str(error))
        return _review_page(request, assessment, form, status=403)
    except StaleAssessment as error:
        form.add_error(None, str(error))
        return _review_page(request, assessment, form, status=409)


def _carry_out(request: HttpRequest, assessment: Assessment, given: dict[str, Any]) -> HttpResponse:
    """Approve or return it, and where to go from there."""
    common = {
        "assessment_id": assessment.pk,
        "revision": given["revision"],
        "comment": given["comment"],
        "by": person(request),
        "at": timezone.now(),
    }
    if given["decision"] == "approve":
        approve_assessment(**common, confirmation=given["confirmation"])
        messages.success(request, f"Approved: {assessment}.")
        return redirect("assessments:assessment-result", pk=assessment.pk)
    return_assessment(**common)
    messages.success(request, f"Returned to {assessment.agency} with your comment and questions.")
    return redirect("assessments:assessment-detail", pk=assessment.pk)


def _review_page(
    request: HttpRequest, assessment: Assessment, form: ReviewForm, *, status: int = 200
) -> HttpResponse:
    """The page; an assessment that is no longer submitted shows what became of it, with what was typed."""
    context: dict[str, Any] = {
        "assessment": assessment,
        "form": form,
        "own_work": worked_on(assessment, person(request)),
        "steps": assessment.steps.select_related("by"),
        "told": told_facts(PeriodFacts.objects.filter(assessment=assessment).first()),
        "crumbs": crumbs(assessment),
        "rounds": rounds_of(assessment, person(request), timezone.localdate()),
        "next": request.get_full_path(),
    }
    try:
        review = begin_review(assessment_id=assessment.pk, at=timezone.now())
    except StaleAssessment:
        return render(request, "assessments/assessment_review.html", context, status=status)
    reader = Reader(review, assessment)
    reading = reader.read(request.GET.get("group", ""), request.GET.get("domain", ""))
    context |= {
        "reading": reading,
        "rows": [(line, _form(assessment, line)) for line in reading.lines],
        "obstacles": obstacles_of(review),
        "way": _way(request),
    }
    return render(request, "assessments/assessment_review.html", context, status=status)


def _form(assessment: Assessment, line: Line, data: Any = None) -> DecisionForm:
    return DecisionForm(
        line.item,
        data,
        in_points=assessment.version.answers == IN_POINTS,
        standing=line.decision if line.verdict else None,
        revision=line.revision,
        submission=assessment.revision,
    )


def _way(request: HttpRequest) -> str:
    """The group and the domain that are open, as a query string: where a decision leads back to."""
    chosen = {name: request.GET[name] for name in ("group", "domain") if request.GET.get(name)}
    return urlencode(chosen)


# --- one item ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def review_item(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """One item of a review on a page of its own; a POST decides on it."""
    assessment = seen(request, pk)
    require(request, Right.REVIEW, assessment)
    row = get_object_or_404(Item, version_id=assessment.version_id, slug=item)
    if assessment.state != Assessment.State.SUBMITTED:
        return _nothing_to_review(request, assessment)
    line = _line(assessment, row)
    if request.method != "POST":
        return _item_page(request, assessment, line, _form(assessment, line))
    form = _form(assessment, line, request.POST)
    if not form.is_valid():
        return _item_page(request, assessment, line, form, status=422)
    try:
        decide_item(
            assessment_id=pk,
            submission=form.cleaned_data["submission"],
            item_slug=item,
            revision=form.cleaned_data["revision"],
            verdict=form.given(),
            by=person(request),
            at=timezone.now(),
        )
    except BadDecision as error:
        for name, message in error.errors.items():
            form.add_error(name if name in form.fields else None, message)
        return _item_page(request, assessment, line, form, status=422)
    except OwnWork as error:
        form.add_error(None, str(error))
        return _item_page(request, assessment, line, form, status=403)
    except (StaleDecision, StaleAssessment) as error:
        return _show_stale(request, assessment, row, error)
    return redirect(f"{_way_back(request, pk)}#item-{item}")


def _show_stale(
    request: HttpRequest, assessment: Assessment, item: Item, error: StaleDecision | StaleAssessment
) -> HttpResponse:
    """What holds now; what was typed stays in the form, which now answers to the other's decision."""
    if isinstance(error, StaleAssessment):
        messages.error(request, str(error))
        return redirect("assessments:assessment-detail", pk=assessment.pk)
    line = _line(assessment, item)
    form = _form(assessment, line, request.POST.dict() | {"revision": line.revision})
    form.add_error(None, str(error))
    return _item_page(request, assessment, line, form, status=409)


def _line(assessment: Assessment, item: Item) -> Line:
    review = begin_review(assessment_id=assessment.pk, at=timezone.now())
    line = Reader(review, assessment).one(item.slug)
    if line is None:
        raise Http404
    return line


def _item_page(
    request: HttpRequest, assessment: Assessment, line: Line, form: DecisionForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "assessment": assessment,
        "line": line,
        "form": form,
        "alone": True,
        "own_work": worked_on(assessment, person(request)),
        "next": _way_back(request, assessment.pk),
        "crumbs": [
            *crumbs(assessment),
            ("Review", reverse("assessments:assessment-review", args=[assessment.pk])),
        ],
    }
    return render(request, "assessments/review_item.html", context, status=status)


def _way_back(request: HttpRequest, pk: int) -> str:
    """Where the person came from, if that is a page of this portal; else the review."""
    wished = request.POST.get("next") or request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wished, {request.get_host()}, require_https=request.is_secure()):
        return wished
    return reverse("assessments:assessment-review", args=[pk])


# --- many items -------------------------------------------------------------------------------------


@require_POST
def review_agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree with all items that were shown, or with the block."""
    assessment = seen(request, pk)
    require(request, Right.REVIEW, assessment)
    form = AgreeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was decided: the form was incomplete. Look at the review again.")
        return redirect("assessments:assessment-review", pk=pk)
    common = {
        "assessment_id": pk,
        "submission": form.cleaned_data["submission"],
        "by": person(request),
        "at": timezone.now(),
    }
    try:
        if form.cleaned_data["block"]:
            count = agree_block(**common)
            messages.success(request, f"Agreed with the block: {_items(count)}.")
        else:
            count, left = agree_items(**common, slugs=request.POST.getlist("item"))
            told = f" {_items(left)} had been decided on meanwhile and stayed as they were." if left else ""
            messages.success(request, f"Agreed with {_items(count)}.{told}")
    except (OwnWork, StaleAssessment) as error:
        messages.error(request, str(error))
    return redirect(_way_back(request, pk))


def _items(count: int) -> str:
    return f"{count} item{'' if count == 1 else 's'}"
