"""The library over the API: read only."""

import django_filters
from django.db.models import Count, QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.viewsets import ReadOnlyModelViewSet

from maturity.models import LibraryEntry, LibraryShelf
from maturity.queries_library import find_entries
from maturity.serializers_library import LibraryEntrySerializer, LibraryShelfSerializer
from portal.api import PortalCursorPagination


class BySlugPagination(PortalCursorPagination):
    """In the order of slugs, which never change."""

    ordering = "slug"


class ShelfFilter(django_filters.FilterSet):
    """Shelves of one section."""

    section = django_filters.CharFilter(help_text="slug")


@extend_schema(tags=["library"])
@method_decorator(conditional_page, name="dispatch")
class LibraryShelfViewSet(ReadOnlyModelViewSet[LibraryShelf]):
    """The shelves of the library."""

    queryset = LibraryShelf.objects.annotate(entry_count=Count("entries"))
    serializer_class = LibraryShelfSerializer
    pagination_class = BySlugPagination
    filterset_class = ShelfFilter
    lookup_field = "slug"


class EntryFilter(django_filters.FilterSet):
    """Entries by shelf, section and the words that they hold."""

    shelf = django_filters.CharFilter(field_name="shelf__slug", help_text="slug")
    section = django_filters.CharFilter(field_name="shelf__section", help_text="slug")
    text = django_filters.CharFilter(method="holding", help_text="words that all occur")

    def holding(self, queryset: QuerySet[LibraryEntry], name: str, value: str) -> QuerySet[LibraryEntry]:
        """Those that hold every word."""
        return queryset.filter(pk__in=find_entries(text=value).values("pk"))


@extend_schema(tags=["library"])
@method_decorator(conditional_page, name="dispatch")
class LibraryEntryViewSet(ReadOnlyModelViewSet[LibraryEntry]):
    """The entries of the library, each with the place in the sources that it comes from."""

    queryset = LibraryEntry.objects.select_related("shelf")
    serializer_class = LibraryEntrySerializer
    pagination_class = BySlugPagination
    filterset_class = EntryFilter
    lookup_field = "slug"
