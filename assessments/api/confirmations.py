"""Saying over the API that carried answers still hold: one, or several that were seen at their revisions."""

from typing import Any

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.api.access import person, require, seen
from assessments.api.answers import ITEM, REVISION, THIS, shown_answer
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import DomainView
from assessments.api.revisions import ETAG, if_match, refusals, revision_read, with_etag
from assessments.models import Answer, Assessment
from assessments.serializers import AnswerSerializer, RevisionField, RevisionSerializer
from assessments.serializers_confirmations import ConfirmationsSerializer, ConfirmedSerializer
from assessments.services_confirming import confirm_answer, confirm_answers
from portal.access.rules import Right


@extend_schema(tags=["answers"], parameters=[ID, ITEM])
@method_decorator(conditional_page, name="dispatch")
class ConfirmationView(DomainView):
    """That one answer, carried from an earlier assessment, still holds."""

    queryset = Answer.objects.none()
    serializer_class = AnswerSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(
        summary="Confirm a carried answer",
        request=RevisionSerializer,
        responses={200: AnswerSerializer, **refusals(THIS)},
        parameters=[if_match(THIS), ETAG],
    )
    def post(self, request: Request, id: str, item: str) -> Response:  # noqa: A002 - the address says id
        """It still holds as it stands, over the revision that was read; who said it is kept."""
        given = RevisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        assessment = self._change(request, id, item, given.validated_data.get("revision"), back=False)
        return with_etag(shown_answer(assessment, item))

    @extend_schema(
        summary="Take a confirmation back",
        request=None,
        responses={204: None, **refusals(THIS)},
        parameters=[if_match(THIS), REVISION],
    )
    def delete(self, request: Request, id: str, item: str) -> Response:  # noqa: A002
        """The answer is unconfirmed again, where it was confirmed as it stood and not saved since."""
        said = request.query_params.get("revision")
        self._change(request, id, item, RevisionField().run_validation(said) if said else None, back=True)
        return Response(status=204)

    def _change(self, request: Request, pk: str, slug: str, said: int | None, *, back: bool) -> Assessment:
        assessment = seen(request, pk)
        require(request, Right.ANSWER, assessment)
        known = shown_answer(assessment, slug)
        revision = revision_read(request, lambda: known, said, THIS)
        confirm_answer(
            assessment_id=assessment.pk,
            item_slug=slug,
            revision=revision,
            by=person(request),
            at=timezone.now(),
            back=back,
        )
        return assessment


@extend_schema(tags=["answers"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class ConfirmationListView(DomainView):
    """That several carried answers still hold: nothing changed."""

    queryset = Answer.objects.none()
    serializer_class = ConfirmedSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(
        summary="Confirm carried answers",
        request=ConfirmationsSerializer,
        responses={200: ConfirmedSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Those that stand as they were read are confirmed; the others are told, and left as they are."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        given = ConfirmationsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        named = {one["item"]: one["revision"] for one in given.validated_data["answers"]}
        outcome = confirm_answers(
            assessment_id=assessment.pk, seen=named, by=person(request), at=timezone.now()
        )
        return Response(ConfirmedSerializer(outcome).data)
