"""Models over the API: read only."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from maturity.models import Item, ModelVersion
from maturity.serializers import ItemSerializer, ModelVersionSerializer
from portal.api import FlagFilter, PortalCursorPagination

KEY = OpenApiParameter("key", OpenApiTypes.STR, OpenApiParameter.PATH, description="slug@version")


def version_of_key(key: str) -> ModelVersion:
    """The version called `key` (slug@version), or 404."""
    if "\0" in key:  # PostgreSQL cannot even be asked for it
        raise NotFound
    slug, _, version = key.partition("@")
    versions = ModelVersion.objects.select_related("model").prefetch_related("stages", "domains")
    return get_object_or_404(versions, model__slug=slug, version=version)


@extend_schema(tags=["models"])
class ModelVersionViewSet(ReadOnlyModelViewSet[ModelVersion]):
    """Published versions of maturity models."""

    queryset = ModelVersion.objects.select_related("model").prefetch_related("stages", "domains")
    serializer_class = ModelVersionSerializer
    lookup_url_kwarg = "key"
    lookup_value_regex = "[^/]+"

    def get_object(self) -> ModelVersion:
        """By slug@version."""
        return version_of_key(self.kwargs["key"])

    @extend_schema(parameters=[KEY])
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """One version."""
        return super().retrieve(request, *args, **kwargs)


class ItemFilter(django_filters.FilterSet):
    """Items by kind, stage and domain."""

    kind = django_filters.ChoiceFilter(choices=Item.Kind.choices)
    stage = django_filters.NumberFilter(field_name="stage__number")
    domain = django_filters.CharFilter(field_name="domain__slug")
    must_have = FlagFilter()


class ItemPagination(PortalCursorPagination):
    """In the order of the model."""

    ordering = "position"


@extend_schema(tags=["models"], parameters=[KEY])
class ItemViewSet(ListModelMixin, GenericViewSet[Item]):
    """The practices and challenges of one version."""

    serializer_class = ItemSerializer
    pagination_class = ItemPagination
    filterset_class = ItemFilter
    queryset = Item.objects.none()

    def get_queryset(self) -> QuerySet[Item]:
        """In the order of frozen item levels."""
        if getattr(self, "swagger_fake_view", False):
            return Item.objects.none()
        version = version_of_key(self.kwargs["key"])
        return Item.objects.filter(version=version).select_related("stage", "domain")
