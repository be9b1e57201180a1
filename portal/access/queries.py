"""Reads of people, roles and invitations."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils import timezone

from portal.access.models import Membership, User
from portal.access.rules import Right


@dataclass(frozen=True)
class PersonLine:
    """One person in the list: the roles that the reader looks after, each with whether they may end it."""

    person: User
    roles: list[tuple[Membership, bool]] = field(default_factory=list)


def people_seen_by(user: User, *, words: str = "", role: str = "", closed: bool = False) -> QuerySet[User]:
    """The people whose roles `user` looks after; for an administrator everybody, also without a role.

    `words`: part of name, username or e-mail. `closed`: only those whose account is closed.
    """
    found = User.objects.filter(is_active=not closed)
    roles = Membership.objects.current(timezone.localdate()).managed_by(user)
    if role:
        roles = roles.filter(role=role)
    if role or not user.has_everywhere(Right.ADMINISTER):
        found = found.filter(pk__in=roles.values("user_id"))
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(username__icontains=word) | Q(email__icontains=word))
    # By the name that is shown: the username, where none is given.
    return found.order_by(Lower(Coalesce(NullIf("name", Value("")), "username")), "pk")


def with_roles(people: Iterable[User], seen_by: User, on: date) -> list[PersonLine]:
    """Each person with the roles that `seen_by` looks after; three queries, however many people."""
    ids = [person.pk for person in people]
    rows = Membership.objects.current(on).managed_by(seen_by).filter(user_id__in=ids)
    endable = set(rows.endable_by(seen_by).values_list("pk", flat=True))
    by_person: dict[int, list[tuple[Membership, bool]]] = {}
    for row in rows.select_related("program", "agency"):
        by_person.setdefault(row.user_id, []).append((row, row.pk in endable))
    return [PersonLine(person, by_person.get(person.pk, [])) for person in people]


def roles_of(user: User, on: date) -> QuerySet[Membership]:
    """The person's own roles, now and to come."""
    return user.memberships.current(on).select_related("program", "agency").order_by("role", "pk")
