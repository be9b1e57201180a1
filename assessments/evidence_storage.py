"""Where the bytes of evidence are: a folder of this machine; or a bucket, by the settings alone."""

import os
import tempfile
from pathlib import Path
from typing import IO, Any

from django.core.files.storage import FileSystemStorage, Storage, storages

STORAGE = "evidence"
INCOMING = "incoming"  # a file is written here and comes to its name whole


def evidence_storage() -> Storage:
    """The storage that the settings name."""
    return storages[STORAGE]


class FolderStorage(FileSystemStorage):
    """A folder in which a file is there whole or not at all, also after a crash or a power failure.

    A name stands for its bytes, so what is saved under it again takes its place.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """As asked for."""
        return name

    def _save(self, name: str, content: Any) -> str:
        incoming = Path(self.path(INCOMING))
        target = Path(self.path(name))
        for folder in (incoming, target.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, half = tempfile.mkstemp(dir=incoming)  # for this user alone
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in content.chunks():
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            Path(half).replace(target)
        except BaseException:
            Path(half).unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
        return name


def _sync_folder(folder: Path) -> None:
    """The name of a new file is on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_half_written(before: float) -> int:
    """Remove what a crash left half written, if it is older than `before` (seconds of the epoch). How many.

    A bucket keeps no half object.
    """
    storage = evidence_storage()
    if not isinstance(storage, FolderStorage):
        return 0
    incoming = Path(storage.path(INCOMING))
    old = [path for path in incoming.glob("*") if path.stat().st_mtime < before] if incoming.is_dir() else []
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def read_all(name: str) -> IO[bytes]:
    """The bytes under this name, to be read in pieces. Raises FileNotFoundError where there are none."""
    file: IO[bytes] = evidence_storage().open(name, "rb")
    return file
