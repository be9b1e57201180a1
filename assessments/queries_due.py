"""When each agency of a round is due: the one place that knows."""

from collections.abc import Iterable
from datetime import date

from assessments.models import Assessment, Cycle, Extension
from assessments.queries_units import rounds_asking
from portal.access.models import User


def due_days(cycle: Cycle, agency_ids: Iterable[int]) -> dict[int, date]:
    """By agency, the day it is due in this round: the round's, or its own where that is another."""
    later = Extension.objects.filter(cycle=cycle).values_list("agency_id", "until_on")
    days = dict.fromkeys(agency_ids, cycle.due_on)
    return days | {pk: until_on for pk, until_on in later if pk in days}


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
