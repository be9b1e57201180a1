"""The search over the API."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from portal.agencies.models import Agency
from portal.requests import person
from portal.search.queries import MOST_PAGES, find
from portal.search.serializers import FoundSerializer, SearchQuery


@extend_schema(tags=["search"])
@method_decorator(conditional_page, name="dispatch")
class SearchView(APIView):
    """What can be found of all that the caller may see. Answers carry an ETag for conditional requests."""

    @extend_schema(summary="Search everything", parameters=[SearchQuery], responses=FoundSerializer)
    def get(self, request: Request) -> Response:
        """The best first; nothing where nothing is asked for."""
        query = SearchQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        found = find(
            text=wanted["q"],
            agencies=Agency.objects.visible_to(person(request)),
            kinds=[wanted["kind"]] if "kind" in wanted else [],
            limit=wanted["page_size"],
            page=_page(wanted.get("cursor")),
        )
        shown = {
            "next": _address(request, found.page + 1) if found.page < found.pages else None,
            "previous": _address(request, found.page - 1) if found.page > 1 else None,
            "total": found.total,
            "counts": found.counts,
            "any_word": found.any_term,
            "hits": found.hits,
        }
        return Response(FoundSerializer(shown, context={"request": request}).data)


def _address(request: Request, page: int) -> str:
    cursor = urlsafe_b64encode(f"p={page}".encode()).decode()
    return str(replace_query_param(request.build_absolute_uri(), "cursor", cursor))


def _page(cursor: str | None) -> int:
    """The page that the cursor names. Raises NotFound for one that we did not make."""
    if cursor is None:
        return 1
    try:
        said = urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    except ValueError:
        said = ""
    if not re.fullmatch("p=[0-9]{1,2}", said) or not 1 <= int(said[2:]) <= MOST_PAGES:
        raise NotFound("Invalid cursor")
    return int(said[2:])
