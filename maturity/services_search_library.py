"""The library in the index of all that can be found."""

from collections.abc import Iterator

from django.urls import reverse

from maturity.models import LibraryEntry
from portal.search.rows import Row
from portal.search.services import replace_kind

KIND = "library"


def write_all() -> dict[str, int]:
    """Write the rows of all entries; how many there are."""
    return {KIND: replace_kind(kind=KIND, rows=_rows())}


def _rows() -> Iterator[Row]:
    for entry in LibraryEntry.objects.select_related("shelf").order_by("shelf__position", "position"):
        told = [f"{name}: {entry.facts[name]}" for name in entry.shelf.columns if name in entry.facts]
        yield Row(
            key=entry.slug,
            title=entry.title,
            url=reverse("library_entries:entry-detail", args=[entry.slug]),
            text=" ".join(part for part in (entry.text, "; ".join(told)) if part),
            words=f"{entry.shelf.name} {entry.source}",
            place=entry.shelf.name,
        )
