"""Words of texts and of what people look for: folding, reading a query, marking what was found. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

WORD = re.compile(r"[^\W_]+")
LONGEST_WORD = 60
MOST_TEXT = 40_000  # characters of a text that are searched
MOST_QUERY = 200  # characters of a query that are read
MOST_TERMS = 10
SNIPPET = 220  # characters
BEFORE_FOUND = 60  # of them, before the first word that was found
# PostgreSQL's configuration `english` leaves these out; so must the other database.
STOP_WORDS = frozenset(
    """i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she
    her hers herself it its itself they them their theirs themselves what which who whom this that
    these those am is are was were be been being have has had having do does did doing a an the and
    but if or because as until while of at by for with about against between into through during
    before after above below to from up down in out on off over under again further then once here
    there when where why how all any both each few more most other some such no nor not only own
    same so than too very s t can will just don should now""".split()  # noqa: SIM905 - to be read
)
# Between two things that are compared; the texts themselves seldom say it.
BETWEEN = frozenset({"vs", "versus"})
ENDINGS = (
    "izations", "ization", "ations", "ation", "ities", "ments", "ment", "ings", "ing", "ity", "ies", "ers",
    "er", "ed", "es", "ly", "s", "y", "e",
)  # fmt: skip


@dataclass(frozen=True)
class Term:
    """Words that follow each other; with `prefix` the last is only the beginning of one."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True)
class Piece:
    """A part of a text; `found` says that it was looked for."""

    text: str
    found: bool = False


def fold(text: str) -> str:
    """All words of a text, in small letters without accents, with one blank between them."""
    return " ".join(word for _, word in _folded(text[:MOST_TEXT]))


def _folded(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each word of `text` where it stands, folded. What one sign stands for may be several words (½)."""
    for match in WORD.finditer(text):
        plain = unicodedata.normalize("NFKD", match[0]).casefold()
        plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
        for word in WORD.findall(plain):
            yield match, word[:LONGEST_WORD]


def read_query(text: str) -> tuple[Term, ...]:
    """What is looked for: every term must occur. Nothing that is typed is an operator but quotes.

    Words in quotes, and what is written as one (1.2.3, multi-stage), follow each other. The last word may
    be the beginning of one. Words such as "the" and "vs" do not count, unless nothing else is asked for.
    """
    text = unicodedata.normalize("NFC", re.sub("[“”„«»]", '"', text[:MOST_QUERY]))
    parts = text.split('"')
    closed = len(parts) - 1 if len(parts) % 2 == 0 else len(parts)  # a quote that is not closed is none
    terms: list[Term] = []
    for number, part in enumerate(parts):
        quoted = number % 2 == 1 and number < closed
        last = number == len(parts) - 1
        terms += [_term(part)] if quoted else _loose_terms(part, last=last)
    terms = [term for term in terms if term.words][:MOST_TERMS]
    telling = [term for term in terms if len(term.words) > 1 or term.words[0] not in STOP_WORDS | BETWEEN]
    return tuple(telling or terms)


def _term(part: str, prefix: bool = False) -> Term:
    return Term(tuple(fold(part).split()[:MOST_TERMS]), prefix)


def _loose_terms(part: str, *, last: bool) -> list[Term]:
    terms = [_term(chunk) for chunk in part.split()]
    terms = [term for term in terms if term.words]
    if last and terms and len(word := terms[-1].words[-1]) > 1 and not word.isdecimal():
        terms[-1] = Term(terms[-1].words, prefix=True)
    return terms


def mark(text: str, terms: tuple[Term, ...]) -> tuple[Piece, ...]:
    """`text` in pieces, with the words that were looked for marked."""
    pieces: list[Piece] = []
    done = 0
    for start, end in _places(text, terms):
        if text[done:start].strip() or not pieces:
            pieces += [Piece(text[done:start])] if start > done else []
            pieces.append(Piece(text[start:end], found=True))
        else:  # words that follow each other are one mark
            pieces[-1] = Piece(pieces[-1].text + text[done:end], found=True)
        done = end
    if done < len(text):
        pieces.append(Piece(text[done:]))
    return tuple(pieces)


def snippet(text: str, terms: tuple[Term, ...]) -> tuple[Piece, ...]:
    """The part of `text` around the first word that was found (else its beginning), marked."""
    text = " ".join(unicodedata.normalize("NFC", text[:MOST_TEXT]).split())
    first = next((start for start, _ in _places(text, terms)), 0)
    start = 0
    if first > BEFORE_FOUND and len(text) > SNIPPET:
        begin = min(first - BEFORE_FOUND, len(text) - SNIPPET)
        start = text.find(" ", begin) + 1
    end = len(text)
    if end - start > SNIPPET:
        end = max(text.rfind(" ", start, start + SNIPPET), start + SNIPPET // 2)
    cut = f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"
    return mark(cut, terms)


def _places(text: str, terms: tuple[Term, ...]) -> Iterator[tuple[int, int]]:
    beginnings = tuple(term.words[-1] for term in terms if term.prefix)
    wanted = {word for term in terms for word in term.words}
    stems = {_stem(word) for word in wanted}
    before = -1
    for match, word in _folded(text):
        if match.start() == before:
            continue
        if word in wanted or word.startswith(beginnings) or _stem(word) in stems:
            before = match.start()
            yield match.span()


def _stem(word: str) -> str:
    """About what the databases make of a word; only for marking, so that near is enough."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word
