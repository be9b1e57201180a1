"""The points in time that everything about one agency goes by."""

from dashboards.models import Freshness
from dashboards.points import SHOWN, Point, latest_points
from dashboards.queries.measures import Measure
from dashboards.queries.portfolio import (
    latest_known_anywhere,
    latest_reported_anywhere,
    looked_back_from,
    trends_anywhere,
)


def quarters_shown(fresh: Freshness | None, measure: Measure | None, year_starts_in: int) -> list[Point]:
    """The points in time that pages of agencies show where none is asked for."""
    return quarters_known(fresh, measure, year_starts_in)[-SHOWN:]


def quarters_known(fresh: Freshness | None, measure: Measure | None, year_starts_in: int) -> list[Point]:
    """The points in time up to the latest that is published, or else for which anybody reported: quarters,
    or whatever the model is usually asked for."""
    if measure is None or not (points := _points(fresh, measure, year_starts_in)):
        return []
    now = latest_reported_anywhere(measure, points)
    return [point for point in points if point.on <= now.on]


def quarters_offered(fresh: Freshness | None, measure: Measure | None, year_starts_in: int) -> list[Point]:
    """The same up to the latest for which anybody reported, published or not: what may be asked for."""
    if measure is None or not (points := _points(fresh, measure, year_starts_in)):
        return []
    now = latest_known_anywhere(measure, points)
    return [point for point in points if point.on <= now.on]


def _points(fresh: Freshness | None, measure: Measure, year_starts_in: int) -> tuple[Point, ...]:
    if fresh is None:
        return ()
    kind = measure.version.rhythm
    horizon = looked_back_from(trends_anywhere(measure), fresh.horizon_on, kind, year_starts_in, 2 * SHOWN)
    return latest_points(horizon, kind, year_starts_in, 2 * SHOWN)
