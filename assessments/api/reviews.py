"""Reviews over the API: what comes up, what reviewers say of it, what checks find, what agencies reply."""

from dataclasses import asdict
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from assessments.api.access import number_of, person, require, seen
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import DomainView
from assessments.api.revisions import ETAG, if_match, refusals, revision_read, with_etag
from assessments.models import Assessment, ItemDecision, Review
from assessments.queries import load_sheet
from assessments.queries_review import findings_of, kept_findings
from assessments.review_reading import Reader
from assessments.serializers_reviews import (
    TOLD,
    AgreedSerializer,
    AgreeSerializer,
    DecisionSerializer,
    DecisionWriteSerializer,
    FindingsSerializer,
    ReplySerializer,
    ReplyWriteSerializer,
    ReviewSerializer,
    ToldDecisionSerializer,
)
from assessments.services_review import obstacles_of
from assessments.services_reviewing import (
    Verdict,
    agree_block,
    agree_items,
    begin_review,
    decide_item,
    reply_to_decision,
)
from maturity.levels import Level
from maturity.models import Item
from portal.access.rules import Right
from portal.api import FlagFilter

ITEM = OpenApiParameter("item", OpenApiTypes.STR, OpenApiParameter.PATH, description="slug")
THIS = "the decision"
COUNTS = ("one_by_one", "undecided", "asked", "differing", "block_open")


class ReviewPart(DomainView):
    """What all of these have in common: they are about one assessment, and no list."""

    queryset = ItemDecision.objects.none()
    pagination_class = None
    filter_backends: list[Any] = []

    def reviewed(self, request: Request, pk: str) -> Assessment:
        """The assessment, where the caller may review it."""
        assessment = seen(request, pk)
        require(request, Right.REVIEW, assessment)
        return assessment


