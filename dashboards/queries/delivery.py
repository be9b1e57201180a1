"""Where the roadmap of an agency leads, and how its planned actions were delivered so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assessments.models import Action
from dashboards.analytics.delivery import Between, Planned, Record, plan_ahead, record_of
from dashboards.queries.measures import Measure
from dashboards.queries.roadmap import actions_of, moves_of
from dashboards.queries.what_if import held_of, rules_for
from portal.agencies.models import Agency
from portal.agencies.periods import period_of


@dataclass(frozen=True)
class PlanReading:
    """What a roadmap comes to at some days ahead, and the record that it is judged by."""

    record: Record
    points: tuple[Between, ...]


def read_plan(
    agency: Agency, measure: Measure, on: date, days: Sequence[date], today: date, year_starts_in: int
) -> PlanReading | None:
    """The plan at these days, going on from how the agency stands on the day `on`; None where nothing is
    planned, or there is nothing to go on from. Three queries.

    What was dropped moves nothing, and counts as not delivered where its day has come.
    """
    actions = list(actions_of(agency, measure)) if measure.staged else []
    planned = [action for action in actions if action.status != Action.Status.DROPPED]
    held = held_of(agency, measure, on) if planned and days else None
    if held is None:
        return None
    until = period_of(today, year_starts_in=year_starts_in).ends_on
    done = list(moves_of([one for one in planned if not one.is_open], today, until))
    still_open = list(moves_of([one for one in planned if one.is_open], today, until))
    record = record_of([Planned(one.due_on, one.done_on) for one in actions], today)
    points = plan_ahead(rules_for(measure), held.levels, done, still_open, record, days)
    return PlanReading(record, tuple(points))
