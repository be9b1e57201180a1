"""Reads of notices and preferences."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from portal.notices.kinds import Email, Kind, kinds
from portal.notices.models import Notice, Preference, Reader

MOST_COUNTED = 99  # the header says "99+" beyond that


@dataclass(frozen=True)
class Choice:
    """How somebody is told of a kind."""

    in_portal: bool
    email: str


def default_of(kind: Kind) -> Choice:
    """As the kind has it."""
    return Choice(kind.in_portal, kind.email.value)


def choices_of(person_id: int) -> Mapping[str, Choice]:
    """How a person is told of each kind, in the order of the kinds."""
    rows = Preference.objects.filter(person_id=person_id)
    chosen = {row.kind: Choice(row.in_portal, Email(row.email).value) for row in rows}
    return {slug: chosen.get(slug, default_of(kind)) for slug, kind in kinds().items()}


def chosen_by(people: Collection[int], kind: str) -> Mapping[int, Choice]:
    """What those of these people chose for a kind who chose anything."""
    rows = Preference.objects.filter(kind=kind, person_id__in=people)
    return {row.person_id: Choice(row.in_portal, Email(row.email).value) for row in rows}


def unread_count(reader: Reader) -> int:
    """How many notices somebody has not read, counted up to one more than MOST_COUNTED."""
    unread = Notice.objects.visible_to(reader).unread().order_by()
    return unread[: MOST_COUNTED + 1].count()
