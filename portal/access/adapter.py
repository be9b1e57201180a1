"""What the accounts library asks us: no signing up, who calls from where, and what goes into the audit."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from portal.access.models import User
from portal.audit.context import client_address
from portal.audit.services import record

logger = logging.getLogger(__name__)
CLOSED = (
    "There is no signing up: accounts are made by invitation. "
    "Ask the lead of your agency or your program office."
)
NOT_THIS_PERSON = "The username or e-mail address, or the password, is not correct."


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Nobody signs up on their own; log-ins, also failed ones, and new passwords are audited."""

    # What is wrong and what would be right. Five minutes: see ACCOUNT_RATE_LIMITS.
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": NOT_THIS_PERSON,
        "email_password_mismatch": NOT_THIS_PERSON,
        "too_many_login_attempts": (
            "There were too many failed attempts to sign in, so that signing in is locked for now. "
            "Wait five minutes, then try again."
        ),
        "rate_limited": "There were too many attempts. Wait five minutes, then try again.",
        "incorrect_password": "This is not your password.",
        "enter_current_password": "This is not your current password.",
        "duplicate_email": "This is your address already. Type another one.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed; see portal.access.services_invitations.accept_as_new_person."""
        raise PermissionDenied(CLOSED)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the limits on log-ins count by; the same as in the audit."""
        return client_address(request) or "unknown"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the account."""
        return "/account/"

    def login(self, request: HttpRequest, user: User) -> None:
        """Every log-in, by password or with a second factor, ends here."""
        super().login(request, user)
        # The library keeps addresses in rows of its own. Ours are known to be right from the beginning: they
        # come from an invitation's link or from whoever runs the portal.
        if not EmailAddress.objects.filter(user=user).exists():
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        record(action="person.signed_in", obj=user, by=user, at=timezone.now())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away is written to the log; the page is the same, known address or not."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:
            logger.exception("The e-mail %s could not be sent.", template_prefix)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password for a person who exists; what was typed for others is not kept."""
        username, email = credentials.get("username") or "", credentials.get("email") or ""
        user = User.objects.filter(Q(username__iexact=username) | Q(email=email.lower())).first()
        if user is not None:
            record(action="person.sign_in_failed", obj=user, by=None, at=timezone.now())

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """A person's new address, once they opened the link sent to it; not one that is another person's."""
        if User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id).exists():
            taken = f"{email_address.email} is the address of another account."
            self.add_message(request, messages.ERROR, message=taken)
            return False
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            record(action="person.email_confirmed", obj=email_address.user, by=None, at=timezone.now())
        return confirmed

    def set_password(self, user: User, password: str) -> None:
        """Changed or reset by the person themselves."""
        super().set_password(user, password)
        record(action="person.password_changed", obj=user, by=user, at=timezone.now())
