"""The settings: nothing set runs embedded; in production a bad value stops the start with its name."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

SETTINGS = Path(__file__).parent.parent / "portal" / "settings.py"
PRODUCTION = {
    "SECRET_KEY": "k" * 40,
    "ALLOWED_HOSTS": "portal.example.gov",
    "SITE_URL": "https://portal.example.gov",
    "DATABASE_URL": "postgresql://portal:secret@database.example.gov/portal",
    "REDIS_URL": "redis://redis.example.gov:6379/0",
}
EVERY_NAME = {
    *PRODUCTION,
    "API_RATE",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_POOL_SIZE",
    "DEFAULT_FROM_EMAIL",
    "EMAIL_URL",
    "HTTPS",
    "LOG_LEVEL",
    "STATIC_ROOT",
    "TIME_ZONE",
    "TRUSTED_PROXIES",
}


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Read the settings anew with exactly these values in the environment."""

    def read(**values: str) -> dict[str, Any]:
        for name in EVERY_NAME:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"VAR_DIR": str(tmp_path / "var"), **values}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return read


def test_nothing_set_is_the_embedded_portal(start: Any, tmp_path: Path):
    settings = start()
    assert settings["DATABASES"]["default"]["NAME"] == tmp_path / "var" / "portal.sqlite3"
    assert settings["CELERY_BROKER_URL"].startswith("filesystem://")
    assert settings["HTTPS"] is False
    assert settings["DEBUG"] is False
    key = tmp_path / "var" / "secret-key"
    assert key.read_text() == settings["SECRET_KEY"]
    assert key.stat().st_mode & 0o777 == 0o600
    assert start()["SECRET_KEY"] == settings["SECRET_KEY"]


def test_production_is_postgresql_redis_and_https(start: Any):
    settings = start(**PRODUCTION)
    assert settings["DATABASES"]["default"]["HOST"] == "database.example.gov"
    assert settings["CELERY_BROKER_URL"] == PRODUCTION["REDIS_URL"]
    assert settings["ALLOWED_HOSTS"] == ["portal.example.gov"]
    assert settings["SESSION_COOKIE_SECURE"] is settings["SECURE_SSL_REDIRECT"] is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", "portal.example.gov, .example.gov, 10.0.0.7, [::1]"),
        ("CSRF_TRUSTED_ORIGINS", "https://portal.example.gov:8443"),
        ("EMAIL_URL", "smtp+tls://user:p%40ss@mail.example.gov:587"),
        ("DEFAULT_FROM_EMAIL", "portal@example.gov"),
        ("API_RATE", "100/min"),
        ("HTTPS", "no"),
        ("TIME_ZONE", "UTC"),
        ("TIME_ZONE", ""),
    ],
)
def test_good_values_start(start: Any, name: str, value: str):
    start(**PRODUCTION | {name: value})


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "REDIS_URL"])
def test_production_names_what_it_lacks(start: Any, name: str):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} is not set"):
        start(**PRODUCTION | {name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "https://portal.example.gov"),
        ("SITE_URL", "portal.example.gov"),
        ("CSRF_TRUSTED_ORIGINS", "portal.example.gov"),
        ("DATABASE_URL", "mysql://database.example.gov/portal"),
        ("DATABASE_URL", "postgresql://u:secret@database.example.gov:port/portal"),
        ("DATABASE_URL", "postgresql://u:secret@database.example.gov/"),
        ("DATABASE_POOL_SIZE", "0"),
        ("REDIS_URL", "http://redis.example.gov"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://redis.example.gov:secret/0"),
        ("TRUSTED_PROXIES", "one"),
        ("HTTPS", "maybe"),
        ("API_RATE", "lots"),
        ("API_RATE", "10/fortnight"),
        ("EMAIL_URL", "mail.example.gov"),
        ("EMAIL_URL", "http://mail.example.gov"),
        ("DEFAULT_FROM_EMAIL", "the portal"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_bad_value_stops_the_start_with_its_name(start: Any, name: str, value: str):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} ") as refused:
        start(**PRODUCTION | {name: value})
    assert "secret" not in str(refused.value), "a password stands in the message"


def test_a_folder_that_cannot_be_made_is_named(start: Any, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match="VAR_DIR"):
        start(VAR_DIR=str(tmp_path / "file" / "var"))
