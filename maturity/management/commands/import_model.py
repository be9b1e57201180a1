"""Publish a model from a pack."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from maturity.pack import read_pack
from maturity.services import CannotPublish, publish_pack
from maturity.yamlfile import PackError


class Command(BaseCommand):
    """`import_model PATH`: check the pack, then publish it or revise its texts. Safe to repeat."""

    help = "Check a model pack (a folder of YAML) and publish it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One path."""
        parser.add_argument(
            "path", type=Path, help="the pack's folder, such as maturity/packs/container-adoption"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish, or say file, line and reason of each fault."""
        try:
            pack = read_pack(options["path"])
            done = publish_pack(pack=pack, by=None, at=timezone.now())
        except PackError as error:
            raise CommandError(
                "The pack is refused, nothing was changed:\n" + "\n".join(error.problems)
            ) from error
        except CannotPublish as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        practices = sum(item.kind == "practice" for item in pack.items)
        self.stdout.write(
            f"{done.version.key}, edition {done.version.edition}: {done.outcome}. {len(pack.stages)} stages, "
            f"{len(pack.domains)} domains, {practices} practices, {len(pack.items) - practices} challenges."
        )
