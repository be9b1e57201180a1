"""Case studies over the API: read only."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.viewsets import ReadOnlyModelViewSet

from casestudies.models import CaseStudy
from casestudies.queries import find_case_studies
from casestudies.serializers import CaseStudySerializer
from portal.api import PortalCursorPagination


class CaseStudyFilter(django_filters.FilterSet):
    """The filters of the page."""

    text = django_filters.CharFilter(method="keep", help_text="words that all occur")
    stage = django_filters.NumberFilter(method="keep")
    domain = django_filters.CharFilter(method="keep")
    technology = django_filters.CharFilter(method="keep", help_text="slug")
    agency_type = django_filters.CharFilter(method="keep")
    item = django_filters.CharFilter(method="keep", help_text="slug of a practice or challenge")

    def keep(self, queryset: QuerySet[CaseStudy], name: str, value: Any) -> QuerySet[CaseStudy]:
        """One filter, as the page applies it."""
        return queryset.filter(pk__in=find_case_studies(**{name: value}).values("pk"))


class CaseStudyPagination(PortalCursorPagination):
    """In the order of slugs, which never change."""

    ordering = "slug"


@extend_schema(tags=["case studies"])
class CaseStudyViewSet(ReadOnlyModelViewSet[CaseStudy]):
    """What other organizations learned."""

    queryset = CaseStudy.objects.prefetch_related("technologies", "lessons__links")
    serializer_class = CaseStudySerializer
    pagination_class = CaseStudyPagination
    filterset_class = CaseStudyFilter
    lookup_field = "slug"
