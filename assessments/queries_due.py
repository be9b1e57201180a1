"""When each agency of a round is due: the one place that knows."""

from collections.abc import Collection, Iterable
from datetime import date

from assessments.models import Cycle, Extension


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
