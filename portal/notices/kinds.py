"""What people are told of. Each app declares its kinds; settings.NOTICE_KINDS names where."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db.models import TextChoices
from django.utils.module_loading import import_string


class Email(TextChoices):
    """How a kind of notice comes by e-mail."""

    NEVER = "never", "Not by e-mail"
    NOW = "now", "At once"
    DAILY = "daily", "In a daily digest"


@dataclass(frozen=True)
class Kind:
    """One kind of notice.

    `sentence` is all that a notice says; its one gap takes the names of agencies, people and periods, never
    anything that somebody answered or wrote. `right`: of portal.access, that a reader needs on the agency
    that a notice is about, at the moment of reading.
    """

    slug: str
    name: str
    sentence: str
    right: str = "see"
    in_portal: bool = True
    email: Email = Email.DAILY


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds by slug, in the order of the settings. Raises ValueError for a slug that is there twice."""
    found: dict[str, Kind] = {}
    for name in settings.NOTICE_KINDS:
        for kind in import_string(name):
            if kind.slug in found:
                raise ValueError(f"Two kinds of notices are called {kind.slug!r}: rename one of them.")
            found[kind.slug] = kind
    return found


def kind_of(slug: str) -> Kind:
    """Raises ValueError for a kind that nobody declared."""
    if slug not in kinds():
        raise ValueError(f"There is no kind of notice {slug!r}: declare it where NOTICE_KINDS looks.")
    return kinds()[slug]


def slugs_by_right() -> Mapping[str, list[str]]:
    """The kinds that a reader needs each right for."""
    found: dict[str, list[str]] = {}
    for kind in kinds().values():
        found.setdefault(kind.right, []).append(kind.slug)
    return found
