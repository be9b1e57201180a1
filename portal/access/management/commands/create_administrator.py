"""`python manage.py create_administrator`: the first log-in of a new portal."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from portal.access.models import Invitation, User
from portal.access.rules import Role
from portal.access.services import AlreadyHeld, grant_role
from portal.access.services_invitations import (
    NewAccount,
    accept_as_new_person,
    issue_invitation,
    link_of,
    renew_invitation,
)

PASSWORD_VARIABLE = "ADMINISTRATOR_PASSWORD"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    help = (
        "Make an administrator. With a password (--password-stdin, or in the environment as "
        f"{PASSWORD_VARIABLE}) the account is there at once; without one, a link is printed with which the "
        "person chooses it. Whoever has an account with this e-mail becomes administrator. Safe to repeat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--username", default="administrator", help="for the new account (administrator)")
        parser.add_argument("--name", default="", help="the person's name")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
        parser.add_argument("--site", default=settings.SITE_URL, help="the address of the portal (SITE_URL)")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        user = User.objects.filter(email__iexact=email).first()
        if user is not None:
            self.promote(user)
            return
        given = (
            sys.stdin.readline().rstrip("\n")
            if options["password_stdin"]
            else os.environ.get(PASSWORD_VARIABLE)
        )
        self.create(email, given, options)

    def promote(self, user: User) -> None:
        if not user.is_active:
            raise CommandError(f"The account of {user} is closed.")
        try:
            grant_role(user=user, role=Role.ADMINISTRATOR, by=None, at=timezone.now())
        except AlreadyHeld:
            self.stdout.write(f"{user} is an administrator already; nothing was changed.")
        else:
            self.stdout.write(f"{user} (username {user.username}) is an administrator now.")

    @transaction.atomic
    def create(self, email: str, password: str | None, options: dict[str, Any]) -> None:
        at = timezone.now()
        account = NewAccount(options["username"], options["name"], password or "")
        if password:
            self.check_account(email, account)
        everything = {"role": Role.ADMINISTRATOR, "program": None, "agency": None}
        waiting = Invitation.objects.waiting().filter(email=email, **everything).first()
        issued = (
            renew_invitation(invitation=waiting, by=None, at=at)
            if waiting
            else issue_invitation(email=email, role=Role.ADMINISTRATOR, by=None, at=at, name=account.name)
        )
        if not password:
            link = link_of(issued.token, options["site"])
            self.stdout.write(
                f"Open this link within {settings.INVITATION_DAYS} days to choose a password:\n{link}"
            )
            return
        user = accept_as_new_person(token=issued.token, account=account, at=at)
        self.stdout.write(f"{user} (username {user.username}) is an administrator now.")

    def check_account(self, email: str, account: NewAccount) -> None:
        if User.objects.filter(username__iexact=account.username).exists():
            raise CommandError(f"The username {account.username} is taken: give another with --username.")
        try:
            validate_password(account.password, User(username=account.username, email=email))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
