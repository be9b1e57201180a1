"""Which agency a name may mean: suggestions for a person, never a decision."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from portal.agencies.models import Agency

MOST_LOOKED_AT = 300
MOST_SUGGESTED = 6
# Words that say little: they are in the names of half of all agencies.
WEAK = frozenset(
    {
        "the",
        "of",
        "for",
        "and",
        "on",
        "in",
        "u",
        "s",
        "us",
        "united",
        "states",
        "federal",
        "national",
        "department",
        "office",
        "bureau",
        "agency",
        "administration",
        "service",
        "services",
        "commission",
        "board",
        "government",
        "american",
    }
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Suggestion:
    """An agency that may be meant, and why it is suggested."""

    agency: Agency
    why: str


def suggest_agencies(name: str, among: QuerySet[Agency]) -> list[Suggestion]:
    """The agencies of `among` that `name` may mean, the likeliest first. One query."""
    words = _words(name)
    telling = sorted(_strong(words), key=len, reverse=True)[:4] or sorted(words, key=len, reverse=True)[:2]
    if not telling:
        return []
    wanted = Q(abbreviation__iexact=name.strip()) | Q(name__iexact=name.strip())
    for short in re.findall(r"\b[A-Z]{2,10}\b", name):
        wanted |= Q(abbreviation__iexact=short)
    for word in telling:
        wanted |= Q(name__icontains=word)
    found = among.filter(wanted).select_related("parent").order_by("depth", "name", "pk")[:MOST_LOOKED_AT]
    scored = [(one, *_likeness(name, words, one)) for one in found]
    good = sorted((row for row in scored if row[1] > 0), key=lambda row: -row[1])
    return [Suggestion(agency, why) for agency, _, why in good[:MOST_SUGGESTED]]


def _likeness(name: str, words: set[str], agency: Agency) -> tuple[float, str]:
    """How well the agency fits, 0 to 4, and why."""
    if agency.name.casefold() == name.strip().casefold():
        return 4, "It has the same name"
    own = _words(agency.name)
    if _strong(own) == _strong(words) and _strong(own):
        return 3, "The same name, written differently"
    if agency.abbreviation and agency.abbreviation.casefold() in {one.casefold() for one in _shorts(name)}:
        return 2, f"Its abbreviation is {agency.abbreviation}"
    common = _strong(own) & _strong(words)
    if not common:
        return 0, ""
    share = len(common) / len(_strong(own) | _strong(words))
    return share, f"Both names have {_in_words(sorted(common))}"


def _shorts(name: str) -> list[str]:
    return [name.strip(), *re.findall(r"\b[A-Z]{2,10}\b", name)]


def _words(name: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(name)}


def _strong(words: Iterable[str]) -> set[str]:
    """The words that tell one agency from another, in the singular."""
    return {word.removesuffix("s") for word in words if word not in WEAK} - WEAK


def _in_words(words: list[str]) -> str:
    return " and ".join(f"“{word}”" for word in words[:3])
