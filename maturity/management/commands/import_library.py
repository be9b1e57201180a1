"""Publish the library from a pack."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from maturity.library.pack import LIBRARY, read_library
from maturity.queries_library import names_beside_the_library
from maturity.services_library import publish_library
from maturity.yamlfile import PackError


class Command(BaseCommand):
    """`import_library [PATH]`: check the pack, then bring the library to what it says. Safe to repeat."""

    help = "Check and publish the library (a folder of YAML); by default the one that comes with the portal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One optional path."""
        parser.add_argument("path", type=Path, nargs="?", default=LIBRARY)

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish, or say file, line and reason of each fault."""
        try:
            library = read_library(options["path"], names_beside_the_library())
        except PackError as error:
            raise CommandError(
                "The library is refused, nothing was changed:\n" + "\n".join(error.problems)
            ) from error
        done = publish_library(library=library, by=None, at=timezone.now())
        self.stdout.write(
            f"Library: {len(library.sections)} sections, {len(library.shelves)} shelves; entries: "
            f"{done.created} created, {done.changed} changed, {done.unchanged} unchanged, "
            f"{done.removed} removed."
        )
