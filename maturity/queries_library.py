"""Reads of the library."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, QuerySet, TextField
from django.db.models.functions import Cast
from django.urls import reverse

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

PRACTICES_SHOWN = 60


@dataclass(frozen=True)
class Reference:
    """An entry that a statement rests on, with the place cited and the page to read it on."""

    slug: str
    title: str
    ref: str
    url: str


def entry_url(slug: str) -> str:
    """The page of one entry."""
    return reverse("casestudies:library-entry-detail", args=[slug])


def sections_with_shelves() -> list[tuple[LibrarySection, list[LibraryShelf]]]:
    """All sections in order, each with its shelves; these with `entry_count`. Two queries."""
    shelves = list(LibraryShelf.objects.annotate(entry_count=Count("entries")))
    return [
        (section, [shelf for shelf in shelves if shelf.section == section.slug])
        for section in LibrarySection.objects.all()
    ]


def find_entries(*, text: str = "", shelf: str = "", section: str = "") -> QuerySet[LibraryEntry]:
    """Entries that hold every word of `text`, on this shelf and in this section (slugs)."""
    found = LibraryEntry.objects.select_related("shelf")
    for word in text.lower().split()[:10]:
        found = found.filter(search_text__contains=word)
    if shelf:
        found = found.filter(shelf__slug=shelf)
    if section:
        found = found.filter(shelf__section=section)
    return found


def references_of(items: Iterable[Item]) -> dict[str, list[Reference]]:
    """By item slug, the entries of the library that its sources name. One query."""
    sources = {item.slug: item.sources for item in items}
    slugs = {source["slug"] for told in sources.values() for source in told}
    titles = dict(LibraryEntry.objects.filter(slug__in=slugs).values_list("slug", "title"))
    return {
        item: [
            Reference(source["slug"], titles[source["slug"]], source["ref"], entry_url(source["slug"]))
            for source in told
            if source["slug"] in titles
        ]
        for item, told in sources.items()
    }


def items_resting_on(slug: str) -> list[Item]:
    """Practices and challenges of the current version of each model whose sources name this entry.

    Two queries. SQLite has no look-up inside a JSON list, so its text is searched and the find checked.
    """
    current: dict[int, ModelVersion] = {}
    for version in ModelVersion.objects.defer("about", "sources").order_by("published_at", "pk"):
        current[version.model_id] = version
    rows = (
        Item.objects.filter(version__in=current.values())
        .annotate(told=Cast("sources", TextField()))
        .filter(told__contains=f'"{slug}"')
        .select_related("version__model", "stage", "domain")
    )
    found = [row for row in rows if any(source["slug"] == slug for source in row.sources)]
    return found[:PRACTICES_SHOWN]


def items_named(slugs: Iterable[str]) -> list[Item]:
    """The items with these slugs, of the version that was published last. One query."""
    rows = Item.objects.filter(slug__in=list(slugs)).select_related("version__model", "stage")
    return list({row.slug: row for row in rows.order_by("version__published_at", "version_id")}.values())


def documents_of(source: str) -> list[LibrarySource]:
    """The documents that a citation ("000 §Types; FIG p5") names at the beginning of its parts. One query."""
    refs = {part.split()[0] for part in source.split(";") if part.strip()}
    return list(LibrarySource.objects.filter(ref__in=refs))


def names_beside_the_library() -> set[str]:
    """What entries may name although it is none of them: items, stages, domains, instruments and their parts."""
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
