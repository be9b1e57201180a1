"""`python manage.py verify_trends`: does all that is stored follow from the results?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboards import services_check


class Command(BaseCommand):
    help = "Recompute all standings and trends in one snapshot; ends with 1 and says where they differ."

    def handle(self, *args: Any, **options: Any) -> None:
        found = services_check.verify(at=timezone.now())
        for finding in found.findings:
            self.stdout.write(str(finding))
        seen = f"{found.agencies} agencies and {found.trends} trend rows"
        if found.pending:
            seen += f" ({found.pending} waiting for a refresh were left out)"
        if found.differences:
            raise CommandError(
                f"{found.differences} differences in {seen}. To compute all anew: rebuild_trends"
            )
        self.stdout.write(f"No difference in {seen}.")
