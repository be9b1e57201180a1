"""The points in time that everything about one agency goes by."""

from dashboards.models import Freshness
from dashboards.points import SHOWN, Point, latest_points
from dashboards.queries.measures import Measure
from dashboards.queries.portfolio import latest_reported_anywhere, looked_back_from, trends_anywhere


def quarters_shown(fresh: Freshness | None, measure: Measure | None, year_starts_in: int) -> list[Point]:
    """The points in time that pages of agencies show where none is asked for."""
    return quarters_known(fresh, measure, year_starts_in)[-SHOWN:]


def quarters_known(fresh: Freshness | None, measure: Measure | None, year_starts_in: int) -> list[Point]:
    """The points in time up to the latest for which anybody reported: quarters, or whatever the model is
    usually asked for."""
    if fresh is None or measure is None:
        return []
    kind = measure.version.rhythm
    horizon = looked_back_from(trends_anywhere(measure), fresh.horizon_on, kind, year_starts_in, 2 * SHOWN)
    points = latest_points(horizon, kind, year_starts_in, 2 * SHOWN)
    now = latest_reported_anywhere(measure, points)
    return [point for point in points if point.on <= now.on]
