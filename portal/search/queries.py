"""Finding things, within what the reader may see."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.urls import get_script_prefix

from portal.search.models import KINDS, SearchRow
from portal.search.statements import matching
from portal.search.words import MOST_QUERY, Piece, Term, fold, mark, read_query, snippet

PER_PAGE = 20
MOST_PAGES = 50

# The agencies whose rows the reader may find: a queryset of them, or their ids.
Agencies = QuerySet[Any] | Collection[int]


@dataclass(frozen=True)
class Place:
    """Where a thing is."""

    kind: str
    title: str
    url: str


@dataclass(frozen=True)
class Hit:
    """One thing that was found. `title_pieces` and `snippet` say which of their words were looked for."""

    kind: str
    key: str
    title: str
    url: str
    agency_id: int | None
    place: str
    title_pieces: tuple[Piece, ...]
    snippet: tuple[Piece, ...]

    @property
    def kind_name(self) -> str:
        """What its kind is called."""
        return KINDS[self.kind][0]


@dataclass(frozen=True)
class Found:
    """One page of what was found. `counts` has every kind in which something was, whatever was asked.

    `any_term`: nothing holds all that was asked for, so these hold some of it.
    """

    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    hits: Sequence[Hit] = ()
    page: int = 1
    pages: int = 1
    any_term: bool = False


def find(
    *, text: str, agencies: Agencies, kinds: Collection[str] = (), limit: int = PER_PAGE, page: int = 1
) -> Found:
    """What holds everything that `text` asks for, the best first: at most `limit` a page, 50 pages.
    Where nothing does, what holds any of it.

    Of agencies' rows only those of `agencies`. `kinds`: only these; none: all. A page beyond the last is
    the last. Two queries, or three.
    """
    terms = read_query(text)
    if not terms:
        return Found()
    with connection.cursor() as cursor:
        cursor.execute(*counting(terms, agencies))
        told = dict(cursor.fetchall())
        any_term = not told and len(terms) > 1
        if any_term:
            cursor.execute(*counting(terms, agencies, any_term=True))
            told = dict(cursor.fetchall())
        counts = {kind: told[kind] for kind in KINDS if kind in told}
        total = sum(number for kind, number in counts.items() if not kinds or kind in kinds)
        pages = min(max(1, math.ceil(total / limit)), MOST_PAGES)
        page = min(max(1, page), pages)
        if not total:
            return Found(0, counts, any_term=any_term and bool(counts))
        cursor.execute(*listing(text, agencies, kinds, limit, (page - 1) * limit, any_term=any_term))
        hits = [_hit(terms, *row) for row in cursor.fetchall()]
    return Found(total, counts, hits, page, pages, any_term)


def counting(terms: tuple[Term, ...], agencies: Agencies, *, any_term: bool = False) -> tuple[str, list[Any]]:
    """The statement that counts what is found, by kind, and its values."""
    source, values, _ = matching(connection.vendor, terms, any_term=any_term)
    seen, seen_values = _seen(agencies)
    return f"SELECT r.kind, count(*) {source} AND {seen} GROUP BY r.kind", [*values, *seen_values]


def listing(
    text: str, agencies: Agencies, kinds: Collection[str], limit: int, offset: int, *, any_term: bool = False
) -> tuple[str, list[Any]]:
    """The statement that lists what is found, the best first, and its values.

    What is called exactly as was asked comes before all.
    """
    source, values, rank = matching(connection.vendor, read_query(text), any_term=any_term)
    seen, seen_values = _seen(agencies)
    wanted = f"AND r.kind IN ({', '.join(['%s'] * len(kinds))})" if kinds else ""
    statement = f"""
        SELECT r.kind, r.key, r.title, r.text, r.url, r.agency_id, r.place {source} AND {seen} {wanted}
        ORDER BY CASE WHEN r.title_words = %s OR r.key = %s THEN 0 ELSE 1 END, {rank}, r.title, r.id
        LIMIT %s OFFSET %s
    """
    said = fold(text[:MOST_QUERY]), _as_key(text)
    return statement, [*values, *seen_values, *kinds, *said, limit, offset]


def _as_key(text: str) -> str:
    return text[:MOST_QUERY].strip().lower().replace("\0", "").encode(errors="ignore").decode()


def _seen(agencies: Agencies) -> tuple[str, list[Any]]:
    """The condition that a row concerns no agency or one of these."""
    if not isinstance(agencies, QuerySet):
        ids = sorted(agencies)
        marks = ", ".join(["%s"] * len(ids))
        return (f"(r.agency_id IS NULL OR r.agency_id IN ({marks}))", ids) if ids else _NOBODYS
    try:
        within, values = agencies.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:  # nothing is visible, as Django knows without asking
        return _NOBODYS
    return f"(r.agency_id IS NULL OR r.agency_id IN ({within}))", list(values)


_NOBODYS: tuple[str, list[Any]] = ("r.agency_id IS NULL", [])


def _hit(
    terms: tuple[Term, ...],
    kind: str,
    key: str,
    title: str,
    text: str,
    url: str,
    agency_id: int | None,
    place: str | None,
) -> Hit:
    return Hit(
        kind=kind,
        key=key,
        title=title,
        url=get_script_prefix() + url.lstrip("/"),
        agency_id=agency_id,
        place=place or "",
        title_pieces=mark(title, terms),
        snippet=snippet(text, terms),
    )


def places_of(keys: Iterable[str], kinds: Collection[str] = ()) -> dict[str, Place]:
    """By key, where the thing of that name is; those that nobody knows are left out. One query.

    Of several kinds that know a key the first in the order of KINDS counts. Never an agency's: those are
    not for everybody.
    """
    rows = SearchRow.objects.filter(key__in=set(keys), agency_id__isnull=True)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    order = {kind: number for number, kind in enumerate(KINDS)}
    found = sorted(rows.values_list("kind", "key", "title", "url").order_by(), key=lambda r: -order[r[0]])
    return {key: Place(kind, title, get_script_prefix() + url.lstrip("/")) for kind, key, title, url in found}


def counts_of(agencies: Agencies) -> dict[str, int]:
    """How many things of each kind there are to be found, in the order of KINDS."""
    seen, values = _seen(agencies)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.kind, count(*) FROM search_searchrow r WHERE {seen} GROUP BY r.kind",  # noqa: S608
            values,
        )
        told = dict(cursor.fetchall())
    return {kind: told[kind] for kind in KINDS if kind in told}


def is_empty() -> bool:
    """Whether nothing has been written yet."""
    return not SearchRow.objects.exists()
