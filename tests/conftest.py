"""What every test may use: a small government, its people, workers, and the count of queries."""

import shutil
from collections.abc import Callable, Iterator
from uuid import uuid4

import hypothesis
import pytest

# How long an example takes says nothing on a machine that is busy with something else.
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")

pytest_plugins = ["tests.world", "tests.workers", "tests.servers", "tests.groups"]


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    # Hashing a password well takes as long as fifty tests; no test is about the hash.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    # What an earlier run left in Redis is about other rows of the same numbers.
    settings.CACHES["default"]["KEY_PREFIX"] = uuid4().hex
    if settings.EMBEDDED:
        # A file, not memory: connections of several threads wait for each other there as in earnest.
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"{settings.VAR_DIR}/test.sqlite3"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    from django.conf import settings

    shutil.rmtree(settings.VAR_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def _nothing_kept_of_models(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the portal keeps in memory of a version is fixed; a test may give the same number to another,
    or take items away that a version never loses. Where queries are counted each page reads its version."""
    from assessments import queries_runs
    from dashboards.queries import measures
    from maturity import queries

    monkeypatch.setattr(measures, "_version", measures._version.__wrapped__)
    yield
    for kept in (queries._rules, queries._succession, queries_runs._definition):
        kept.cache_clear()


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
