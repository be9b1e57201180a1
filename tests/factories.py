"""Plain functions that make one valid thing each; name only what the test is about."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from portal.access.models import Membership, User
from portal.access.rules import Role
from portal.agencies.models import Agency, Program, ProgramMembership

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LONG_AGO = date(2020, 1, 1)
PASSWORD = "correct horse battery"
_numbers = count(1)


def make_agency(name: str | None = None, parent: Agency | None = None, **fields: Any) -> Agency:
    """An agency at the top, or below `parent`."""
    number = next(_numbers)
    name = name or f"Agency {number}"
    agency = Agency(
        name=name, slug=f"agency-{number}", parent=parent, path=f"new-{number}", created_at=NOW, **fields
    )
    agency.depth = 0 if parent is None else parent.depth + 1
    agency.save()
    agency.path = f"{parent.path if parent else '/'}{agency.pk}/"
    agency.save(update_fields=["path"])
    return agency


def make_program(name: str | None = None, agencies: list[Agency] | None = None, **fields: Any) -> Program:
    """A program with these agencies as members since long ago."""
    number = next(_numbers)
    program = Program.objects.create(name=name or f"Program {number}", slug=f"program-{number}", **fields)
    for agency in agencies or []:
        ProgramMembership.objects.create(program=program, agency=agency, from_on=LONG_AGO)
    return program


def make_user(
    username: str, role: Role | None = None, program: Program | None = None, agency: Agency | None = None
) -> User:
    """A person with a password and, if given, a role within a program, an agency, or everything."""
    user = User.objects.create_user(username, f"{username}@example.gov", PASSWORD)
    if role is not None:
        Membership.objects.create(user=user, role=role, program=program, agency=agency, from_on=LONG_AGO)
    return user
