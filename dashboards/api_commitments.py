"""Commitments to leadership over the API: found, made, changed."""

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from assessments.api.access import number_of
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import Unprocessable
from assessments.api.revisions import ETAG, if_match, refusals, revision_read, with_etag
from assessments.serializers import PersonField, RevisionField
from dashboards.models import Commitment
from dashboards.queries.commitments import may_commit
from dashboards.services_commitments import (
    LONGEST,
    BadCommitment,
    CannotCommit,
    CommitmentWords,
    StaleCommitment,
    change_commitment,
    make_agency_commitment,
    make_program_commitment,
    may_write,
    words_of,
)
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, Program
from portal.agencies.periods import parse_label
from portal.api import Conflict, FlagFilter
from portal.requests import person

THIS = "the commitment"


class CommitmentSerializer(serializers.ModelSerializer[Commitment]):
    """What a program, at a briefing, or an agency promised to leadership."""

    agency = serializers.CharField(
        source="agency.slug", default=None, allow_null=True, help_text="slug; null: of a program"
    )
    program = serializers.SerializerMethodField(
        help_text="slug: whose it is or, of an agency's, whose one page carries it"
    )
    period = serializers.CharField(
        source="briefing.period_label",
        default=None,
        allow_null=True,
        help_text="of the briefing at which a program made it",
    )
    person = serializers.CharField(
        source="person.username", default=None, allow_null=True, help_text="the owner's log-in"
    )
    changed_by = PersonField()

    class Meta:
        model = Commitment
        fields = [
            "id", "agency", "program", "period", "made_on", "text", "owner", "person", "due_on", "status",
            "reason", "closed_on", "revision", "changed_at", "changed_by",
        ]  # fmt: skip
        read_only_fields = fields

    def get_program(self, row: Commitment) -> str | None:
        """Of either kind."""
        program = row.briefing.program if row.briefing else row.program
        return program.slug if program else None


class CommitmentWriteSerializer(serializers.Serializer[Any]):
    """What can be said of a commitment; what is not given stays."""

    text = serializers.CharField(max_length=LONGEST["text"])
    owner = serializers.CharField(max_length=LONGEST["owner"], help_text="a person or an office")
    person = serializers.CharField(
        max_length=150, allow_null=True, required=False, help_text="username of the owner"
    )
    due_on = serializers.DateField(allow_null=True, required=False, help_text="an agency's has one")
    status = serializers.ChoiceField(choices=Commitment.Status.choices, required=False)
    reason = serializers.CharField(
        max_length=LONGEST["reason"], allow_blank=True, required=False, help_text="why it is dropped"
    )
    closed_on = serializers.DateField(
        allow_null=True, required=False, help_text="kept or dropped; today if not given"
    )
    program = serializers.CharField(
        max_length=100, allow_null=True, required=False, help_text="slug; see the list"
    )


class CommitmentStartSerializer(CommitmentWriteSerializer):
    """A new one: of an agency, or of a program at the briefing about a period."""

    agency = serializers.CharField(max_length=100, required=False, help_text="slug")
    period = serializers.CharField(max_length=20, required=False, help_text="of a program's, such as FY27 Q1")
    made_on = serializers.DateField(required=False, help_text="of an agency's; today if not given")


class CommitmentChangeSerializer(CommitmentWriteSerializer):
    """Parts of a commitment. Name the revision here, or send If-Match."""

    text = serializers.CharField(max_length=LONGEST["text"], required=False)
    owner = serializers.CharField(max_length=LONGEST["owner"], required=False)
    revision = RevisionField(required=False, help_text="of the commitment that was read")


class CommitmentFilter(django_filters.FilterSet):
    """What to look for; several filters hold together."""

    agency = django_filters.CharFilter(field_name="agency__slug", max_length=100, help_text="slug")
    program = django_filters.CharFilter(method="filter_program", max_length=100, help_text="slug")
    status = django_filters.ChoiceFilter(choices=Commitment.Status.choices)
    due_from = django_filters.DateFilter(field_name="due_on", lookup_expr="gte")
    due_until = django_filters.DateFilter(field_name="due_on", lookup_expr="lte")
    overdue = FlagFilter(method="filter_overdue", help_text="due before today and open")

    def filter_program(self, found: Any, name: str, value: str) -> Any:
        """Its own, and those of agencies that its one page carries."""
        return found.filter(Q(briefing__program__slug=value) | Q(program__slug=value))

    def filter_overdue(self, found: Any, name: str, value: bool) -> Any:
        """Those that are, or those that are not."""
        overdue = Commitment.objects.overdue(timezone.localdate()).order_by().values("pk")
        return found.filter(pk__in=overdue) if value else found.exclude(pk__in=overdue)


