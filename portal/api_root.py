"""The beginning of the API: where everything is."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

LISTS = (
    "agencies", "programs", "models", "assessments", "results", "self-declarations", "cycles", "standings",
    "trends", "cohorts", "reports", "case-studies",
    "search",
)  # fmt: skip


class RootSerializer(serializers.Serializer[dict[str, str]]):
    """Addresses by name."""

    schema = serializers.URLField(help_text="OpenAPI 3.1")
    docs = serializers.URLField(help_text="the same, to read")
    me = serializers.URLField(help_text="who the caller is")

    def get_fields(self) -> dict[str, Any]:
        """With the lists, some of which no attribute may be called."""
        return {**super().get_fields(), **{name: serializers.URLField() for name in LISTS}}


class Root(APIView):
    """Where everything is."""

    @extend_schema(tags=["account"], summary="Where everything is", responses=RootSerializer)
    def get(self, request: Request) -> Response:
        """The addresses of all lists."""
        here = reverse("api:root", request=request)
        found = {name: f"{here}{name}/" for name in ("schema", "me", *LISTS)}
        return Response({**found, "docs": reverse("api-docs", request=request)})
