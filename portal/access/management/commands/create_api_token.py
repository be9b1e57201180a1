"""`python manage.py create_api_token USERNAME`: a token for the API, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.access.models import User
from portal.access.services_tokens import MOST_DAYS, CannotCreateToken, create_token


class Command(BaseCommand):
    help = "Make an API token for a person and print it: it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--days", type=int, default=90, help=f"good for so many days (90, at most {MOST_DAYS})"
        )
        parser.add_argument("--name", default="from the command line", help="what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username__iexact=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no person with the username {options['username']}.")
        name = options["name"].strip()
        if not 0 < len(name) <= 100:
            raise CommandError("The name must have 1 to 100 characters.")
        try:
            issued = create_token(user=user, name=name, days=options["days"], by=None, at=timezone.now())
        except CannotCreateToken as error:
            raise CommandError(str(error)) from error
        # The token alone on standard output, so that a script can take it.
        self.stderr.write(f"A token of {user}, good until {issued.token.expires_at:%Y-%m-%d}. Keep it safe:")
        self.stdout.write(issued.secret)
