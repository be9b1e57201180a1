"""`python manage.py rebuild_search`: write the whole index of the search again."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.search.models import KINDS
from portal.search.services import rebuild


class Command(BaseCommand):
    help = "Write again all that the search finds; safe to repeat, and while the portal runs."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = rebuild()
        told = ", ".join(f"{KINDS[kind][1].lower()} {number}" for kind, number in counts.items())
        self.stdout.write(f"The search finds: {told or 'nothing yet'}.")
