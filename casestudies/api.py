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
from portal.requests import person


class CaseStudyFilter(django_filters.FilterSet):
    """The filters of the page, and the state of those whose drafts one may see."""

    text = django_filters.CharFilter(method="keep", help_text="words that all occur")
    stage = django_filters.NumberFilter(method="keep")
    domain = django_filters.CharFilter(method="keep")
    technology = django_filters.CharFilter(method="keep", help_text="slug")
    agency_type = django_filters.CharFilter(method="keep")
    item = django_filters.CharFilter(method="keep", help_text="slug of a practice or challenge")
    state = django_filters.ChoiceFilter(
        choices=CaseStudy.State.choices,
        help_text="of those whose drafts you may see; without it, all that readers see are listed",
    )

    def keep(self, queryset: QuerySet[CaseStudy], name: str, value: Any) -> QuerySet[CaseStudy]:
        """One filter, as the page applies it."""
        found = find_case_studies(**{name: value}, among=CaseStudy.objects.all())
        return queryset.filter(pk__in=found.values("pk"))


class CaseStudyPagination(PortalCursorPagination):
    """In the order of slugs, which never change."""

    ordering = "slug"


@extend_schema(tags=["case studies"])
class CaseStudyViewSet(ReadOnlyModelViewSet[CaseStudy]):
    """What other organizations learned; drafts for those alone who may see them."""

    queryset = CaseStudy.objects.prefetch_related("technologies", "lessons__links")
    serializer_class = CaseStudySerializer
    pagination_class = CaseStudyPagination
    filterset_class = CaseStudyFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[CaseStudy]:
        """In a list the public ones, unless a state is asked for."""
        found = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return found
        reader = person(self.request)
        found = CaseStudy.objects.with_state_shown(reader).prefetch_related("technologies", "lessons__links")
        if self.action == "list" and not self.request.query_params.get("state"):
            return found.filter(is_public=True)
        if self.action == "list":
            return found.filter(pk__in=CaseStudy.objects.inside_to(reader).values("pk"))
        return found.filter(pk__in=CaseStudy.objects.visible_to(reader).values("pk"))
