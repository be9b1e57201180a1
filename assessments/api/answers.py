"""Answers and their evidence over the API, written so that nobody overwrites what they have not seen."""

from typing import Any

from django.db.models import F, Prefetch, QuerySet, prefetch_related_objects
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from assessments import queries
from assessments.api.access import number_of, person, require, seen
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import DomainView
from assessments.api.revisions import ETAG, if_match, refusals, revision_read, with_etag
from assessments.models import Answer, Assessment, Evidence
from assessments.serializers import (
    LARGEST_REVISION,
    AnswerSerializer,
    AnswerWriteSerializer,
    EvidenceSerializer,
    EvidenceWriteSerializer,
    RevisionField,
)
from assessments.services import NotOpen
from assessments.services_answers import (
    AnswerFields,
    EvidenceFields,
    add_evidence,
    remove_evidence,
    save_answer,
)
from maturity.levels import Level
from maturity.models import Item
from portal.access.rules import Right
from portal.api import PortalCursorPagination

ITEM = OpenApiParameter("item", OpenApiTypes.STR, OpenApiParameter.PATH, description="slug")
EVIDENCE = OpenApiParameter("evidence", OpenApiTypes.INT, OpenApiParameter.PATH)
THIS = "the answer"
REVISION = OpenApiParameter(
    "revision",
    {"type": "integer", "minimum": 0, "maximum": LARGEST_REVISION},
    OpenApiParameter.QUERY,
    description="of the answer that was read; or send If-Match",
)


def shown_evidence() -> "Prefetch[Any]":
    """The evidence of answers, with who brought it."""
    return Prefetch("evidence", queries.shown_evidence())


def answers_of(assessment: Assessment) -> QuerySet[Answer]:
    """With all that is shown of them."""
    people = ("answered_by", "confirmed_by", "carried_from", "following__source__assessment__agency")
    found = Answer.objects.filter(assessment=assessment).select_related("item", *people)
    return found.prefetch_related(shown_evidence())


class AnswerPagination(PortalCursorPagination):
    """In the order of the model."""

    ordering = "position"


