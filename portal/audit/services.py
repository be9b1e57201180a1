"""Writing the audit."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django.db import models

from portal.audit.context import current_origin
from portal.audit.models import AuditEntry


class Actor(Protocol):
    """Whoever acts: a person of portal.access, by primary key and name."""

    pk: Any

    def get_username(self) -> str: ...


SYSTEM = "the portal itself"


def record(
    *, action: str, obj: models.Model, by: Actor | None, at: datetime, changes: dict[str, Any] | None = None
) -> AuditEntry:
    """Write one entry: `by` (None: the portal itself) did `action` to `obj` at `at`.

    Call it inside the transaction of the write it tells of. `changes` maps field names to [old, new]
    or to a value; never put secrets or the text of evidence in it.
    """
    entry = _entry(action, obj, by, at, changes)
    entry.save(force_insert=True)
    return entry


def record_many(
    *, action: str, objects: Iterable[tuple[models.Model, dict[str, Any]]], by: Actor | None, at: datetime
) -> None:
    """Write one entry for each object with its changes, as `record` does, in few queries."""
    entries = [_entry(action, obj, by, at, changes) for obj, changes in objects]
    AuditEntry.objects.bulk_create(entries, batch_size=500)


def _entry(
    action: str, obj: models.Model, by: Actor | None, at: datetime, changes: dict[str, Any] | None
) -> AuditEntry:
    came = current_origin()
    return AuditEntry(
        at=at,
        actor_id=by.pk if by is not None else None,
        actor_name=by.get_username() if by is not None else SYSTEM,
        action=action,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        object_name=str(obj)[:400],
        changes=changes or {},
        via=came.via,
        address=came.address,
    )
