"""When each agency of a round is due: the one place that knows."""

from collections.abc import Collection, Iterable
from datetime import date

from assessments.models import Assessment, Cycle, Extension
from assessments.queries_units import rounds_asking
from portal.access.models import User


def due_days(cycle: Cycle, agency_ids: Iterable[int]) -> dict[int, date]:
    """By agency, the day it is due in this round: the round's, or its own where that is another."""
    later = own_days([cycle.pk]).get(cycle.pk, {})
    return {pk: later.get(pk, cycle.due_on) for pk in agency_ids}


def own_days(cycles: Collection[int]) -> dict[int, dict[int, date]]:
    """By round and agency, the days of agencies that are due on another day than their round. One query."""
    found: dict[int, dict[int, date]] = {}
    rows = Extension.objects.filter(cycle__in=cycles).order_by()
    for cycle, agency, until_on in rows.values_list("cycle_id", "agency_id", "until_on"):
        found.setdefault(cycle, {})[agency] = until_on
    return found


def rounds_of(assessment: Assessment, user: User, today: date) -> list[tuple[Cycle, date, bool]]:
    """The rounds that ask for the assessment and that `user` may know of, each with the day on which its
    agency is due and whether that is over while it is still to be handed in; the first due first."""
    if assessment.amends_id is not None:  # a correction is never too late
        return []
    found = rounds_asking(assessment.agency, assessment.version_id, assessment.period_ends_on)
    known = Cycle.objects.visible_to(user).filter(pk__in=[cycle.pk for cycle in found])
    seen = set(known.values_list("pk", flat=True)) if found else set()
    days = [
        (cycle, due_days(cycle, [assessment.agency_id])[assessment.agency_id])
        for cycle in found
        if cycle.pk in seen
    ]
    days.sort(key=lambda pair: (pair[1], pair[0].pk))
    return [(cycle, due, assessment.is_open and due < today) for cycle, due in days]
