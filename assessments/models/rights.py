"""Whose rows a person may see or change, as every model here asks it."""

from django.db import models

from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency


def agencies_of(user: User, right: Right) -> models.QuerySet[Agency]:
    """The agencies on which `user` has `right`."""
    return Agency.objects.filter(user.agencies_with(right))
