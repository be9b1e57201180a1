"""`python manage.py run_portal`: the whole portal on this machine, in one foreground command."""

import signal
import socket
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from portal.agencies.models import Agency
from portal.jobs.processes import ProcessGaveUp, keep_running, portal_processes, start_all, stop_all

START_SECONDS = 90
WATCH_SECONDS = 0.25


class Command(BaseCommand):
    help = "Prepare the database and run web server, workers and beat until Ctrl-C."
    requires_system_checks: list[str] = []  # the processes check; once is enough

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the port on 127.0.0.1 (8000)")
        parser.add_argument(
            "--without-demonstration", action="store_true", help="leave an empty database empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # A shell starts a background command with SIGINT ignored; nohup ignores SIGHUP, and means it.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, interrupt)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, interrupt)
        try:
            self.run(options["port"], demonstration=not options["without_demonstration"])
        except KeyboardInterrupt:
            self.stdout.write("Maturity Portal has stopped.")

    def run(self, port: int, *, demonstration: bool) -> None:
        check_port(port)
        self.prepare(demonstration)
        processes = portal_processes(port, settings.VAR_DIR / "log")
        try:
            start_all(processes)
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + START_SECONDS
            while not answers(f"{address}/healthz"):
                keep_running(processes, self.stdout.write, time.monotonic())
                if time.monotonic() > deadline:
                    raise CommandError(f"No answer in {START_SECONDS} s; see {processes[0].log}")
                time.sleep(WATCH_SECONDS)
            self.greet(address)
            while True:
                keep_running(processes, self.stdout.write, time.monotonic())
                time.sleep(WATCH_SECONDS)
        except ProcessGaveUp as error:
            raise CommandError(str(error)) from error
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # it is stopping already
            self.stdout.write("Stopping.")
            self.stdout.flush()
            stop_all(processes)

    def prepare(self, demonstration: bool) -> None:
        """Bring everything up to this version of the portal, and fill an empty database if wanted."""
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        call_command("prepare_portal", stdout=self.stdout)
        if demonstration and settings.EMBEDDED and not Agency.objects.exists():
            self.stdout.write("The database is empty: loading the demonstration.")
            call_command("load_demo", stdout=self.stdout)

    def greet(self, address: str) -> None:
        self.stdout.write(f"\nMaturity Portal is running at {address}/")
        log_ins = settings.VAR_DIR / "demonstration-log-ins.txt"
        if log_ins.exists():
            self.stdout.write(f"Log-ins of the demonstration:\n{log_ins.read_text()}")
        self.stdout.write(f"Logs are in {settings.VAR_DIR / 'log'}. Press Ctrl-C to stop.")
        self.stdout.flush()


def interrupt(number: int, frame: FrameType | None) -> None:
    """Make the platform's signals end the command as Ctrl-C does."""
    raise KeyboardInterrupt


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Port {port} cannot be used ({error}). Take another: PORT=8001 make run"
            ) from error


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
