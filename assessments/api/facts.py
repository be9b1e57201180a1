"""The facts of a period over the API, written so that nobody overwrites what they have not seen."""

from typing import Any

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.api.access import person, require, seen
from assessments.api.assessments import ID
from assessments.api.problems import DomainView
from assessments.api.revisions import ETAG, if_match, refusals, revision_read, with_etag
from assessments.models import Assessment, PeriodFacts
from assessments.serializers_facts import FactsSerializer, FactsWriteSerializer
from assessments.services import NotOpen
from assessments.services_facts import Facts, save_facts
from portal.access.rules import Right

THESE = "the facts"


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
        return with_etag(_current(seen(request, id)))

    @extend_schema(
        summary="Tell the facts of a period",
        request=FactsWriteSerializer,
        responses={200: FactsSerializer, **refusals(THESE)},
        parameters=[if_match(THESE), ETAG],
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
        revision = revision_read(request, lambda: _current(assessment), values.pop("revision", None), THESE)
        saved = save_facts(
            assessment_id=assessment.pk,
            revision=revision,
            facts=Facts(**values),
            by=person(request),
            at=timezone.now(),
        )
        return with_etag(dict(FactsSerializer(saved).data))


def _current(assessment: Assessment) -> dict[str, Any]:
    row = PeriodFacts.objects.filter(assessment=assessment).first()
    told = row if row is not None else PeriodFacts(assessment=assessment, revision=0)
    return dict(FactsSerializer(told).data)
