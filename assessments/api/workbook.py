"""An assessment as a workbook over the API: downloaded, brought back, decided."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.api.access import person, require, seen
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import DomainView, Unprocessable
from assessments.models import WorkbookUpload
from assessments.serializers_workbook import (
    AppliedSerializer,
    ComparisonSerializer,
    DecisionsSerializer,
    WorkbookUploadSerializer,
)
from assessments.services_workbook import NoSuchSection, WorkbookRefused, export_workbook, keep_workbook
from assessments.services_workbook_decisions import (
    CannotTake,
    ComparisonChanged,
    Undecided,
    UploadGone,
    apply_workbook,
    compare_workbook,
)
from assessments.workbook.package import MOST_BYTES
from portal.access.rules import Right
from portal.api import Conflict

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOMAIN = OpenApiParameter(
    "domain",
    OpenApiTypes.STR,
    many=True,
    description="slug of a domain, or “challenges”; without it the whole assessment",
)


@extend_schema(tags=["workbooks"], parameters=[ID])
class WorkbookView(DomainView):
    """One assessment as an Excel workbook."""

    serializer_class = ComparisonSerializer
    parser_classes = [MultiPartParser]
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(
        summary="Download the workbook",
        parameters=[DOMAIN],
        responses={(200, XLSX): OpenApiTypes.BINARY, 404: OpenApiResponse(description="No such domain.")},
    )
    def get(self, request: Request, id: str) -> HttpResponse:  # noqa: A002 - the address says id
        """Questions with their guidance, the answers so far, and cells to fill in."""
        assessment = seen(request, id)
        wished = list(dict.fromkeys(request.query_params.getlist("domain")))
        try:
            file = export_workbook(
                assessment=assessment, sections=wished, by=person(request), at=timezone.now()
            )
        except NoSuchSection as error:
            raise NotFound(str(error)) from error
        named = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return HttpResponse(file.content, content_type=XLSX, headers=named)

    @extend_schema(
        summary="Bring a workbook back",
        request={"multipart/form-data": WorkbookUploadSerializer},
        responses={200: ComparisonSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """What it would change. Nothing is saved before it is decided; it is kept for 24 hours."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        given = WorkbookUploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        file, now = given.validated_data["file"], timezone.now()
        if file.size > MOST_BYTES:
            raise Unprocessable({"file": [f"This file has {file.size / 2**20:.0f} MB; 10 MB are the most."]})
        try:
            upload = keep_workbook(
                assessment=assessment, content=file.read(), file_name=file.name, by=person(request), at=now
            )
        except WorkbookRefused as error:
            raise Unprocessable({"file": [str(error)]}) from error
        return Response(ComparisonSerializer(compare_workbook(upload=upload, at=now)).data)


@extend_schema(tags=["workbooks"], parameters=[ID])
class WorkbookDecisionView(DomainView):
    """What of the workbook that one uploaded last counts."""

    serializer_class = DecisionsSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(
        summary="Decide on a workbook",
        request=DecisionsSerializer,
        responses={200: AppliedSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Save what the comparison showed, all or nothing; 409 with the new one where it has changed."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        given = DecisionsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said, now = given.validated_data, timezone.now()
        uploads = WorkbookUpload.objects.filter(assessment=assessment, by=person(request))
        upload = uploads.select_related("assessment__agency", "assessment__version__model").first()
        if upload is None:
            raise Conflict("There is no workbook of yours to decide on. Bring it back first.")
        try:
            applied = apply_workbook(
                upload_id=upload.pk,
                fingerprint=said["fingerprint"],
                take={slug: whose == "workbook" for slug, whose in said["take"].items()},
                by=person(request),
                at=now,
            )
        except UploadGone as error:
            raise Conflict(str(error)) from error
        except ComparisonChanged as error:
            current = ComparisonSerializer(compare_workbook(upload=upload, at=now)).data
            raise Conflict(str(error), dict(current)) from error
        except Undecided as error:
            raise Unprocessable({"take": [str(error)], "items": error.items}) from error
        except CannotTake as error:
            raise Unprocessable({"take": [str(error)]}) from error
        return Response(AppliedSerializer(applied).data)
