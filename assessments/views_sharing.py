"""Answers offered to agencies below for a shared platform, and those that agencies above offer."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from assessments.models import Assessment, SharedAnswer
from assessments.queries import Sheet, load_sheet
from assessments.queries_assigning import part_of
from assessments.queries_sharing import (
    OfferLine,
    followers_by_item,
    following_in,
    offers_by,
    offers_of_part,
    offers_to,
    words_of,
)
from assessments.services import NotOpen
from assessments.services_sharing import (
    BadOffer,
    Wish,
    offer_answers,
    stop_shared,
    take_shared,
    withdraw_offers,
)
from assessments.views import crumbs, person, require, seen
from maturity.models import Item
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.requests import id_in

MOST_ITEMS = 2_000


@dataclass(frozen=True)
class OwnLine:
    """One answered item that may be offered, with how it is offered now and how many follow it."""

    item: Item
    words: str
    shared: SharedAnswer | None
    followers: int

    @property
    def part(self) -> str:
        """The key of the domain that it belongs to, or the challenges."""
        return part_of(self.item)

    @property
    def part_name(self) -> str:
        """That part in words."""
        return str(self.item.domain.name) if self.item.domain is not None else "Challenges"


@dataclass(frozen=True)
class PartOffers:
    """What is offered of one domain, or of the challenges; `takeable`: something does not follow yet."""

    key: str
    name: str
    lines: list[OfferLine]
    takeable: bool


@require_GET
def shared_list(request: HttpRequest, pk: int) -> HttpResponse:
    """What agencies above offer to this assessment, and what it offers to agencies below."""
    return _page(request, seen(request, pk))


def _page(
    request: HttpRequest, assessment: Assessment, *, error: str = "", status: int = 200
) -> HttpResponse:
    reader = person(request)
    sheet = load_sheet(assessment)
    has_below = Agency.objects.within(assessment.agency).exclude(pk=assessment.agency_id).exists()
    lines = own_lines(sheet, assessment) if has_below else []
    following = following_in(assessment, reader)
    context = {
        "assessment": assessment,
        "offers": {heading: offers_by_part(lines) for heading, lines in offers_to(assessment).items()},
        "following": [(sheet.items[slug], line) for slug, line in following.items() if slug in sheet.items],
        "lines": lines,
        "offered": sum(line.shared is not None for line in lines),
        "platforms": sorted({line.shared.platform for line in lines if line.shared is not None}),
        "has_below": has_below,
        "may_take": assessment.is_open and reader.can(Right.ANSWER, assessment.agency),
        "may_offer": reader.can(Right.SUBMIT, assessment.agency),
        "error": error,
        "crumbs": crumbs(assessment),
    }
    return render(request, "assessments/shared_list.html", context, status=status)


def offers_by_part(lines: list[OfferLine]) -> list[PartOffers]:
    """Offers that come domain by domain, cut into domains."""
    found = []
    for key, group in groupby(lines, key=lambda line: line.part):
        rows = list(group)
        found.append(PartOffers(key, rows[0].part_name, rows, not all(row.follows for row in rows)))
    return found


def own_lines(sheet: Sheet, assessment: Assessment) -> list[OwnLine]:
    """The answered items, domain by domain."""
    shared, followers = offers_by(assessment), followers_by_item(assessment)
    lines = [
        OwnLine(item, words_of(sheet.answers[slug]), shared.get(slug), followers.get(slug, 0))
        for slug, item in sheet.items.items()
        if slug in sheet.levels
    ]
    last = max((line.item.domain.number for line in lines if line.item.domain is not None), default=0) + 1
    return sorted(lines, key=lambda line: line.item.domain.number if line.item.domain is not None else last)


@require_POST
def shared_offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer what is ticked for a platform, or withdraw it."""
    assessment = seen(request, pk)
    require(request, Right.SUBMIT, assessment)
    items = _ticked(request, assessment)
    if not items:
        return _page(request, assessment, error="Tick at least one answer.", status=422)
    common: dict[str, Any] = {
        "assessment_id": pk,
        "items": items,
        "by": person(request),
        "at": timezone.now(),
    }
    if request.POST.get("do") == "withdraw":
        count = withdraw_offers(**common)
        messages.success(request, f"{_answers(count)} withdrawn.")
        return redirect("assessments:shared-list", pk=pk)
    try:
        count = offer_answers(platform=request.POST.get("platform", ""), **common)
    except BadOffer as error:
        return _page(request, assessment, error=str(error), status=422)
    messages.success(request, f"{_answers(count)} offered.")
    return redirect("assessments:shared-list", pk=pk)


def _ticked(request: HttpRequest, assessment: Assessment) -> set[str]:
    """The items ticked, and all answered ones of the domains ticked ("part")."""
    items = set(request.POST.getlist("item")[:MOST_ITEMS])
    if parts := set(request.POST.getlist("part")):
        sheet = load_sheet(assessment)
        items |= {slug for slug in sheet.levels if part_of(sheet.items[slug]) in parts}
    return items


@require_POST
def shared_take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take offered answers over: "12|3" is the offer and the revision of one's own answer that was read."""
    assessment = seen(request, pk)
    require(request, Right.ANSWER, assessment)
    wishes = []
    for one in request.POST.getlist("offer")[:MOST_ITEMS]:
        shared, _, revision = one.partition("|")
        offer, read = id_in(shared), id_in(revision)
        if offer is None or read is None:
            return _page(request, assessment, error=f"“{one[:40]}” is no offer.", status=422)
        wishes.append(Wish(offer, read))
    if not wishes:
        return _page(request, assessment, error="Tick at least one answer.", status=422)
    if only := request.POST.get("only", ""):
        ids = offers_of_part([wish.shared_id for wish in wishes], only)
        wishes = [wish for wish in wishes if wish.shared_id in ids]
    try:
        done = take_shared(assessment_id=pk, wishes=wishes, by=person(request), at=timezone.now())
    except NotOpen as error:
        return _page(request, assessment, error=str(error), status=409)
    messages.success(request, f"{_answers(len(done.taken))} taken over.")
    for slug, why in list(done.refused.items())[:20]:
        messages.warning(request, f"Not taken, {slug}: {why}")
    return redirect("assessments:shared-list", pk=pk)


@require_POST
def shared_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Have answers follow nobody any more."""
    assessment = seen(request, pk)
    require(request, Right.ANSWER, assessment)
    items = set(request.POST.getlist("item")[:MOST_ITEMS])
    try:
        count = stop_shared(assessment_id=pk, items=items, by=person(request), at=timezone.now())
    except NotOpen as error:
        return _page(request, assessment, error=str(error), status=409)
    messages.success(
        request, f"{_answers(count)} now your own. They keep what they say, and need evidence of yours."
    )
    return redirect("assessments:shared-list", pk=pk)


def _answers(count: int) -> str:
    return "1 answer is" if count == 1 else f"{count} answers are"
