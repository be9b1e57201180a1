"""What is overdue and those responsible have not been told of lately; and how much it is in a program."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from assessments.models import Action
from dashboards.models import Commitment, OverdueTold
from portal.access.models import Membership, User
from portal.access.queries_notices import AGENCY_PEOPLE, people_of
from portal.access.rules import Role
from portal.agencies.models import Agency, Program, ProgramMembership, in_force

AGAIN_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class Responsible:
    """The people of some agencies: by agency, its leads and all who answer for it, and their names."""

    leads: Mapping[int, set[int]]
    people: Mapping[int, set[int]]
    names: Mapping[int, frozenset[str]]  # of a person: username, name and e-mail, in lower case

    def of(self, agency_id: int, owner: str, person_id: int | None = None) -> set[int]:
        """Who is told of a thing: its owner, where that is somebody with a log-in; else the leads."""
        if person_id is not None:
            return {person_id}
        said = owner.strip().casefold()
        named = {pk for pk in self.people.get(agency_id, ()) if said in self.names.get(pk, ())}
        return named if len(named) == 1 else self.leads.get(agency_id, set())


def responsible_for(agencies: Collection[Agency], today: date) -> Responsible:
    """Four queries for each thousand agencies and one for the people's names."""
    leads = people_of(agencies, {Role.LEAD}, today)
    people = people_of(agencies, AGENCY_PEOPLE, today)
    ids = {pk for found in people.values() for pk in found}
    names = {
        user.pk: frozenset(
            text.strip().casefold() for text in (user.username, user.name, user.email) if text.strip()
        )
        for user in User.objects.filter(pk__in=ids).only("username", "name", "email")
    }
    return Responsible(leads, people, names)


def actions_to_tell(today: date) -> QuerySet[Action]:
    """Overdue actions of agencies that are open, of which nobody was told within AGAIN_AFTER."""
    found = Action.objects.overdue(today).filter(_open_agency(today))
    return found.filter(~Exists(_told(today).filter(action=OuterRef("pk")))).order_by()


def commitments_to_tell(today: date) -> QuerySet[Commitment]:
    """The same of commitments, also of programs."""
    found = Commitment.objects.overdue(today).filter(Q(agency__isnull=True) | _open_agency(today))
    return found.filter(~Exists(_told(today).filter(commitment=OuterRef("pk")))).order_by()


def _told(today: date) -> QuerySet[Any]:
    """Of what was told lately, and has the same day still: a new day that has passed, too, is news."""
    return OverdueTold.objects.filter(told_on__gt=today - AGAIN_AFTER).filter(
        Q(action__isnull=True) | Q(due_on=F("action__due_on")),
        Q(commitment__isnull=True) | Q(due_on=F("commitment__due_on")),
    )


def _open_agency(today: date) -> Q:
    return Q(agency__closed_on__isnull=True) | Q(agency__closed_on__gt=today)


@dataclass(frozen=True)
class ProgramOverdue:
    """How much is overdue in a program, for its officers."""

    program: Program
    actions: int
    commitments: int
    officers: frozenset[int]


def overdue_by_program(today: date) -> list[ProgramOverdue]:
    """The programs that have officers and anything overdue; two queries for each program."""
    roles = Membership.objects.in_force(today).filter(
        role=Role.OFFICER, program__isnull=False, user__is_active=True
    )
    officers: dict[int, set[int]] = {}
    for program_id, user_id in roles.order_by().values_list("program_id", "user_id"):
        if program_id is not None:
            officers.setdefault(program_id, set()).add(user_id)
    found = []
    for program in Program.objects.filter(pk__in=officers):
        members = ProgramMembership.objects.filter(in_force(today), program=program).values("agency_id")
        actions = Action.objects.overdue(today).filter(_open_agency(today), agency__in=members).count()
        theirs = Q(briefing__program=program) | (Q(agency__in=members) & _open_agency(today))
        commitments = Commitment.objects.overdue(today).filter(theirs).count()
        if actions or commitments:
            found.append(ProgramOverdue(program, actions, commitments, frozenset(officers[program.pk])))
    return found
