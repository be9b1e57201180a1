"""Addresses with a NUL byte, which PostgreSQL cannot even be asked for: refused before any view sees them."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import get_script_prefix

NUL = "\0"


class NulByteMiddleware:
    """404 for a NUL byte in the path; on pages, 400 for one in the query.

    The filters of the API refuse it by themselves and name the field, and so do forms that are sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info:
            raise Http404("There is no address with a NUL byte in it.")
        page = not request.path.startswith(f"{get_script_prefix()}api/")
        if page and any(NUL in value for _, values in request.GET.lists() for value in values):
            raise BadRequest("The query holds a NUL byte.")
        return self.get_response(request)
