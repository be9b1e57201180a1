"""Sending the letters of a data call, one by one. Each is claimed in the database before it is sent.

So nobody is sent one twice, as far as SMTP allows: where the portal is interrupted between the claim and the
server's answer, the letter may have gone. It is then marked as interrupted, and only a person sends it again.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import QuerySet

from assessments.merge_fields import fill
from assessments.models import Cycle, DataCall, Letter
from assessments.queries_datacalls import not_reported, one_line_of, values_for, with_progress
from portal.jobs import services as jobs
from portal.notices.services_email import is_temporary

logger = logging.getLogger(__name__)
SLICE = 50
SECONDS = 15 * 60.0  # after which a run leaves the rest to the next
BEAT_SECONDS = 5.0
LONGEST_REASON = 300


class ServerAway(Exception):
    """The server of e-mail cannot be reached; nothing was claimed."""


def run_sending(*, attempt: jobs.Attempt, clock: Callable[[], datetime], seconds: float = SECONDS) -> None:
    """Send what waits of the data call that the job names. Raises NotCurrent."""
    found = DataCall.objects.select_related(
        "cycle__program", "cycle__version__model", "made_by", "plan__made_by"
    )
    call = found.filter(pk=attempt.arguments["call"]).first()
    if call is None:
        jobs.fail(attempt=attempt, at=clock(), message="There is no such data call any more.")
        return
    # What an earlier attempt had in its hands when it was lost.
    Letter.objects.filter(call=call, state=Letter.State.SENDING).update(state=Letter.State.UNSURE)
    total = Letter.objects.filter(call=call).exclude(state=Letter.State.NOBODY).count()
    connection = get_connection()
    try:
        _send_all(call, attempt, connection, total, clock, time.monotonic() + seconds)
    except ServerAway as error:
        logger.warning("Data call %s could not be sent (%s).", call.pk, error)
        told = "The server of e-mail cannot be reached. What waits is tried again by itself."
        jobs.fail(attempt=attempt, at=clock(), message=told)
        return
    finally:
        _close(connection)
    jobs.finish(attempt=attempt, at=clock(), message=_outcome(call))


def _send_all(
    call: DataCall,
    attempt: jobs.Attempt,
    connection: BaseEmailBackend,
    total: int,
    clock: Callable[[], datetime],
    until: float,
) -> None:
    beaten, last = 0.0, 0
    while rows := _waiting(call, last):
        ids = [row.agency_id for row in rows]
        open_ones = set(_still_asked(call).filter(pk__in=ids).values_list("pk", flat=True))
        begun = dict(with_progress(call.cycle).filter(pk__in=ids).values_list("pk", "assessment_id"))
        for letter in rows:
            if time.monotonic() > until:
                return
            if time.monotonic() - beaten > BEAT_SECONDS:
                done = total - Letter.objects.filter(call=call, state=Letter.State.WAITING).count()
                jobs.heartbeat(attempt=attempt, at=clock(), done=done, total=total)
                beaten = time.monotonic()
            if letter.agency_id not in open_ones:
                waiting = Letter.objects.filter(pk=letter.pk, state=Letter.State.WAITING)
                waiting.update(state=Letter.State.NOT_NEEDED)
                continue
            _send_one(call, letter, begun.get(letter.agency_id), connection, clock)
        last = rows[-1].pk


def _waiting(call: DataCall, after: int) -> list[Letter]:
    waiting = Letter.objects.filter(call=call, state=Letter.State.WAITING, pk__gt=after)
    return list(waiting.select_related("agency").order_by("pk")[:SLICE])


def _still_asked(call: DataCall) -> QuerySet[Any]:
    """The agencies that have not reported by now; none once the round collects no more."""
    collecting = Cycle.objects.filter(pk=call.cycle_id, state=Cycle.State.COLLECTING).exists()
    found = not_reported(call.cycle)
    return found if collecting else found.none()


def _send_one(
    call: DataCall,
    letter: Letter,
    assessment_id: int | None,
    connection: BaseEmailBackend,
    clock: Callable[[], datetime],
) -> None:
    """Claim a letter, send it, and note what became of it. Raises ServerAway."""
    at = clock()
    try:
        connection.open()
    except OSError as error:
        raise ServerAway(str(error)) from error
    waiting = Letter.objects.filter(pk=letter.pk, state=Letter.State.WAITING)
    if not waiting.update(state=Letter.State.SENDING, claimed_at=at):
        return  # another worker has it
    mine = Letter.objects.filter(pk=letter.pk, claimed_at=at)
    try:
        connection.send_messages([_message(call, letter, assessment_id, connection)])
    except (OSError, ValueError) as error:
        logger.warning("Letter %s was not sent (%s).", letter.pk, type(error).__name__)
        mine.update(state=_state_after(error), reason=_reason(error))
        _close(connection)  # the next one opens it again
    else:
        mine.update(state=Letter.State.SENT, sent_at=clock())


def _message(
    call: DataCall, letter: Letter, assessment_id: int | None, connection: BaseEmailBackend
) -> EmailMessage:
    """Plain text to one address. Answers go to the person who sends it, or planned it."""
    by = call.made_by or (call.plan.made_by if call.plan else None)
    values = values_for(
        call.cycle,
        agency=letter.agency.name,
        assessment_id=assessment_id,
        contact=letter.name,
        due_on=letter.due_on,
        sender=str(by) if by else call.cycle.program.name,
    )
    return EmailMessage(
        one_line_of(fill(call.subject, values)),
        fill(call.text, values),
        None,
        [letter.address],
        connection=connection,
        reply_to=[by.email] if by and by.email else None,
        headers={} if call.made_by else {"Auto-Submitted": "auto-generated"},
    )


def _state_after(error: Exception) -> Letter.State:
    """Refused for now: it waits. Refused: it failed. Else the server may have taken it."""
    if is_temporary(error):
        return Letter.State.WAITING
    if isinstance(error, ValueError | SMTPRecipientsRefused | SMTPResponseException):
        return Letter.State.FAILED
    return Letter.State.UNSURE


def _reason(error: Exception) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        told = "; ".join(
            f"{code} {text.decode(errors='replace')}" for code, text in error.recipients.values()
        )
    elif isinstance(error, SMTPResponseException):
        text = error.smtp_error
        told = f"{error.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    else:
        told = str(error) or type(error).__name__
    return one_line_of(told)[:LONGEST_REASON]


def _text(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said


def _outcome(call: DataCall) -> str:
    found = Counter(Letter.objects.filter(call=call).order_by().values_list("state", flat=True))
    return "; ".join(f"{found[state]:,} {state.label.lower()}" for state in Letter.State if found[state])


def _close(connection: BaseEmailBackend) -> None:
    with suppress(OSError, SMTPException):
        connection.close()
