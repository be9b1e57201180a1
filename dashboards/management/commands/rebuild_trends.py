"""`python manage.py rebuild_trends`: all standings and trends anew, from the results."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from dashboards import services_rebuild


class Command(BaseCommand):
    help = "Compute all standings and trends anew from the results. What is shown stays until it is replaced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--in-background", action="store_true", help="leave it to the workers; /jobs/ shows how far it is"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["in_background"]:
            job = services_rebuild.request_rebuild(by=None, at=timezone.now())
            self.stdout.write(f"Job {job.pk} is waiting for a worker.")
            return
        agencies = services_rebuild.begin_rebuild(at=timezone.now())
        self.stdout.write(f"Computing {agencies} agencies anew. If this is broken off, the workers go on.")
        began = time.monotonic()
        total = 0
        for left in services_rebuild.work_off(clock=timezone.now):
            total = max(total, left.total)
            spent, done = time.monotonic() - began, total - left.total
            rest = f", about {spent / done * left.total:.0f} s" if done else ""
            self.stdout.write(f"{left.agencies} agencies and {left.scopes} trends are left{rest}.")
        self.stdout.write(f"Done in {time.monotonic() - began:.1f} s.")
