"""Filters that assessments, results and declared stages share."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from portal.agencies.models import Program, in_force


class AgencyPeriodFilter(django_filters.FilterSet):
    """By whose they are, of when, and of which model."""

    agency = django_filters.CharFilter(field_name="agency__slug", max_length=100, help_text="slug")
    program = django_filters.CharFilter(
        method="by_program", max_length=100, help_text="slug; agencies that are members today"
    )
    model = django_filters.CharFilter(method="by_model", max_length=130, help_text="slug, or slug@version")
    period = django_filters.CharFilter(field_name="period_label", max_length=20, help_text="FY27 Q1")
    period_ends_from = django_filters.DateFilter(field_name="period_ends_on", lookup_expr="gte")
    period_ends_until = django_filters.DateFilter(field_name="period_ends_on", lookup_expr="lte")

    def by_program(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Of agencies that are today in a program of which the caller may know."""
        programs = Program.objects.visible_to(self.request.user).filter(slug=value)
        members = programs.filter(in_force(timezone.localdate(), "memberships__"))
        return queryset.filter(agency__in=members.values("memberships__agency_id"))

    def by_model(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Of any version of a model, or of one."""
        slug, _, version = value.partition("@")
        found = queryset.filter(version__model__slug=slug)
        return found.filter(version__version=version) if version else found
