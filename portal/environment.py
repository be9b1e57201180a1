"""Reading the environment: a bad value stops the start with its name and the reason."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ENV = environ.Env()


def flag(name: str, default: bool) -> bool:
    """The yes/no setting `name`. Raises ImproperlyConfigured for any other word."""
    text = os.environ.get(name, "").strip().lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {text!r}: say true or false.")


def number(name: str, default: int, lowest: int = 0) -> int:
    """The whole number `name`, at least `lowest`. Raises ImproperlyConfigured otherwise."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or int(text) < lowest:
        raise ImproperlyConfigured(f"{name} is {text!r}: say a whole number of at least {lowest}.")
    return int(text)


def words(name: str, default: list[str]) -> list[str]:
    """The comma-separated list `name`, without blanks."""
    found = [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]
    return found or default


def address(name: str, schemes: set[str]) -> str:
    """The URL `name` or "" where it is not set. Raises ImproperlyConfigured for another scheme."""
    text = os.environ.get(name, "").strip()
    if text and (urlsplit(text).scheme not in schemes or not urlsplit(text).netloc):
        raise ImproperlyConfigured(f"{name} must be a URL that begins with one of {sorted(schemes)}.")
    return text


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
        settings["OPTIONS"] = {
            "pool": {"min_size": 1, "max_size": number("DATABASE_POOL_SIZE", 8, 1), "timeout": 20}
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


def private_folder(path: Path) -> Path:
    """`path`, made where it does not exist, for this user alone."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
