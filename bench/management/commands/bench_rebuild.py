"""`bench_rebuild begin|work|floor|sums`: the parts of the measure full_rebuild, each saying what it took."""

import json
import resource
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils import timezone

from bench.floor_rebuild import STATEMENTS, SUMS, TABLES
from dashboards.services_rebuild import begin_rebuild, work_off


class Command(BaseCommand):
    help = "Empty the standings and trends, fill them, or say what is in them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("part", choices=["begin", "work", "floor", "sums"])

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.time()
        done = getattr(self, f"_{options['part']}")()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.stdout.write(json.dumps({"began": began, "ended": time.time(), "kb": memory, "sums": done}))

    def _begin(self) -> None:
        self._empty()
        begin_rebuild(at=timezone.now())

    def _work(self) -> None:
        for _ in work_off(clock=timezone.now):
            pass

    @transaction.atomic
    def _floor(self) -> None:
        self._empty()
        with connection.cursor() as cursor:
            for statement in STATEMENTS:
                cursor.execute(statement)

    def _sums(self) -> list[Any]:
        """Count and sum of hashes of all rows of each table, without ids and times."""
        with connection.cursor() as cursor:
            found = []
            for statement in SUMS:
                cursor.execute(statement)
                found.append([str(value) for value in cursor.fetchone()])
        return found

    def _empty(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(TABLES)}")
