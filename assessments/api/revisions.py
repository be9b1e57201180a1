"""Writing over what was read and nothing else: ETags, If-Match, and the revision that a caller names."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import orjson
from django.utils.http import parse_etags, quote_etag
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from assessments.api.assessments import CONFLICT, NOT_ACCEPTABLE
from assessments.api.problems import PreconditionFailed, PreconditionRequired

Shown = Mapping[str, Any]  # a thing as the API shows it, with its "revision"
ETAG = OpenApiParameter(
    "ETag", OpenApiTypes.STR, OpenApiParameter.HEADER, response=[200], description="for If-Match"
)


def if_match(what: str) -> OpenApiParameter:
    """The header, in the schema, of whoever writes over `what` ("the answer")."""
    told = f"the ETag of {what} that was read"
    return OpenApiParameter("If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description=told)


def refusals(what: str) -> dict[Any, Any]:
    """The answers, in the schema, to who did not read `what` as it is now, or says nothing of it."""
    return {
        409: CONFLICT,
        412: OpenApiResponse(description=f"If-Match does not match; `current` is {what} as it is now."),
        422: NOT_ACCEPTABLE,
        428: OpenApiResponse(description="Neither revision nor If-Match was given."),
    }


def with_etag(shown: Shown, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The thing with its ETag, which changes with everything that is shown of it."""
    return Response(shown, status=status, headers={"ETag": _etag(shown), **(headers or {})})


def revision_read(request: Request, now: Callable[[], Shown], said: int | None, what: str) -> int:
    """The revision that the caller read: as `said`, or else the current one where If-Match names it.

    `now` gives the thing as it is; it is asked only where If-Match is sent. "*" matches what has been saved
    before. Raises PreconditionFailed, PreconditionRequired.
    """
    header = request.headers.get("If-Match", "")
    if not header:
        if said is None:
            raise PreconditionRequired
        return said
    tags, current = parse_etags(header), now()
    is_there = tags == ["*"] and current["revision"] > 0
    if not is_there and _etag(current) not in tags:
        raise PreconditionFailed(f"What you read is out of date: {what} changed since.", dict(current))
    revision: int = current["revision"]
    return revision if said is None else said


def _etag(shown: Shown) -> str:
    content = orjson.dumps(shown, default=JSONEncoder().default)
    return quote_etag(f"{shown['revision']}-{sha256(content).hexdigest()[:16]}")
