"""People for the tests of papers."""

from collections.abc import Callable

import pytest

from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Program
from tests.factories import make_user


@pytest.fixture
def officer_of(db: None) -> Callable[[Program], User]:
    """Makes the officer of a program."""
    return lambda program: make_user(f"officer-{program.slug}", Role.OFFICER, program=program)
