"""Reports over the API: asked for, looked at until they are made, downloaded."""

from datetime import date
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboards.models import Report, Scope
from dashboards.queries.known import Numbers, latest_published
from dashboards.queries.measures import choose_measure, measures_in_use
from dashboards.queries.one_page import NothingToShow, points_up_to, publication_at
from dashboards.queries.portfolio import latest_reported
from dashboards.queries.published_rules import measure_at
from dashboards.queries.scopes import HiddenScope, UnknownScope, calendar_of, scope_named
from dashboards.serializers_reports import ReportRequest, ReportSerializer
from dashboards.services_reports import (
    MayNotDownload,
    TooManyReports,
    Wanted,
    file_name,
    hand_out,
    request_report,
)
from dashboards.services_schedules import TYPES
from portal.access.models import User
from portal.api import PortalCursorPagination
from portal.requests import person

LAST_ID = 2**63 - 1


class LatestFirst(PortalCursorPagination):
    """In the order in which they were asked for, the latest first."""

    ordering = ("-created_at", "-id")  # type: ignore[assignment]


@extend_schema(tags=["reports"])
class ReportListView(GenericAPIView[Report]):
    """The reports that the caller may see now."""

    queryset = Report.objects.none()
    serializer_class = ReportSerializer
    pagination_class = LatestFirst
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Report]:
        return Report.objects.visible_to(person(self.request)).with_list_relations()

    @extend_schema(summary="Reports, the latest first", responses=ReportSerializer(many=True))
    def get(self, request: Request) -> Response:
        """One page of them."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="Have a report made", request=ReportRequest, responses={201: ReportSerializer})
    def post(self, request: Request) -> Response:
        """Look at the report until its state is done; then it names its file."""
        form = ReportRequest(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = _wanted(cast(dict[str, Any], form.validated_data), person(request))
        try:
            report = request_report(wanted=wanted, by=person(request), at=timezone.now())
        except TooManyReports as error:
            raise PermissionDenied(str(error)) from error
        found = self.get_queryset().get(pk=report.pk)
        return Response(self.get_serializer(found).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["reports"])
class ReportDetailView(APIView):
    """One report."""

    @extend_schema(summary="One report, and how far it is", responses=ReportSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """With its state."""
        return Response(ReportSerializer(_seen(request, pk), context={"request": request}).data)


@extend_schema(tags=["reports"])
class ReportFileView(APIView):
    """The file of a report."""

    @extend_schema(
        summary="The file of a report",
        responses={
            (200, media): OpenApiResponse(OpenApiTypes.BINARY, description="the file")
            for media in TYPES.values()
        },
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """For who may see it now; noted in the audit."""
        report = _seen(request, pk)
        if not report.is_ready:
            raise NotFound("There is no file: it is not made yet, or was kept long enough.")
        try:
            written = hand_out(report=report, reader=person(request), at=timezone.now())
        except MayNotDownload as error:
            raise PermissionDenied(str(error)) from error
        except FileNotFoundError as error:
            raise NotFound("The file is gone.") from error
        response = HttpResponse(written, content_type=TYPES[report.format])
        response["Content-Disposition"] = f'attachment; filename="{file_name(report)}"'
        return response


def _seen(request: Request, pk: int) -> Report:
    if pk > LAST_ID:
        raise NotFound
    return get_object_or_404(Report.objects.visible_to(person(request)).with_list_relations(), pk=pk)


def _wanted(asked: dict[str, Any], reader: User) -> Wanted:
    """What is to be made. Raises NotFound, PermissionDenied and ValidationError."""
    try:
        scope = scope_named(asked["scope"], reader)
    except UnknownScope as error:
        raise NotFound(str(error)) from error
    except HiddenScope as error:
        raise PermissionDenied(str(error)) from error
    known = measures_in_use(scope) if scope else []
    slug = asked.get("model", "")
    if slug and slug not in {one.model.slug for one in known}:
        raise ValidationError({"model": f"There are no results of a model {slug!r} here."})
    measure = choose_measure(known, slug, _preferred(scope))
    if scope is None or measure is None:
        raise ValidationError({"scope": "There is nothing to report on yet."})
    year_starts_in = calendar_of(scope, reader)
    try:
        points = points_up_to(measure, asked.get("on", date.max), year_starts_in)
    except NothingToShow as error:
        raise ValidationError({"on": str(error)}) from error
    published = latest_published(scope, measure, points) if asked["numbers"] == Numbers.PUBLISHED else None
    on = points[-1].on if "on" in asked else (published or latest_reported(scope, measure, points)).on
    if asked["numbers"] == Numbers.PUBLISHED:
        measure = measure_at(Q(scope=scope), measure, on)
    publication = publication_at(scope, measure, on) if asked["numbers"] == Numbers.PUBLISHED else None
    return Wanted(asked["kind"], asked["format"], measure, on, year_starts_in, scope, publication=publication)


def _preferred(scope: Scope | None) -> str:
    return scope.office.default_model if scope is not None and scope.office is not None else ""
