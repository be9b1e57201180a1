"""Data calls over the API: who was asked, when, with which text, and what became of it."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from assessments.api.access import number_of, person
from assessments.api.assessments import ID
from assessments.models import DataCall, Letter
from assessments.queries_datacalls import calls_seen_by
from assessments.serializers_datacalls import DataCallSerializer, LetterSerializer
from portal.access.rules import Right
from portal.api import PortalCursorPagination


class DataCallFilter(django_filters.FilterSet):
    """What to look for; several filters hold together."""

    cycle = django_filters.NumberFilter(field_name="cycle_id", min_value=1, max_value=2**63 - 1)
    program = django_filters.CharFilter(field_name="cycle__program__slug", max_length=100, help_text="slug")
    kind = django_filters.ChoiceFilter(choices=DataCall.Kind.choices)
    made_since = django_filters.IsoDateTimeFilter(field_name="made_at", lookup_expr="gte")


class LatestFirst(PortalCursorPagination):
    """The latest first."""

    ordering = "-id"


@extend_schema_view(list=extend_schema(summary="Data calls and reminders of rounds"))
@extend_schema(tags=["cycles"])
@method_decorator(conditional_page, name="dispatch")
class DataCallViewSet(ListModelMixin, GenericViewSet[DataCall]):
    """Of rounds that the caller may know of, counted over the agencies that they may know of."""

    queryset = DataCall.objects.none()
    serializer_class = DataCallSerializer
    filterset_class = DataCallFilter
    pagination_class = LatestFirst

    def get_queryset(self) -> QuerySet[Any]:
        """With what the serializer shows."""
        return calls_seen_by(person(self.request))

    @extend_schema(summary="One data call", parameters=[ID])
    def retrieve(self, request: Request, pk: str) -> Response:
        """Its text with the merge fields as they were written."""
        return Response(self.get_serializer(self._one(pk)).data)

    @extend_schema(
        summary="Its e-mails", parameters=[ID], responses=LetterSerializer(many=True), filters=False
    )
    @action(detail=True, filterset_class=None)
    def letters(self, request: Request, pk: str) -> Response:
        """By agency and address. Names and addresses are for those who run the program."""
        call = self._one(pk)
        rows: Any = Letter.objects.visible_to(person(request)).filter(call=call).select_related("agency")
        page = self.paginate_queryset(rows)
        runs = person(request).can_in_program(Right.RUN_PROGRAM, call.cycle.program)
        shown = LetterSerializer(page or [], many=True, context={"runs": runs})
        return self.get_paginated_response(shown.data)

    def _one(self, pk: str) -> Any:
        return get_object_or_404(self.get_queryset(), pk=number_of(pk))
