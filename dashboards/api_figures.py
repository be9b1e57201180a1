"""A figure over the API, by its identifier."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboards.figures import NotAFigure, read_figure
from dashboards.queries.figures import NoSuchFigure, read_figure_of
from dashboards.queries.scopes import HiddenScope, UnknownScope
from portal.requests import person


class CountSerializer(serializers.Serializer[dict[str, str]]):
    """One of the counts of a table or page."""

    name = serializers.CharField()
    value = serializers.CharField()


class FigureSerializer(serializers.Serializer[dict[str, Any]]):
    """One number with what it is."""

    identifier = serializers.CharField()
    number = serializers.CharField(help_text="which number, in words")
    of = serializers.CharField(help_text="the scope or agency")
    value = serializers.CharField()
    n = serializers.IntegerField(help_text="over how many agencies")
    model = serializers.CharField()
    method = serializers.CharField()
    on = serializers.DateField(help_text="the month end")
    period = serializers.CharField()
    provisional = serializers.BooleanField(help_text="false if it is published")
    status = serializers.CharField(help_text="with which knowledge, in words")
    rows = CountSerializer(many=True, help_text="the counts of a chart, table or page; empty of one number")


class FigureView(APIView):
    """What the identifier of a figure stands for."""

    @extend_schema(
        tags=["figures"],
        summary="A figure by its identifier",
        parameters=[OpenApiParameter("identifier", str, OpenApiParameter.PATH)],
        responses=FigureSerializer,
    )
    def get(self, request: Request, identifier: str) -> Response:
        """Looked up again, with the rights of the caller."""
        try:
            reading = read_figure_of(read_figure(identifier), person(request))
        except (NotAFigure, NoSuchFigure, UnknownScope) as error:
            raise NotFound(str(error)) from error
        except HiddenScope as error:
            raise PermissionDenied(str(error)) from error
        figure = reading.figure
        return Response(
            {
                "identifier": str(figure),
                "number": reading.words,
                "of": reading.of,
                "value": reading.value,
                "n": reading.n,
                "model": figure.model,
                "method": figure.method,
                "on": figure.on,
                "period": reading.period,
                "provisional": not reading.published and figure.known.day is None,
                "status": reading.status,
                "rows": [{"name": name, "value": value} for name, value in reading.rows],
            }
        )
