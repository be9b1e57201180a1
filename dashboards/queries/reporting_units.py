"""Where an agency does not answer for itself, for its page: rolled up with what those below it come to, or
covered by whom."""

from dataclasses import dataclass
from datetime import date

from assessments.models import Cycle
from assessments.queries_rollup import rollups
from assessments.queries_units import apart_in_force
from assessments.rollup import Rollup
from portal.access.models import User
from portal.agencies.models import Agency, Program


@dataclass(frozen=True)
class Apart:
    """An agency in the last round that speaks of it. `covered_by`: None where it is rolled up."""

    cycle: Cycle
    covered_by: Agency | None
    may_open: bool  # the page of who covers it
    rollup: Rollup | None


def apart_of(agency: Agency, user: User, today: date) -> list[Apart]:
    """By program that `user` may know of, the last round, if the agency does not answer for itself in it."""
    programs = Program.objects.visible_to(user)
    found = []
    for unit, cycle in apart_in_force(agency, programs, today):
        upper = unit.covered_by
        found.append(
            Apart(
                cycle=cycle,
                covered_by=upper,
                may_open=upper is not None and Agency.objects.visible_to(user).filter(pk=upper.pk).exists(),
                rollup=rollups(cycle, [agency], user)[agency.pk] if upper is None else None,
            )
        )
    return found
