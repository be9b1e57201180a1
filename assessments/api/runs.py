"""Instruments and their runs over the API: found, started, filled in, finished."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from assessments.api.access import number_of, person
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import Unprocessable
from assessments.api.revisions import ETAG, if_match, refusals, revision_read, with_etag
from assessments.models import InstrumentRun
from assessments.serializers_runs import (
    InstrumentDetailSerializer,
    InstrumentRunDetailSerializer,
    InstrumentRunSerializer,
    InstrumentSerializer,
    RunFinishSerializer,
    RunSaveSerializer,
    RunStartSerializer,
)
from assessments.services_runs import (
    About,
    BadRun,
    CannotRun,
    RunFixed,
    StaleRun,
    discard_run,
    finish_run,
    save_run_answers,
    start_run,
)
from maturity.models import InstrumentEdition
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.api import Conflict, PortalCursorPagination

THIS = "the run"
PEOPLE = ("agency", "edition", "started_by", "saved_by", "finished_by")


class InstrumentFilter(django_filters.FilterSet):
    """What to look for."""

    engine = django_filters.CharFilter(max_length=20, help_text="checklist, tree, rules, profile …")


class InstrumentPagination(PortalCursorPagination):
    """In the order of their numbers."""

    ordering = "number"


@extend_schema_view(
    list=extend_schema(summary="Instruments"),
    retrieve=extend_schema(summary="One instrument with its definition"),
)
@extend_schema(tags=["instruments"])
@method_decorator(conditional_page, name="dispatch")
class InstrumentViewSet(ReadOnlyModelViewSet[InstrumentEdition]):
    """The instruments beside the questionnaire, in their current editions."""

    queryset = InstrumentEdition.objects.none()
    serializer_class = InstrumentSerializer
    pagination_class = InstrumentPagination
    filterset_class = InstrumentFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[InstrumentEdition]:
        """Lists leave the definitions where they are."""
        found = InstrumentEdition.objects.filter(is_current=True)
        return found if self.action == "retrieve" else found.defer("definition")

    def get_serializer_class(self) -> type[InstrumentSerializer]:
        """One alone comes with its definition."""
        return InstrumentDetailSerializer if self.action == "retrieve" else InstrumentSerializer


class InstrumentRunFilter(django_filters.FilterSet):
    """What to look for; several filters hold together."""

    instrument = django_filters.CharFilter(max_length=80, help_text="slug")
    agency = django_filters.CharFilter(field_name="agency__slug", max_length=100, help_text="slug")
    subject = django_filters.CharFilter(max_length=200)
    state = django_filters.ChoiceFilter(choices=InstrumentRun.State.choices)
    run_from = django_filters.DateFilter(field_name="run_on", lookup_expr="gte")
    run_until = django_filters.DateFilter(field_name="run_on", lookup_expr="lte")


@extend_schema_view(list=extend_schema(summary="Runs of instruments that the caller may see"))
@extend_schema(tags=["instruments"])
@method_decorator(conditional_page, name="dispatch")
class InstrumentRunViewSet(ListModelMixin, GenericViewSet[InstrumentRun]):
    """The runs of agencies whose answers the caller may see."""

    queryset = InstrumentRun.objects.none()
    serializer_class = InstrumentRunSerializer
    filterset_class = InstrumentRunFilter

    def get_queryset(self) -> QuerySet[InstrumentRun]:
        """Without answers and outcomes."""
        return InstrumentRun.objects.visible_to(person(self.request)).with_list_relations()

    @extend_schema(summary="One run", responses=InstrumentRunDetailSerializer, parameters=[ID, ETAG])
    def retrieve(self, request: Request, pk: str) -> Response:
        """With its answers, and once it is finished with what it found."""
        return with_etag(_told(_seen(request, pk)))

    @extend_schema(
        summary="Start a run",
        request=RunStartSerializer,
        responses={201: InstrumentRunDetailSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def create(self, request: Request) -> Response:
        """Open, for one agency; with the answers of the run that it repeats."""
        given = RunStartSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said, now = given.validated_data, timezone.now()
        run = start_run(
            edition=_edition(said["instrument"]),
            agency=_agency(request, said["agency"]),
            about=About(said["run_on"] or timezone.localdate(now), said["subject"], said["note"]),
            repeats=_repeated(request, said["repeats"]),
            by=person(request),
            at=now,
        )
        address = reverse("api:instrument-run-detail", args=[run.pk], request=request)
        return with_etag(_told(_seen(request, str(run.pk))), status=201, headers={"Location": address})

    @extend_schema(
        summary="Save parts of a run",
        request=RunSaveSerializer,
        responses={200: InstrumentRunDetailSerializer, **refusals(THIS)},
        parameters=[ID, if_match(THIS), ETAG],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """All fields, the entries named, all rows: each replaces what was there."""
        run = _to_write(request, pk)
        given = RunSaveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        about = About(**{name: said.get(name, getattr(run, name)) for name in ("run_on", "subject", "note")})
        answers = said.get("answers", {})
        saved = save_run_answers(
            run_id=run.pk,
            revision=revision_read(request, lambda: _told(run), said.get("revision"), THIS),
            given=answers,
            about=about,
            by=person(request),
            at=timezone.now(),
        )
        return with_etag(_told(_seen(request, str(saved.pk))))

    @extend_schema(
        summary="Discard an open run", request=None, responses={204: None, 409: CONFLICT}, parameters=[ID]
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Put it away; a finished run stays."""
        discard_run(run_id=_to_write(request, pk).pk, by=person(request), at=timezone.now())
        return Response(status=204)

    @extend_schema(
        summary="Finish a run",
        request=RunFinishSerializer,
        responses={200: InstrumentRunDetailSerializer, **refusals(THIS)},
        parameters=[ID, if_match(THIS), ETAG],
    )
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def finish(self, request: Request, pk: str) -> Response:
        """Evaluate it and fix it for good."""
        run = _to_write(request, pk)
        given = RunFinishSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        revision = revision_read(request, lambda: _told(run), given.validated_data.get("revision"), THIS)
        finish_run(run_id=run.pk, revision=revision, by=person(request), at=timezone.now())
        return with_etag(_told(_seen(request, pk)))

    def handle_exception(self, exc: Exception) -> Response:
        """A domain exception as the problem it is."""
        if isinstance(exc, StaleRun):
            exc = Conflict(str(exc), dict(InstrumentRunDetailSerializer(exc.run).data))
        elif isinstance(exc, RunFixed | CannotRun):
            exc = Conflict(str(exc))
        elif isinstance(exc, BadRun):
            exc = Unprocessable({place: [text] for place, text in exc.errors.items()})
        return super().handle_exception(exc)