@extend_schema(tags=["answers"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class AnswerListView(ListAPIView[Answer]):
    """The answers of one assessment, in the order of the model."""

    queryset = Answer.objects.none()
    serializer_class = AnswerSerializer
    pagination_class = AnswerPagination
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[Answer]:
        """Of an assessment that the caller may see."""
        return answers_of(seen(self.request, self.kwargs["id"])).annotate(position=F("item__position"))


@extend_schema(tags=["answers"], parameters=[ID, ITEM])
@method_decorator(conditional_page, name="dispatch")
class AnswerView(DomainView):
    """What one assessment says of one item."""

    queryset = Answer.objects.none()
    serializer_class = AnswerSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(summary="One answer", parameters=[ETAG])
    def get(self, request: Request, id: str, item: str) -> Response:  # noqa: A002 - the address says id
        """An item of the model that is not answered yet has level null and revision 0."""
        assessment = seen(request, id)
        return with_etag(_current(assessment, item_asked(assessment, item)))

    @extend_schema(
        summary="Answer an item",
        request=AnswerWriteSerializer,
        responses={200: AnswerSerializer, **refusals(THIS)},
        parameters=[if_match(THIS), ETAG],
    )
    def put(self, request: Request, id: str, item: str) -> Response:  # noqa: A002
        """The answer as a whole, over the revision that was read."""
        assessment = self._to_write(request, id, item)
        given = AnswerWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        revision = revision_read(
            request,
            lambda: _current(assessment, item_asked(assessment, item)),
            values.pop("revision", None),
            THIS,
        )
        level = Level(values.pop("level")) if values["level"] else values.pop("level")
        saved = self._save(assessment, item, revision, AnswerFields(level=level, **values))
        prefetch_related_objects([saved], shown_evidence())
        return with_etag(dict(AnswerSerializer(saved).data))

    @extend_schema(
        summary="Clear an answer",
        request=None,
        responses={204: None, **refusals(THIS)},
        parameters=[if_match(THIS), REVISION],
    )
    def delete(self, request: Request, id: str, item: str) -> Response:  # noqa: A002
        """Take the answer back; its evidence stays. The item is then not answered, at a new revision."""
        assessment = self._to_write(request, id, item)
        found = item_asked(assessment, item)
        said = request.query_params.get("revision")
        field = RevisionField()
        revision = revision_read(
            request,
            lambda: _current(assessment, found),
            field.run_validation(said) if said else None,
            THIS,
        )
        if Answer.objects.filter(assessment=assessment, item=found).exists():
            self._save(assessment, item, revision, AnswerFields(level=None))
        return Response(status=204)

    def _to_write(self, request: Request, pk: str, slug: str) -> Assessment:
        if "\0" in slug:  # PostgreSQL cannot even be asked for it
            raise NotFound
        assessment = seen(request, pk)
        require(request, Right.ANSWER, assessment)
        if not assessment.is_open:
            state = assessment.get_state_display().lower()
            raise NotOpen(f"This assessment is {state}, so its answers are fixed.")
        return assessment

    def _save(self, assessment: Assessment, slug: str, revision: int, fields: AnswerFields) -> Answer:
        return save_answer(
            assessment_id=assessment.pk,
            item_slug=slug,
            revision=revision,
            fields=fields,
            by=person(self.request),
            at=timezone.now(),
        )


def item_asked(assessment: Assessment, slug: str) -> Item:
    """The item of this slug in the version that is answered. Raises Http404, NotFound."""
    if "\0" in slug:  # PostgreSQL cannot even be asked for it
        raise NotFound
    return get_object_or_404(Item, version_id=assessment.version_id, slug=slug)


def shown_answer(assessment: Assessment, slug: str) -> dict[str, Any]:
    """The answer to an item as the API shows it. Raises Http404 for an item that the model does not have."""
    return _current(assessment, item_asked(assessment, slug))


def _current(assessment: Assessment, item: Item) -> dict[str, Any]:
    """The answer as the API shows it, also where there is none."""
    answer = answers_of(assessment).filter(item=item).first()
    if answer is not None:
        return dict(AnswerSerializer(answer).data)
    nothing: dict[str, Any] = dict.fromkeys(AnswerSerializer.Meta.fields)
    texts = {"holder": Answer.Holder.SELF.value, "holder_name": "", "note": "", "reason": ""}
    known = {"item": item.slug, "revision": 0, "evidence": [], "unconfirmed": False}
    return nothing | texts | known


# --- evidence ---------------------------------------------------------------------------------------


class EvidencePagination(PortalCursorPagination):
    """In the order in which it was added."""


@extend_schema(tags=["answers"], parameters=[ID, ITEM])
@method_decorator(conditional_page, name="dispatch")
class EvidenceListView(DomainView, ListAPIView[Evidence]):
    """The evidence for one answer."""

    queryset = Evidence.objects.none()
    serializer_class = EvidenceSerializer
    pagination_class = EvidencePagination
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[Evidence]:
        """Of an assessment that the caller may see."""
        assessment = seen(self.request, self.kwargs["id"])
        return _evidence(assessment, item_asked(assessment, self.kwargs["item"]))

    @extend_schema(
        summary="Add evidence",
        request=EvidenceWriteSerializer,
        responses={201: EvidenceSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def post(self, request: Request, id: str, item: str) -> Response:  # noqa: A002
        """A link, which is never fetched, or a statement; the item need not be answered yet."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        given = EvidenceWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        added = add_evidence(
            assessment_id=assessment.pk,
            item_slug=item,
            evidence=EvidenceFields(**given.validated_data),
            by=person(request),
            at=timezone.now(),
        )
        return Response(EvidenceSerializer(added).data, status=201)


@extend_schema(tags=["answers"], parameters=[ID, ITEM, EVIDENCE])
@method_decorator(conditional_page, name="dispatch")
class EvidenceView(DomainView):
    """One piece of evidence."""

    queryset = Evidence.objects.none()
    serializer_class = EvidenceSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(summary="One piece of evidence")
    def get(self, request: Request, id: str, item: str, evidence: str) -> Response:  # noqa: A002
        """A link or a statement."""
        return Response(EvidenceSerializer(self._found(seen(request, id), item, evidence)).data)

    @extend_schema(summary="Remove evidence", request=None, responses={204: None, 409: CONFLICT})
    def delete(self, request: Request, id: str, item: str, evidence: str) -> HttpResponseBase:  # noqa: A002
        """Take it away while the assessment is open."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        found = self._found(assessment, item, evidence)
        remove_evidence(
            assessment_id=assessment.pk, evidence_id=found.pk, by=person(request), at=timezone.now()
        )
        return Response(status=204)

    def _found(self, assessment: Assessment, item: str, evidence: str) -> Evidence:
        return get_object_or_404(_evidence(assessment, item_asked(assessment, item)), pk=number_of(evidence))


def _evidence(assessment: Assessment, item: Item) -> QuerySet[Evidence]:
    return queries.shown_evidence().filter(assessment=assessment, answers__item=item)
