"""`python manage.py import_people FILE`: people and their roles from a CSV file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.access.services_import import ImportRefused, ImportReport, import_people
from portal.access.services_invitations import link_of, send_invitation
from portal.agencies.sheets import UnreadableFile


class Command(BaseCommand):
    help = (
        "Give people roles from a CSV file with the columns agency (or program), name, e-mail and role. Who "
        "has no account is sent a link with which they choose a password. Safe to run twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the CSV file, in UTF-8")
        parser.add_argument(
            "--partial", action="store_true", help="leave bad rows out instead of changing nothing"
        )
        parser.add_argument(
            "--print-links", action="store_true", help="print the links instead of sending them"
        )
        parser.add_argument("--site", default=settings.SITE_URL, help="the address of the portal (SITE_URL)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = Path(options["file"]).read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        at = timezone.now()
        try:
            report = import_people(content=content, at=at, partial=options["partial"])
        except (UnreadableFile, ImportRefused) as error:
            raise CommandError("\n".join([*map(str, error.problems), "Nothing was changed."])) from error
        for problem in report.problems:
            self.stderr.write(str(problem))
        self.stdout.write(f"{report}.")
        unsent = self.deliver(report, options)
        if unsent:
            raise CommandError(
                f"{len(unsent)} e-mails could not be sent: {', '.join(unsent)}. The invitations are there: "
                f"send them again from the page Invitations."
            )

    def deliver(self, report: ImportReport, options: dict[str, Any]) -> list[str]:
        """Send or print each link; returns the addresses whose e-mail could not be sent."""
        unsent = []
        for email, issued in report.issued.items():
            if options["print_links"]:
                self.stdout.write(f"{email} {link_of(issued.token, options['site'])}")
            elif send_invitation(issued=issued, site=options["site"], at=timezone.now()).sent_at is None:
                unsent.append(email)
        return unsent
