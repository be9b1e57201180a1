"""A small government with one person per role (DESIGN §7), an outsider, and a stranger."""

from dataclasses import dataclass, field

import pytest
from django.test import Client

from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency, Program
from tests.factories import make_agency, make_program, make_user

PERSONAS = ("anonymous", "outsider", "viewer", "contributor", "lead", "reviewer", "officer", "administrator")


@dataclass
class World:
    """Department `energy` (components `grid`, `mines`) is in `program`; department `parks` (`trails`) is not.

    viewer, reviewer, officer: of `program`. contributor, lead: of `grid`. outsider: lead of `trails`.
    administrator: of everything.
    """

    energy: Agency
    grid: Agency
    mines: Agency
    parks: Agency
    trails: Agency
    program: Program
    people: dict[str, User] = field(default_factory=dict)

    def client(self, persona: str) -> Client:
        """A browser in which this person is logged in; for `anonymous`, nobody."""
        client = Client()
        if persona != "anonymous":
            client.force_login(self.people[persona])
        return client

    def __getattr__(self, name: str) -> User:
        people = self.__dict__.get("people", {})
        if name in people:
            return people[name]
        raise AttributeError(name)


@pytest.fixture
def world(db: None) -> World:
    """The small government, fresh for each test."""
    energy = make_agency("Department of Energy Affairs")
    grid = make_agency("Grid Office", energy)
    mines = make_agency("Mines Office", energy)
    parks = make_agency("Department of Parks")
    trails = make_agency("Trails Office", parks)
    program = make_program("Containers First", [energy, grid, mines])
    made = World(energy, grid, mines, parks, trails, program)
    made.people = {
        "viewer": make_user("viewer", Role.VIEWER, program=program),
        "reviewer": make_user("reviewer", Role.REVIEWER, program=program),
        "officer": make_user("officer", Role.OFFICER, program=program),
        "contributor": make_user("contributor", Role.CONTRIBUTOR, agency=grid),
        "lead": make_user("lead", Role.LEAD, agency=grid),
        "outsider": make_user("outsider", Role.LEAD, agency=trails),
        "administrator": make_user("administrator", Role.ADMINISTRATOR),
    }
    return made
