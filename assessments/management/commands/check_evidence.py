"""Whether all files of evidence are there, as they were brought."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.models import StoredBytes
from assessments.services_evidence_files import find_damage


class Command(BaseCommand):
    help = "Read all files of evidence and compare their checksums; ends with an error where one is damaged."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each that is missing or changed."""
        count = StoredBytes.objects.filter(files__isnull=False).distinct().count()
        damaged = 0
        for found in find_damage():
            damaged += 1
            what = "missing" if found.missing else "changed"
            self.stderr.write(f"{found.stored.stored_name} is {what}: {'; '.join(found.names)}")
        if damaged:
            raise CommandError(f"{damaged:,} of {count:,} files of evidence are damaged.")
        self.stdout.write(f"{count:,} file{'' if count == 1 else 's'} of evidence, all as brought.")
