"""Exemptions over the API: found, asked for, decided on, ended."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from assessments.api.access import number_of, person
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import Unprocessable
from assessments.models import Exemption
from assessments.queries_exemptions import shown_exemptions
from assessments.serializers_exemptions import (
    DecisionSerializer,
    EndSerializer,
    ExemptionAskSerializer,
    ExemptionRevisionSerializer,
    ExemptionSerializer,
)
from assessments.services_exemptions import (
    BadExemption,
    CannotDecide,
    ExemptionFields,
    StaleExemption,
    decide_exemption,
    end_exemption,
    request_exemption,
    withdraw_exemption,
)
from maturity.models import Item, ModelVersion
from maturity.queries import version_named
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.api import Conflict

DONE: dict[Any, Any] = {200: ExemptionSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE}


class ExemptionFilter(django_filters.FilterSet):
    """What to look for; several filters hold together."""

    agency = django_filters.CharFilter(field_name="agency__slug", max_length=100, help_text="slug")
    state = django_filters.ChoiceFilter(choices=Exemption.State.choices)
    in_force_on = django_filters.DateFilter(
        method="filter_in_force", help_text="those that excuse from their item on this day"
    )
    until_to = django_filters.DateFilter(field_name="until_on", lookup_expr="lte")

    def filter_in_force(self, found: Any, name: str, value: Any) -> Any:
        """Those that hold on the day."""
        return found.filter(pk__in=Exemption.objects.in_force(value).order_by().values("pk"))


@extend_schema_view(list=extend_schema(summary="Exemptions of agencies whose answers the caller may see"))
@extend_schema(tags=["exemptions"])
class ExemptionViewSet(ListModelMixin, GenericViewSet[Exemption]):
    """Items that agencies are excused from for a time."""

    queryset = Exemption.objects.none()
    serializer_class = ExemptionSerializer
    filterset_class = ExemptionFilter

    def get_queryset(self) -> QuerySet[Exemption]:
        """With what the serializer shows."""
        visible = Exemption.objects.visible_to(person(self.request)).order_by().values("pk")
        return shown_exemptions().filter(pk__in=visible)

    @extend_schema(summary="One exemption", responses=ExemptionSerializer, parameters=[ID])
    def retrieve(self, request: Request, pk: str) -> Response:
        """With who asked, who decided and who ended it."""
        return Response(ExemptionSerializer(self._seen(pk)).data)

    @extend_schema(
        summary="Ask for an exemption",
        request=ExemptionAskSerializer,
        responses={201: ExemptionSerializer, 422: NOT_ACCEPTABLE},
    )
    def create(self, request: Request) -> Response:
        """It leaves nothing out before it is approved. Sending the same again is harmless."""
        given = ExemptionAskSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = dict(given.validated_data)
        agency, item = self._agency(said.pop("agency")), _item(said.pop("model"), said.pop("item"))
        made = request_exemption(
            agency=agency, item=item, fields=ExemptionFields(**said), by=person(request), at=timezone.now()
        )
        address = reverse("api:exemption-detail", args=[made.pk], request=request)
        shown = ExemptionSerializer(self._seen(str(made.pk))).data
        return Response(shown, status=201, headers={"Location": address})

    @extend_schema(summary="Approve", request=DecisionSerializer, responses=DONE, parameters=[ID])
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def approve(self, request: Request, pk: str) -> Response:
        """By a reviewer or program officer who did not ask for it."""
        return self._do(pk, DecisionSerializer, lambda **given: decide_exemption(approve=True, **given))

    @extend_schema(summary="Decline", request=DecisionSerializer, responses=DONE, parameters=[ID])
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def decline(self, request: Request, pk: str) -> Response:
        """With a note that says why."""
        return self._do(pk, DecisionSerializer, lambda **given: decide_exemption(approve=False, **given))

    @extend_schema(summary="Withdraw", request=ExemptionRevisionSerializer, responses=DONE, parameters=[ID])
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def withdraw(self, request: Request, pk: str) -> Response:
        """By the agency, while nobody decided on it."""
        return self._do(pk, ExemptionRevisionSerializer, withdraw_exemption)

    @extend_schema(summary="End early", request=EndSerializer, responses=DONE, parameters=[ID])
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def end(self, request: Request, pk: str) -> Response:
        """From today on it holds no longer; results stay as they are."""
        return self._do(pk, EndSerializer, end_exemption)

    def _do(self, pk: str, serializer: Any, service: Callable[..., Exemption]) -> Response:
        exemption = self._seen(pk)
        by = person(self.request)
        if not (by.can(Right.ANSWER, exemption.agency) or by.can(Right.REVIEW, exemption.agency)):
            raise PermissionDenied(f"You may not decide on exemptions of {exemption.agency}.")
        given = serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        service(exemption_id=exemption.pk, by=by, at=timezone.now(), **given.validated_data)
        return Response(ExemptionSerializer(self._seen(pk)).data)

    def _seen(self, pk: str) -> Exemption:
        return get_object_or_404(self.get_queryset(), pk=number_of(pk))

    def _agency(self, slug: str) -> Agency:
        agency = Agency.objects.visible_to(person(self.request)).filter(slug=slug).first()
        if agency is None:
            raise ValidationError({"agency": [f"There is no agency {slug!r}."]})
        return agency

    def handle_exception(self, exc: Exception) -> Response:
        """A domain exception as the problem it is."""
        if isinstance(exc, StaleExemption):
            exc = Conflict(str(exc), dict(ExemptionSerializer(exc.exemption).data))
        elif isinstance(exc, CannotDecide):
            exc = PermissionDenied(str(exc))
        elif isinstance(exc, BadExemption):
            exc = Unprocessable({name: [text] for name, text in exc.errors.items()})
        return super().handle_exception(exc)


def _item(model: str, slug: str) -> Item:
    try:
        version = version_named(model)
    except ModelVersion.DoesNotExist as error:
        raise ValidationError({"model": [str(error)]}) from error
    item = Item.objects.filter(version=version, slug=slug).first()
    if item is None:
        raise ValidationError({"item": [f"{version.key} has no item {slug!r}."]})
    return item
