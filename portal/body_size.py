"""Requests that are larger than anything the portal takes: refused before a byte of them is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import get_script_prefix

MEGABYTE = 1024 * 1024
AROUND = MEGABYTE  # the fields of a form around its file


class BodySizeMiddleware:
    """413 for a body larger than the largest file that is taken and the form around it: a file of evidence or
    one with the answers of many agencies, each of which has a limit of its own as well. It stands before
    whatever reads the body, which the check of a form's token does already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = request.META.get("CONTENT_LENGTH") or "0"
        size = int(said) if said.isdecimal() else 0
        if size <= settings.LARGEST_FILE_MB * MEGABYTE + AROUND:
            return self.get_response(request)
        told = (
            f"What was sent has {size / MEGABYTE:.1f} MB; a file may have "
            f"{settings.LARGEST_FILE_MB} MB at the most. Nothing was kept."
        )
        if request.path.startswith(f"{get_script_prefix()}api/"):
            problem = {
                "type": "about:blank",
                "title": "Content Too Large",
                "status": 413,
                "code": "too_large",
                "detail": told,
            }
            response: HttpResponse = JsonResponse(
                problem, status=413, content_type="application/problem+json"
            )
        else:
            response = render(request, "413.html", {"told": told}, status=413)
        response["Connection"] = "close"  # the rest of it is not read
        return response
