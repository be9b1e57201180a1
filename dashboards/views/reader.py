"""What all pages of this app begin with."""

from typing import cast

from django.http import HttpRequest

from portal.access.models import User
from portal.access.rules import Right

PER_PAGE = 50


def person(request: HttpRequest) -> User:
    """Who asks; every page of this app is behind the log-in."""
    return cast(User, request.user)


def may_import(user: User) -> bool:
    """Whether this person may read in a list of agencies."""
    return user.has_anywhere(Right.RUN_PROGRAM)
