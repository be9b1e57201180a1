"""The preview of a round: agencies look at their figures and may say something of them."""

from datetime import datetime

from django.db import transaction

from assessments.models import Cycle, PreviewLook, PreviewReply
from assessments.services_notices import tell_reply
from portal.access.models import User
from portal.agencies.models import Agency
from portal.audit.services import record

LONGEST_REPLY = 2_000
MOST_REPLIES = 100  # in one thread


class CannotReply(Exception):
    """The reply cannot be kept; says why."""


@transaction.atomic
def reply_to_preview(*, cycle_id: int, agency: Agency, text: str, by: User, at: datetime) -> PreviewReply:
    """Keep what `by` says of an agency's figures while they are in preview.

    Raises Cycle.DoesNotExist, CannotReply. The text is not in the audit: it is in the thread.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).select_related("program").get(pk=cycle_id)
    text = text.strip()
    if cycle.state != Cycle.State.PREVIEW:
        raise CannotReply(f"{cycle} is not in preview. Nothing was kept.")
    if not text or len(text) > LONGEST_REPLY:
        raise CannotReply(f"Write up to {LONGEST_REPLY:,} characters.")
    if PreviewReply.objects.filter(cycle=cycle, agency=agency).count() >= MOST_REPLIES:
        raise CannotReply(f"This conversation has {MOST_REPLIES} entries: go on in another way.")
    reply = PreviewReply.objects.create(cycle=cycle, agency=agency, text=text, by=by, at=at)
    record(action="reply to preview", obj=reply, by=by, at=at, changes={"characters": len(text)})
    tell_reply(reply=reply, at=at)
    return reply


@transaction.atomic
def note_preview_seen(*, cycle: Cycle, agency: Agency, by: User, at: datetime) -> bool:
    """Note that somebody of the agency has seen its figures in preview. False: they had before."""
    look, new = PreviewLook.objects.get_or_create(cycle=cycle, agency=agency, by=by, defaults={"at": at})
    if new:
        record(action="see preview", obj=look, by=by, at=at)
    return new
