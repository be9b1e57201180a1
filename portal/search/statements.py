"""How each of the two databases is asked; the first migration makes their indexes.

Both search the folded words of a row: stemmed in English, and as they are, so that the beginning of a
word finds it however far one has typed. What people type reaches a statement only as words of letters and
digits (portal.search.words), in a parameter.
"""

from collections.abc import Sequence
from typing import Any

from portal.search.words import Term


def matching(vendor: str, terms: Sequence[Term], *, any_term: bool = False) -> tuple[str, list[Any], str]:
    """FROM with WHERE for the rows `r` in which every term (or any) occurs, its parameters, and their rank.

    The lower the rank, the better; it counts words of the title most.
    """
    if vendor == "postgresql":
        asked, values = _postgresql(terms, any_term)
        return (
            f"FROM search_searchrow r, (SELECT {asked} AS query) q WHERE r.document @@ q.query",
            values,
            "-ts_rank('{0.05, 0.1, 0.4, 1.0}', r.document, q.query, 1)",
        )
    return (
        "FROM search_words JOIN search_searchrow r ON r.id = search_words.rowid WHERE search_words MATCH %s",
        [_sqlite(terms, any_term)],
        "bm25(search_words, 10.0, 4.0, 1.0, 0.5)",
    )


def _postgresql(terms: Sequence[Term], any_term: bool) -> tuple[str, list[Any]]:
    parts, values = [], []
    for term in terms:
        words = " <-> ".join(term.words)
        said = [words, f"{words}:*"] if term.prefix else [words]
        asked = [f"to_tsquery('pg_catalog.{way}', %s)" for _ in said for way in ("english", "simple")]
        parts.append(f"({' || '.join(asked)})")
        values += [one for one in said for _ in range(2)]
    return (" || " if any_term else " && ").join(parts), values


def _sqlite(terms: Sequence[Term], any_term: bool) -> str:
    parts = []
    for term in terms:
        words = f'"{" ".join(term.words)}"'
        ways = [f"{{title extra text}} : {words}"]
        if term.prefix:
            plain = " ".join([*(f"{word}ǁ" for word in term.words[:-1]), term.words[-1]])
            ways += [f"{{title extra text}} : {words} *", f'plain : "{plain}" *']
        parts.append(f"({' OR '.join(ways)})")
    return (" OR " if any_term else " AND ").join(parts)
