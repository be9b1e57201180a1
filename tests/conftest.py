"""What every test may use: a small government, its people, and the rule that CI leaves no test out."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

# Before the settings are read: tests keep to a folder of their own, never to the developer's var/.
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="portal-test-"))
os.environ.setdefault("HTTPS", "false")
if os.environ.get("DATABASE_URL"):
    os.environ.setdefault("SECRET_KEY", "tests-only-" + "x" * 40)

SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    # Hashing a password well takes as long as fifty tests; no test is about the hash.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    if settings.EMBEDDED:
        # A file, not memory: connections of several threads wait for each other there as in earnest.
        # In a folder of this run alone, so that two runs do not meet.
        folder = tempfile.mkdtemp(prefix="portal-test-")
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"{folder}/test.sqlite3"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real public data beside the checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not here")
    return SHARED_DATA


pytest_plugins = ["tests.world", "tests.workers"]


@pytest.fixture
def queries_of(django_assert_max_num_queries: object) -> Callable[[Callable[[], object]], int]:
    """Counts the database queries that a call makes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count(call: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    return count
