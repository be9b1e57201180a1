"""A PostgreSQL and a Redis of a test's own, to be killed in the middle of work and started anew.

For tests that are marked `servers` and `django_db(transaction=True)`.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from celery import current_app
from django.core.management import call_command
from django.db import connection
from kombu import pools

from tests.workers import purge, wait_for

START_SECONDS = 20.0
OWNER = "postgres"  # PostgreSQL refuses to run as root


def postgres_program(name: str) -> str:
    """The path of a program of PostgreSQL's server, the newest there is; "" where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(found[-1]) if found else shutil.which(name) or ""


def are_there() -> bool:
    """Whether both servers can be started on this machine."""
    return bool(postgres_program("initdb") and shutil.which("redis-server"))


class Server(ABC):
    """A server on a free port that keeps its port when it is started anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    @abstractmethod
    def command(self) -> list[str]:
        """What starts it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it is up."""

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = self.folder / "server.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **_as_owner(self),
            )
        wait_for(self.answers, START_SECONDS, log.read_text)

    def stop_at_once(self) -> None:
        """End it as a crash does: nothing is finished, nobody is told."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.crash)
            self.process.wait(timeout=START_SECONDS)

    crash = signal.SIGKILL


class OwnRedis(Server):
    """A Redis that keeps nothing: what it held is lost when it stops."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]

    def answers(self) -> bool:
        with redis.Redis(port=self.port) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


class OwnPostgres(Server):
    """A cluster of PostgreSQL. SIGQUIT is what `pg_ctl stop -m immediate` sends."""

    crash = signal.SIGQUIT

    def create(self) -> None:
        """Make the cluster."""
        command = [postgres_program("initdb"), "--pgdata", str(self.data), "--username", OWNER]
        command += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, **_as_owner(self))

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def command(self) -> list[str]:
        listen = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        return [postgres_program("postgres"), "-D", str(self.data), "-p", str(self.port), *listen]

    def answers(self) -> bool:
        try:
            with self.connect(OWNER):
                return True
        except psycopg.OperationalError:
            return False

    def connect(self, database: str) -> psycopg.Connection[Any]:
        """A connection of its own, each statement a transaction."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=OWNER, dbname=database, autocommit=True, connect_timeout=3
        )


@pytest.fixture
def own_redis(workers: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis of the test's own as the broker, of this process and of the workers that are started."""
    server = OwnRedis(tmp_path)
    server.start()
    monkeypatch.setenv("REDIS_URL", server.url)
    usual = current_app.conf.broker_url
    _use_broker(server.url)
    yield server
    _use_broker(usual)
    server.stop_at_once()


@pytest.fixture
def own_postgres(transactional_db: None, workers: object) -> Iterator[OwnPostgres]:
    """A PostgreSQL of the test's own with the portal's tables, for this process and the workers."""
    folder = Path(tempfile.mkdtemp(prefix="portal-test-postgres-"))
    if os.getuid() == 0:
        shutil.chown(folder, OWNER, OWNER)
    server = OwnPostgres(folder)
    database = connection.settings_dict
    usual = {name: database[name] for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME")}
    try:
        server.create()
        server.start()
        with server.connect(OWNER) as maintenance:
            maintenance.execute("CREATE DATABASE portal")
        _disconnect()
        database |= {
            "HOST": "127.0.0.1",
            "PORT": server.port,
            "USER": OWNER,
            "PASSWORD": "",
            "NAME": "portal",
        }
        call_command("migrate", verbosity=0)
        yield server
    finally:
        _disconnect()
        database |= usual
        server.stop_at_once()
        shutil.rmtree(folder, ignore_errors=True)


def _disconnect() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def _use_broker(url: str) -> None:
    """Have this process publish there, with none of the connections it kept."""
    pools.reset()
    # Both: once a test has set the address to write to, it does not follow the other any more.
    current_app.conf.update(broker_url=url, broker_write_url=url)
    current_app._pool = None  # type: ignore[attr-defined]
    current_app.amqp._producer_pool = None  # type: ignore[attr-defined]
    purge()


def _as_owner(server: Server) -> dict[str, Any]:
    if isinstance(server, OwnPostgres) and os.getuid() == 0:
        return {"user": OWNER, "group": OWNER, "extra_groups": []}
    return {}
