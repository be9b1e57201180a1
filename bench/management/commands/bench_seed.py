"""`bench_seed SCALE`: fill the (empty) database of the bench; SCALE as JSON."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from bench.databases import Scale
from bench.seeding import fill
from maturity.models import ModelVersion


class Command(BaseCommand):
    help = "Fill an empty database of the bench."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scale", type=json.loads)

    def handle(self, *args: Any, **options: Any) -> None:
        began, scale = time.monotonic(), Scale(**options["scale"])
        call_command("migrate", verbosity=0)
        call_command("import_model", "maturity/packs/container-adoption", stdout=self.stderr)
        fill(scale, ModelVersion.objects.select_related("model").get(), timezone.now())
        call_command("rebuild_search", stdout=self.stderr)
        self._analyze()
        self.stdout.write(f"{scale.name}: agencies and results are there, {time.monotonic() - began:.0f} s")
        call_command("rebuild_trends", stdout=self.stderr)
        self._analyze()
        self.stdout.write(f"{scale.name}: standings and trends are there, {time.monotonic() - began:.0f} s")

    def _analyze(self) -> None:
        """What autovacuum does within minutes of such a load."""
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
