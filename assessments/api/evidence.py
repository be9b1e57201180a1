"""Evidence of an assessment over the API: files, what is said of it, and the items that it is used for."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.api.access import number_of, person, require, seen
from assessments.api.answers import EVIDENCE, ITEM, EvidencePagination, item_asked
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import DomainView
from assessments.api.revisions import ETAG, if_match, refusals, revision_read, with_etag
from assessments.evidence_responses import file_response
from assessments.models import Assessment, Evidence, EvidenceUse
from assessments.queries import shown_evidence
from assessments.serializers_evidence import (
    AssessmentEvidenceSerializer,
    EvidenceChangeSerializer,
    EvidenceUploadSerializer,
)
from assessments.services_answers import EvidenceFields, remove_evidence
from assessments.services_evidence import (
    Upload,
    attach_evidence,
    change_evidence,
    detach_evidence,
    upload_evidence,
)
from portal.access.rules import Right
from portal.api import PortalJSONParser

THIS = "the evidence"


def evidence_of(assessment: Assessment) -> QuerySet[Evidence]:
    """With all that is shown of it."""
    uses = EvidenceUse.objects.select_related("answer__item")
    return shown_evidence().filter(assessment=assessment).prefetch_related(Prefetch("uses", uses))


def _found(assessment: Assessment, evidence: str) -> Evidence:
    return get_object_or_404(evidence_of(assessment), pk=number_of(evidence))


def _shown(evidence: Evidence) -> dict[str, Any]:
    return dict(AssessmentEvidenceSerializer(evidence).data)


@extend_schema(tags=["evidence"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class AssessmentEvidenceListView(DomainView, ListAPIView[Evidence]):
    """All evidence of one assessment."""

    queryset = Evidence.objects.none()
    serializer_class = AssessmentEvidenceSerializer
    pagination_class = EvidencePagination
    parser_classes = [MultiPartParser]
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[Evidence]:
        """Of an assessment that the caller may see."""
        return evidence_of(seen(self.request, self.kwargs["id"]))

    @extend_schema(
        summary="Upload a file as evidence",
        request={"multipart/form-data": EvidenceUploadSerializer},
        responses={201: AssessmentEvidenceSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
        parameters=[OpenApiParameter("ETag", OpenApiTypes.STR, OpenApiParameter.HEADER, response=[201])],
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002 - the address says id
        """Repeating it is harmless: a file that the assessment has already is used for this item as well."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        given = EvidenceUploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        sent, item = values.pop("file"), item_asked(assessment, values.pop("item"))
        added = upload_evidence(
            assessment_id=assessment.pk,
            item_slug=item.slug,
            upload=Upload(sent.file, sent.name, sent.size),
            evidence=EvidenceFields(kind=Evidence.Kind.FILE, **values),
            by=person(request),
            at=timezone.now(),
        )
        return with_etag(_shown(_found(assessment, str(added.pk))), status=201)


@extend_schema(tags=["evidence"], parameters=[ID, EVIDENCE])
@method_decorator(conditional_page, name="dispatch")
class AssessmentEvidenceView(DomainView):
    """One piece of evidence of an assessment."""

    queryset = Evidence.objects.none()
    serializer_class = AssessmentEvidenceSerializer
    parser_classes = [PortalJSONParser]
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(summary="Evidence of an assessment", parameters=[ETAG])
    def get(self, request: Request, id: str, evidence: str) -> Response:  # noqa: A002
        """What it is, and the items that it is used for."""
        return with_etag(_shown(_found(seen(request, id), evidence)))

    @extend_schema(
        summary="Change what is said of evidence",
        request=EvidenceChangeSerializer,
        responses={200: AssessmentEvidenceSerializer, **refusals(THIS)},
        parameters=[if_match(THIS), ETAG],
    )
    def put(self, request: Request, id: str, evidence: str) -> Response:  # noqa: A002
        """All that is said of it, over the revision that was read."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        found = _found(assessment, evidence)
        given = EvidenceChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        revision = revision_read(request, lambda: _shown(found), values.pop("revision", None), THIS)
        change_evidence(
            assessment_id=assessment.pk,
            evidence_id=found.pk,
            revision=revision,
            fields=EvidenceFields(kind=found.kind, **values),
            by=person(request),
            at=timezone.now(),
        )
        return with_etag(_shown(_found(assessment, evidence)))

    @extend_schema(summary="Delete evidence", request=None, responses={204: None, 409: CONFLICT})
    def delete(self, request: Request, id: str, evidence: str) -> HttpResponseBase:  # noqa: A002
        """Take it away from all items while the assessment is open."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        found = _found(assessment, evidence)
        remove_evidence(
            assessment_id=assessment.pk, evidence_id=found.pk, by=person(request), at=timezone.now()
        )
        return Response(status=204)


@extend_schema(tags=["evidence"], parameters=[ID, EVIDENCE, ITEM])
class EvidenceItemView(DomainView):
    """That a piece of evidence is used for an item."""

    queryset = Evidence.objects.none()
    serializer_class = AssessmentEvidenceSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(
        summary="Use evidence for an item",
        request=None,
        responses={200: AssessmentEvidenceSerializer, 409: CONFLICT},
    )
    def put(self, request: Request, id: str, evidence: str, item: str) -> Response:  # noqa: A002
        """One more item of the same assessment. Twice is harmless."""
        return self._do(attach_evidence, request, id, evidence, item)

    @extend_schema(
        summary="Use evidence no longer for an item",
        request=None,
        responses={200: AssessmentEvidenceSerializer, 409: CONFLICT},
    )
    def delete(self, request: Request, id: str, evidence: str, item: str) -> Response:  # noqa: A002
        """It stays for the others; from the last it goes only by being deleted."""
        return self._do(detach_evidence, request, id, evidence, item)

    def _do(self, act: Any, request: Request, pk: str, evidence: str, item: str) -> Response:
        assessment = seen(request, pk)
        require(request, Right.ANSWER, assessment)
        found = _found(assessment, evidence)
        act(
            assessment_id=assessment.pk,
            evidence_id=found.pk,
            item_slug=item_asked(assessment, item).slug,
            by=person(request),
            at=timezone.now(),
        )
        return Response(_shown(_found(assessment, evidence)))


@extend_schema(tags=["evidence"], parameters=[ID, EVIDENCE])
class EvidenceFileView(DomainView):
    """The file of a piece of evidence."""

    queryset = Evidence.objects.none()
    serializer_class = AssessmentEvidenceSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(
        summary="Download the file of evidence",
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            404: OpenApiResponse(description="It is no file."),
        },
    )
    def get(self, request: Request, id: str, evidence: str) -> HttpResponseBase:  # noqa: A002
        """Its bytes, with their type; the ETag is their checksum."""
        return file_response(request, _found(seen(request, id), evidence), person(request))
