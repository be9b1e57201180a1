"""Reads of the audit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.audit.models import AuditEntry


@dataclass(frozen=True)
class Wanted:
    """Which entries to show; what is empty does not count."""

    person: str = ""  # username
    action: str = ""  # its beginning, such as "role"
    kind: str = ""  # object type, such as "access.user"
    key: str = ""  # object id
    from_on: date | None = None
    until_on: date | None = None


def find_entries(wanted: Wanted) -> QuerySet[AuditEntry]:
    """The entries that fit, newest first."""
    fits = Q()
    if wanted.person:
        fits &= Q(actor_name=wanted.person)
    if wanted.action:
        fits &= Q(action__startswith=wanted.action)
    if wanted.kind:
        fits &= Q(object_type=wanted.kind)
    if wanted.key:
        fits &= Q(object_id=wanted.key)
    if wanted.from_on:
        fits &= Q(at__gte=_midnight(wanted.from_on))
    if wanted.until_on:
        fits &= Q(at__lt=_midnight(wanted.until_on + timedelta(days=1)))
    return AuditEntry.objects.filter(fits)


def page_of(
    found: QuerySet[AuditEntry], before: int | None, size: int
) -> tuple[list[AuditEntry], int | None]:
    """Up to `size` entries older than the entry `before` (None: the newest), and where the next page begins.

    By the place in the order and not by number: the audit grows for years, and counting it takes long.
    """
    last = AuditEntry.objects.filter(pk=before).first() if before else None
    if last is not None:
        found = found.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    entries = list(found[: size + 1])
    return entries[:size], entries[size - 1].pk if len(entries) > size else None


def earlier_values(*, kind: str, field: str, keys: Sequence[str] | None = None) -> dict[str, list[str]]:
    """By object id, what `field` of the objects of this kind once was, in that order.

    `keys`: only of these objects; None: of all.
    """
    entries = AuditEntry.objects.filter(object_type=kind, changes__has_key=field)
    if keys is not None:
        entries = entries.filter(object_id__in=keys)
    found: dict[str, list[str]] = defaultdict(list)
    for key, changes in entries.order_by("at", "pk").values_list("object_id", "changes").iterator():
        told = changes[field]
        if isinstance(told, list) and len(told) == 2 and told[0]:  # [old, new], see services.record
            found[key].append(str(told[0]))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
