"""Noting what leaves the portal."""

from datetime import datetime
from typing import Any

from django.db import models, transaction

from portal.audit.services import Actor, record


@transaction.atomic
def note_export(*, what: str, of: models.Model, details: dict[str, Any], by: Actor, at: datetime) -> None:
    """Write into the audit that `by` took the data called `what` about `of` out of the portal.

    `details`: what it was limited to, and how many rows it holds.
    """
    record(action=f"{what}.exported", obj=of, by=by, at=at, changes=details)
