"""The facts of a period over the API, written so that nobody overwrites what they have not seen."""

from hashlib import sha256
from typing import Any

import orjson
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from assessments.api.access import person, require, seen
from assessments.api.answers import ETAG, IF_MATCH, PRECONDITIONS
from assessments.api.assessments import ID
from assessments.api.problems import DomainView, PreconditionFailed, PreconditionRequired
from assessments.models import Assessment, PeriodFacts
from assessments.serializers_facts import FactsSerializer, FactsWriteSerializer
from assessments.services import NotOpen
from assessments.services_facts import Facts, save_facts
from portal.access.rules import Right


@extend_schema(tags=["assessments"], parameters=[ID])
@method_decorator(conditional_page, name="dispatch")
class FactsView(DomainView):
    """What one assessment tells of its period, beside its answers."""

    queryset = PeriodFacts.objects.none()
    serializer_class = FactsSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(summary="The facts of a period", parameters=[ETAG])
    def get(self, request: Request, id: str) -> Response:  # noqa: A002 - the address says id
        """Where nothing is told yet, all is null or empty, at revision 0."""
        return _shown(_current(seen(request, id)))

    @extend_schema(
        summary="Tell the facts of a period",
        request=FactsWriteSerializer,
        responses={200: FactsSerializer, **PRECONDITIONS},
        parameters=[IF_MATCH, ETAG],
    )
    def put(self, request: Request, id: str) -> Response:  # noqa: A002
        """The facts as a whole, over the revision that was read."""
        assessment = seen(request, id)
        require(request, Right.ANSWER, assessment)
        if not assessment.is_open:
            state = assessment.get_state_display().lower()
            raise NotOpen(f"This assessment is {state}, so its facts are fixed.")
        given = FactsWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        revision = _revision_read(request, assessment, values.pop("revision", None))
        saved = save_facts(
            assessment_id=assessment.pk,
            revision=revision,
            facts=Facts(**values),
            by=person(request),
            at=timezone.now(),
        )
        return _shown(dict(FactsSerializer(saved).data))


def _current(assessment: Assessment) -> dict[str, Any]:
    row = PeriodFacts.objects.filter(assessment=assessment).first()
    told = row if row is not None else PeriodFacts(assessment=assessment, revision=0)
    return dict(FactsSerializer(told).data)


def _etag(shown: dict[str, Any]) -> str:
    content = orjson.dumps(shown, default=JSONEncoder().default)
    return quote_etag(f"{shown['revision']}-{sha256(content).hexdigest()[:16]}")


def _shown(current: dict[str, Any]) -> Response:
    return Response(current, headers={"ETag": _etag(current)})


def _revision_read(request: Request, assessment: Assessment, said: int | None) -> int:
    """The revision that the caller read. Raises PreconditionFailed, PreconditionRequired."""
    header = request.headers.get("If-Match", "")
    if not header:
        if said is None:
            raise PreconditionRequired
        return said
    current = _current(assessment)
    tags = parse_etags(header)
    exists = tags == ["*"] and current["revision"] > 0
    if not exists and _etag(current) not in tags:
        raise PreconditionFailed("These facts have changed since you read them.", current)
    return current["revision"] if said is None else said
