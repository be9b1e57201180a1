"""Notices over the API: the caller's own, read and marked as read."""

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from portal.access.queries_notices import reader_of
from portal.api import FlagFilter, PortalCursorPagination
from portal.notices import services
from portal.notices.models import Notice
from portal.notices.serializers import NoticeSerializer, ReadAllDoneSerializer, ReadAllSerializer
from portal.requests import person

ID = OpenApiParameter("id", {"type": "integer", "minimum": 1}, OpenApiParameter.PATH)


class NoticeFilter(django_filters.FilterSet):
    """What to look for; several filters hold together."""

    unread = FlagFilter(field_name="read_at", lookup_expr="isnull", label="not read yet")
    kind = django_filters.CharFilter(max_length=40)
    made_since = django_filters.IsoDateTimeFilter(field_name="made_at", lookup_expr="gte")


class NoticePagination(PortalCursorPagination):
    """The latest first."""

    ordering = "-id"


@extend_schema_view(list=extend_schema(summary="What the caller was told"))
@extend_schema(tags=["account"])
@method_decorator(conditional_page, name="dispatch")
class NoticeViewSet(ListModelMixin, GenericViewSet[Notice]):
    """The caller's own notices, of what they may see now."""

    queryset = Notice.objects.none()
    serializer_class = NoticeSerializer
    pagination_class = NoticePagination
    filterset_class = NoticeFilter

    def get_queryset(self) -> QuerySet[Notice]:
        """As in the list of the portal."""
        return Notice.objects.visible_to(reader_of(person(self.request)))

    @extend_schema(summary="One notice", parameters=[ID])
    def retrieve(self, request: Request, pk: str) -> Response:
        """It is not marked as read by this."""
        return Response(self.get_serializer(self._one(pk)).data)

    @extend_schema(summary="Mark a notice as read", request=None, parameters=[ID])
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def read(self, request: Request, pk: str) -> Response:
        """Safe to repeat: the first time counts."""
        notice = self._one(pk)
        services.mark_read(notice=notice, at=timezone.now())
        notice.refresh_from_db()
        return Response(self.get_serializer(notice).data)

    @extend_schema(
        operation_id="notices_read_all",
        summary="Mark all notices as read",
        request=ReadAllSerializer,
        responses=ReadAllDoneSerializer,
    )
    @action(detail=False, methods=["post"], url_path="read", pagination_class=None, filterset_class=None)
    def read_all(self, request: Request) -> Response:
        """Those up to one that was seen, so that none that came since is missed."""
        given = ReadAllSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        count = services.mark_all_read(
            person_id=person(request).pk, up_to=given.validated_data["up_to"], at=timezone.now()
        )
        return Response({"read": count})

    def _one(self, pk: str) -> Notice:
        if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
            raise NotFound
        return get_object_or_404(self.get_queryset(), pk=int(pk))
