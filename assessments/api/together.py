"""Who answers what, and what is said about items, over the API."""

from typing import Any

from django.db.models import QuerySet
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

from assessments.api.access import number_of, person, require, seen
from assessments.api.answers import ITEM
from assessments.api.assessments import CONFLICT, ID, NOT_ACCEPTABLE
from assessments.api.problems import DomainView, Unprocessable
from assessments.api.revisions import ETAG, if_match, refusals, revision_read, with_etag
from assessments.models import Assessment, Assignment, Comment, Thread
from assessments.queries import load_sheet
from assessments.queries_assigning import Owners, owners_of, progress_by_person
from assessments.queries_comments import comments_of, thread_of
from assessments.serializers_together import (
    AssignedSerializer,
    AssignmentSerializer,
    AssignmentsSerializer,
    CommentEditSerializer,
    CommentSerializer,
    CommentWriteSerializer,
    PeopleSerializer,
    SettleSerializer,
    ThreadSerializer,
)
from assessments.services_assigning import Wanted, assign_parts
from assessments.services_comments import add_comment, edit_comment, remove_comment, settle_thread
from maturity.models import Item
from portal.access.rules import Right
from portal.api import PortalCursorPagination

COMMENT = OpenApiParameter("comment", OpenApiTypes.INT, OpenApiParameter.PATH)
NOBODY_KNOWN = -1  # a username that nobody has who is or could be given something there


class InOrder(PortalCursorPagination):
    """In the order in which it was made."""


