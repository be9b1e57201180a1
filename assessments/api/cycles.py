"""The board of a reporting round over the API: its agencies and their totals, read only."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.api.access import number_of, person
from assessments.api.results import ID
from assessments.models import Cycle
from assessments.queries_cycles import (
    ALL_STATUSES,
    agencies_asked,
    board_lines,
    totals_of,
    with_status,
    with_text,
)
from assessments.queries_rollup import with_rollups
from assessments.serializers_units import TotalsSerializer, UnitSerializer
from portal.agencies.models import Agency


def cycle_of(request: Request, pk: str) -> Cycle:
    """The round, if the caller may know of its program."""
    found = Cycle.objects.visible_to(person(request)).select_related("program", "version__model")
    return get_object_or_404(found, pk=number_of(pk))


class UnitFilter(django_filters.FilterSet):
    """What to look for; several filters hold together."""

    status = django_filters.ChoiceFilter(choices=list(ALL_STATUSES.items()), method="by_status")
    q = django_filters.CharFilter(
        max_length=200, method="by_text", help_text="in the name, abbreviation or identifier"
    )

    def by_status(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """With one status; late and extended ones are among the others."""
        return with_status(queryset, value, timezone.localdate())

    def by_text(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """By what it is called."""
        return with_text(queryset, value)


@extend_schema(tags=["cycles"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class UnitListView(GenericAPIView[Any]):
    """The agencies of one round, with how far each has come."""

    queryset = Agency.objects.none()
    serializer_class = UnitSerializer
    filterset_class = UnitFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Those that the caller may know of."""
        return agencies_asked(cycle_of(self.request, self.kwargs["id"]), person(self.request))

    @extend_schema(summary="The board of a reporting round", responses=UnitSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - the address says id
        """By agency, in the order in which they were made."""
        cycle = cycle_of(request, id)
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        lines = board_lines(cycle, rows or [], person(request), timezone.localdate())
        shown = UnitSerializer(with_rollups(cycle, lines, person(request)), many=True).data
        return self.get_paginated_response(shown)


@extend_schema(tags=["cycles"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class TotalsView(GenericAPIView[Any]):
    """How many agencies of one round have which status."""

    queryset = Agency.objects.none()
    serializer_class = TotalsSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(summary="The totals of a reporting round", responses=TotalsSerializer)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """As far as the caller may know of the agencies; `by_status` adds up to `asked`."""
        cycle = cycle_of(request, id)
        totals = totals_of(agencies_asked(cycle, person(request)), timezone.localdate())
        return Response(TotalsSerializer(totals).data)
