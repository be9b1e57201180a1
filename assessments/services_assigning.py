"""Assigning parts of an assessment to people, so that two leads never undo each other unseen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from assessments.models import Assessment, Assignment
from assessments.queries_assigning import CHALLENGES, Owners, owners_of
from assessments.services import NotOpen, lock
from assessments.services_notices import tell_assigned
from maturity.models import Domain, Item
from portal.access.models import User
from portal.audit.services import record


class BadAssignment(Exception):
    """A part that the questionnaire has not, or a person who may not answer there; says which."""


class StaleAssignment(Exception):
    """Somebody else assigned one of these parts meanwhile; says which, and to whom. Nothing was done."""


@dataclass(frozen=True)
class Wanted:
    """Whose a part is to be, and whose it was when that was decided; both by id, None: nobody's."""

    person_id: int | None
    was: int | None


@transaction.atomic
def assign_parts(
    *, assessment_id: int, wanted: Mapping[str, Wanted], by: User, at: datetime
) -> dict[str, Assignment | None]:
    """Make each part ("domain:slug", "item:slug", "challenges") the one person's, or nobody's.

    All or nothing. What is so already stays: repeating a call is harmless. Who is given something is told
    once a day of each assessment. Returns the parts that changed. Raises Assessment.DoesNotExist, NotOpen,
    BadAssignment, StaleAssignment.
    """
    assessment = lock(assessment_id)
    if not assessment.is_open:
        raise NotOpen(
            f"This assessment is {assessment.get_state_display().lower()}: there is nothing to assign."
        )
    owners = owners_of(assessment, timezone.localdate(at))
    parts = _parts(assessment, wanted)
    for part, one in wanted.items():
        _refuse(part, one, owners)
    changed: dict[str, Assignment | None] = {}
    told: dict[str, list[str | None]] = {}
    for part, one in wanted.items():
        current = owners.by_part.get(part)
        if (current.person_id if current is not None else None) == one.person_id:
            continue
        told[part] = [
            current.person.get_username() if current is not None else None,
            owners.able[one.person_id].get_username() if one.person_id is not None else None,
        ]
        changed[part] = _write(assessment, parts[part], current, one.person_id, by, at)
    if changed:
        record(action="assign", obj=assessment, by=by, at=at, changes=told)
        given = {row.person_id for row in changed.values() if row is not None}
        tell_assigned(assessment=assessment, people=given - {by.pk}, at=at)
    return changed


def _parts(assessment: Assessment, wanted: Mapping[str, Wanted]) -> dict[str, tuple[int | None, int | None]]:
    """By key, the ids of the item and of the domain. Raises BadAssignment."""
    items = Item.objects.filter(version_id=assessment.version_id).order_by()
    domains = Domain.objects.filter(version_id=assessment.version_id).order_by()
    known: dict[str, tuple[int | None, int | None]] = {
        f"item:{slug}": (pk, None) for slug, pk in items.values_list("slug", "pk")
    }
    known |= {f"domain:{slug}": (None, pk) for slug, pk in domains.values_list("slug", "pk")}
    known[CHALLENGES] = (None, None)
    if missing := [part for part in wanted if part not in known]:
        raise BadAssignment(f"The questionnaire has no part “{missing[0][:80]}”.")
    return known


def _refuse(part: str, one: Wanted, owners: Owners) -> None:
    current = owners.by_part.get(part)
    owner = current.person_id if current is not None else None
    if owner not in {one.was, one.person_id}:
        now = f"is {current.person}’s now" if current is not None else "is nobody’s now"
        raise StaleAssignment(f"“{part}” {now}: somebody changed that after you read it. Nothing was done.")
    if one.person_id is not None and one.person_id != owner and one.person_id not in owners.able:
        raise BadAssignment("That person may not answer for this agency: give them a role there first.")


def _write(
    assessment: Assessment,
    part: tuple[int | None, int | None],
    current: Assignment | None,
    person_id: int | None,
    by: User,
    at: datetime,
) -> Assignment | None:
    if person_id is None:
        if current is not None:
            current.delete()
        return None
    row = current or Assignment(assessment=assessment, item_id=part[0], domain_id=part[1])
    row.person_id, row.assigned_by, row.assigned_at = person_id, by, at
    row.save()
    return row
