"""Importing people: those with an account get the role, the others an invitation to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.access.import_reading import PersonRow, read_people
from portal.access.models import Invitation, Membership, User
from portal.access.rules import Role
from portal.access.services import grant_role
from portal.access.services_invitations import IssuedInvitation, issue_invitation, renew_invitation
from portal.agencies.models import Agency, Program
from portal.agencies.queries import NoSuchAgency, find_agency
from portal.agencies.sheets import Problem


class ImportRefused(Exception):
    """Nothing was changed; `problems` names each bad row."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} bad rows")


@dataclass(frozen=True)
class Wish:
    """One row with its scope found."""

    number: int
    email: str
    name: str
    role: Role
    program: Program | None
    agency: Agency | None

    @property
    def key(self) -> tuple[str, Role, int | None, int | None]:
        """What must not be there twice."""
        program = self.program.pk if self.program else None
        return (self.email, self.role, program, self.agency.pk if self.agency else None)


@dataclass
class ImportReport:
    """What an import of people did. `issued`: one link to send for each invited address, the newest."""

    invited: int = 0
    renewed: int = 0  # invitations that had expired
    granted: int = 0  # roles given to people with an account
    merged: int = 0  # rows that say what an earlier row said
    left: int = 0  # rows that were true already
    problems: list[Problem] = field(default_factory=list)
    issued: dict[str, IssuedInvitation] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"{self.invited} invited, {self.renewed} invited again, "
            f"{self.granted} roles given to people with an account, "
            f"{self.merged} rows merged, {self.left} left as they were, {len(self.problems)} bad rows"
        )


def import_people(*, content: bytes, at: datetime, partial: bool = False) -> ImportReport:
    """Bring the people of a CSV file in; the whole file is checked first.

    The links in `issued` are sent by the caller, after this has been committed. Raises UnreadableFile,
    and ImportRefused where a row is bad and `partial` does not allow leaving it out.
    """
    rows, problems = read_people(content)
    report = ImportReport(problems=problems)
    with transaction.atomic():
        wishes = list(_wishes(rows, report))
        report.problems.sort()
        if report.problems and not partial:
            raise ImportRefused(report.problems)
        people = {
            user.email.lower(): user for user in User.objects.filter(email__in=[w.email for w in wishes])
        }
        held = _held(people, at)
        waiting = _waiting(wishes)
        for wish in wishes:
            _fulfil(wish, people.get(wish.email), held, waiting, report, at)
    return report


def _wishes(rows: list[PersonRow], report: ImportReport) -> Iterator[Wish]:
    """The rows with their scopes found; rows that repeat another are merged, bad ones become problems."""
    agencies: dict[str, Agency | str] = {}
    programs = {word.casefold(): one for one in Program.objects.all() for word in (one.slug, one.name)}
    closed = set(User.objects.filter(is_active=False).values_list("email", flat=True))
    seen = set()
    for row in rows:
        agency = _agency(row.agency, agencies) if row.agency else None
        program = programs.get(row.program.casefold())
        wrong = agency if isinstance(agency, str) else ""
        if row.program and program is None:
            wrong = f"no program is known as “{row.program}”: give its name or its short name in addresses"
        if row.email in closed:
            wrong = f"the account of {row.email} is closed: an administrator must open it first"
        if wrong or isinstance(agency, str):
            report.problems.append(Problem(row.number, wrong))
            continue
        wish = Wish(row.number, row.email, row.name, row.role, program, agency)
        if wish.key in seen:
            report.merged += 1
            continue
        seen.add(wish.key)
        yield wish


def _agency(words: str, known: dict[str, Agency | str]) -> Agency | str:
    """The agency, or what is wrong with the words for it."""
    if words not in known:
        try:
            known[words] = find_agency(words, Agency.objects.all())
        except NoSuchAgency as error:
            known[words] = str(error).rstrip(".")
    return known[words]


def _held(people: dict[str, User], at: datetime) -> set[tuple[str, str, int | None, int | None]]:
    rows = Membership.objects.current(timezone.localdate(at)).filter(until_on=None)
    rows = rows.filter(user__in=list(people.values()))
    keys = rows.values_list("user__email", "role", "program_id", "agency_id")
    return {(email.lower(), role, program, agency) for email, role, program, agency in keys}


def _waiting(wishes: list[Wish]) -> dict[tuple[str, str, int | None, int | None], Invitation]:
    rows = Invitation.objects.waiting().filter(email__in=[wish.email for wish in wishes])
    rows = rows.select_related("program", "agency")
    return {(row.email, row.role, row.program_id, row.agency_id): row for row in rows}


def _fulfil(
    wish: Wish,
    person: User | None,
    held: set[tuple[str, str, int | None, int | None]],
    waiting: dict[tuple[str, str, int | None, int | None], Invitation],
    report: ImportReport,
    at: datetime,
) -> None:
    invitation = waiting.get(wish.key)
    if wish.key in held or (person is None and invitation is not None and invitation.is_open(at)):
        report.left += 1
    elif person is not None:
        grant_role(user=person, role=wish.role, program=wish.program, agency=wish.agency, by=None, at=at)
        report.granted += 1
    elif invitation is not None:
        report.issued[wish.email] = renew_invitation(invitation=invitation, by=None, at=at)
        report.renewed += 1
    else:
        report.issued[wish.email] = issue_invitation(
            email=wish.email,
            name=wish.name,
            role=wish.role,
            program=wish.program,
            agency=wish.agency,
            by=None,
            at=at,
        )
        report.invited += 1
