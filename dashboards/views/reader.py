"""What all pages of this app begin with."""

from portal.access.models import User
from portal.access.rules import Right

PER_PAGE = 50


def may_import(user: User) -> bool:
    """Whether this person may read in a list of agencies."""
    return user.has_anywhere(Right.RUN_PROGRAM)
