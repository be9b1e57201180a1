"""Who is told of things, and what they may see of them when they read it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db.models import Q

from portal.access.models import Membership, User
from portal.access.rules import Right, Role
from portal.agencies.models import Agency, ProgramMembership, in_force
from portal.notices.kinds import slugs_by_right
from portal.notices.models import Reader
from portal.notices.services import Note

BATCH = 1_000  # agencies at once

AGENCY_PEOPLE = frozenset({Role.CONTRIBUTOR, Role.LEAD})
# Administrators may review too, but hold the role for another purpose.
REVIEWERS = frozenset({Role.REVIEWER, Role.OFFICER})


def reader_of(user: User) -> Reader:
    """A person as a reader of notices: what they may see now."""
    seen = {
        right: Agency.objects.filter(user.agencies_with(Right(right))).order_by().values("pk")
        for right in slugs_by_right()
    }
    return Reader(user.pk, str(user), user.email, seen)


def readers(people: Collection[int]) -> dict[int, Reader]:
    """Those of these people whose account is open and has an address, by id."""
    found = User.objects.filter(pk__in=people, is_active=True).exclude(email="")
    return {user.pk: reader_of(user) for user in found}


def people_of(agencies: Iterable[Agency], roles: Collection[Role], on: date) -> dict[int, set[int]]:
    """For each agency the people who hold one of these roles there on the day `on`: at the agency or above
    it, or in a program that it is in; not those who hold it for everything.

    Two queries for each thousand agencies, however many people.
    """
    rows = list(agencies)
    found: dict[int, set[int]] = {}
    for start in range(0, len(rows), BATCH):
        found |= _people_of(rows[start : start + BATCH], roles, on)
    return found


def _people_of(agencies: list[Agency], roles: Collection[Role], on: date) -> dict[int, set[int]]:
    programs: dict[int, set[int]] = {}
    members = ProgramMembership.objects.filter(in_force(on), agency__in=[row.pk for row in agencies])
    for agency_id, program_id in members.order_by().values_list("agency_id", "program_id"):
        programs.setdefault(agency_id, set()).add(program_id)
    lines = {row.pk: [*row.ancestor_ids, row.pk] for row in agencies}
    held = Membership.objects.in_force(on).filter(
        Q(agency__in={pk for line in lines.values() for pk in line})
        | Q(program__in={pk for ids in programs.values() for pk in ids}),
        role__in=roles,
        user__is_active=True,
    )
    at_agency: dict[int, set[int]] = {}
    in_program: dict[int, set[int]] = {}
    for row in held.order_by().only("user_id", "agency_id", "program_id"):
        if row.agency_id is not None:
            at_agency.setdefault(row.agency_id, set()).add(row.user_id)
        if row.program_id is not None:
            in_program.setdefault(row.program_id, set()).add(row.user_id)
    return {
        agency.pk: {
            person
            for held_by in (
                *(at_agency.get(pk, ()) for pk in lines[agency.pk]),
                *(in_program.get(pk, ()) for pk in programs.get(agency.pk, ())),
            )
            for person in held_by
        }
        for agency in agencies
    }


def notes_by_person(
    told: Mapping[int, set[int]],
    agencies: Iterable[Agency],
    *,
    about: str,
    key: str,
    path: str,
    paths: Mapping[int, str],
) -> list[Note]:
    """One note for each person, however many agencies of theirs it is about.

    `told`: by agency, whom; `about`: what the agencies are in. Who has one agency is led to `paths` of that
    agency, who has more to `path`; such a note is about the topmost of them.
    """
    theirs: dict[int, list[Agency]] = {}
    for agency in sorted(agencies, key=lambda row: (row.depth, row.path)):
        for person in told.get(agency.pk, ()):
            theirs.setdefault(person, []).append(agency)
    groups: dict[tuple[int, int], tuple[Agency, set[int]]] = {}
    for person, rows in theirs.items():
        groups.setdefault((rows[0].pk, len(rows)), (rows[0], set()))[1].add(person)
    return [
        Note(
            about=f"{top} in {about}" if count == 1 else f"{count:,} of your agencies in {about}",
            path=paths.get(pk, path) if count == 1 else path,
            key=key,
            people=people,
            agency_id=pk,
        )
        for (pk, count), (top, people) in groups.items()
    ]
