"""The fictional government itself: its agencies with their profiles, its program, its people."""

import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from maturity.models import ModelVersion
from portal.access.models import Membership, User
from portal.access.rules import Role
from portal.access.services import add_role
from portal.agencies import profile
from portal.agencies.models import Agency, Contact, ProfileValue, Program, ProgramMembership
from portal.agencies.services_search import write_agencies

GOVERNMENT = Path(__file__).parent / "government.yaml"
PASSWORD = "demonstration"  # noqa: S105 - for invented people on this machine alone; printed at the start
DEPARTMENT = "department"  # the log-in of who leads a ministry with all that is below it
# What is drawn for each agency; the other fields of the profile stay open, as they do in life.
PROFILE: dict[str, list[Any]] = {
    "branch": ["executive"],
    "size": ["small", "mid", "mid", "large"],
    "development_practice": ["waterfall", "agile", "agile", "devops", "devsecops"],
    "skill": ["none", "light", "light", "moderate", "high"],
    "leadership_priority": ["low", "medium", "medium", "high"],
    "contracts": ["internal", "managed", "partner"],
    "hosting": [["physical", "vm"], ["vm"], ["vm", "cloud"], ["cloud"]],
    "target_stage": [3, 3, 4, 5],
}


def make_agencies(*, since: date, seed: int, at: datetime) -> list[Agency]:
    """The tree in the order of the file, each department before its components."""
    agencies: list[Agency] = []
    for row in yaml.safe_load(GOVERNMENT.read_text(encoding="utf-8")):
        top = _make_agency(row["name"], None, at, row["abbreviation"])
        agencies.append(top)
        agencies += [_make_agency(name, top, at) for name in row["components"]]
    Contact.objects.bulk_create(
        Contact(agency=agency, role=Contact.Role.EXECUTIVE, name=f"Director of the {agency.name}")
        for agency in agencies
    )
    ProfileValue.objects.bulk_create(
        value for number, agency in enumerate(agencies) for value in _profile(agency, number, since, seed)
    )
    write_agencies(agencies, new=True)
    return agencies


def _profile(agency: Agency, number: int, since: date, seed: int) -> list[ProfileValue]:
    """An agency's profile, drawn from the seed."""
    chance = random.Random(f"profile-{seed}-{number}")  # noqa: S311 - a story, not a secret
    values = {slug: chance.choice(options) for slug, options in PROFILE.items()}
    values["type"] = "cabinet-level" if agency.parent is None else "other"
    return [
        ProfileValue(
            agency=agency,
            field=slug,
            value=value,
            choice=profile.choice_of(profile.FIELDS_BY_SLUG[slug], value),
            from_on=since,
        )
        for slug, value in values.items()
    ]


def _make_agency(name: str, parent: Agency | None, at: datetime, abbreviation: str = "") -> Agency:
    slug = name.lower().replace(" ", "-")
    agency = Agency(name=name, slug=slug, abbreviation=abbreviation, parent=parent, path=f"new:{slug}")
    agency.depth, agency.demonstration, agency.created_at = (0 if parent is None else 1), True, at
    agency.save()
    agency.path = f"{parent.path if parent else '/'}{agency.pk}/"
    agency.save(update_fields=["path"])
    return agency


def make_program(*, agencies: list[Agency], version: ModelVersion, since: date) -> Program:
    program = Program.objects.create(
        slug="containers-first",
        name="Containers First",
        description="The program office of Avelen that follows every ministry's way to containers.",
        default_model=version.key,
        demonstration=True,
    )
    ProgramMembership.objects.bulk_create(
        ProgramMembership(program=program, agency=agency, from_on=since) for agency in agencies
    )
    return program


def make_people(*, program: Program, home: Agency, since: date) -> dict[str, User]:
    """One person for each role, and an author who answered everything in the past."""
    roles: dict[Role, dict[str, Any]] = {
        Role.VIEWER: {"program": program},
        Role.CONTRIBUTOR: {"agency": home},
        Role.LEAD: {"agency": home},
        Role.REVIEWER: {"program": program},
        Role.OFFICER: {"program": program},
        Role.ADMINISTRATOR: {},
    }
    people = {"author": User.objects.create_user("author", "author@avelen.example", name="Past authors")}
    for role, scope in roles.items():
        person = User.objects.create_user(
            role, f"{role}@avelen.example", PASSWORD, name=f"Demonstration {role}"
        )
        Membership.objects.create(user=person, role=role, from_on=since, **scope)
        people[role] = person
    return people


def make_department_lead(*, agency: Agency, at: datetime) -> User:
    """Who leads a whole ministry, and so sees and answers for all below it."""
    person = User.objects.create_user(
        DEPARTMENT, f"{DEPARTMENT}@avelen.example", PASSWORD, name="Demonstration department lead"
    )
    add_role(user=person, role=Role.LEAD, agency=agency, by=None, at=at)
    return person
