"""Bringing the library into the portal."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from maturity.library.pack import Library, PackEntry, PackShelf
from maturity.models import LibraryEntry, LibrarySection, LibraryShelf, LibrarySource
from maturity.services_search_library import write_all
from portal.audit.services import Actor, record_many


@dataclass(frozen=True)
class PublishedLibrary:
    """How many entries were created, changed, left as they were, and removed."""

    created: int
    changed: int
    unchanged: int
    removed: int


@transaction.atomic
def publish_library(*, library: Library, by: Actor | None, at: datetime) -> PublishedLibrary:
    """Bring the library to what the pack says, in one go; safe to repeat.

    What the pack no longer holds is removed: references to it are by slug and lead nowhere then.
    """
    _publish_frame(library)
    shelves, changed_shelves = _publish_shelves(library)
    counts, by_shelf = _publish_entries(library, shelves)
    gone = LibraryShelf.objects.exclude(slug__in=shelves)
    record_many(action="remove", objects=[(shelf, {}) for shelf in gone], by=by, at=at)
    gone.delete()
    touched = [
        (shelf, {name: number for name, number in by_shelf[slug].items() if number and name != "unchanged"})
        for slug, shelf in shelves.items()
    ]
    told = [(shelf, changes) for shelf, changes in touched if changes or shelf.slug in changed_shelves]
    record_many(action="publish", objects=told, by=by, at=at)
    write_all()
    return PublishedLibrary(**{name: counts[name] for name in PublishedLibrary.__dataclass_fields__})


def _publish_frame(library: Library) -> None:
    """The documents and the sections: names that shelves and entries cite."""
    for position, source in enumerate(library.sources):
        fields = {**asdict(source), "position": position}
        LibrarySource.objects.update_or_create(ref=fields.pop("ref"), defaults=fields)
    LibrarySource.objects.exclude(ref__in=[source.ref for source in library.sources]).delete()
    for position, section in enumerate(library.sections):
        LibrarySection.objects.update_or_create(
            slug=section.slug,
            defaults={"position": position, "name": section.name, "summary": section.summary},
        )
    LibrarySection.objects.exclude(slug__in=[section.slug for section in library.sections]).delete()


def _publish_shelves(library: Library) -> tuple[dict[str, LibraryShelf], set[str]]:
    """All shelves of the pack by slug, and the slugs of those that are new or changed."""
    rows = {shelf.slug: shelf for shelf in LibraryShelf.objects.select_for_update()}
    placed = [(section.slug, shelf) for section in library.sections for shelf in section.shelves]
    found: dict[str, LibraryShelf] = {}
    changed: set[str] = set()
    for position, (section, shelf) in enumerate(placed):
        row = rows.get(shelf.slug) or LibraryShelf(slug=shelf.slug)
        if _set(row, _shelf_fields(shelf, section, position)):
            row.save()
            changed.add(shelf.slug)
        found[shelf.slug] = row
    return found, changed


def _publish_entries(
    library: Library, shelves: dict[str, LibraryShelf]
) -> tuple[Counter[str], dict[str, Counter[str]]]:
    """Create, change and remove entries: how many in all, and by shelf."""
    rows = {entry.slug: entry for entry in LibraryEntry.objects.select_for_update()}
    new: list[LibraryEntry] = []
    changed: list[LibraryEntry] = []
    by_shelf = {slug: Counter[str]() for slug in shelves}
    for shelf in library.shelves:
        for position, entry in enumerate(shelf.entries):
            fields = _entry_fields(entry, shelves[shelf.slug], position)
            row = rows.pop(entry.slug, None)
            if row is None:
                new.append(LibraryEntry(slug=entry.slug, **fields))
                by_shelf[shelf.slug]["created"] += 1
            elif _set(row, fields):
                changed.append(row)
                by_shelf[shelf.slug]["changed"] += 1
            else:
                by_shelf[shelf.slug]["unchanged"] += 1
    slugs = {shelf.pk: slug for slug, shelf in shelves.items()}
    for row in rows.values():
        if row.shelf_id in slugs:
            by_shelf[slugs[row.shelf_id]]["removed"] += 1
    LibraryEntry.objects.filter(pk__in=[row.pk for row in rows.values()]).delete()
    LibraryEntry.objects.bulk_create(new, batch_size=200)
    if changed:
        LibraryEntry.objects.bulk_update(changed, ENTRY_FIELDS, batch_size=100)
    counts = sum(by_shelf.values(), Counter[str]())
    counts["removed"] = len(rows)
    return counts, by_shelf


def _shelf_fields(shelf: PackShelf, section: str, position: int) -> dict[str, Any]:
    return {
        "section": section,
        "position": position,
        "name": shelf.name,
        "summary": shelf.summary,
        "shape": shelf.shape,
        "columns": list(shelf.columns),
    }


ENTRY_FIELDS = [
    "shelf", "position", "title", "text", "facts", "source", "link", "see", "dated", "corrections", "figure",
    "search_text",
]  # fmt: skip


def _entry_fields(entry: PackEntry, shelf: LibraryShelf, position: int) -> dict[str, Any]:
    """The fields of ENTRY_FIELDS."""
    return {
        "shelf": shelf,
        "position": position,
        "title": entry.title,
        "text": entry.text,
        "facts": entry.facts,
        "source": entry.source,
        "link": entry.link,
        "see": list(entry.see),
        "dated": entry.dated,
        "corrections": [asdict(correction) for correction in entry.corrections],
        "figure": entry.figure,
        "search_text": " ".join(_words(entry, shelf)).lower(),
    }


def _words(entry: PackEntry, shelf: LibraryShelf) -> Iterable[str]:
    """What an entry is found by."""
    yield from (entry.title, entry.text, shelf.name)
    for heading, text in entry.facts.items():
        yield from (heading, text)


def _set(row: LibraryShelf | LibraryEntry, fields: dict[str, Any]) -> bool:
    """Give the row these values; whether any of them is another than before.

    The order of facts does not count: PostgreSQL does not keep it, and they are read by the shelf's columns.
    """
    is_new = row._state.adding
    different = False
    for name, value in fields.items():
        if is_new or getattr(row, KEYS.get(name, name)) != (value.pk if name in KEYS else value):
            different = True
            setattr(row, name, value)
    return different


KEYS = {"shelf": "shelf_id"}  # fields that point at a row, compared by its key
