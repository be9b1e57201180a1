"""Remembers for the audit by which way and from which address a request came."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.audit.context import client_address, origin


class AuditContextMiddleware:
    """Sets the origin of everything that a request does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        via = "api" if request.path_info.startswith("/api/") else "web"
        with origin(via, client_address(request)):
            return self.get_response(request)