def _seen(request: Request, pk: str) -> InstrumentRun:
    found = InstrumentRun.objects.visible_to(person(request)).select_related(*PEOPLE)
    return get_object_or_404(found, pk=number_of(pk))


def _to_write(request: Request, pk: str) -> InstrumentRun:
    run = _seen(request, pk)
    if not person(request).can(Right.ANSWER, run.agency):
        raise PermissionDenied(f"You may not run instruments for {run.agency}.")
    return run


def _edition(slug: str) -> InstrumentEdition:
    edition = InstrumentEdition.objects.filter(slug=slug, is_current=True).first()
    if edition is None:
        raise ValidationError({"instrument": [f"There is no instrument {slug!r}."]})
    return edition


def _agency(request: Request, slug: str) -> Agency:
    agency = Agency.objects.visible_to(person(request)).filter(slug=slug).first()
    if agency is None:
        raise ValidationError({"agency": [f"There is no agency {slug!r}."]})
    if not person(request).can(Right.ANSWER, agency):
        raise PermissionDenied(f"You may not run instruments for {agency}.")
    return agency


def _repeated(request: Request, pk: int | None) -> InstrumentRun | None:
    if pk is None:
        return None
    run = InstrumentRun.objects.visible_to(person(request)).filter(pk=pk).first()
    if run is None:
        raise ValidationError({"repeats": [f"There is no run {pk}."]})
    return run


def _told(run: InstrumentRun) -> dict[str, Any]:
    return dict(InstrumentRunDetailSerializer(run).data)
