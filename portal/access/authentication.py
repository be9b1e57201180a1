"""Log-in to the API by token."""

from hashlib import sha256

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from portal.access.models import ApiToken, User


class ApiTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer mp_…`; says whether a token is unknown, revoked or expired."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's owner, or None where no token was sent. Raises AuthenticationFailed."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword.lower().encode():
            return None
        if len(parts) != 2:
            raise exceptions.AuthenticationFailed("Send one token: Authorization: Bearer mp_…")
        tokens, now = ApiToken.objects.select_related("user"), timezone.now()
        try:
            token = tokens.get(digest=sha256(parts[1]).hexdigest(), user__is_active=True)
        except ApiToken.DoesNotExist as error:
            raise exceptions.AuthenticationFailed("This token is not known.") from error
        if token.revoked_at is not None:
            raise exceptions.AuthenticationFailed("This token was revoked.")
        if token.expires_at <= now:
            raise exceptions.AuthenticationFailed(f"This token expired on {token.expires_at:%Y-%m-%d}.")
        if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes an unauthenticated answer 401 instead of 403."""
        return self.keyword


class ApiTokenScheme(OpenApiAuthenticationExtension):
    """How the schema of the API describes the log-in by token; found by being defined."""

    target_class = ApiTokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "mp_…"}
