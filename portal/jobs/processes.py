"""The processes of the embedded portal: started together, watched, stopped together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS = 10  # after that a process that has not ended is killed
MOST_RESTARTS = 3  # of one process within RESTART_WINDOW seconds
RESTART_WINDOW = 60.0


class ProcessGaveUp(Exception):
    """A process ended more often than it is started again; the text says which, and its last lines."""


@dataclass
class Process:
    """One child, in a process group of its own so that a Ctrl-C reaches it through `stop_all` only."""

    name: str
    command: list[str]
    log: Path
    running: subprocess.Popen[bytes] | None = None
    restarts: list[float] = field(default_factory=list)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )

    def has_ended(self) -> bool:
        return self.running is not None and self.running.poll() is not None

    def signal(self, number: int) -> None:
        """Send a signal to the whole group; one that is gone already needs none."""
        if self.running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running.pid, number)

    def last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def portal_processes(port: int, logs: Path) -> list[Process]:
    """Web server, a worker for reports and imports, one for trends, and the clock."""
    web = f"gunicorn portal.wsgi --bind 127.0.0.1:{port} --preload --no-control-socket"
    web += " --worker-class gthread --workers 2 --threads 4 --graceful-timeout 3"
    celery = "celery --app portal.celery --quiet"
    # Threads and no forks: memory stays small, and few processes look through the broker's files.
    worker = f"{celery} worker --without-gossip --without-mingle --loglevel INFO"
    commands = {
        "web": web,
        "worker": f"{worker} --queues default --hostname default@%h --pool threads --concurrency 2",
        "worker-trends": f"{worker} --queues trends --hostname trends@%h --pool solo",
        "beat": f"{celery} beat --loglevel INFO --pidfile=",
    }
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [
        Process(name, [sys.executable, "-m", *command.split()], logs / f"{name}.log")
        for name, command in commands.items()
    ]


def start_all(processes: list[Process]) -> None:
    """Start every process with a new log."""
    for process in processes:
        process.log.write_bytes(b"")
        process.start()


def keep_running(processes: list[Process], say: Callable[[str], None], now: float) -> None:
    """Start again what has ended. Raises ProcessGaveUp for one that keeps ending."""
    for process in processes:
        if process.has_ended():
            process.restarts = [moment for moment in process.restarts if now - moment < RESTART_WINDOW]
            if len(process.restarts) >= MOST_RESTARTS:
                raise ProcessGaveUp(
                    f"{process.name} keeps ending. The end of its log:\n{process.last_lines()}"
                )
            process.restarts.append(now)
            say(f"{process.name} ended and is started again; see {process.log}")
            process.start()


def stop_all(processes: list[Process]) -> None:
    """Ask every process to end its work, and kill what has not ended in STOP_SECONDS."""
    for process in processes:
        process.signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        if process.running is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.running.wait(timeout=max(deadline - time.monotonic(), 0))
            process.signal(signal.SIGKILL)
            process.running.wait()
