"""Assessments over the API: found, started, submitted, approved, returned, amended."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from assessments.api.access import person, require, seen
from assessments.api.filters import AgencyPeriodFilter
from assessments.api.problems import DomainView
from assessments.models import Assessment, RoundKind
from assessments.queries import calendars_of, load_sheet, startable_agencies
from assessments.serializers import (
    AmendSerializer,
    ApproveSerializer,
    AssessmentDetailSerializer,
    AssessmentSerializer,
    AttestSerializer,
    ReturnSerializer,
    StartSerializer,
    StatementSerializer,
    SubmitSerializer,
)
from assessments.services import start_amendment, start_assessment
from assessments.services_attesting import attest_assessment, seal_of, stands, statement_of
from assessments.services_review import approve_assessment, return_assessment, submit_assessment
from maturity.models import ModelVersion
from maturity.queries import version_named
from portal.access.rules import Right
from portal.agencies.models import Agency, Program
from portal.agencies.periods import Period, label, parse_label

PEOPLE = ("created_by", "submitted_by", "approved_by", "attested_user")
ID = OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH)
CONFLICT = OpenApiResponse(description="It has changed since, or its state does not allow this.")
NOT_ACCEPTABLE = OpenApiResponse(description="A rule speaks against it; `errors` says why.")
DONE: dict[Any, Any] = {200: AssessmentDetailSerializer, 409: CONFLICT}


class AssessmentFilter(AgencyPeriodFilter):
    """What to look for; several filters hold together."""

    state = django_filters.ChoiceFilter(choices=Assessment.State.choices)
    kind = django_filters.ChoiceFilter(choices=RoundKind.choices)
    origin = django_filters.ChoiceFilter(choices=Assessment.Origin.choices)


@extend_schema_view(list=extend_schema(summary="Assessments whose answers the caller may see"))
@extend_schema(tags=["assessments"])
@method_decorator(conditional_page, name="dispatch")
class AssessmentViewSet(DomainView, ListModelMixin, GenericViewSet[Assessment]):
    """The assessments whose answers the caller may see, and the steps of their life."""

    queryset = Assessment.objects.none()
    serializer_class = AssessmentSerializer
    filterset_class = AssessmentFilter

    def get_queryset(self) -> QuerySet[Assessment]:
        """With the names of all people in them."""
        found = Assessment.objects.visible_to(person(self.request)).with_list_relations()
        return found.select_related(*PEOPLE)

    @extend_schema(summary="One assessment", responses=AssessmentDetailSerializer, parameters=[ID])
    def retrieve(self, request: Request, pk: str) -> Response:
        """With the steps of its life."""
        return Response(AssessmentDetailSerializer(seen(request, pk)).data)

    @extend_schema(
        summary="Start an assessment",
        request=StartSerializer,
        responses={201: AssessmentDetailSerializer, 409: CONFLICT},
    )
    def create(self, request: Request) -> Response:
        """A draft for one agency, model version and period."""
        given = StartSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        agency = self._agency(request, given.validated_data["agency"])
        period, name = self._period(request, agency, given.validated_data)
        assessment = start_assessment(
            agency=agency,
            version=_version(given.validated_data["model"]),
            period=period,
            period_label=name,
            by=person(request),
            at=timezone.now(),
            carry_over=given.validated_data["carry_over"],
        )
        return self._made(request, assessment)

    def _agency(self, request: Request, slug: str) -> Agency:
        agency = Agency.objects.visible_to(person(request)).filter(slug=slug).first()
        if agency is None:
            raise ValidationError({"agency": [f"There is no agency {slug!r}."]})
        if not startable_agencies(person(request)).filter(pk=agency.pk).exists():
            raise PermissionDenied(f"You may not start an assessment of {agency}.")
        return agency

    def _period(self, request: Request, agency: Agency, given: dict[str, Any]) -> tuple[Period, str]:
        month = calendars_of(Agency.objects.filter(pk=agency.pk), timezone.localdate())[0]
        if slug := given.get("program"):
            program = Program.objects.visible_to(person(request)).filter(slug=slug).first()
            if program is None:
                raise ValidationError({"program": [f"There is no program {slug!r}."]})
            month = program.year_starts_in
        try:
            period = parse_label(given["period"], month)
        except ValueError as error:
            raise ValidationError({"period": [str(error)]}) from error
        return period, label(period, month)

    def _made(self, request: Request, assessment: Assessment) -> Response:
        address = reverse("api:assessment-detail", args=[assessment.pk], request=request)
        shown = AssessmentDetailSerializer(assessment).data
        return Response(shown, status=201, headers={"Location": address})

    @extend_schema(
        summary="Submit for review",
        request=SubmitSerializer,
        responses={**DONE, 422: NOT_ACCEPTABLE},
        parameters=[ID],
    )
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def submit(self, request: Request, pk: str) -> Response:
        """Fix the answers and hand them to the reviewers."""
        return self._step(request, pk, Right.SUBMIT, SubmitSerializer, submit_assessment)

    @extend_schema(summary="What is attested", responses=StatementSerializer, parameters=[ID])
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def attestation(self, request: Request, pk: str) -> Response:
        """The statement as it would be attested now, and the seal of all that is handed in."""
        assessment = seen(request, pk)
        told = {
            "statement": statement_of(load_sheet(assessment)),
            "seal": seal_of(assessment),
            "standing": stands(assessment),
        }
        return Response(StatementSerializer(told).data)

    @extend_schema(
        summary="Attest",
        request=AttestSerializer,
        responses={**DONE, 422: NOT_ACCEPTABLE},
        parameters=[ID],
    )
    @attestation.mapping.post
    def attest(self, request: Request, pk: str) -> Response:
        """Vouch under one's own log-in, for somebody else to submit; it holds as long as nothing changes."""
        return self._step(request, pk, Right.SUBMIT, AttestSerializer, attest_assessment)

    @extend_schema(
        summary="Approve",
        request=ApproveSerializer,
        responses={**DONE, 422: NOT_ACCEPTABLE},
        parameters=[ID],
    )
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def approve(self, request: Request, pk: str) -> Response:
        """Approve for good; its result is in results."""
        return self._step(request, pk, Right.REVIEW, ApproveSerializer, approve_assessment)

    @extend_schema(
        summary="Return to the agency",
        operation_id="assessments_return",
        request=ReturnSerializer,
        responses=DONE,
        parameters=[ID],
    )
    @action(
        detail=True, methods=["post"], url_path="return", url_name="return", pagination_class=None,
        filterset_class=None,
    )  # fmt: skip
    def send_back(self, request: Request, pk: str) -> Response:
        """Send it back with what is to change."""
        return self._step(request, pk, Right.REVIEW, ReturnSerializer, return_assessment)

    @extend_schema(
        summary="Amend",
        request=AmendSerializer,
        responses={201: AssessmentDetailSerializer, 409: CONFLICT},
        parameters=[ID],
    )
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def amend(self, request: Request, pk: str) -> Response:
        """Start the correction of an approved assessment."""
        assessment = seen(request, pk)
        require(request, Right.SUBMIT, assessment)
        given = AmendSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        amendment = start_amendment(
            assessment_id=assessment.pk, by=person(request), at=timezone.now(), **given.validated_data
        )
        return self._made(request, amendment)

    def _step(self, request: Request, pk: str, right: Right, serializer: Any, service: Any) -> Response:
        """One step in its life, by the service, for those with this right."""
        assessment = seen(request, pk)
        require(request, right, assessment)
        given = serializer(data=request.data)
        given.is_valid(raise_exception=True)
        service(assessment_id=assessment.pk, by=person(request), at=timezone.now(), **given.validated_data)
        return Response(AssessmentDetailSerializer(seen(request, pk)).data)


def _version(key: str) -> ModelVersion:
    try:
        return version_named(key)
    except ModelVersion.DoesNotExist as error:
        raise ValidationError({"model": [str(error)]}) from error
