"""The check-in, and saying of carried answers that they still hold."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from assessments.forms_facts import FactsForm
from assessments.models import Answer, Assessment, PeriodFacts, RoundKind
from assessments.queries import load_sheet
from assessments.queries_check_in import parts_of
from assessments.queries_due import rounds_of
from assessments.queries_facts import told_facts
from assessments.queries_minutes import minutes_of_others
from assessments.questionnaire import progress_of
from assessments.services import NotOpen
from assessments.services_confirming import Confirmed, confirm_answers, take_back_confirmations
from assessments.views import abilities, crumbs, person, require, seen
from maturity.models import Item
from portal.access.rules import Right

MOST_AT_ONCE = 1_000  # answers


@require_GET
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    """What was said last, domain by domain, to confirm or to open; the challenges; the facts."""
    assessment, reader = seen(request, pk), person(request)
    if assessment.kind != RoundKind.CHECK_IN:
        messages.info(request, "This is a full assessment: go through it in the questionnaire.")
        return redirect("assessments:assessment-detail", pk=pk)
    sheet = load_sheet(assessment)
    row = PeriodFacts.objects.filter(assessment=assessment).select_related("saved_by").first()
    editable = assessment.is_open and reader.can(Right.ANSWER, assessment.agency)
    parts = parts_of(sheet)
    context = {
        "assessment": assessment,
        "domains": [part for part in parts if not part.is_challenges],
        "challenges": next((part for part in parts if part.is_challenges), None),
        "progress": progress_of(sheet),
        "sheet": sheet,
        "editable": editable,
        "facts_form": FactsForm(row) if editable else None,
        "told": told_facts(row),
        "others": minutes_of_others(assessment),
        "next": reverse("assessments:check-in", args=[pk]),
        "rounds": rounds_of(assessment, reader, timezone.localdate()),
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/check_in.html", context | abilities(assessment, reader))


@require_POST
def answers_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm the answers named with the revisions that were seen, or take their confirmations back."""
    assessment = seen(request, pk)
    require(request, Right.ANSWER, assessment)
    named = _named(request.POST.getlist("seen"))
    back = "back" in request.POST
    change = take_back_confirmations if back else confirm_answers
    if not named:
        messages.error(request, "No answer was named, so nothing was changed.")
        return redirect(_way_back(request, assessment))
    try:
        outcome = change(assessment_id=pk, seen=named, by=person(request), at=timezone.now())
    except (NotOpen, Item.DoesNotExist) as error:
        messages.error(request, str(error))
    else:
        _tell(request, outcome, assessment.version_id, back=back)
    return redirect(_way_back(request, assessment))


def _named(texts: Iterable[str]) -> dict[str, int]:
    """By item, the revision seen, of texts such as "scan-images:3"; what is none is left out."""
    found = {}
    for text in list(texts)[:MOST_AT_ONCE]:
        slug, _, revision = text.partition(":")
        if slug and revision.isascii() and revision.isdigit() and len(revision) < 10 and "\0" not in slug:
            found[slug] = int(revision)
    return found


def _tell(request: HttpRequest, outcome: Confirmed, version: int, *, back: bool) -> None:
    count = len(outcome.done)
    if count:
        done = "taken back" if back else "confirmed"
        what = outcome.done[0].item.title if count == 1 else f"{count} answers"
        messages.success(request, f"{done.capitalize()}: {what}.")
    elif not outcome.changed and not outcome.refused:
        messages.info(request, "That was so already: nothing was changed.")
    if outcome.changed:
        messages.warning(
            request,
            "Left as they are, because somebody saved them after you looked: " + _names(outcome.changed),
        )
    named = Item.objects.filter(version_id=version, slug__in=list(outcome.refused))
    titles = dict(named.values_list("slug", "title"))
    for slug, why in outcome.refused.items():
        messages.warning(request, f"Not confirmed: {titles.get(slug, slug)}. {why}")


def _names(answers: Iterable[Answer]) -> str:
    told = (f"{answer.item.title} ({answer.answered_by or 'an import'})" for answer in answers)
    return "; ".join(told) + "."


def _way_back(request: HttpRequest, assessment: Assessment) -> str:
    """The page of the portal that the form came from, at the place that it names."""
    wished, place = request.POST.get("next", ""), request.POST.get("place", "")
    if not (wished.startswith("/") and url_has_allowed_host_and_scheme(wished, allowed_hosts=None)):
        wished = reverse("assessments:assessment-detail", args=[assessment.pk])
    return f"{wished}#{place}" if place.replace("-", "").isalnum() else wished
