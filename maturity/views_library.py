"""Pages of the library: its sections and shelves. Entries have theirs in casestudies, which knows lessons."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from maturity.library.figures import draw
from maturity.models import LibraryEntry, LibrarySection, LibraryShelf, LibrarySource
from maturity.queries_library import groups_of, rows_of, sections_with_shelves


def section_list(request: HttpRequest) -> HttpResponse:
    """All sections with their shelves, how many entries each holds, and the documents that they rest on."""
    sections = sections_with_shelves()
    count = sum(number for _, shelves in sections for _, number in shelves)
    context = {"sections": sections, "count": count, "documents": LibrarySource.objects.all()}
    return render(request, "maturity/library.html", context)


def section_detail(request: HttpRequest, section: str) -> HttpResponse:
    """One section: its shelves with their summaries."""
    sections = sections_with_shelves()
    found = next((pair for pair in sections if pair[0].slug == section), None)
    if found is None:
        raise Http404
    row, shelves = found
    context = {
        "section": row,
        "shelves": shelves,
        "sections": [other for other, _ in sections if other != row],
        "crumbs": [("Library", reverse("library:section-list"))],
    }
    return render(request, "maturity/library_section.html", context)


def shelf_detail(request: HttpRequest, section: str, shelf: str) -> HttpResponse:
    """One shelf in its shape: a list, a table, steps, questions with answers, or figures."""
    row = get_object_or_404(LibraryShelf, section=section, slug=shelf)
    whole = get_object_or_404(LibrarySection, slug=section)
    entries = list(row.entries.all())
    rows = rows_of(row, entries)
    context = {
        "shelf": row,
        "section": whole,
        "rows": rows,
        "groups": groups_of(row, rows),
        "has_texts": any(entry.text for entry in entries),
        "figures": _figures(entries),
        "others": LibraryShelf.objects.filter(section=section).exclude(pk=row.pk),
        "crumbs": [
            ("Library", reverse("library:section-list")),
            (whole.name, reverse("library:section-detail", args=[section])),
        ],
    }
    return render(request, "maturity/library_shelf.html", context)


def _figures(entries: list[LibraryEntry]) -> list[dict[str, Any]]:
    """The entries that have a figure, each with its drawing."""
    return [
        {"entry": entry, "drawn": draw(entry.figure, ident=entry.slug, title=entry.title)}
        for entry in entries
        if entry.figure
    ]
