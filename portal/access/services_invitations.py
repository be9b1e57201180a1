"""Invitations: a link in an e-mail, kept only as a digest, with which a person takes a role."""

import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from portal.access.models import Invitation, Membership, User
from portal.access.rules import Role
from portal.access.services import AlreadyHeld, CannotGrant, add_role, refuse_grant
from portal.agencies.models import Agency, Program
from portal.audit.services import record
from portal.notices.services import Note, notify

logger = logging.getLogger(__name__)


class CannotInvite(Exception):
    """No invitation is made or changed; the text says why."""


class InvitationClosed(Exception):
    """This link leads to no invitation that can be accepted; the text says why."""


class InvitationUnknown(InvitationClosed):
    """No invitation ever had this link, or a newer link replaced it."""


class CannotAccept(Exception):
    """The invitation is good, but not for this person or this account; the text says why."""


@dataclass(frozen=True)
class IssuedInvitation:
    """An invitation with the secret part of its link, which is known in this moment only."""

    invitation: Invitation
    token: str


@dataclass(frozen=True)
class NewAccount:
    """What a person chooses who had no account."""

    username: str
    name: str
    password: str


def invite_person(
    *,
    email: str,
    role: Role,
    by: User | None,
    at: datetime,
    site: str,
    name: str = "",
    program: Program | None = None,
    agency: Agency | None = None,
) -> Invitation:
    """Invite the owner of `email` to a role, and send them the link (`sent_at` stays empty if that fails).

    `site` is the address of the portal, `by` None the portal itself. Raises CannotInvite.
    """
    issued = issue_invitation(email=email, role=role, by=by, at=at, name=name, program=program, agency=agency)
    return send_invitation(issued=issued, site=site, at=at)


@transaction.atomic
def issue_invitation(
    *,
    email: str,
    role: Role,
    by: User | None,
    at: datetime,
    name: str = "",
    program: Program | None = None,
    agency: Agency | None = None,
) -> IssuedInvitation:
    """The invitation without the e-mail. Raises CannotInvite."""
    email = email.strip().lower()
    try:
        refuse_grant(by=by, role=role, program=program, agency=agency)
    except CannotGrant as error:
        raise CannotInvite(str(error)) from error
    scope = {"role": role, "program": program, "agency": agency}
    held = Membership.objects.in_force(timezone.localdate(at)).filter(
        user__email=email, until_on=None, **scope
    )
    if held.filter(user__is_active=True).exists():
        raise CannotInvite(f"{email} has this role already.")
    same = Invitation.objects.waiting().filter(email=email, **scope)
    if same.filter(expires_at__gt=at).exists():
        raise CannotInvite(f"{email} is invited to this role already: send that invitation again.")
    same.update(revoked_at=at)  # expired ones, which this one replaces
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        name=name,
        **scope,
        digest=_digest(token),
        invited_by=by,
        created_at=at,
        expires_at=at + timedelta(days=settings.INVITATION_DAYS),
    )
    record(action="invitation.made", obj=invitation, by=by, at=at)
    return IssuedInvitation(invitation, token)


@transaction.atomic
def renew_invitation(*, invitation: Invitation, by: User | None, at: datetime) -> IssuedInvitation:
    """A new link with a new end for one that waits; the old link is dead. Raises CannotInvite."""
    row = _waiting(invitation)
    try:
        refuse_grant(by=by, role=Role(row.role), program=row.program, agency=row.agency)
    except CannotGrant as error:
        raise CannotInvite(str(error)) from error
    token = secrets.token_urlsafe(32)
    row.digest = _digest(token)
    row.expires_at = at + timedelta(days=settings.INVITATION_DAYS)
    row.invited_by = by
    row.save(update_fields=["digest", "expires_at", "invited_by"])
    record(action="invitation.renewed", obj=row, by=by, at=at)
    return IssuedInvitation(row, token)


def resend_invitation(*, invitation: Invitation, by: User, at: datetime, site: str) -> Invitation:
    """Send a new link with a new end; the old link is dead. Raises CannotInvite."""
    return send_invitation(issued=renew_invitation(invitation=invitation, by=by, at=at), site=site, at=at)


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User, at: datetime) -> Invitation:
    """Withdraw an invitation that waits. Raises CannotInvite."""
    if not Invitation.objects.managed_by(by).filter(pk=invitation.pk).exists():
        raise CannotInvite("You cannot withdraw this invitation.")
    row = _waiting(invitation)
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    record(action="invitation.withdrawn", obj=row, by=by, at=at)
    return row


def link_of(token: str, site: str) -> str:
    """The address that the invited person opens."""
    return site.rstrip("/") + reverse("access:invitation-accept", kwargs={"token": token})


