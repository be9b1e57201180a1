"""When each agency of a round is due: the one place that knows."""

from collections.abc import Iterable
from datetime import date

from assessments.models import Cycle


def due_days(cycle: Cycle, agency_ids: Iterable[int]) -> dict[int, date]:
    """By agency, the day it is due in this round."""
    return dict.fromkeys(agency_ids, cycle.due_on)
