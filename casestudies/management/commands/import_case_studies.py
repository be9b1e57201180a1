"""Publish case studies from a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from casestudies.pack import PACKS, read_case_studies
from casestudies.services import publish_case_studies
from maturity.models import Item
from maturity.yamlfile import PackError


class Command(BaseCommand):
    """`import_case_studies [FILE]`: check the file, then publish it. Safe to repeat."""

    help = "Check and publish a YAML file of case studies; by default the one that comes with the portal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One optional path."""
        parser.add_argument("path", type=Path, nargs="?", default=PACKS / "sources.yaml")

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish, or say file, line and reason of each fault."""
        try:
            model = read_case_studies(options["path"]).model
            items = set(Item.objects.filter(version__model__slug=model).values_list("slug", flat=True))
            pack = read_case_studies(options["path"], items)
        except PackError as error:
            raise CommandError(
                "The file is refused, nothing was changed:\n" + "\n".join(error.problems)
            ) from error
        done = publish_case_studies(pack=pack, by=None, at=timezone.now())
        self.stdout.write(
            f"{len(pack.case_studies)} case studies with {len(pack.lessons)} lessons: "
            f"{done.created} created, {done.changed} changed, {done.unchanged} unchanged."
        )
