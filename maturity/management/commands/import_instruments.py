"""Publish instruments from their files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from maturity.instruments.pack import INSTRUMENTS, read_instruments
from maturity.services import CannotPublish, Outcome
from maturity.services_instruments import publish_instruments
from maturity.yamlfile import PackError


class Command(BaseCommand):
    """`import_instruments [PATH]`: check the file or folder, then publish all in it. Safe to repeat."""

    help = "Check instruments (YAML) and publish them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One path."""
        parser.add_argument(
            "path", type=Path, nargs="?", default=INSTRUMENTS, help="a file, or a folder of them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish, or say file, line and reason of each fault."""
        try:
            instruments = read_instruments(options["path"])
            done = publish_instruments(instruments=instruments, by=None, at=timezone.now())
        except PackError as error:
            raise CommandError(
                "The instruments are refused, nothing was changed:\n" + "\n".join(error.problems)
            ) from error
        except CannotPublish as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        for one in done:
            if one.outcome is not Outcome.UNCHANGED:
                self.stdout.write(f"{one.edition.slug}, edition {one.edition.edition}: {one.outcome}.")
        unchanged = sum(one.outcome is Outcome.UNCHANGED for one in done)
        self.stdout.write(f"{len(done)} instruments, {unchanged} unchanged.")