def send_invitation(*, issued: IssuedInvitation, site: str, at: datetime) -> Invitation:
    """Send the link, outside of any transaction. The e-mail says who asks and until when, and no more:
    not the role, not the agency, not the name that the inviter typed."""
    invitation = issued.invitation
    context = {"invitation": invitation, "link": link_of(issued.token, site)}
    body = render_to_string("access/invitation_email.txt", context)
    try:
        send_mail("Invitation to the Maturity Portal", body, None, [invitation.email])
    except OSError as error:
        logger.warning("The e-mail of invitation %s could not be sent (%s).", invitation.pk, error)
        return invitation
    invitation.sent_at = at
    invitation.save(update_fields=["sent_at"])
    return invitation


def open_invitation(*, token: str, at: datetime) -> Invitation:
    """The invitation behind a link. Raises InvitationClosed with a text for the person who opened it."""
    found = Invitation.objects.select_related("invited_by", "program", "agency").filter(digest=_digest(token))
    return _check_open(found.first(), at)


@transaction.atomic
def accept_as_new_person(*, token: str, account: NewAccount, at: datetime) -> User:
    """Make the account of a person who has none, with the roles they were invited to.

    The link proves that the address is theirs. Raises InvitationClosed, CannotAccept.
    """
    invitation = _locked(token, at)
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise CannotAccept(
            "There is an account with your address already: sign in, then open the link again."
        )
    user = User(username=account.username, email=invitation.email, name=account.name)
    user.set_password(account.password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise CannotAccept(f"The username {account.username} is taken: choose another.") from error
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    record(action="person.created", obj=user, by=user, at=at)
    _take_roles(invitation, user, at)
    return user


@transaction.atomic
def accept_as_person(*, token: str, user: User, at: datetime) -> User:
    """Add the roles to the account of the person with the invited address.

    Raises InvitationClosed, CannotAccept for somebody with another address.
    """
    invitation = _locked(token, at)
    if user.email.lower() != invitation.email:
        raise CannotAccept("This invitation went to another address than that of your account.")
    _take_roles(invitation, user, at)
    return user


def _take_roles(invitation: Invitation, user: User, at: datetime) -> None:
    """The roles of this and of every other open invitation to the same address, which the link proved."""
    others = Invitation.objects.waiting().filter(email=invitation.email, expires_at__gt=at)
    others = others.exclude(pk=invitation.pk).select_related("invited_by", "program", "agency")
    for row in [invitation, *others.order_by("pk")]:
        if not _inviter_may(row):
            continue
        row.accepted_at = at
        row.save(update_fields=["accepted_at"])
        record(action="invitation.accepted", obj=row, by=user, at=at)
        _tell_inviter(row, user, at)
        scope = {"program": row.program, "agency": row.agency}
        asked = f"invited by {row.invited_by.get_username()}" if row.invited_by else "invited by the portal"
        with suppress(AlreadyHeld):
            add_role(user=user, role=Role(row.role), by=user, at=at, because=asked, **scope)


def _tell_inviter(invitation: Invitation, user: User, at: datetime) -> None:
    if invitation.invited_by_id is not None and invitation.invited_by_id != user.pk:
        note = Note(
            about=str(user),
            path=reverse("access:person-list"),
            key=str(invitation.pk),
            people=[invitation.invited_by_id],
            agency_id=invitation.agency_id,
        )
        notify(kind="invitation-accepted", notes=[note], at=at)


def _inviter_may(invitation: Invitation) -> bool:
    by = invitation.invited_by
    return by is None or by.may_grant(Role(invitation.role), invitation.program, invitation.agency)


def _locked(token: str, at: datetime) -> Invitation:
    row = Invitation.objects.select_for_update().filter(digest=_digest(token)).first()
    return _check_open(row, at)


def _check_open(row: Invitation | None, at: datetime) -> Invitation:
    ask = "Ask the person who invited you for a new link."
    if row is None:
        raise InvitationUnknown(f"This link is not known, or a newer one replaced it. {ask}")
    if row.accepted_at is not None:
        raise InvitationClosed("This invitation was accepted already. Sign in with your account.")
    if row.revoked_at is not None:
        raise InvitationClosed("This invitation was withdrawn.")
    if row.expires_at <= at:
        raise InvitationClosed(f"This link expired on {timezone.localtime(row.expires_at):%B %-d, %Y}. {ask}")
    if not _inviter_may(row):
        raise InvitationClosed("The person who invited you may no longer do so. Ask your program office.")
    return row


def _waiting(invitation: Invitation) -> Invitation:
    row = Invitation.objects.select_for_update().filter(pk=invitation.pk).waiting().first()
    if row is None:
        raise CannotInvite("This invitation was accepted or withdrawn in the meantime.")
    return row


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
