"""API tokens: made, shown once, revoked."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from portal.access.models import ApiToken, User
from portal.access.rules import Right
from portal.audit.services import record

MOST_DAYS = 365
MOST_TOKENS = 20  # usable ones of one person


class CannotCreateToken(Exception):
    """No token is made; the text says why."""


class CannotRevokeToken(Exception):
    """This person may not revoke this token."""


@dataclass(frozen=True)
class IssuedToken:
    """A new token with its secret, which is known in this moment only."""

    token: ApiToken
    secret: str


@transaction.atomic
def create_token(*, user: User, name: str, days: int, by: User | None, at: datetime) -> IssuedToken:
    """A key with which the API takes its caller for `user`, good for `days` (1 to MOST_DAYS).

    Raises CannotCreateToken.
    """
    if not user.is_active:
        raise CannotCreateToken(f"The account of {user} is closed.")
    if not 1 <= days <= MOST_DAYS:
        raise CannotCreateToken(f"A token can be good for 1 to {MOST_DAYS} days, not {days}.")
    if user.api_tokens.filter(revoked_at=None, expires_at__gt=at).count() >= MOST_TOKENS:
        raise CannotCreateToken(f"There are {MOST_TOKENS} usable tokens already: revoke one first.")
    secret = f"mp_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=secret[:11],
        digest=sha256(secret.encode()).hexdigest(),
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    changes = {"person": user.get_username(), "expires_at": token.expires_at.isoformat()}
    record(action="token.created", obj=token, by=by, at=at, changes=changes)
    return IssuedToken(token, secret)


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User, at: datetime) -> ApiToken:
    """The API takes `token` no longer. Safe to repeat. Raises CannotRevokeToken for a stranger."""
    if token.user_id != by.pk and not by.has_everywhere(Right.ADMINISTER):
        raise CannotRevokeToken("This is not your token.")
    row = ApiToken.objects.select_for_update().get(pk=token.pk)
    if row.revoked_at is None:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        record(action="token.revoked", obj=row, by=by, at=at)
    return row
