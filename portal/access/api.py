"""The API of access: who one is. Tokens and people are managed on the pages alone."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.access.models import ApiToken
from portal.access.queries import roles_of
from portal.access.serializers import MeSerializer
from portal.requests import person


class MeView(APIView):
    """Who the caller is and what they may do where."""

    @extend_schema(operation_id="me_retrieve", responses=MeSerializer, tags=["account"])
    def get(self, request: Request) -> Response:
        """The caller, the roles in force, and the token in use."""
        user = person(request)
        today = timezone.localdate()
        shown = {
            "username": user.username,
            "name": user.name,
            "email": user.email,
            "roles": roles_of(user, today).filter(from_on__lte=today),
            "token": request.auth if isinstance(request.auth, ApiToken) else None,
        }
        return Response(MeSerializer(shown).data)
