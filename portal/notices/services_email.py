"""Notices by e-mail: at once, or together once a day. Each is sent once at most."""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import cast

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.module_loading import import_string

from portal.notices.kinds import Email
from portal.notices.models import Notice, Reader

logger = logging.getLogger(__name__)
WITHIN = timedelta(days=3)  # what could not be sent for so long is read in the portal
PEOPLE = 200  # looked up at once
MOST_IN_ONE = 10_000  # notices that one e-mail speaks for
MOST_LINES = 50  # of them by name
LONGEST_SUBJECT = 150


def send_waiting(*, email: Email, clock: Callable[[], datetime], seconds: float) -> bool:
    """Send what waits to go at once, or the digests: one e-mail for each person.

    After so many seconds it stops and returns True: there may be more. Safe to run twice, also at the same
    time. A person whose address is refused stands in nobody's way; where the server of e-mail is away,
    nothing is lost for WITHIN.
    """
    until, connection, last = time.monotonic() + seconds, get_connection(), 0
    try:
        while people := _people_after(last, email, clock()):
            readers = _readers(people)
            _withhold(set(people) - readers.keys(), email)
            for person in people:
                if time.monotonic() > until:
                    return True
                if person in readers and not _send_to(readers[person], email, clock(), connection):
                    return False
            last = people[-1]
    finally:
        _close(connection)
    return False


def _people_after(last: int, email: Email, at: datetime) -> list[int]:
    waiting = Notice.objects.waiting(email, at - WITHIN).filter(person_id__gt=last)
    ids = waiting.order_by("person_id").values_list("person_id", flat=True).distinct()
    return list(ids[:PEOPLE])


def _readers(people: Collection[int]) -> Mapping[int, Reader]:
    """Those of these people who can be written to, as access knows them."""
    find = cast("Callable[[Collection[int]], Mapping[int, Reader]]", import_string(settings.NOTICE_READERS))
    return find(people)


def _withhold(people: Collection[int], email: Email) -> None:
    """These cannot be written to: their account is closed."""
    if people:
        waiting = Notice.objects.filter(person_id__in=people, email=email, emailed_at__isnull=True)
        waiting.update(email=Email.NEVER)


def _send_to(reader: Reader, email: Email, at: datetime, connection: BaseEmailBackend) -> bool:
    """Send one person what waits for them. False: the server is away, so the others are not tried either."""
    try:
        connection.open()
    except OSError as error:
        logger.warning("The e-mails of notices could not be sent (%s); they are tried again.", error)
        return False
    notices = _claim(reader, email, at)
    if not notices:
        return True
    try:
        connection.send_messages([_message(reader, email, notices, connection)])
    except (OSError, ValueError) as error:
        again = is_temporary(error)
        logger.warning(
            "The e-mail of notices to person %s was refused (%s)%s.",
            reader.person_id,
            type(error).__name__,
            "; it is tried again" if again else "",
        )
        if again:
            Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(emailed_at=None)
        _close(connection)
    return True


@transaction.atomic
def _claim(reader: Reader, email: Email, at: datetime) -> list[Notice]:
    """Take what waits for a person, before it is sent: another worker, or this one after a crash, does not
    find it any more. What it is about must be theirs to see now; what is not is not sent at all."""
    waiting = Notice.objects.waiting(email, at - WITHIN).filter(person_id=reader.person_id)
    ids = list(waiting.select_for_update().order_by("pk").values_list("pk", flat=True)[:MOST_IN_ONE])
    if not ids:
        return []
    found = list(Notice.objects.readable_by(reader).filter(pk__in=ids).order_by("pk"))
    Notice.objects.filter(pk__in=[notice.pk for notice in found]).update(emailed_at=at)
    Notice.objects.filter(pk__in=set(ids) - {notice.pk for notice in found}).update(email=Email.NEVER)
    return found


def _message(
    reader: Reader, email: Email, notices: Sequence[Notice], connection: BaseEmailBackend
) -> EmailMultiAlternatives:
    """In words and as simple HTML: what happened, and where it is. Nothing of what it holds."""
    site = settings.SITE_URL.rstrip("/")
    context = {
        "name": reader.name,
        "lines": [(notice.text, site + notice.path) for notice in notices[:MOST_LINES]],
        "more": max(len(notices) - MOST_LINES, 0),
        "digest": email == Email.DAILY,
        "list_url": site + reverse("notices:notice-list"),
        "settings_url": site + reverse("notices:settings"),
    }
    subject = notices[0].text if len(notices) == 1 else f"{len(notices):,} notices"
    if len(subject) > LONGEST_SUBJECT:
        subject = f"{subject[: LONGEST_SUBJECT - 1]}…"
    text = render_to_string("notices/email.txt", context)
    message = EmailMultiAlternatives(
        f"Maturity Portal: {subject}", text, None, [reader.email], connection=connection
    )
    message.attach_alternative(render_to_string("notices/email.html", context), "text/html")
    return message


def is_temporary(error: Exception) -> bool:
    """Whether the server said that it has not taken the e-mail and may do so later. After anything else
    (the connection broke in between) it may have been taken, and twice is worse than in the portal only."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    return isinstance(error, SMTPResponseException) and 400 <= error.smtp_code < 500


def _close(connection: BaseEmailBackend) -> None:
    with suppress(OSError, SMTPException):
        connection.close()
