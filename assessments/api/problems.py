"""What the domain refuses, as the API tells it.

404: there is no such thing for the caller. 403: may see it, not do it. 409: it has changed, or is in
another state. 412: If-Match no longer matches. 422: well formed, but not acceptable. 428: says nothing of
the revision that was read. (400, for what is not well formed, comes from the serializers.)
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from rest_framework import exceptions
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from assessments.models import Assessment, Comment, Evidence, ItemDecision, Thread
from assessments.queries import shown_evidence
from assessments.serializers import AnswerSerializer, AssessmentSerializer, EvidenceSerializer
from assessments.serializers_facts import FactsSerializer
from assessments.serializers_reviews import DecisionSerializer
from assessments.services import CannotStart, NotOpen
from assessments.services_answers import BadAnswer, StaleAnswer
from assessments.services_assigning import BadAssignment, StaleAssignment
from assessments.services_attesting import CannotAttest
from assessments.services_comments import BadComment, NotYours, StaleComment
from assessments.services_confirming import CannotConfirm, StaleConfirmation
from assessments.services_evidence import LastUse, StaleEvidence
from assessments.services_facts import BadFacts, StaleFacts
from assessments.services_review import (
    CannotApprove,
    CannotReturn,
    CannotSubmit,
    NotReviewed,
    StaleAssessment,
)
from assessments.services_reviewing import BadDecision, CannotReply, OwnWork, StaleDecision
from assessments.services_sharing import BadOffer
from maturity.models import Item
from portal.api import Conflict


class Unprocessable(exceptions.APIException):
    """Well formed, but a rule speaks against it; by field, why."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_code = "unprocessable"

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__(errors)


class PreconditionFailed(Conflict):
    """If-Match names a state that is no longer the current one."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_code = "precondition_failed"


class PreconditionRequired(exceptions.APIException):
    """Without the revision that was read, nothing is written over what others wrote."""

    status_code = HTTPStatus.PRECONDITION_REQUIRED
    default_detail = "Name the revision that you read, or send If-Match with its ETag."
    default_code = "precondition_required"


def _stale_evidence(error: StaleEvidence) -> Conflict:
    return Conflict(str(error), dict(EvidenceSerializer(error.evidence).data))


def _stale_answer(error: StaleAnswer) -> Conflict:
    prefetch_related_objects([error.answer], Prefetch("evidence", shown_evidence()))
    told = f"{error} It differs in {', '.join(error.changed)}."
    return Conflict(told, AnswerSerializer(error.answer).data)


def _stale_facts(error: StaleFacts) -> Conflict:
    told = f"{error} They differ in {', '.join(error.changed)}."
    return Conflict(told, dict(FactsSerializer(error.row).data))


def _stale_confirmation(error: StaleConfirmation) -> Conflict:
    return Conflict(str(error), AnswerSerializer(error.answer).data)


def _cannot_submit(error: CannotSubmit | CannotAttest) -> Unprocessable:
    reasons = [{"message": reason.message, "items": list(reason.items)} for reason in error.reasons]
    return Unprocessable({"assessment": reasons})


def _not_reviewed(error: NotReviewed) -> Unprocessable:
    told = [{"kind": one.kind, "message": one.message, "count": one.count} for one in error.obstacles]
    return Unprocessable({"review": told})


PROBLEMS: dict[type[Exception], Callable[[Any], exceptions.APIException]] = {
    Assessment.DoesNotExist: lambda error: exceptions.NotFound(),
    Item.DoesNotExist: lambda error: exceptions.NotFound("The model has no such item."),
    Evidence.DoesNotExist: lambda error: exceptions.NotFound(),
    NotOpen: lambda error: Conflict(str(error)),
    CannotStart: lambda error: Conflict(str(error)),
    BadAnswer: lambda error: Unprocessable({name: [text] for name, text in error.errors.items()}),
    StaleAnswer: _stale_answer,
    StaleEvidence: _stale_evidence,
    LastUse: lambda error: Conflict(str(error)),
    BadFacts: lambda error: Unprocessable({name: [text] for name, text in error.errors.items()}),
    StaleFacts: _stale_facts,
    CannotSubmit: _cannot_submit,
    CannotAttest: _cannot_submit,
    StaleConfirmation: _stale_confirmation,
    CannotConfirm: lambda error: Unprocessable({"answer": [str(error)]}),
    NotReviewed: _not_reviewed,
    ItemDecision.DoesNotExist: lambda error: exceptions.NotFound(),
    StaleDecision: lambda error: Conflict(str(error), DecisionSerializer(error.decision).data),
    BadDecision: lambda error: Unprocessable({name: [text] for name, text in error.errors.items()}),
    OwnWork: lambda error: exceptions.PermissionDenied(str(error)),
    CannotReply: lambda error: Unprocessable({"text": [str(error)]}),
    CannotApprove: lambda error: exceptions.PermissionDenied(str(error)),
    CannotReturn: lambda error: Unprocessable({"comment": [str(error)]}),
    Comment.DoesNotExist: lambda error: exceptions.NotFound(),
    Thread.DoesNotExist: lambda error: exceptions.NotFound("Nothing was said about this item yet."),
    BadAssignment: lambda error: Unprocessable({"assignments": [str(error)]}),
    StaleAssignment: lambda error: Conflict(str(error)),
    BadComment: lambda error: Unprocessable({"text": [str(error)]}),
    StaleComment: lambda error: Conflict(str(error)),
    NotYours: lambda error: exceptions.PermissionDenied(str(error)),
    BadOffer: lambda error: Unprocessable({error.field: [str(error)]}),
}


class DomainView(GenericAPIView[Any]):
    """A view whose domain calls may raise what is in PROBLEMS."""

    def handle_exception(self, exc: Exception) -> Response:
        """A domain exception as the problem it is."""
        if isinstance(exc, StaleAssessment):
            current = Assessment.objects.with_list_relations().get(
                pk=self.kwargs.get("pk") or self.kwargs["id"]
            )
            exc = Conflict(str(exc), AssessmentSerializer(current).data)
        elif type(exc) in PROBLEMS:
            exc = PROBLEMS[type(exc)](exc)
        return super().handle_exception(exc)