@extend_schema_view(list=extend_schema(summary="Commitments that the caller may see"))
@extend_schema(tags=["roadmaps"])
@method_decorator(conditional_page, name="dispatch")
class CommitmentViewSet(ListModelMixin, GenericViewSet[Commitment]):
    """Of programs that the caller sees as a whole, of agencies whose details they see, and their own."""

    queryset = Commitment.objects.none()
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentFilter

    def get_queryset(self) -> QuerySet[Commitment]:
        """With what the serializer shows."""
        return _seen_by(person(self.request))

    @extend_schema(summary="One commitment", responses=CommitmentSerializer, parameters=[ID, ETAG])
    def retrieve(self, request: Request, pk: str) -> Response:
        """With its revision."""
        return with_etag(_told(_one(request, pk)))

    @extend_schema(
        summary="Make a commitment",
        request=CommitmentStartSerializer,
        responses={201: CommitmentSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def create(self, request: Request) -> Response:
        """Of an agency, by its leads or its program's officers; of a program, by its officers."""
        given = CommitmentStartSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = dict(given.validated_data)
        made = _make(request, said)
        address = reverse("api:commitment-detail", args=[made.pk], request=request)
        return with_etag(_told(_one(request, str(made.pk))), status=201, headers={"Location": address})

    @extend_schema(
        summary="Change a commitment",
        request=CommitmentChangeSerializer,
        responses={200: CommitmentSerializer, **refusals(THIS)},
        parameters=[ID, if_match(THIS), ETAG],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """What is named; the rest stays. Dropping needs a reason."""
        row = _one(request, pk)
        if not may_write(person(request), row):
            raise PermissionDenied(f"You may not change commitments of {row.of}.")
        given = CommitmentChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = dict(given.validated_data)
        revision = revision_read(request, lambda: _told(row), said.pop("revision", None), THIS)
        words = replace(words_of(row), **_fields(request, said, of_agency=row.agency_id is not None))
        change_commitment(
            commitment_id=row.pk, revision=revision, words=words, by=person(request), at=timezone.now()
        )
        return with_etag(_told(_one(request, pk)))

    def handle_exception(self, exc: Exception) -> Response:
        """A domain exception as the problem it is."""
        if isinstance(exc, StaleCommitment):
            exc = Conflict(str(exc), _told(exc.current))
        elif isinstance(exc, CannotCommit):
            exc = Conflict(str(exc))
        elif isinstance(exc, BadCommitment):
            exc = Unprocessable({place: [text] for place, text in exc.errors.items()})
        return super().handle_exception(exc)


def _make(request: Request, said: dict[str, Any]) -> Commitment:
    by, at = person(request), timezone.now()
    slug, period = said.pop("agency", None), said.pop("period", None)
    if (slug is None) == (period is None):
        raise ValidationError({"agency": ["Name an agency, or a program and a period."]})
    if slug is not None:
        agency = Agency.objects.visible_to(by).filter(slug=slug).first()
        if agency is None:
            raise ValidationError({"agency": [f"There is no agency {slug!r}."]})
        if not may_commit(by, agency):
            raise PermissionDenied(f"You may not write commitments of {agency}.")
        words = CommitmentWords(**_fields(request, said, of_agency=True))
        return make_agency_commitment(agency=agency, words=words, by=by, at=at)
    program = _program(by, said.pop("program", None) or "")
    if not by.can_in_program(Right.RUN_PROGRAM, program):
        raise PermissionDenied(f"Commitments of {program} are written by its officers.")
    try:
        about = parse_label(period, program.year_starts_in)
    except ValueError as error:
        raise ValidationError({"period": [str(error)]}) from error
    said.pop("made_on", None)
    words = CommitmentWords(**_fields(request, said, of_agency=False))
    return make_program_commitment(program=program, period=about, words=words, by=by, at=at)


def _fields(request: Request, said: dict[str, Any], *, of_agency: bool) -> dict[str, Any]:
    """What was said, with the person and the program that it names."""
    found = dict(said)
    if found.get("person") is not None:
        found["person"] = User.objects.filter(username=found["person"], is_active=True).first()
        if found["person"] is None:
            raise BadCommitment({"person": "Choose somebody with a role here."})
    if not of_agency:
        found.pop("program", None)  # it is the program's, and stays so
    elif found.get("program") is not None:
        found["program"] = _program(person(request), found["program"])
    return found


def _program(reader: User, slug: str) -> Program:
    program = Program.objects.visible_to(reader).filter(slug=slug).first()
    if program is None:
        raise ValidationError({"program": [f"There is no program {slug!r}."]})
    return program


def _seen_by(reader: User) -> QuerySet[Commitment]:
    return Commitment.objects.visible_to(reader).with_list_relations().select_related("changed_by")


def _one(request: Request, pk: str) -> Commitment:
    return get_object_or_404(_seen_by(person(request)), pk=number_of(pk))


def _told(row: Commitment) -> dict[str, Any]:
    return dict(CommitmentSerializer(row).data)
