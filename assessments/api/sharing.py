"""Answers offered by agencies above, and to agencies below, over the API."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.api.access import person, require, seen
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import DomainView
from assessments.models import SharedAnswer
from assessments.queries_sharing import offers_to
from assessments.serializers_together import (
    CountSerializer,
    ItemsSerializer,
    OfferSerializer,
    OfferWriteSerializer,
    SharedAnswersSerializer,
    TakenSerializer,
    TakeSerializer,
)
from assessments.services_sharing import Wish, offer_answers, stop_shared, take_shared, withdraw_offers
from portal.access.rules import Right
from portal.api import PortalCursorPagination


class OfferPagination(PortalCursorPagination):
    """In the order in which it was offered."""


@extend_schema(tags=["shared answers"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class SharedAnswerView(DomainView):
    """What agencies above offer to an assessment."""

    queryset = SharedAnswer.objects.none()
    serializer_class = SharedAnswersSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(summary="What may be taken over")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - the address says id
        """Of each agency above: of its assessment of the same period, or the latest approved one before."""
        lines = [line for group in offers_to(seen(request, id)).values() for line in group]
        return Response(SharedAnswersSerializer({"offers": lines}).data)

    @extend_schema(
        summary="Take offered answers over",
        request=TakeSerializer,
        responses={200: TakenSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Each is taken, or refused for itself; what is taken follows its source until the submission."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        given = TakeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wishes = [Wish(one["id"], one["revision"]) for one in given.validated_data["offers"]]
        done = take_shared(assessment_id=assessment.pk, wishes=wishes, by=person(request), at=timezone.now())
        refused = [{"item": item, "why": why} for item, why in done.refused.items()]
        return Response({"taken": list(done.taken), "refused": refused})


@extend_schema(tags=["shared answers"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class StopFollowingView(DomainView):
    """Answers that are to follow nobody any more."""

    queryset = SharedAnswer.objects.none()
    serializer_class = CountSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(
        summary="Stop following", request=ItemsSerializer, responses={200: CountSerializer, 409: CONFLICT}
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """They keep what they say, as one's own; what follows nobody is passed over."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        given = ItemsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changed = stop_shared(
            assessment_id=assessment.pk,
            items=given.validated_data["items"],
            by=person(request),
            at=timezone.now(),
        )
        return Response({"changed": changed})


@extend_schema(tags=["shared answers"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class OfferListView(DomainView, ListAPIView[SharedAnswer]):
    """What an assessment offers to agencies below."""

    queryset = SharedAnswer.objects.none()
    serializer_class = OfferSerializer
    pagination_class = OfferPagination
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[SharedAnswer]:
        """Of an assessment that the caller may see."""
        found = SharedAnswer.objects.filter(answer__assessment=seen(self.request, self.kwargs["id"]))
        return found.select_related("answer__item", "offered_by")

    @extend_schema(
        summary="Offer answers, or withdraw them",
        request=OfferWriteSerializer,
        responses={200: CountSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """For a platform; null withdraws. Sent twice it changes nothing more."""
        assessment = seen(request, id)
        require(request, Right.SUBMIT, assessment)
        given = OfferWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        common: dict[str, Any] = {
            "assessment_id": assessment.pk,
            "items": set(given.validated_data["items"]),
            "by": person(request),
            "at": timezone.now(),
        }
        platform = given.validated_data["platform"]
        changed = (
            withdraw_offers(**common) if platform is None else offer_answers(platform=platform, **common)
        )
        return Response({"changed": changed})
