"""`python manage.py remove_second_factor USERNAME`: for a person who lost the app and the recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.access.models import User
from portal.access.services import remove_second_factor


class Command(BaseCommand):
    help = "Take a person's second factor away, so that the password alone lets them in again; audited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username__iexact=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no person with the username {options['username']}.")
        if not remove_second_factor(user=user, by=None, at=timezone.now()):
            raise CommandError(f"{user} has no second factor.")
        self.stdout.write(f"{user} signs in with the password alone now. Tell them to set up a new one.")
