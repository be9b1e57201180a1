"""Errors met outside the views of the API: below /api/ as problem details, elsewhere as pages."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from portal.api import PROBLEM_TYPE


def _answer(
    request: HttpRequest, status: HTTPStatus, code: str, page: Callable[..., HttpResponse], *args: Any
) -> HttpResponse:
    if not request.path_info.startswith("/api/v"):
        return page(request, *args)
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status,
        "code": code,
        "detail": f"{status.description or status.phrase}.",
    }
    return JsonResponse(problem, status=status, content_type=PROBLEM_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request itself is not acceptable."""
    return _answer(request, HTTPStatus.BAD_REQUEST, "bad_request", defaults.bad_request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _answer(request, HTTPStatus.FORBIDDEN, "permission_denied", defaults.permission_denied, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: there is no such address."""
    return _answer(request, HTTPStatus.NOT_FOUND, "not_found", defaults.page_not_found, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the log has it."""
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "error", defaults.server_error)
