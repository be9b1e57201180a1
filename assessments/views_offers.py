"""What runs suggest for an open assessment, and taking it over item by item."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from assessments.forms_runs import OfferForm
from assessments.models import Answer, Assessment
from assessments.queries_runs import Suggestion, is_lower, suggestions_for
from assessments.services import NotOpen
from assessments.services_answers import BadAnswer, StaleAnswer
from assessments.services_offers import CannotAccept, accept_offer, use_as_evidence
from assessments.views import crumbs, require, seen
from assessments.words import level_words
from maturity.levels import Level
from maturity.models import Item
from portal.access.models import User
from portal.access.rules import Right
from portal.requests import person


@dataclass(frozen=True)
class SuggestionLine:
    """One suggestion beside the answer as it is."""

    suggestion: Suggestion
    item: Item
    offered: str  # in words
    now: str
    revision: int
    raises: bool  # the answer is lower, or not given
    same: bool
    named: bool  # the run is among the evidence already
    planned: bool  # a date must be given


def suggestion_lines(
    items: Mapping[str, Item],
    answers: Mapping[str, Answer],
    suggestions: Mapping[str, list[Suggestion]],
) -> dict[str, list[SuggestionLine]]:
    """By item, what runs suggest for it. `answers`: by slug, their evidence loaded."""
    found = {}
    for slug, offered in suggestions.items():
        if slug in items:
            found[slug] = [_line(items[slug], answers.get(slug), one) for one in offered]
    return found


def _line(item: Item, answer: Answer | None, suggestion: Suggestion) -> SuggestionLine:
    now = answer.level if answer is not None else ""
    level = suggestion.offer.level
    evidence = answer.evidence.all() if answer is not None else ()
    return SuggestionLine(
        suggestion=suggestion,
        item=item,
        offered=level_words(item, Level(level)),
        now=level_words(item, Level(now) if now else None),
        revision=answer.revision if answer is not None else 0,
        raises=is_lower(now, level),
        same=now == level,
        named=any(one.run_id == suggestion.run.pk for one in evidence),
        planned=level == Level.PLANNED,
    )


def suggestions_of(assessment: Assessment, reader: User) -> dict[str, list[Suggestion]]:
    """What runs suggest to somebody who may answer an open assessment; nothing to others."""
    if not assessment.is_open or not reader.can(Right.ANSWER, assessment.agency):
        return {}
    return suggestions_for(assessment.agency, reader)


@require_http_methods(["GET", "POST"])
def suggestion_list(request: HttpRequest, pk: int) -> HttpResponse:
    """All that finished runs suggest for an assessment, by item; a POST takes one over."""
    assessment = seen(request, pk)
    require(request, Right.ANSWER, assessment)
    if request.method == "POST":
        return _take(request, assessment)
    answers = assessment.answers.select_related("item").prefetch_related("evidence")
    items = Item.objects.filter(version_id=assessment.version_id).select_related("stage", "domain")
    suggestions = suggestions_of(assessment, person(request))
    if run := request.GET.get("run", ""):
        suggestions = {
            slug: kept
            for slug, offered in suggestions.items()
            if (kept := [one for one in offered if str(one.run.pk) == run])
        }
    lines = suggestion_lines(
        {item.slug: item for item in items.filter(slug__in=suggestions).order_by("position")},
        {answer.item.slug: answer for answer in answers.filter(item__slug__in=suggestions)},
        suggestions,
    )
    by_item = sorted(lines.values(), key=lambda found: found[0].item.position)
    context = {
        "assessment": assessment,
        "raising": [found for found in by_item if any(line.raises for line in found)],
        "others": [found for found in by_item if not any(line.raises for line in found)],
        "next": request.get_full_path(),
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/suggestion_list.html", context)


def _take(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    form = OfferForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return redirect(_way_back(request, assessment, ""))
    said = form.cleaned_data
    way_back = _way_back(request, assessment, said["item"])
    same = {"run_id": said["run"], "item_slug": said["item"], "assessment_id": assessment.pk}
    same |= {"by": person(request), "at": timezone.now()}
    try:
        if said["take"] == "evidence":
            use_as_evidence(**same)
            messages.success(request, "The run is named as evidence; the answer is as it was.")
        else:
            accept_offer(**same, revision=said["revision"], over=said["over"], planned_on=said["planned_on"])
            messages.success(request, "Taken over: the answer is saved, with the run as evidence.")
    except Item.DoesNotExist:
        raise Http404 from None
    except StaleAnswer as error:
        messages.error(request, f"Not taken over: {error} See what it says now.")
    except (CannotAccept, NotOpen, BadAnswer) as error:
        messages.error(request, f"Not taken over: {error}")
    return redirect(way_back)


def _way_back(request: HttpRequest, assessment: Assessment, item: str) -> str:
    wished = request.POST.get("next", "")
    if not (wished.startswith("/") and url_has_allowed_host_and_scheme(wished, allowed_hosts=None)):
        wished = reverse("assessments:suggestion-list", args=[assessment.pk])
    return f"{wished}#item-{item}" if item else wished