@extend_schema(tags=["reviews"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class FindingsView(ReviewPart):
    """What the consistency checks find."""

    serializer_class = FindingsSerializer

    @extend_schema(summary="What the checks find")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - the address says id
        """In the answers as they are; once it is submitted, as they found it then."""
        assessment = seen(request, id)
        review = Review.objects.filter(assessment=assessment).first() if not assessment.is_open else None
        if review is not None:
            found = kept_findings(review)
        else:
            found = findings_of(load_sheet(assessment), timezone.localdate())
        return Response(FindingsSerializer({"findings": [asdict(one) for one in found]}).data)


@extend_schema(tags=["reviews"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class ReviewView(ReviewPart):
    """The review of a submitted assessment."""

    serializer_class = ReviewSerializer

    @extend_schema(summary="A review: what comes up one by one, and how far it is")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """Of a submitted assessment; 404 for any other, which has nothing to review."""
        assessment = self.reviewed(request, id)
        if assessment.state != Assessment.State.SUBMITTED:
            raise NotFound("This assessment is not submitted: there is nothing to review.")
        review = begin_review(assessment_id=assessment.pk, at=timezone.now())
        return Response(ReviewSerializer(_review(review, assessment)).data)


def _review(review: Review, assessment: Assessment) -> dict[str, Any]:
    reader = Reader(review, assessment)
    counts = {
        name: getattr(review, name)
        for name in ("one_by_one", "undecided", "asked", "differing", "block_open")
    }
    items = [
        {
            "item": one.slug,
            "why": list(one.why),
            "verdict": reader.verdicts[one.slug] or None,
            "before": reader.before.get(one.slug, (None, None))[0],
            "level": reader.sheet.levels.get(one.slug),
            "decision_revision": reader.decisions[one.slug].revision if one.slug in reader.decisions else 0,
        }
        for one in reader.plan
    ]
    return counts | {
        "assessment": assessment.pk,
        "submission": review.submission,
        "compared_with": review.before_id,
        "obstacles": [asdict(one) for one in obstacles_of(review)],
        "findings": [asdict(one) for one in reader.findings],
        "items": items,
    }


@extend_schema(tags=["reviews"], parameters=[ID, ITEM])
@method_decorator(conditional_page, name="dispatch")
class ReviewItemView(ReviewPart):
    """What reviewers say of one item."""

    serializer_class = DecisionSerializer

    @extend_schema(summary="What reviewers say of one item", parameters=[ETAG])
    def get(self, request: Request, id: str, item: str) -> Response:  # noqa: A002
        """Where nobody said anything yet, kind is null at revision 0."""
        return with_etag(_current(self.reviewed(request, id), item))

    @extend_schema(
        summary="Decide on an item",
        request=DecisionWriteSerializer,
        responses={200: DecisionSerializer, **refusals(THIS)},
        parameters=[if_match(THIS), ETAG],
    )
    def put(self, request: Request, id: str, item: str) -> Response:  # noqa: A002
        """Agree, ask, or set another level, over the decision that was read."""
        assessment = self.reviewed(request, id)
        given = DecisionWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        revision = revision_read(
            request, lambda: _current(assessment, item), values.pop("revision", None), THIS
        )
        submission, level = values.pop("submission"), values.pop("level")
        decide_item(
            assessment_id=assessment.pk,
            submission=submission,
            item_slug=item,
            revision=revision,
            verdict=Verdict(level=Level(level) if level else None, **values),
            by=person(request),
            at=timezone.now(),
        )
        return with_etag(_current(assessment, item))


def _current(assessment: Assessment, slug: str) -> dict[str, Any]:
    """The decision as the API shows it. Raises Item.DoesNotExist."""
    item = Item.objects.get(version_id=assessment.version_id, slug=slug)
    rows = ItemDecision.objects.filter(assessment=assessment, item=item, current=True)
    found = rows.select_related("item", "by").prefetch_related("replies__by").first()
    if found is not None:
        return dict(DecisionSerializer(found).data)
    nothing: dict[str, Any] = dict.fromkeys(DecisionSerializer.Meta.fields)
    told = {"item": item.slug, "text": "", "current": False, "submission": assessment.revision, "revision": 0}
    return nothing | told | {"replies": []}


@extend_schema(tags=["reviews"], parameters=[ID])
class ReviewAgreeView(ReviewPart):
    """Agreeing with many items at once."""

    serializer_class = AgreedSerializer

    @extend_schema(
        summary="Agree with many items, or with the block",
        request=AgreeSerializer,
        responses={200: AgreedSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Those of the items that come up one by one and are not decided; with block, the block as well."""
        assessment = self.reviewed(request, id)
        given = AgreeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        common = {
            "assessment_id": assessment.pk,
            "submission": values["submission"],
            "by": person(request),
            "at": timezone.now(),
        }
        agreed, left = agree_items(**common, slugs=values["items"])
        agreed += agree_block(**common) if values["block"] else 0
        return Response(AgreedSerializer({"agreed": agreed, "left": left}).data)


class DecisionFilter(django_filters.FilterSet):
    """What to look for; several filters hold together."""

    kind = django_filters.ChoiceFilter(choices=TOLD)
    assessment = django_filters.NumberFilter(min_value=1, max_value=2**31 - 1)
    agency = django_filters.CharFilter(
        field_name="assessment__agency__slug", max_length=100, help_text="slug"
    )
    period = django_filters.CharFilter(
        field_name="assessment__period_label", max_length=20, help_text="FY27 Q1"
    )
    current = FlagFilter()


@extend_schema_view(list=extend_schema(summary="Questions and other levels of reviewers"))
@extend_schema(tags=["reviews"])
@method_decorator(conditional_page, name="dispatch")
class ReviewDecisionViewSet(DomainView, ListModelMixin, GenericViewSet[ItemDecision]):
    """What reviewers asked, and where they set another level than the agency said; all of it is kept."""

    queryset = ItemDecision.objects.none()
    serializer_class = ToldDecisionSerializer
    filterset_class = DecisionFilter

    def get_queryset(self) -> QuerySet[ItemDecision]:
        """Those that the caller may know of."""
        found = ItemDecision.objects.visible_to(person(self.request)).exclude(kind=ItemDecision.Kind.AGREED)
        return found.select_related("item", "by", "assessment__agency").prefetch_related("replies__by")

    @extend_schema(
        summary="Reply to a question or another level",
        request=ReplyWriteSerializer,
        responses={201: ReplySerializer, 422: NOT_ACCEPTABLE},
        parameters=[ID],
    )
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    def reply(self, request: Request, pk: str) -> Response:
        """By the agency, or by a reviewer in turn."""
        decision = get_object_or_404(self.get_queryset(), pk=number_of(pk))
        given = ReplyWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        reply = reply_to_decision(
            decision_id=decision.pk, text=given.validated_data["text"], by=person(request), at=timezone.now()
        )
        return Response(ReplySerializer(reply).data, status=201)
