"""The portal as it runs in production, for one database: gunicorn with two workers, a worker for trends."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from bench.databases import ROOT, Scale, url_of

VAR = ROOT / "var" / "bench"
# As in the Dockerfile and docker-compose.yml.
WEB = "gunicorn portal.wsgi --worker-class gthread --workers 2 --threads 4 --worker-tmp-dir /dev/shm"
TRENDS = "celery --app portal.celery --quiet worker --queues trends --concurrency 2 --loglevel INFO"
START_SECONDS = 60


@dataclass(frozen=True)
class Reply:
    """An answer of the portal, how long it took and how many queries it made."""

    status: int
    body: bytes
    headers: dict[str, str]
    ms: float
    queries: int

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site:
    """The portal on one database, with one connection to it that is kept open."""

    scale: Scale
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    client: http.client.HTTPConnection | None = None
    port: int = 0  # a free one, from start_web on

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "DATABASE_URL": url_of(self.scale),
            "REDIS_URL": f"{redis_url()}/{self.scale.redis}",
            "VAR_DIR": str(VAR),
            "SECRET_KEY": "of-the-bench-alone-and-never-of-a-portal-that-people-use",
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": "https://127.0.0.1",
            "HTTPS": "true",
            "API_RATE": "1000000/min",
            "LOG_LEVEL": "WARNING",
            "MALLOC_ARENA_MAX": "2",  # as the image has it
        }

    def manage(self, *words: str) -> str:
        """What a command of manage.py prints. Its errors go to the screen."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, check=True)
        return done.stdout.decode()

    def begin(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """A command of manage.py under way, with what it prints to be read; ended by `stop` as the others."""
        command = [sys.executable, "manage.py", *words]
        self.running[name] = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, start_new_session=True
        )
        return self.running[name]

    def start_web(self) -> None:
        """Gunicorn, until it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._start("web", f"{WEB} --bind 127.0.0.1:{self.port} --no-control-socket")
        _wait(self._alive, f"the portal for {self.scale.database}")

    def start_worker(self) -> None:
        """A worker for trends, until it takes tasks."""
        log = self._start("worker", f"{TRENDS} --hostname bench-{self.scale.name}@%h")
        _wait(lambda: b" ready." in log.read_bytes(), "the worker")

    def stop(self, *names: str) -> None:
        """End what was started (all, where nothing is named), with its children."""
        if self.client is not None:
            self.client.close()
            self.client = None
        for name in names or tuple(self.running):
            process = self.running.pop(name, None)
            if process is not None:
                _end(process)

    def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> Reply:
        """One request over the open connection; raises for anything but success."""
        sent = None if body is None else json.dumps(body).encode()
        headers = {"X-Forwarded-Proto": "https", "Content-Type": "application/json", **headers}
        for _ in range(2):  # the server closes a connection that was idle for some seconds
            if self.client is None:
                self.client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.client.connect()
            began = time.perf_counter()
            try:
                self.client.request(method, path, sent, headers)
                came = self.client.getresponse()
                content = came.read()
            except (http.client.RemoteDisconnected, ConnectionError):
                self.client.close()
                self.client = None
                continue
            ms = (time.perf_counter() - began) * 1000
            if came.status >= 300:
                raise RuntimeError(f"{method} {path}: {came.status} {content[:300]!r}")
            return Reply(came.status, content, dict(came.headers), ms, int(came.headers["X-Queries"]))
        raise ConnectionError(f"{method} {path}: the server does not answer")

    def web_memory(self) -> list[int]:
        """Resident memory of each web worker, in kB."""
        master = self.running["web"].pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [_resident(int(child)) for child in children]

    def _start(self, name: str, command: str) -> Path:
        log = VAR / f"{self.scale.name}-{name}.log"
        with log.open("wb") as output:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *command.split()],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return log

    def _alive(self) -> bool:
        try:
            return self.ask("GET", "/healthz", {}).status == 200
        except ConnectionError:
            return False


def redis_answers(url: str) -> bool:
    """Whether there is a Redis at this address."""
    with redis.Redis.from_url(url, socket_connect_timeout=3) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def redis_url() -> str:
    """Where Redis is, without the number of a database."""
    return (os.environ.get("BENCH_REDIS_URL") or "redis://127.0.0.1:6379").rstrip("/")


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def _wait(holds: Any, what: str) -> None:
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > START_SECONDS:
            raise RuntimeError(f"{what} did not start within {START_SECONDS} s; see {VAR}")
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with its children, and let go of what it prints."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.stdout is not None:
        process.stdout.close()
