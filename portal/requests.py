"""What views ask of every request: who asks, and what was sent."""

from typing import cast

from django.http import HttpRequest, QueryDict
from django.views.decorators.http import require_http_methods
from rest_framework.request import Request

from portal.access.models import User

# A page with a form: GET shows it, POST sends it.
form_page = require_http_methods(["GET", "HEAD", "POST"])


def person(request: HttpRequest | Request) -> User:
    """Who asks, behind the log-in."""
    return cast(User, request.user)


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, also if it is nothing; None where the form is only to be shown."""
    return request.POST if request.method == "POST" else None


LARGEST_ID = 2**63 - 1


def id_in(text: str) -> int | None:
    """The number of a row or a revision that a text from outside is; None for what no row can have."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    found = int(text)
    return found if found <= LARGEST_ID else None
