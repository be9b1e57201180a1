"""The page of the search."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix
from django.views.decorators.http import require_safe

from portal.agencies.models import Agency
from portal.agencies.queries import visible_ancestors
from portal.requests import person
from portal.search.models import KINDS
from portal.search.queries import PER_PAGE, Found, Hit, counts_of, find
from portal.search.words import MOST_QUERY

# Where to look around instead; paths and not URL names, as in the navigation.
SECTIONS = {
    "library": ("library/", "Library", "Concepts, technologies, comparisons, questions and answers"),
    "practice": ("models/", "Models", "Stages, domains, practices and challenges"),
    "instrument": ("instruments/", "Instruments", "Checklists, decision trees and calculators"),
    "case-study": ("case-studies/", "Case studies", "What other organizations did and learned"),
    "agency": ("agencies/", "Agencies", "Those that you may see"),
}


@dataclass(frozen=True)
class Tab:
    """A kind to choose ("": all) and how many things of it were found."""

    kind: str
    name: str
    count: int
    current: bool


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What was found of what the reader may see, the best first; all kinds or one of them."""
    text, kind = request.GET.get("q", "").strip()[:MOST_QUERY], request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    agencies = Agency.objects.visible_to(person(request))
    found = find(text=text, agencies=agencies, kinds=[kind] if kind else [], page=_number(request))
    everywhere = {} if found.total else counts_of(agencies)
    context = {
        "text": text,
        "kind": kind,
        "kind_name": KINDS[kind][1] if kind else "",
        "found": found,
        "hits": _with_places(found.hits, request),
        "tabs": _tabs(found, kind),
        "page": Paginator(range(min(found.total, found.pages * PER_PAGE)), PER_PAGE).get_page(found.page),
        "sections": [
            (get_script_prefix() + path, name, about)
            for one, (path, name, about) in SECTIONS.items()
            if one in everywhere
        ],
    }
    return render(request, "search/search.html", context)


def _number(request: HttpRequest) -> int:
    said = request.GET.get("page", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 1


def _tabs(found: Found, kind: str) -> list[Tab]:
    shown = {**dict.fromkeys([kind] if kind else [], 0), **found.counts}
    tabs = [Tab(one, KINDS[one][1], shown[one], one == kind) for one in KINDS if one in shown]
    return [Tab("", "All", sum(found.counts.values()), not kind), *tabs]


def _with_places(hits: Sequence[Hit], request: HttpRequest) -> list[tuple[Hit, str]]:
    """Each hit with where it stands: an agency below others, as far as the reader may see them."""
    ids = [hit.agency_id for hit in hits if hit.agency_id is not None]
    agencies = Agency.objects.in_bulk(ids) if ids else {}
    above = visible_ancestors(agencies.values(), person(request))

    def place(hit: Hit) -> str:
        agency = agencies.get(hit.agency_id or 0)
        if agency is None:
            return hit.place
        ancestors = agency.ancestor_ids
        return " / ".join(above[pk].name for pk in ancestors if pk in above)

    return [(hit, place(hit)) for hit in hits]
