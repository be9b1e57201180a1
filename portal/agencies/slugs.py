"""Slugs: the readable, unique, unchanging names of agencies and programs in addresses. Pure."""

from collections.abc import Collection

from django.utils.text import slugify

LONGEST = 100
# Words that our own addresses have in the place of a slug.
RESERVED = frozenset({"import", "new", "programs"})


def make_slug(name: str, taken: Collection[str], *, within: str = "", otherwise: str = "agency") -> str:
    """A slug for `name` that is not in `taken`.

    Where it is taken, that of the parent (`within`) is added, then a number. `otherwise` stands for
    names of which no Latin letter or figure is left.
    """
    base = _cut(slugify(name)) or otherwise
    tries = [base]
    if within:
        tries.append(_cut(f"{base}-{within}"))
    for candidate in tries:
        if candidate not in taken and candidate not in RESERVED:
            return candidate
    number = 2
    while (candidate := f"{_cut(base, LONGEST - len(str(number)) - 1)}-{number}") in taken:
        number += 1
    return candidate


def start_of_slug(name: str, otherwise: str = "agency") -> str:
    """What every slug that `make_slug` may give to `name` begins with."""
    return (slugify(name) or otherwise)[: LONGEST // 2].rstrip("-")


def _cut(slug: str, most: int = LONGEST) -> str:
    """At most `most` characters, cut between words where that keeps at least half."""
    if len(slug) <= most:
        return slug
    short = slug[:most]
    between = short.rfind("-")
    return (short[:between] if between > most // 2 else short).strip("-")
