"""Writes to people and their roles."""

from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.access.models import Invitation, Membership, User
from portal.access.rules import ROLE_NAMES, Right, Role
from portal.agencies.models import Agency, Program
from portal.audit.services import record


class CannotGrant(Exception):
    """This role may not be given there by this person; the text says why."""


class AlreadyHeld(CannotGrant):
    """The person has this role there already."""


class CannotEndRole(Exception):
    """This role cannot be ended by this person; the text says why."""


class CannotDeactivate(Exception):
    """This account cannot be closed or opened by this person; the text says why."""


def refuse_grant(*, by: User | None, role: Role, program: Program | None, agency: Agency | None) -> None:
    """Raise CannotGrant unless `by` may hand out `role` there; None is the portal itself, which may."""
    if by is None or by.may_grant(role, program, agency):
        return
    kind = ROLE_NAMES[role]
    if agency is not None and Agency.objects.filter(by.visible_agencies(), pk=agency.pk).exists():
        raise CannotGrant(
            f"You cannot give the role {kind} at {agency}: it reaches everything below {agency}, "
            f"and your own role does not include handing it out for all of that. Ask an administrator."
        )
    raise CannotGrant(f"You cannot give the role {kind} for {program or agency or 'everything'}.")


@transaction.atomic
def grant_role(
    *,
    user: User,
    role: Role,
    by: User | None,
    at: datetime,
    program: Program | None = None,
    agency: Agency | None = None,
) -> Membership:
    """Give `user` a role for a program, an agency's subtree, or (neither) everything, from today on.

    Raises CannotGrant where `by` may not (None: the portal itself may), AlreadyHeld.
    """
    refuse_grant(by=by, role=role, program=program, agency=agency)
    return add_role(user=user, role=role, by=by, at=at, program=program, agency=agency)


@transaction.atomic
def add_role(
    *,
    user: User,
    role: Role,
    by: User | None,
    at: datetime,
    program: Program | None = None,
    agency: Agency | None = None,
    because: str = "",
) -> Membership:
    """grant_role for callers who know that it is allowed; `because` is for the audit. Raises AlreadyHeld."""
    today = timezone.localdate(at)
    scope = {"program": program, "agency": agency}
    try:
        with transaction.atomic():  # a constraint sees to it that nobody holds the same role twice
            given = Membership.objects.create(user=user, role=role, from_on=today, **scope)
    except IntegrityError as error:
        raise AlreadyHeld(f"{user} has this role already.") from error
    user.__dict__.pop("grants", None)
    changes = {"person": user.get_username(), "role": role.value, "scope": given.scope_name}
    record(
        action="role.granted",
        obj=given,
        by=by,
        at=at,
        changes=changes | ({"because": because} if because else {}),
    )
    return given


@transaction.atomic
def end_role(*, membership: Membership, by: User, at: datetime) -> Membership:
    """End a role at once: yesterday becomes its last day. Raises CannotEndRole."""
    if not Membership.objects.endable_by(by).filter(pk=membership.pk).exists():
        raise CannotEndRole("You cannot end this role: you could not have given it.")
    today = timezone.localdate(at)
    row = Membership.objects.select_for_update().get(pk=membership.pk)
    if row.until_on is not None and row.until_on < today:
        raise CannotEndRole(f"This role ended on {row.until_on:%B %-d, %Y} already.")
    if row.role == Role.ADMINISTRATOR and not _other_administrators(row, today):
        raise CannotEndRole("This is the last administrator: name another one first.")
    old = row.until_on
    row.until_on = today - timedelta(days=1)
    row.save(update_fields=["until_on"])
    changes = {"person": row.user.get_username(), "until_on": [old and str(old), str(row.until_on)]}
    record(action="role.ended", obj=row, by=by, at=at, changes=changes)
    return row


def _other_administrators(row: Membership, today: date) -> bool:
    """Whether somebody else administers everything; locks these rows, so that two cannot end each other's."""
    rows = Membership.objects.filter(role=Role.ADMINISTRATOR, program=None, agency=None, user__is_active=True)
    holding = rows.in_force(today).select_for_update(of=("self",)).order_by("pk")
    return any(other.pk != row.pk for other in holding)


@transaction.atomic
def deactivate_person(*, person: User, by: User, at: datetime) -> User:
    """Close an account: no log-in, no API; their tokens and the invitations to them are withdrawn.

    Raises CannotDeactivate.
    """
    _check_may_switch(person, by, active=True)
    person.is_active = False
    person.save(update_fields=["is_active"])
    tokens = person.api_tokens.filter(revoked_at=None).update(revoked_at=at)
    Invitation.objects.waiting().filter(email__iexact=person.email).update(revoked_at=at)
    record(action="person.deactivated", obj=person, by=by, at=at, changes={"tokens_revoked": tokens})
    return person


@transaction.atomic
def reactivate_person(*, person: User, by: User, at: datetime) -> User:
    """Open a closed account again with the roles that still hold; its tokens stay revoked.

    Raises CannotDeactivate.
    """
    _check_may_switch(person, by, active=False)
    person.is_active = True
    person.save(update_fields=["is_active"])
    record(action="person.reactivated", obj=person, by=by, at=at)
    return person


def _check_may_switch(person: User, by: User, *, active: bool) -> None:
    if not by.has_everywhere(Right.ADMINISTER):
        raise CannotDeactivate("Only an administrator can close or open an account.")
    if person.pk == by.pk:
        raise CannotDeactivate("You cannot close your own account: ask another administrator.")
    if person.is_active != active:
        raise CannotDeactivate(f"The account of {person} is {'closed' if active else 'open'} already.")


@transaction.atomic
def rename_person(*, person: User, name: str, at: datetime) -> User:
    """The name by which others see `person`, changed by themselves."""
    old = person.name
    person.name = name
    person.save(update_fields=["name"])
    record(action="person.renamed", obj=person, by=person, at=at, changes={"name": [old, name]})
    return person


@transaction.atomic
def remove_second_factor(*, user: User, by: User | None, at: datetime) -> bool:
    """Take away the authenticator app and the recovery codes of a person who lost them. False: had none."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if removed:
        record(action="person.second_factor_removed", obj=user, by=by, at=at)
    return bool(removed)
