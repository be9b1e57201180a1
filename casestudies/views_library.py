"""The page of one entry of the library."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from casestudies.queries_library import lessons_on
from maturity.library.figures import Drawn, draw, slugs_of
from maturity.models import LibraryEntry, LibrarySection
from maturity.queries_library import documents_of, items_resting_on, naming, neighbours, rows_of
from portal.search.queries import places_of

RELATED_SHOWN = 30


def entry_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One entry: what it says, where that comes from, what belongs to it, and what rests on it."""
    entry = get_object_or_404(LibraryEntry.objects.select_related("shelf"), slug=slug)
    section = get_object_or_404(LibrarySection, slug=entry.shelf.section)
    drawn = _drawn(entry)
    named = {*entry.see, *(slugs_of(drawn.outline) if drawn else ())}
    places = places_of(named)
    others = naming(slug).exclude(slug__in=named)[:RELATED_SHOWN]
    items = items_resting_on(slug)
    resting = {item.slug for item in items}  # have a list of their own
    before, after = neighbours(entry)
    context = {
        "entry": entry,
        "row": rows_of(entry.shelf, [entry])[0],
        "drawn": drawn,
        "places": places,
        "documents": documents_of(entry.source),
        "related": [places[name] for name in entry.see if name in places and name not in resting],
        "others": others,
        "items": items,
        "before": before,
        "after": after,
        "lessons": lessons_on(items),
        "crumbs": [
            ("Library", reverse("library:section-list")),
            (section.name, reverse("library:section-detail", args=[section.slug])),
            (entry.shelf.name, reverse("library:shelf-detail", args=[section.slug, entry.shelf.slug])),
        ],
    }
    return render(request, "casestudies/library_entry.html", context)


def _drawn(entry: LibraryEntry) -> Drawn | None:
    return draw(entry.figure, ident=entry.slug, title=entry.title) if entry.figure else None
