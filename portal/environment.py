"""Reading the environment: a bad value stops the start with its name and the reason."""

import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

ENV = environ.Env()


def flag(name: str, default: bool) -> bool:
    """The yes/no setting `name`. Raises ImproperlyConfigured for any other word."""
    said = os.environ.get(name, "").strip().lower()
    if not said:
        return default
    if said in {"1", "true", "yes", "on"}:
        return True
    if said in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {said!r}: say true or false.")


def number(name: str, default: int, lowest: int = 0) -> int:
    """The whole number `name`, at least `lowest`. Raises ImproperlyConfigured otherwise."""
    said = os.environ.get(name, "").strip()
    if not said:
        return default
    if not said.isdecimal() or int(said) < lowest:
        raise ImproperlyConfigured(f"{name} is {said!r}: say a whole number of at least {lowest}.")
    return int(said)


def text(name: str, default: str, pattern: str, wanted: str) -> str:
    """The setting `name`, if it is as `pattern`. Raises ImproperlyConfigured, saying what is `wanted`."""
    said = os.environ.get(name, "").strip() or default
    if not re.fullmatch(pattern, said):
        raise ImproperlyConfigured(f"{name} is {said!r}: say {wanted}.")
    return said


def words(name: str, default: list[str], pattern: str, wanted: str) -> list[str]:
    """The comma-separated list `name`, without blanks.

    Raises ImproperlyConfigured with what is `wanted` where a word is not as `pattern`.
    """
    found = [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]
    for word in found:
        if not re.fullmatch(pattern, word):
            raise ImproperlyConfigured(f"{name} holds {word!r}: say {wanted}, separated by commas.")
    return found or default


def address(name: str, schemes: set[str]) -> str:
    """The URL `name` or "" where it is not set.

    Raises ImproperlyConfigured for another scheme, no host or a port that is none. The message does not
    repeat the value, which may hold a password.
    """
    said = os.environ.get(name, "").strip()
    if not said:
        return ""
    try:
        parts = urlsplit(said)
        well_formed = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or a bracket that is none
        well_formed = False
    if not well_formed:
        wanted = " or ".join(f"{scheme}://" for scheme in sorted(schemes))
        raise ImproperlyConfigured(f"{name} must be a URL that begins with {wanted}, with a host.")
    return said


def time_zone(name: str, default: str) -> str:
    """The time zone `name`. Raises ImproperlyConfigured for one that there is not."""
    said = os.environ.get(name, "").strip() or default
    try:
        ZoneInfo(said)
    except (ValueError, KeyError, OSError) as error:
        raise ImproperlyConfigured(f"{name} is {said!r}: say a zone such as America/New_York.") from error
    return said


def required(name: str, embedded: bool) -> None:
    """Raises ImproperlyConfigured where `name` is not set; only the embedded portal does without it."""
    if not embedded and not os.environ.get(name, "").strip():
        raise ImproperlyConfigured(f"{name} is not set: production needs it, see .env.example.")


def secret_key(var: Path, embedded: bool) -> str:
    """SECRET_KEY from the environment; when embedded, one that is made once and kept in `var`."""
    given = os.environ.get("SECRET_KEY", "")
    if given:
        if len(given) < 40:
            raise ImproperlyConfigured("SECRET_KEY is shorter than 40 characters: make a longer random one.")
        return given
    if not embedded:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: production needs a random one of 40 or more characters."
        )
    path = var / "secret-key"
    if not path.exists():
        # Created with its final mode, so that the key is never readable by others, not for a moment.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
    return path.read_text()


def database(var: Path) -> dict[str, Any]:
    """Django's settings of the database: PostgreSQL by DATABASE_URL, else SQLite in `var`."""
    if address("DATABASE_URL", {"postgres", "postgresql"}):
        settings: dict[str, Any] = ENV.db_url("DATABASE_URL", engine="django.db.backends.postgresql")
        if not settings["NAME"]:
            raise ImproperlyConfigured("DATABASE_URL names no database: end it with /NAME.")
        settings["OPTIONS"] = {
            "pool": {"min_size": 1, "max_size": number("DATABASE_POOL_SIZE", 8, 1), "timeout": 10}
        }
        settings["CONN_HEALTH_CHECKS"] = True
        return settings
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": var / "portal.sqlite3",
        # IMMEDIATE takes the write lock at the start, so that two writers wait instead of failing.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def evidence_storage(folder: Path) -> dict[str, Any]:
    """Django's settings of where files of evidence are kept, by EVIDENCE_STORAGE: a folder, `folder` where
    nothing is said, or s3://bucket/prefix with the settings that begin with its name.

    Raises ImproperlyConfigured; the message repeats no key.
    """
    said = os.environ.get("EVIDENCE_STORAGE", "").strip()
    if said.startswith("s3://"):
        return _bucket(said)
    if "://" in said or (said and not Path(said).is_absolute()):
        raise ImproperlyConfigured(
            f"EVIDENCE_STORAGE is {said!r}: say the whole path of a folder, or s3://bucket."
        )
    return {
        "BACKEND": "assessments.evidence_storage.FolderStorage",
        "OPTIONS": {"location": private_folder(Path(said) if said else folder, "EVIDENCE_STORAGE")},
    }


def _bucket(said: str) -> dict[str, Any]:
    parts = urlsplit(said)
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc) or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"EVIDENCE_STORAGE is {said!r}: say s3://bucket or s3://bucket/prefix.")
    key = os.environ.get("EVIDENCE_STORAGE_ACCESS_KEY", "").strip()
    secret = os.environ.get("EVIDENCE_STORAGE_SECRET_KEY", "").strip()
    if bool(key) != bool(secret):
        raise ImproperlyConfigured(
            "Of EVIDENCE_STORAGE_ACCESS_KEY and EVIDENCE_STORAGE_SECRET_KEY one is not set: set both, or "
            "none where the machine has a role of its own."
        )
    endpoint = address("EVIDENCE_STORAGE_ENDPOINT", {"http", "https"})
    region = text("EVIDENCE_STORAGE_REGION", "us-east-1", r"[a-z0-9-]{2,40}", "one such as us-gov-west-1")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "endpoint_url": endpoint or None,
            "region_name": region,
            "access_key": key or None,
            "secret_key": secret or None,
            "addressing_style": "path" if endpoint else "auto",
            "default_acl": None,
            "file_overwrite": True,  # a name stands for its bytes
            "querystring_auth": False,
            "max_memory_size": 1024 * 1024,  # of a file that is read; the rest lies in a temporary file
            "object_parameters": {"ContentType": "application/octet-stream"},
        },
    }


def private_folder(path: Path, name: str = "VAR_DIR") -> Path:
    """`path`, made where it does not exist, for this user alone.

    Raises ImproperlyConfigured where it can be neither made nor written to.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"The folder {path} ({name}) cannot be made: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"The folder {path} ({name}) cannot be written to.")
    return path
