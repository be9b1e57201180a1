"""Writing the index: each app its own rows, in the transaction in which it writes the things."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from django.conf import settings
from django.db import connection, transaction
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.module_loading import import_string

from portal.search.models import KINDS, SearchRow
from portal.search.rows import Row
from portal.search.words import fold

BATCH = 500
WRITTEN = ("title", "text", "url", "agency_id", "place", "title_words", "extra_words", "text_words")


def write_row(*, kind: str, row: Row) -> None:
    """Have this thing found as `row` says; safe to repeat. Raises ValueError for a kind that there is not."""
    write_rows(kind=kind, rows=[row])


@transaction.atomic
def write_rows(*, kind: str, rows: Iterable[Row]) -> None:
    """Write many rows of one kind as write_row does, in few queries; of two with one key the last counts."""
    made = {row.key: _search_row(kind, row) for row in rows}
    SearchRow.objects.bulk_create(
        made.values(),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kind", "key"],
        update_fields=[*WRITTEN, "updated_at"],
    )


def remove_row(*, kind: str, key: str) -> None:
    """Have this thing found no longer; safe to repeat."""
    SearchRow.objects.filter(kind=kind, key=key).delete()


def lock_index() -> None:
    """Let no one else write the index until the transaction ends.

    Call it before reading the things for replace_kind: what somebody else has written of them is then there
    to be read, or waits.
    """
    if connection.vendor == "postgresql":  # the other knows one writer at a time
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE search_searchrow IN SHARE ROW EXCLUSIVE MODE")


@transaction.atomic
def replace_kind(*, kind: str, rows: Iterable[Row]) -> int:
    """Make these all the rows of a kind: writes what is new or changed, removes the rest. How many there are.

    Raises ValueError for a kind that there is not.
    """
    lock_index()
    wanted = {row.key: row for row in rows}
    there = dict(_contents(SearchRow.objects.filter(kind=kind).values_list("key", *WRITTEN).iterator()))
    changed = []
    for key, row in wanted.items():
        made = _search_row(kind, row)
        if there.get(key) != tuple(getattr(made, field) for field in WRITTEN):
            changed.append(row)
    write_rows(kind=kind, rows=changed)
    gone = iter(there.keys() - wanted.keys())
    while batch := list(islice(gone, BATCH)):
        SearchRow.objects.filter(kind=kind, key__in=batch).delete()
    return len(wanted)


def _contents(rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, tuple[object, ...]]]:
    for key, *values in rows:
        yield key, tuple(values)


def rebuild() -> Mapping[str, int]:
    """Have every app write all its rows again, and tell how many there are of each kind.

    Each writer of settings.SEARCH_WRITERS replaces its kinds and returns their numbers.
    """
    counts: dict[str, int] = {}
    for name in settings.SEARCH_WRITERS:
        counts |= import_string(name)()
    return counts


def _search_row(kind: str, row: Row) -> SearchRow:
    if kind not in KINDS:
        raise ValueError(f"There is no kind {kind!r} to be found: write one of {', '.join(KINDS)}.")
    title, text, words = (part.replace("\0", "") for part in (row.title, row.text, row.words))
    return SearchRow(
        kind=kind,
        key=row.key,
        title=title[:300],
        text=text,
        url="/" + row.url.removeprefix(get_script_prefix()).lstrip("/"),
        agency_id=row.agency_id,
        place=row.place.replace("\0", "")[:200],
        title_words=fold(title),
        extra_words=fold(f"{row.key} {words}"),
        text_words=fold(text),
        updated_at=timezone.now(),
    )
