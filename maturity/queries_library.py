"""Reads of the library."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from django.db.models import Count, QuerySet, TextField
from django.db.models.functions import Cast

from maturity.models import (
    Domain,
    InstrumentEdition,
    Item,
    LibraryEntry,
    LibrarySection,
    LibraryShelf,
    LibrarySource,
    ModelVersion,
    Stage,
)
from portal.search.queries import Place, places_of

PRACTICES_SHOWN = 60
# What the sources of a practice may lead to: not to the practice that rests on them.
REFERRED_TO = ("library", "instrument-entry", "instrument", "lesson", "case-study", "stage", "challenge")


@dataclass(frozen=True)
class Reference:
    """What a statement rests on: the place cited, and the thing of the portal that holds it."""

    slug: str
    ref: str
    place: Place


@dataclass(frozen=True)
class Row:
    """An entry with its facts in the order of the shelf's columns."""

    entry: LibraryEntry
    facts: tuple[tuple[str, str], ...]  # heading and text, only where there is one
    cells: tuple[str, ...]  # one for each column, "" where there is none


def sections_with_shelves() -> list[tuple[LibrarySection, list[tuple[LibraryShelf, int]]]]:
    """All sections in order, each with its shelves and how many entries these hold. Two queries."""
    shelves = [(row, row.entry_count) for row in LibraryShelf.objects.annotate(entry_count=Count("entries"))]
    return [
        (section, [(shelf, count) for shelf, count in shelves if shelf.section == section.slug])
        for section in LibrarySection.objects.all()
    ]


def find_entries(*, text: str) -> QuerySet[LibraryEntry]:
    """Entries that hold every word of `text`."""
    found = LibraryEntry.objects.all()
    for word in text.lower().split()[:10]:
        found = found.filter(search_text__contains=word)
    return found


def rows_of(shelf: LibraryShelf, entries: Iterable[LibraryEntry]) -> list[Row]:
    """Entries as they are shown: the database does not keep the order of their facts."""
    found = []
    for entry in entries:
        cells = tuple(entry.facts.get(heading, "") for heading in shelf.columns)
        told = zip(shelf.columns, cells, strict=True)
        found.append(Row(entry, tuple((heading, text) for heading, text in told if text), cells))
    return found


def groups_of(shelf: LibraryShelf, rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """Rows under the words of their only fact, where it sorts them ("Pro", "Con"); else all under "".

    It sorts them if every row has it and the same words stand together.
    """
    runs = [(words, list(run)) for words, run in groupby(rows, key=lambda row: row.cells[:1])]
    told = [words for words, _ in runs]
    if len(shelf.columns) != 1 or ("",) in told or len(set(told)) < len(told) or len(told) in (1, len(rows)):
        return [("", rows)]
    return [(words[0], [replace(row, facts=()) for row in run]) for words, run in runs]


def references_of(items: Iterable[Item]) -> dict[str, list[Reference]]:
    """By item slug, its sources that the library or an instrument holds. One query."""
    sources = {item.slug: item.sources for item in items}
    places = places_of({source["slug"] for told in sources.values() for source in told}, REFERRED_TO)
    return {
        item: [
            Reference(source["slug"], source["ref"], places[source["slug"]])
            for source in told
            if source["slug"] in places and source["slug"] != item
        ]
        for item, told in sources.items()
    }


def naming(slug: str) -> QuerySet[LibraryEntry]:
    """Entries that name this slug as related to them."""
    found = LibraryEntry.objects.annotate(told=Cast("see", TextField())).filter(told__contains=f'"{slug}"')
    return found.order_by("title")


def neighbours(entry: LibraryEntry) -> tuple[LibraryEntry | None, LibraryEntry | None]:
    """What stands before and after this entry on its shelf. One query."""
    around = (entry.position - 1, entry.position + 1)
    rows = LibraryEntry.objects.filter(shelf_id=entry.shelf_id, position__in=around)
    found = {row.position: row for row in rows}
    return found.get(around[0]), found.get(around[1])


def items_resting_on(slug: str) -> list[Item]:
    """Practices and challenges of the current version of each model whose sources name this entry.

    Two queries. SQLite has no look-up inside a JSON list, so its text is searched and the find checked.
    """
    current: dict[int, ModelVersion] = {}
    for version in ModelVersion.objects.defer("about", "sources").order_by("published_at", "pk"):
        current[version.model_id] = version
    rows: QuerySet[Item] = (
        Item.objects.filter(version__in=current.values())
        .annotate(told=Cast("sources", TextField()))
        .filter(told__contains=f'"{slug}"')
        .select_related("version__model", "stage", "domain")
    )
    found = [row for row in rows if any(source["slug"] == slug for source in row.sources)]
    return found[:PRACTICES_SHOWN]


def documents_of(source: str) -> list[LibrarySource]:
    """The documents that a citation ("000 §Types; FIG p5") names at the beginning of its parts. One query."""
    refs = {part.split()[0] for part in source.split(";") if part.strip()}
    return list(LibrarySource.objects.filter(ref__in=refs))


def names_beside_the_library() -> set[str]:
    """What entries may name beside each other: items, stages, domains, instruments and their parts."""
    names: set[str] = set()
    for rows in (Item.objects, Stage.objects, Domain.objects):
        names.update(rows.values_list("slug", flat=True))
    for slug, definition in InstrumentEdition.objects.filter(is_current=True).values_list(
        "slug", "definition"
    ):
        names.update((slug, *_slugs_in(definition)))
    return names


def _slugs_in(value: object) -> Iterator[str]:
    """Every slug anywhere in a definition."""
    if isinstance(value, dict):
        if isinstance(value.get("slug"), str):
            yield value["slug"]
        for part in value.values():
            yield from _slugs_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from _slugs_in(part)
