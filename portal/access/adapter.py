"""How accounts come into being: by invitation, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Nobody signs up on their own."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed; see portal.access.services.accept_invitation."""
        return False
