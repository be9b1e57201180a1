"""Calendar addresses: made, shown once, replaced, revoked; and whose calendar one is."""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.cache import cache
from django.db import transaction

from portal.access.models import CalendarAddress, User
from portal.audit.services import record

NOTED_EVERY = timedelta(minutes=1)
MOST_UNKNOWN, GUESSES_KEPT = 20, 5 * 60  # seconds; that of the cache, too


@transaction.atomic
def make_calendar_address(*, user: User, at: datetime) -> str:
    """The secret part of a new address, known in this moment only. The one before, if any, is dead."""
    secret = secrets.token_urlsafe(32)
    fields = {"digest": _digest(secret), "made_at": at, "last_used_at": None}
    row, _ = CalendarAddress.objects.update_or_create(user=user, defaults=fields)
    record(action="calendar address made", obj=row, by=user, at=at)
    return secret


@transaction.atomic
def revoke_calendar_address(*, user: User, at: datetime) -> None:
    """Its address leads nowhere any more. Safe to repeat."""
    row = CalendarAddress.objects.select_for_update().filter(user=user).first()
    if row is not None:
        record(action="calendar address revoked", obj=row, by=user, at=at)
        row.delete()


def calendar_reader(*, secret: str, at: datetime) -> User | None:
    """Whose calendar this is; None where there is no such address or the person was deactivated. Notes its
    use, about once a minute."""
    found = CalendarAddress.objects.filter(digest=_digest(secret), user__is_active=True)
    row = found.select_related("user").first()
    if row is None:
        return None
    if row.last_used_at is None or at - row.last_used_at > NOTED_EVERY:
        CalendarAddress.objects.filter(pk=row.pk).update(last_used_at=at)
    return row.user


def may_guess_again(caller: str) -> bool:
    """Whether somebody at this network address, who asked for an address that there is not, is only told so.

    After MOST_UNKNOWN of them it is no more, until nobody there guessed for as long as GUESSES_KEPT.
    """
    key = f"calendar-unknown-{_digest(caller)}"
    cache.add(key, 0, GUESSES_KEPT)
    with suppress(ValueError):  # it ended in between
        return cache.incr(key) <= MOST_UNKNOWN
    return True


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
