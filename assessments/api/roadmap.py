"""Actions of roadmaps over the API: found, made, changed. Where they lead is at /roadmaps/ (dashboards)."""

from dataclasses import replace
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from assessments.api.access import number_of, person
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import Unprocessable
from assessments.api.revisions import ETAG, if_match, refusals, revision_read, with_etag
from assessments.models import Action
from assessments.serializers_roadmap import (
    ActionChangeSerializer,
    ActionStartSerializer,
    RoadmapActionSerializer,
)
from assessments.services_roadmap import (
    ActionFields,
    BadPlan,
    CannotPlan,
    StalePlan,
    change_action,
    fields_of,
    make_action,
)
from maturity.models import ModelVersion
from maturity.queries import current_version
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.api import Conflict, FlagFilter

THIS = "the action"
WRITTEN: dict[Any, Any] = {200: RoadmapActionSerializer, **refusals(THIS)}


class RoadmapActionFilter(django_filters.FilterSet):
    """What to look for; several filters hold together."""

    agency = django_filters.CharFilter(field_name="agency__slug", max_length=100, help_text="slug")
    model = django_filters.CharFilter(field_name="model__slug", max_length=80, help_text="slug")
    status = django_filters.ChoiceFilter(choices=Action.Status.choices)
    due_from = django_filters.DateFilter(field_name="due_on", lookup_expr="gte")
    due_until = django_filters.DateFilter(field_name="due_on", lookup_expr="lte")
    overdue = FlagFilter(method="filter_overdue", help_text="due before today, and neither done nor dropped")

    def filter_overdue(self, found: Any, name: str, value: bool) -> Any:
        """Those that are, or those that are not."""
        overdue = Action.objects.overdue(timezone.localdate()).order_by().values("pk")
        return found.filter(pk__in=overdue) if value else found.exclude(pk__in=overdue)


@extend_schema_view(list=extend_schema(summary="Actions of the roadmaps that the caller may see"))
@extend_schema(tags=["roadmaps"])
@method_decorator(conditional_page, name="dispatch")
class RoadmapActionViewSet(ListModelMixin, GenericViewSet[Action]):
    """The actions of agencies whose answers the caller may see."""

    queryset = Action.objects.none()
    serializer_class = RoadmapActionSerializer
    filterset_class = RoadmapActionFilter

    def get_queryset(self) -> QuerySet[Action]:
        """With what the serializer shows."""
        found = Action.objects.visible_to(person(self.request)).with_list_relations()
        return found.select_related("changed_by")

    @extend_schema(summary="One action", responses=RoadmapActionSerializer, parameters=[ID, ETAG])
    def retrieve(self, request: Request, pk: str) -> Response:
        """With the items that it moves."""
        return with_etag(_told(_seen(request, pk)))

    @extend_schema(
        summary="Make an action",
        request=ActionStartSerializer,
        responses={201: RoadmapActionSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def create(self, request: Request) -> Response:
        """For one agency, by its leads."""
        given = ActionStartSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = dict(given.validated_data)
        agency, version = _agency(request, said.pop("agency")), _version(said.pop("model"))
        made = make_action(
            agency=agency,
            version=version,
            fields=ActionFields(**_with_items(said)),
            by=person(request),
            at=timezone.now(),
        )
        address = reverse("api:roadmap-action-detail", args=[made.pk], request=request)
        return with_etag(_told(_seen(request, str(made.pk))), status=201, headers={"Location": address})

    @extend_schema(
        summary="Change an action",
        request=ActionChangeSerializer,
        responses=WRITTEN,
        parameters=[ID, if_match(THIS), ETAG],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """What is named; the rest stays. Dropping needs a reason."""
        action = _seen(request, pk)
        if not person(request).can(Right.SUBMIT, action.agency):
            raise PermissionDenied(f"You may not plan for {action.agency}.")
        given = ActionChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = dict(given.validated_data)
        revision = revision_read(request, lambda: _told(action), said.pop("revision", None), THIS)
        saved = change_action(
            action_id=action.pk,
            version=_version(action.model.slug),
            revision=revision,
            fields=replace(fields_of(action), **_with_items(said)),
            by=person(request),
            at=timezone.now(),
        )
        return with_etag(_told(_seen(request, str(saved.pk))))

    def handle_exception(self, exc: Exception) -> Response:
        """A domain exception as the problem it is."""
        if isinstance(exc, StalePlan):
            current = RoadmapActionSerializer(exc.current).data if isinstance(exc.current, Action) else {}
            exc = Conflict(str(exc), dict(current))
        elif isinstance(exc, CannotPlan):
            exc = Conflict(str(exc))
        elif isinstance(exc, BadPlan):
            exc = Unprocessable({place: [text] for place, text in exc.errors.items()})
        return super().handle_exception(exc)


def _with_items(said: dict[str, Any]) -> dict[str, Any]:
    """What was said, with the items by slug. Raises BadPlan where one is named twice."""
    if "items" not in said:
        return said
    items = {str(row["item"]): str(row["level"]) for row in said["items"]}
    if len(items) < len(said["items"]):
        raise BadPlan({"items": "An item is named twice."})
    return said | {"items": items}


def _seen(request: Request, pk: str) -> Action:
    found = Action.objects.visible_to(person(request)).with_list_relations()
    return get_object_or_404(found.select_related("changed_by"), pk=number_of(pk))


def _agency(request: Request, slug: str) -> Agency:
    agency = Agency.objects.visible_to(person(request)).filter(slug=slug).first()
    if agency is None:
        raise ValidationError({"agency": [f"There is no agency {slug!r}."]})
    if not person(request).can(Right.SUBMIT, agency):
        raise PermissionDenied(f"You may not plan for {agency}.")
    return agency


def _version(slug: str) -> ModelVersion:
    version = current_version(slug)
    if version is None:
        raise ValidationError({"model": [f"There is no model {slug!r}."]})
    return version


def _told(action: Action) -> dict[str, Any]:
    return dict(RoadmapActionSerializer(action).data)
