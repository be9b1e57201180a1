"""Who may do what (DESIGN §7): roles, rights, and what a set of grants reaches. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person is, for everything, a program, or an agency with its subtree."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    LEAD = "lead"
    REVIEWER = "reviewer"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"


ROLE_NAMES = {
    Role.VIEWER: "Viewer",
    Role.CONTRIBUTOR: "Contributor",
    Role.LEAD: "Agency lead",
    Role.REVIEWER: "Reviewer",
    Role.OFFICER: "Program officer",
    Role.ADMINISTRATOR: "Administrator",
}

# For the pages: what the role lets a person do.
ROLE_MEANINGS = {
    Role.VIEWER: "See published scores, standings and trends.",
    Role.CONTRIBUTOR: "See and answer the agency's assessments.",
    Role.LEAD: "See, answer, submit and plan the agency's assessments, and invite contributors.",
    Role.REVIEWER: "See answers and evidence, and approve or return assessments.",
    Role.OFFICER: "Review assessments, run reporting rounds, and invite people.",
    Role.ADMINISTRATOR: "Everything, but approve their own work.",
}


class Right(StrEnum):
    """One thing that a role lets a person do with an agency."""

    SEE = "see"  # published scores, standings, trends
    SEE_DETAILS = "see_details"  # answers, evidence, item levels, gaps
    ANSWER = "answer"
    SUBMIT = "submit"  # and assign, reply, plan, invite contributors
    REVIEW = "review"  # approve and return
    WRITE_CASES = "write_cases"  # case studies of the agency
    PUBLISH_CASES = "publish_cases"
    RUN_PROGRAM = "run_program"  # cycles, cohorts, reports, agencies and people of the program
    ADMINISTER = "administer"


_CONTRIBUTOR = {Right.SEE, Right.SEE_DETAILS, Right.ANSWER, Right.WRITE_CASES}
_REVIEWER = {Right.SEE, Right.SEE_DETAILS, Right.REVIEW}
_OFFICER = {Right.RUN_PROGRAM, Right.WRITE_CASES, Right.PUBLISH_CASES}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.CONTRIBUTOR: frozenset(_CONTRIBUTOR),
    Role.LEAD: frozenset(_CONTRIBUTOR | {Right.SUBMIT}),
    Role.REVIEWER: frozenset(_REVIEWER),
    Role.OFFICER: frozenset(_REVIEWER | _OFFICER),
    Role.ADMINISTRATOR: frozenset(Right),
}

# Which roles a person who holds a role may hand to others, within their own scope.
MAY_GRANT: dict[Role, frozenset[Role]] = {
    Role.LEAD: frozenset({Role.CONTRIBUTOR}),
    Role.OFFICER: frozenset({Role.VIEWER, Role.CONTRIBUTOR, Role.LEAD, Role.REVIEWER}),
    Role.ADMINISTRATOR: frozenset(Role),
}


@dataclass(frozen=True)
class Grant:
    """A role within a scope: a program, an agency's subtree (by path), or, with neither, everything."""

    role: Role
    program_id: int | None = None
    agency_id: int | None = None
    agency_path: str | None = None

    @property
    def everything(self) -> bool:
        return self.program_id is None and self.agency_path is None

    def reaches(self, path: str) -> bool:
        """Whether the agency at this path is reached, programs aside."""
        return self.everything or (self.agency_path is not None and path.startswith(self.agency_path))

    def gives(self, right: Right) -> bool:
        """Whether the role has `right`."""
        return right in RIGHTS[self.role]
