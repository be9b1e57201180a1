"""Why a score moved, over the API: read only."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.api.access import person
from assessments.api.problems import Unprocessable
from assessments.models import Result
from assessments.queries_compare import compare_results
from assessments.serializers_comparisons import LARGEST_ID, ComparisonQuery, ComparisonSerializer, told
from portal.access.rules import Right


def _result_id(name: str, words: str) -> OpenApiParameter:
    kind = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, required=True, description=words)


@extend_schema(tags=["results"])
@method_decorator(conditional_page, name="dispatch")
class ComparisonView(GenericAPIView[Any]):
    """The change from one result of an agency to another, split exactly into its causes."""

    queryset = Result.objects.none()
    serializer_class = ComparisonSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        summary="Why a score moved",
        parameters=[
            _result_id("from", "id of the earlier result"),
            _result_id("to", "id of the later result, of the same agency and model"),
        ],
        responses={
            200: ComparisonSerializer,
            422: OpenApiResponse(description="The two are of different agencies or models."),
        },
    )
    def get(self, request: Request) -> Response:
        """With single items for those who may see answers."""
        asked = ComparisonQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        reader = person(request)
        seen = Result.objects.visible_to(reader).select_related(
            "agency", "version__model", "assessment__agency", "assessment__version__model"
        )
        before, after = (get_object_or_404(seen, pk=asked.validated_data[name]) for name in ("from", "to"))
        if before.agency_id != after.agency_id:
            raise Unprocessable({"to": ["The two results are of different agencies."]})
        if before.model_id != after.model_id:
            raise Unprocessable({"to": ["The two results are of different questionnaires."]})
        details = reader.can(Right.SEE_DETAILS, after.agency)
        return Response(ComparisonSerializer(told(compare_results(before, after, details=details))).data)
