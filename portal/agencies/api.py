"""Agencies and programs over the API: read only."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from portal.agencies import profile
from portal.agencies.models import Agency, AgencyQuerySet, Program
from portal.agencies.queries import members_on, with_member_count, with_type
from portal.agencies.serializers import AgencyDetailSerializer, AgencySerializer, ProgramSerializer
from portal.api import FlagFilter, PortalCursorPagination

TYPES = tuple(profile.FIELDS_BY_SLUG["type"].choices.items())


class AgencyFilter(django_filters.FilterSet):
    """What to look for; several filters hold together."""

    q = django_filters.CharFilter(
        method="by_text", max_length=200, help_text="part of the name, or the abbreviation or identifier"
    )
    program = django_filters.CharFilter(method="by_program", max_length=100, help_text="slug; members today")
    parent = django_filters.CharFilter(
        method="by_parent", max_length=100, help_text="slug; directly below it"
    )
    within = django_filters.CharFilter(
        method="by_subtree", max_length=100, help_text="slug; the agency and everything below it"
    )
    top_level = FlagFilter(field_name="parent", lookup_expr="isnull", label="at the top")
    type = django_filters.ChoiceFilter(method="by_type", choices=TYPES)
    depth = django_filters.NumberFilter(
        min_value=0, max_value=100, decimal_places=0, help_text="0 at the top"
    )
    identifier = django_filters.CharFilter(max_length=100)
    closed = FlagFilter(field_name="closed_on", lookup_expr="isnull", exclude=True)
    updated_since = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")

    def by_text(self, queryset: QuerySet[Agency], name: str, value: str) -> QuerySet[Agency]:
        """By what a person would type."""
        exact = Q(abbreviation__iexact=value) | Q(identifier=value)
        return queryset.filter(Q(name__icontains=value) | exact)

    def by_program(self, queryset: QuerySet[Agency], name: str, value: str) -> QuerySet[Agency]:
        """Members today of a program that the caller may know of."""
        return queryset.filter(pk__in=members_on(value, timezone.localdate(), self.request.user))

    def by_parent(self, queryset: QuerySet[Agency], name: str, value: str) -> QuerySet[Agency]:
        """Directly below an agency that the caller may know of."""
        return queryset.filter(parent__in=Agency.objects.visible_to(self.request.user).filter(slug=value))

    def by_subtree(self, queryset: QuerySet[Agency], name: str, value: str) -> QuerySet[Agency]:
        """An agency that the caller may know of and all below it."""
        root = Agency.objects.visible_to(self.request.user).filter(slug=value).first()
        return queryset.filter(path__startswith=root.path) if root is not None else queryset.none()

    def by_type(self, queryset: AgencyQuerySet, name: str, value: str) -> AgencyQuerySet:
        """By the current type of the profile."""
        return queryset.of_type(value)


class ByName(PortalCursorPagination):
    """In the order of names, then of ids."""

    ordering = ("name", "id")  # type: ignore[assignment]


@extend_schema_view(
    list=extend_schema(summary="Agencies in alphabetical order"),
    retrieve=extend_schema(summary="One agency", responses=AgencyDetailSerializer),
)
@extend_schema(tags=["agencies"])
@method_decorator(conditional_page, name="dispatch")
class AgencyViewSet(ReadOnlyModelViewSet[Agency]):
    """The agencies that the caller may know of. Answers carry an ETag for conditional requests."""

    queryset = Agency.objects.none()
    pagination_class = ByName
    filterset_class = AgencyFilter
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"

    def get_queryset(self) -> QuerySet[Agency]:
        """With what the serializers show."""
        return with_type(Agency.objects.visible_to(self.request.user))  # type: ignore[arg-type]

    def get_serializer_class(self) -> type[BaseSerializer[Agency]]:
        """More of a single one."""
        return AgencyDetailSerializer if self.action == "retrieve" else AgencySerializer

    def get_serializer_context(self) -> dict[str, Any]:
        """With the day on which memberships are looked at."""
        return super().get_serializer_context() | {"today": timezone.localdate()}


@extend_schema_view(
    list=extend_schema(summary="Programs in alphabetical order"),
    retrieve=extend_schema(summary="One program"),
)
@extend_schema(tags=["programs"])
@method_decorator(conditional_page, name="dispatch")
class ProgramViewSet(ReadOnlyModelViewSet[Program]):
    """The programs that the caller may know of. Answers carry an ETag for conditional requests."""

    queryset = Program.objects.none()
    serializer_class = ProgramSerializer
    pagination_class = ByName
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"

    def get_queryset(self) -> QuerySet[Program]:
        """Each with the number of its members that the caller may know of."""
        user = self.request.user
        return with_member_count(
            Program.objects.visible_to(user),  # type: ignore[arg-type]
            user,  # type: ignore[arg-type]
            timezone.localdate(),
        )
