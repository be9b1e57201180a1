"""Load a fictional government into an empty portal."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboards.demonstration.government import DEPARTMENT, PASSWORD
from dashboards.demonstration.load import AlreadyThere, load_demonstration
from dashboards.demonstration.showing import show_more
from maturity.queries import current_version
from portal.access.rules import Role

MODEL = "container-adoption"
LOG_INS = "demonstration-log-ins.txt"


class Command(BaseCommand):
    """`load_demo`: 124 agencies, 12 quarters, log-ins. Refused on PostgreSQL unless forced."""

    help = "Load a fictional government with twelve quarters of assessments into an empty portal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One flag."""
        parser.add_argument("--force", action="store_true", help="load it into PostgreSQL as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, compute the trends, and leave the log-ins in var/ for `make run` to print."""
        if not settings.EMBEDDED and not options["force"]:
            raise CommandError(
                "This is PostgreSQL, where invented people with known passwords do not belong. "
                "Say --force if it is a portal for trying things out."
            )
        version = current_version(MODEL)
        if version is None:
            raise CommandError(
                f"The model {MODEL} is not there: run import_model maturity/packs/{MODEL} first."
            )
        try:
            load_demonstration(version=version, at=timezone.now(), say=self.stdout.write)
        except AlreadyThere as error:
            raise CommandError(str(error)) from error
        lines = "".join(f"  {name:<14} {PASSWORD}\n" for name in (*Role, DEPARTMENT))
        (settings.VAR_DIR / LOG_INS).write_text(lines)
        call_command("rebuild_trends", stdout=self.stdout)
        call_command("freeze_publications", stdout=self.stdout)
        show_more(at=timezone.now())
        self.stdout.write(f"Log-ins (name, password):\n{lines}")
