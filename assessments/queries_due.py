"""When each agency of a round is due: the one place that knows."""

from collections.abc import Iterable
from datetime import date

from assessments.models import Cycle, Extension


def due_days(cycle: Cycle, agency_ids: Iterable[int]) -> dict[int, date]:
    """By agency, the day it is due in this round: the round's, or its own where that is another."""
    later = Extension.objects.filter(cycle=cycle).values_list("agency_id", "until_on")
    days = dict.fromkeys(agency_ids, cycle.due_on)
    return days | {pk: until_on for pk, until_on in later if pk in days}