@extend_schema(tags=["people"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class AssignmentListView(DomainView, ListAPIView[Assignment]):
    """Who answers what in an assessment."""

    queryset = Assignment.objects.none()
    serializer_class = AssignmentSerializer
    pagination_class = InOrder
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[Assignment]:
        """Of an assessment that the caller may see."""
        found = Assignment.objects.filter(assessment=seen(self.request, self.kwargs["id"]))
        return found.select_related("item", "domain", "person", "assigned_by")

    @extend_schema(
        summary="Assign parts to people",
        request=AssignmentsSerializer,
        responses={200: AssignedSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002 - the address says id
        """All or none: refused where one of them is not (any more) whose you say it was."""
        assessment = seen(request, id)
        require(request, Right.SUBMIT, assessment)
        given = AssignmentsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        now = timezone.now()
        ids = _ids_by_name(owners_of(assessment, timezone.localdate(now)))
        wanted = {}
        for one in given.validated_data["assignments"]:
            if one["person"] is not None and one["person"] not in ids:
                message = f"{one['person']} may not answer for {assessment.agency}."
                raise Unprocessable({"person": [message]})
            to = ids[one["person"]] if one["person"] is not None else None
            was = ids.get(one["was"], NOBODY_KNOWN) if one["was"] is not None else None
            wanted[one["part"]] = Wanted(to, was)
        changed = assign_parts(assessment_id=assessment.pk, wanted=wanted, by=person(request), at=now)
        return Response({"changed": list(changed)})


def _ids_by_name(owners: Owners) -> dict[str, int]:
    return {one.username: one.pk for one in (*owners.people, *owners.able.values())}


@extend_schema(tags=["people"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class PeopleView(DomainView):
    """How far each person is."""

    queryset = Assignment.objects.none()
    serializer_class = PeopleSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(summary="How far each person is")
    def get(self, request: Request, id: str) -> Response:  # noqa: A002
        """Who has something assigned, who else may answer, and last what is nobody's."""
        assessment = seen(request, id)
        lines = progress_by_person(load_sheet(assessment), owners_of(assessment, timezone.localdate()))
        return Response(PeopleSerializer({"people": lines}).data)


# --- comments ---------------------------------------------------------------------------------------


def _item(assessment: Assessment, slug: str) -> Item:
    if "\0" in slug:  # PostgreSQL cannot even be asked for it
        raise NotFound
    return get_object_or_404(Item, version_id=assessment.version_id, slug=slug)


def _thread_now(assessment: Assessment, item: Item) -> dict[str, Any]:
    thread = thread_of(assessment, item.pk) or Thread(assessment=assessment, item=item)
    return dict(ThreadSerializer(thread).data)


@extend_schema(tags=["comments"], parameters=[ID, ITEM])
@method_decorator(conditional_page, name="dispatch")
class CommentListView(DomainView, ListAPIView[Comment]):
    """What was said about one item, the oldest first."""

    queryset = Comment.objects.none()
    serializer_class = CommentSerializer
    pagination_class = InOrder
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[Comment]:
        """Of an assessment that the caller may see."""
        assessment = seen(self.request, self.kwargs["id"])
        thread = thread_of(assessment, _item(assessment, self.kwargs["item"]).pk)
        return comments_of(thread) if thread is not None else Comment.objects.none()

    @extend_schema(
        summary="Comment on an item",
        request=CommentWriteSerializer,
        responses={201: CommentSerializer, 409: CONFLICT, 422: NOT_ACCEPTABLE},
    )
    def post(self, request: Request, id: str, item: str) -> Response:  # noqa: A002
        """Who is named with @ and may see the answers is told at once. Opens a resolved thread again."""
        assessment = seen(request, id)
        _item(assessment, item)
        given = CommentWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        added = add_comment(
            assessment_id=assessment.pk,
            item_slug=item,
            by=person(request),
            at=timezone.now(),
            **given.validated_data,
        )
        return Response(CommentSerializer(added).data, status=201)


@extend_schema(tags=["comments"], parameters=[ID, COMMENT])
@method_decorator(conditional_page, name="dispatch")
class CommentView(DomainView):
    """One comment, which who wrote it may change."""

    queryset = Comment.objects.none()
    serializer_class = CommentSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(summary="One comment", parameters=[ETAG])
    def get(self, request: Request, id: str, comment: str) -> Response:  # noqa: A002
        """Of an assessment that the caller may see."""
        return with_etag(dict(CommentSerializer(self._found(seen(request, id), comment)).data))

    @extend_schema(
        summary="Edit a comment of one's own",
        request=CommentEditSerializer,
        responses={200: CommentSerializer, **refusals("the comment")},
        parameters=[if_match("the comment"), ETAG],
    )
    def put(self, request: Request, id: str, comment: str) -> Response:  # noqa: A002
        """Over the revision that was read; the audit keeps what it said before."""
        assessment = seen(request, id)
        found = self._found(assessment, comment)
        given = CommentEditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data.get("revision")
        revision = revision_read(request, lambda: dict(CommentSerializer(found).data), said, "the comment")
        saved = edit_comment(
            assessment_id=assessment.pk,
            comment_id=found.pk,
            revision=revision,
            text=given.validated_data["text"],
            by=person(request),
            at=timezone.now(),
        )
        return with_etag(dict(CommentSerializer(saved).data))

    @extend_schema(
        summary="Remove a comment of one's own", request=None, responses={204: None, 409: CONFLICT}
    )
    def delete(self, request: Request, id: str, comment: str) -> Response:  # noqa: A002
        """Its place stays, without its text."""
        assessment = seen(request, id)
        found = self._found(assessment, comment)
        remove_comment(
            assessment_id=assessment.pk, comment_id=found.pk, by=person(request), at=timezone.now()
        )
        return Response(status=204)

    def _found(self, assessment: Assessment, comment: str) -> Comment:
        found = Comment.objects.filter(thread__assessment=assessment).select_related("by")
        return get_object_or_404(found.prefetch_related("mentions"), pk=number_of(comment))


@extend_schema(tags=["comments"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class ThreadListView(ListAPIView[Thread]):
    """The items of an assessment about which something was said."""

    queryset = Thread.objects.none()
    serializer_class = ThreadSerializer
    pagination_class = InOrder
    filter_backends: list[Any] = []

    def get_queryset(self) -> QuerySet[Thread]:
        """Of an assessment that the caller may see."""
        found = Thread.objects.filter(assessment=seen(self.request, self.kwargs["id"]), revision__gt=0)
        return found.select_related("item", "resolved_by")


@extend_schema(tags=["comments"], parameters=[ID, ITEM])
@method_decorator(conditional_page, name="dispatch")
class ThreadView(DomainView):
    """Whether what was said about one item is resolved."""

    queryset = Thread.objects.none()
    serializer_class = ThreadSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(summary="Whether the comments on an item are resolved", parameters=[ETAG])
    def get(self, request: Request, id: str, item: str) -> Response:  # noqa: A002
        """Where nothing was said yet: open, at revision 0."""
        assessment = seen(request, id)
        return with_etag(_thread_now(assessment, _item(assessment, item)))

    @extend_schema(
        summary="Resolve or open again",
        request=SettleSerializer,
        responses={200: ThreadSerializer, **refusals("the thread")},
        parameters=[if_match("the thread"), ETAG],
    )
    def put(self, request: Request, id: str, item: str) -> Response:  # noqa: A002
        """Over the revision that was read: refused where somebody said something since."""
        assessment = seen(request, id)
        found = _item(assessment, item)
        given = SettleSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data.get("revision")
        revision = revision_read(request, lambda: _thread_now(assessment, found), said, "the thread")
        thread = settle_thread(
            assessment_id=assessment.pk,
            item_slug=item,
            revision=revision,
            resolved=given.validated_data["resolved"],
            by=person(request),
            at=timezone.now(),
        )
        return with_etag(dict(ThreadSerializer(thread).data))
