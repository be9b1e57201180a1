"""Real Celery workers on the tests' database and broker, for tests that are marked `transaction=True`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection

START_SECONDS = 60.0
QUEUES = ("trends", "default")


class Workers:
    """Starts workers, and kills what still runs at the end of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, queues: str = ",".join(QUEUES)) -> subprocess.Popen[bytes]:
        """A worker of its own process group that has connected to the broker and takes tasks."""
        number = len(self.running)
        log = self.folder / f"worker-{number}.log"
        command = (
            f"-m celery --app portal.celery --quiet worker --queues {queues} --hostname test-{number}@%h"
        )
        command += " --pool solo --without-gossip --without-mingle --loglevel INFO"
        with log.open("wb") as output:
            worker = subprocess.Popen(
                [sys.executable, *command.split()],
                cwd=settings.BASE_DIR,
                env=_environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running.append(worker)
        wait_for(lambda: b" ready." in log.read_bytes(), START_SECONDS, log.read_text)
        return worker

    def logs(self) -> str:
        """What they all said, for a test that fails."""
        return "\n".join(log.read_text() for log in sorted(self.folder.glob("worker-*.log")))

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """kill -9: no time to finish, to tell the broker, or to roll back."""
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """Real workers; the test must be marked `django_db(transaction=True)`."""
    purge()
    made = Workers(tmp_path)
    yield made
    for worker in made.running:
        made.kill(worker)


def purge() -> None:
    """Throw away the messages that earlier tests left, which would be taken first."""
    with current_app.connection_for_write() as broker:
        channel: Any = broker.default_channel
        for queue in QUEUES:
            channel.queue_declare(queue)
            channel.queue_purge(queue)


def wait_for(holds: Callable[[], object], seconds: float, otherwise: Callable[[], str] = lambda: "") -> float:
    """How many seconds it took until `holds`; fails after `seconds`, saying `otherwise`."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            pytest.fail(f"still waiting after {seconds} s. {otherwise()}")
        time.sleep(0.01)
    return time.monotonic() - began


def _environment() -> dict[str, str]:
    """The environment in which the portal's settings name the tests' database instead of the usual one."""
    environment = {**os.environ, "VAR_DIR": str(settings.VAR_DIR)}
    database = connection.settings_dict
    if connection.vendor == "postgresql":
        user = quote(database["USER"], safe="")
        password = f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else ""
        where = f"{database['HOST'] or 'localhost'}:{database['PORT'] or 5432}"
        return environment | {"DATABASE_URL": f"postgres://{user}{password}@{where}/{database['NAME']}"}
    usual = settings.VAR_DIR / "portal.sqlite3"
    usual.unlink(missing_ok=True)
    usual.symlink_to(database["NAME"])
    return environment
