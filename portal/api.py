"""What all of the API shares: JSON, cursor pages, problem details (RFC 9457)."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import django_filters
import orjson
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as InvalidValue
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from portal.agencies.queries import demonstration_shown

MARKING = "DEMONSTRATION"
PROBLEM_TYPE = "application/problem+json"


class PortalJSONRenderer(BaseRenderer):
    """JSON by orjson; every object that shows invented data says so under `marking`."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "text"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """`data` as UTF-8 JSON; nothing for no content."""
        if data is None:
            return b""
        response = (renderer_context or {}).get("response")
        if (
            isinstance(data, dict)
            and response is not None
            and response.status_code < 400
            and demonstration_shown()
        ):
            data = {**data, "marking": MARKING}
        return orjson.dumps(
            data, default=JSONEncoder().default, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
        )


class PortalJSONParser(JSONParser):
    """JSON that is not nested beyond all reason, and whose texts can be kept and shown again."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """What was sent. Raises ParseError for what is no JSON, deeper than Python's own stack, or holds half
        a sign ("\\ud800"), which is no Unicode text."""
        try:
            told = super().parse(stream, media_type, parser_context)
            json.dumps(told, ensure_ascii=False).encode()
        except RecursionError as error:
            raise exceptions.ParseError("JSON parse error - nested too deeply.") from error
        except UnicodeEncodeError as error:
            raise exceptions.ParseError("JSON parse error - a surrogate stands alone in a text.") from error
        return told


class PortalCursorPagination(CursorPagination):
    """Pages by cursor, 100 rows unless `page_size` asks otherwise, 1,000 at the most."""

    page_size_query_param = "page_size"
    max_page_size = 1000
    ordering = "id"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """One page. Raises NotFound for a cursor that names no place in this order: we did not make it."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, InvalidValue) as error:
            if request.query_params.get(self.cursor_query_param):
                raise exceptions.NotFound(self.invalid_cursor_message) from error
            raise

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The place that the cursor names. Raises NotFound where PostgreSQL cannot even be asked for it."""
        cursor = super().decode_cursor(request)
        if cursor is not None and "\0" in str(cursor.position):
            raise exceptions.NotFound(self.invalid_cursor_message)
        return cursor

    def get_page_size(self, request: Request) -> int | None:
        """As asked for. Raises ValidationError for what is no number of rows, instead of passing over it."""
        said = request.query_params.get("page_size")
        if said is None:
            return self.page_size
        if not re.fullmatch(r"[0-9]{1,4}", said) or not 1 <= int(said) <= self.max_page_size:
            raise exceptions.ValidationError(
                {"page_size": [f"Give a whole number from 1 to {self.max_page_size}."]}
            )
        return int(said)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """With the bounds of the page size."""
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == "page_size":
                parameter["schema"] |= {"minimum": 1, "maximum": self.max_page_size}
        return parameters


@extend_schema_field(OpenApiTypes.BOOL)
class FlagFilter(django_filters.TypedChoiceFilter):
    """true or false; anything else is refused, where a BooleanFilter would pass over it."""

    def __init__(self, **options: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce=lambda said: said == "true", **options)


class Conflict(exceptions.APIException):
    """What the caller saw has changed since; `current` tells to what."""

    status_code = HTTPStatus.CONFLICT
    default_detail = "This has changed since you read it."
    default_code = "conflict"

    def __init__(self, detail: str, current: dict[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.current = current


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every error of the API as problem details: type, title, status, detail, and errors by field."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return Response(_problem(error), status=error.status_code, headers=headers, content_type=PROBLEM_TYPE)


def _problem(error: exceptions.APIException) -> dict[str, Any]:
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": error.status_code,
        "code": getattr(error, "default_code", "error"),
    }
    if isinstance(error.detail, list | dict):
        problem["detail"] = "Some of what was sent cannot be accepted; see errors."
        problem["errors"] = error.detail
    else:
        problem["detail"] = str(error.detail)
    if (current := getattr(error, "current", None)) is not None:
        problem["current"] = current
        if demonstration_shown():
            problem["marking"] = MARKING
    return problem
