"""Who asks, and what they may do: the questions that every view of this package begins with."""

from typing import cast

from django.shortcuts import get_object_or_404
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from assessments.models import Assessment
from portal.access.models import User
from portal.access.rules import Right
from portal.requests import id_in

WORDS = {
    Right.ANSWER: "answer",
    Right.SUBMIT: "submit or amend",
    Right.REVIEW: "review",
}


def person(request: Request) -> User:
    """Who asks; the API is behind the log-in."""
    return cast(User, request.user)


def number_of(text: str) -> int:
    """An id from an address. Raises NotFound for what is none."""
    found = id_in(text)
    if found is None:
        raise NotFound
    return found


def seen(request: Request, pk: str) -> Assessment:
    """The assessment, if the caller may see its answers; otherwise there is none for them."""
    found = Assessment.objects.visible_to(person(request)).with_list_relations()
    return get_object_or_404(found, pk=number_of(pk))


def require(request: Request, right: Right, assessment: Assessment) -> None:
    """Refuse who may see the assessment but lacks this right on its agency."""
    if not person(request).can(right, assessment.agency):
        raise PermissionDenied(f"You may not {WORDS[right]} assessments of {assessment.agency}.")
