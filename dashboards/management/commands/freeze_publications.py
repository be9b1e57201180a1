"""Freeze the figures of rounds that were published before figures were kept."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from dashboards.services_publications import freeze_published


class Command(BaseCommand):
    """`freeze_publications`: safe to run again; the workers do the same when a month begins."""

    help = "Freeze what published reporting rounds speak for and nobody has frozen yet."

    def handle(self, *args: Any, **options: Any) -> None:
        """Freeze, and say how many rows of trends that were."""
        rows = freeze_published(at=timezone.now())
        self.stdout.write(f"{rows:,} points of trends are published now that were not kept before.")
