"""Results, declared stages and cycles over the API: read only."""

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from assessments.api.access import number_of, person
from assessments.api.filters import AgencyPeriodFilter
from assessments.models import Cycle, Result, SelfDeclaration
from assessments.serializers_results import (
    CycleSerializer,
    ResultDetailSerializer,
    ResultSerializer,
    SelfDeclarationSerializer,
)
from portal.access.rules import Right
from portal.api import FlagFilter

ID = OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH)
LARGEST_ID = 2**63 - 1


class ResultFilter(AgencyPeriodFilter):
    """What to look for; several filters hold together."""

    assessment = django_filters.NumberFilter(
        field_name="assessment_id", min_value=0, max_value=LARGEST_ID, decimal_places=0
    )
    method = django_filters.CharFilter(
        max_length=64, help_text="a scoring rule such as staged-1@2; without it results are as approved"
    )
    limited_basis = FlagFilter()

    def filter_queryset(self, queryset: QuerySet[Result]) -> QuerySet[Result]:
        """Results as approved, unless a rule is asked for: each assessment has one under each later rule."""
        found: QuerySet[Result] = super().filter_queryset(queryset)
        return found if self.form.cleaned_data["method"] else found.filter(rescores__isnull=True)


@extend_schema_view(list=extend_schema(summary="Results of agencies whose scores the caller may see"))
@extend_schema(tags=["results"])
@method_decorator(conditional_page, name="dispatch")
class ResultViewSet(ListModelMixin, GenericViewSet[Result]):
    """What scoring made of approved assessments; an amendment's result stands beside the one it replaces.

    Under a rule that came later the same answers have a result of their own: ask for it by `method`.
    """

    queryset = Result.objects.none()
    serializer_class = ResultSerializer
    filterset_class = ResultFilter

    def get_queryset(self) -> QuerySet[Result]:
        """Those whose scores the caller may see."""
        found = Result.objects.visible_to(person(self.request))
        return found.select_related("agency", "version__model", "assessment")

    @extend_schema(summary="One result", responses=ResultDetailSerializer, parameters=[ID])
    def retrieve(self, request: Request, pk: str) -> Response:
        """With item levels and gaps for those who may see answers."""
        result = get_object_or_404(self.get_queryset(), pk=number_of(pk))
        details = person(request).can(Right.SEE_DETAILS, result.agency)
        return Response(ResultDetailSerializer(result, context={"details": details}).data)


class SelfDeclarationFilter(AgencyPeriodFilter):
    """What to look for; several filters hold together."""

    model = django_filters.CharFilter(field_name="model__slug", max_length=80, help_text="slug")


@extend_schema_view(
    list=extend_schema(summary="Declared stages"),
    retrieve=extend_schema(summary="One declared stage", parameters=[ID]),
)
@extend_schema(tags=["results"])
@method_decorator(conditional_page, name="dispatch")
class SelfDeclarationViewSet(ReadOnlyModelViewSet[SelfDeclaration]):
    """Stages that agencies declared without answers; no computed figure rests on them."""

    queryset = SelfDeclaration.objects.none()
    serializer_class = SelfDeclarationSerializer
    filterset_class = SelfDeclarationFilter

    def get_queryset(self) -> QuerySet[SelfDeclaration]:
        """Of agencies whose scores the caller may see."""
        found = SelfDeclaration.objects.visible_to(person(self.request))
        return found.select_related("agency", "model")


class CycleFilter(django_filters.FilterSet):
    """What to look for; several filters hold together."""

    program = django_filters.CharFilter(field_name="program__slug", max_length=100, help_text="slug")
    period = django_filters.CharFilter(field_name="period_label", max_length=20, help_text="FY27 Q1")
    state = django_filters.ChoiceFilter(choices=Cycle.State.choices)


@extend_schema_view(
    list=extend_schema(summary="Reporting rounds"),
    retrieve=extend_schema(summary="One reporting round", parameters=[ID]),
)
@extend_schema(tags=["cycles"])
@method_decorator(conditional_page, name="dispatch")
class CycleViewSet(ReadOnlyModelViewSet[Cycle]):
    """The reporting rounds of programs that the caller may know of."""

    queryset = Cycle.objects.none()
    serializer_class = CycleSerializer
    filterset_class = CycleFilter

    def get_queryset(self) -> QuerySet[Cycle]:
        """With program and model."""
        return Cycle.objects.visible_to(person(self.request)).select_related("program", "version__model")
