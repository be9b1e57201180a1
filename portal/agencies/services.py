"""Writes to the agency tree; marking agencies stale."""

import logging
from collections.abc import Iterable
from datetime import datetime

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from portal.agencies.models import Agency, StaleMark

logger = logging.getLogger(__name__)


def mark_stale(*, agencies: Iterable[Agency | int], reason: str, at: datetime) -> None:
    """Mark what stands on these agencies as out of date, and tell the workers once this is committed.

    Call it inside the transaction of the change. If the broker is away the marks stay, and the beat
    task picks them up.
    """
    ids = [agency if isinstance(agency, int) else agency.pk for agency in agencies]
    StaleMark.objects.bulk_create([StaleMark(agency_id=pk, reason=reason, marked_at=at) for pk in ids], batch_size=500)
    if len(ids) == 1:
        transaction.on_commit(lambda: _tell_workers(ids[0]))


def _tell_workers(agency_id: int) -> None:
    try:
        current_app.send_task(settings.TREND_REFRESH_TASK, kwargs={"agency_id": agency_id}, queue="trends")
    except (OperationalError, OSError) as error:
        logger.warning("No message for agency %s (%s); the beat task will pick its mark up.", agency_id, error)
