"""Reads of commitments: who may write and own them, and what is overdue."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboards.models import Commitment, CommitmentQuerySet
from portal.access.models import Membership, User
from portal.access.queries_notices import AGENCY_PEOPLE, people_of
from portal.access.rules import Right
from portal.agencies.models import Agency, Program

OPEN_SHOWN, CLOSED_SHOWN = 200, 10


def may_commit(user: User, agency: Agency) -> bool:
    """Whether this person writes the agency's commitments: its leads, and the officers of its programs, to
    whom they are made."""
    return user.can(Right.SUBMIT, agency) or user.can(Right.RUN_PROGRAM, agency)


def owners_of(row: Commitment) -> QuerySet[User]:
    """Who can be named as the owner with a log-in: the agency's people, or those with a role in the
    program."""
    today = timezone.localdate()
    if row.agency is not None:
        ids = people_of([row.agency], AGENCY_PEOPLE, today)[row.agency.pk]
    else:
        program = row.briefing.program if row.briefing else None
        roles = Membership.objects.in_force(today).filter(
            Q(program=program) | Q(program__isnull=True, agency__isnull=True)
        )
        ids = set(roles.order_by().values_list("user_id", flat=True))
    return User.objects.filter(pk__in=ids, is_active=True).order_by("name", "username")


def programs_of_agency(agency: Agency) -> QuerySet[Program]:
    """The programs that an agency may make a commitment to."""
    return Program.objects.with_member(agency, timezone.localdate())


def commitments_shown(agency: Agency) -> list[Commitment]:
    """The open commitments of an agency, the earliest due first, then the last that were closed."""
    rows = Commitment.objects.filter(agency=agency).with_list_relations()
    still = rows.filter(status=Commitment.Status.OPEN).by_due()[:OPEN_SHOWN]
    closed = rows.exclude(status=Commitment.Status.OPEN).order_by("-closed_on", "-pk")[:CLOSED_SHOWN]
    return [*still, *closed]


def overdue_commitments(
    agencies: QuerySet[Any], program: Program | None, reader: User, today: date
) -> CommitmentQuerySet:
    """The overdue commitments of these agencies and of the program itself that `reader` may know of."""
    mine = Q(agency__in=agencies.order_by().values("pk"))
    if program is not None:
        mine |= Q(briefing__program=program)
    return Commitment.objects.visible_to(reader).overdue(today).filter(mine)
