"""One item of an assessment: its answer, saved alone, and its evidence."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from assessments.forms import AnswerForm
from assessments.models import Answer, Assessment
from assessments.questionnaire import progress_of
from assessments.services import NotOpen
from assessments.services_answers import (
    BadAnswer,
    StaleAnswer,
    fields_of,
    save_answer,
    saver_of,
)
from assessments.views import crumbs, is_htmx, person, require, seen
from assessments.views_questionnaire import Conflict, context_of
from assessments.words import FIELD_WORDS, value_words
from casestudies.queries import lessons_for
from maturity.levels import IN_POINTS
from maturity.models import Item
from maturity.queries_library import references_of
from portal.access.rules import Right

LESSONS_SHOWN = 5


@require_http_methods(["GET", "POST"])
def answer_edit(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """One item on a page of its own, or as a row for htmx; a POST saves its answer."""
    assessment = seen(request, pk)
    row = item_asked(assessment, item)
    if request.method == "POST":
        require(request, Right.ANSWER, assessment)
        return _save(request, assessment, row)
    return _show(request, assessment, row)


def item_asked(assessment: Assessment, slug: str) -> Item:
    """The item of this slug in the version that is answered; 404 where there is none."""
    items = Item.objects.select_related("stage", "domain")
    return get_object_or_404(items, version_id=assessment.version_id, slug=slug)


def _save(request: HttpRequest, assessment: Assessment, item: Item) -> HttpResponse:
    answer = Answer.objects.filter(assessment=assessment, item=item).select_related("following").first()
    in_points = assessment.version.answers == IN_POINTS
    form = AnswerForm(item, answer, request.POST.dict(), in_points=in_points)
    if not form.is_valid():
        return _show(request, assessment, item, form=form, status=422)
    try:
        saved = save_answer(
            assessment_id=assessment.pk,
            item_slug=item.slug,
            revision=form.cleaned_data["revision"],
            fields=form.given(),
            by=person(request),
            at=timezone.now(),
        )
    except BadAnswer as error:
        for name, message in error.errors.items():
            form.add_error(name, message)
        return _show(request, assessment, item, form=form, status=422)
    except StaleAnswer as stale:
        return _show_conflict(request, assessment, item, form, stale)
    except NotOpen as error:
        form.add_error(None, str(error))
        return _show(request, assessment, item, form=form, status=409)
    ended = ""
    if answer is not None and hasattr(answer, "following") and saved.revision != answer.revision:
        ended = " It is your own answer now and follows no other agency’s any more."
    if is_htmx(request):
        return _show(request, assessment, item, message=f"Saved.{ended}")
    messages.success(request, f"Saved: {item.title}.{ended}")
    return redirect(f"{way_back(request, assessment, item)}#item-{item.slug}")


def _show_conflict(
    request: HttpRequest, assessment: Assessment, item: Item, form: AnswerForm, stale: StaleAnswer
) -> HttpResponse:
    """Theirs beside mine; what was typed stays in the form, which now answers to their revision."""
    mine_again = AnswerForm(
        item,
        stale.answer,
        {**form.data, "revision": stale.answer.revision},
        in_points=form.in_points,
    )
    theirs, mine = fields_of(stale.answer), form.given()
    rows = []
    for name in stale.changed:
        told = [value_words(item, name, getattr(said, name)) for said in (theirs, mine)]
        rows.append((FIELD_WORDS[name], told[0], told[1]))
    conflict = Conflict(who=saver_of(stale.answer), at=stale.answer.answered_at, rows=rows)
    return _show(request, assessment, item, form=mine_again, conflict=conflict, status=409)


def _show(
    request: HttpRequest,
    assessment: Assessment,
    item: Item,
    *,
    form: AnswerForm | None = None,
    message: str = "",
    conflict: Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    """The item as a row for htmx, with the progress beside it; otherwise as a page."""
    context = context_of(assessment, person(request))
    told = references_of([item])[item.slug]
    row = context.row(item, form, message=message, conflict=conflict, references=told)
    shown = {
        "assessment": assessment,
        "row": row,
        "editable": context.editable,
        "next": way_back(request, assessment, item),
        "progress": progress_of(context.sheet),
        "previous": context.previous,
        "crumbs": crumbs(assessment),
    }
    if not is_htmx(request):
        model = assessment.version.model.slug
        shown["lessons"] = lessons_for(model_slug=model, items=[item.slug]).get(item.slug, [])[:LESSONS_SHOWN]
    template = (
        "assessments/includes/answer_saved.html" if is_htmx(request) else "assessments/answer_edit.html"
    )
    return render(request, template, shown, status=status)


def way_back(request: HttpRequest, assessment: Assessment, item: Item) -> str:
    """The page of the portal that the form came from; this item's own where it does not say."""
    wished = request.POST.get("next") or request.GET.get("next") or ""
    if wished.startswith("/") and url_has_allowed_host_and_scheme(wished, allowed_hosts=None):
        return wished
    return reverse("assessments:answer-edit", args=[assessment.pk, item.slug])
