"""Keeping the bytes of evidence, so that a crash at any moment loses nothing that was accepted.

The row of the bytes comes first, then the bytes, and in one transaction with the evidence the name that
makes them count. What a crash leaves in between are bytes that nobody names; they go after a while.
"""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from django.core.files import File
from django.db import transaction

from assessments.evidence_content import chunks
from assessments.evidence_storage import evidence_storage, read_all, remove_half_written
from assessments.models import EvidenceFile, StoredBytes

logger = logging.getLogger(__name__)
GRACE = timedelta(hours=24)  # longer than any upload takes
SLICE = 200


@dataclass(frozen=True)
class Digest:
    """The checksum of bytes, and how many they are."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Damage:
    """Bytes that are not there any more, or are not what was brought."""

    stored: StoredBytes
    missing: bool
    names: tuple[str, ...]  # of the files that they are


def digest_of(file: IO[bytes]) -> Digest:
    """Read all of a file once, in pieces."""
    found, size = hashlib.sha256(), 0
    for piece in chunks(file):
        found.update(piece)
        size += len(piece)
    return Digest(found.hexdigest(), size)


def keep_bytes(*, file: IO[bytes], digest: Digest, at: datetime) -> StoredBytes:
    """Put these bytes into the storage. They count once lock_bytes was called with them in the transaction
    that names them; otherwise they are removed after a while.

    They are written whether they are there already or not: nobody can tell by the time that it takes, and
    what was damaged is whole again.
    """
    stored, _ = StoredBytes.objects.update_or_create(
        sha256=digest.sha256, defaults={"size": digest.size, "brought_at": at}
    )
    file.seek(0)
    evidence_storage().save(stored.stored_name, File(file))
    return stored


def lock_bytes(stored: StoredBytes) -> StoredBytes:
    """The row of these bytes, kept as it is until this transaction ends. Raises StoredBytes.DoesNotExist
    where somebody removed it meanwhile, which takes longer than any upload."""
    return StoredBytes.objects.select_for_update().get(pk=stored.pk)


def drop_file(file_id: int) -> None:
    """Forget a file that no evidence names any more, so that its bytes go after a while; call it in the
    transaction that took the evidence away. One that is still named stays."""
    file = EvidenceFile.objects.filter(pk=file_id).select_related("stored").first()
    if file is not None:
        lock_bytes(file.stored)  # whoever brings the same bytes waits
        EvidenceFile.objects.filter(pk=file_id, evidence__isnull=True).delete()


def remove_unnamed(*, at: datetime, grace: timedelta = GRACE) -> int:
    """Remove bytes that no file names and nobody brought within `grace`. How many.

    Each under the lock of its row, with the bytes gone before it: whoever brings the same bytes meanwhile
    waits for it and writes them anew.
    """
    before, count = at - grace, 0
    unnamed = StoredBytes.objects.filter(files__isnull=True, brought_at__lt=before).order_by("pk")
    last = 0
    while ids := list(unnamed.filter(pk__gt=last).values_list("pk", flat=True)[:SLICE]):
        count += sum(_remove(pk, before) for pk in ids)
        last = ids[-1]
    remove_half_written(before.timestamp())
    return count


@transaction.atomic
def _remove(pk: int, before: datetime) -> bool:
    rows = StoredBytes.objects.select_for_update().filter(pk=pk, brought_at__lt=before)
    stored = rows.first()
    if stored is None or stored.files.exists():
        return False
    evidence_storage().delete(stored.stored_name)
    stored.delete()
    return True


def find_damage() -> Iterator[Damage]:
    """Read all bytes that files name, and tell of each that is missing or has another checksum."""
    named = StoredBytes.objects.filter(files__isnull=False).distinct().order_by("pk")
    last = 0
    while rows := list(named.filter(pk__gt=last)[:SLICE]):
        for stored in rows:
            try:
                with read_all(stored.stored_name) as file:
                    whole = digest_of(file) == Digest(stored.sha256, stored.size)
                missing = False
            except FileNotFoundError:
                missing, whole = True, False
            if not whole:
                names = stored.files.order_by("pk").values_list("agency__name", "name")[:5]
                yield Damage(stored, missing, tuple(f"{agency}: {name}" for agency, name in names))
        last = rows[-1].pk
