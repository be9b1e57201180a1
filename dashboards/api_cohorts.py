"""Agency groups over the API: read only. Their trends are at /trends/?scope=cohort:SLUG."""

from typing import Any

from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from dashboards.queries.cohorts import cohorts_of
from portal.agencies.models import Cohort
from portal.api import PortalCursorPagination
from portal.requests import person


class CohortSerializer(serializers.ModelSerializer[Cohort]):
    """One agency group: the agencies of a program (none: all) whose profile fits the filter."""

    program = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)
    within = serializers.SlugRelatedField[Any](
        slug_field="slug", read_only=True, allow_null=True, help_text="slug; it and everything below it"
    )
    filter = serializers.DictField(
        child=serializers.CharField(),
        source="conditions",
        read_only=True,
        help_text="by field of the profile, as in the address of a trend: large,mid or 10..500",
    )
    being_counted = serializers.BooleanField(read_only=True, help_text="a change is not yet in its trend")

    class Meta:
        model = Cohort
        fields = ("slug", "name", "program", "within", "filter", "being_counted", "created_at")
        read_only_fields = fields


class ByName(PortalCursorPagination):
    """In the order of names, then of ids."""

    ordering = ("name", "id")  # type: ignore[assignment]


@extend_schema_view(
    list=extend_schema(summary="Agency groups in alphabetical order"),
    retrieve=extend_schema(summary="One agency group"),
)
@extend_schema(tags=["trends"])
@method_decorator(conditional_page, name="dispatch")
class CohortViewSet(ReadOnlyModelViewSet[Cohort]):
    """The agency groups that the caller may know of."""

    queryset = Cohort.objects.none()
    serializer_class = CohortSerializer
    pagination_class = ByName
    filter_backends = ()
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"

    def get_queryset(self) -> QuerySet[Cohort]:
        """With what the serializer shows."""
        return cohorts_of(person(self.request))
