"""What the portfolio page shows of a scope."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from dashboards.charts.portfolio import TrendPoint
from dashboards.models import Scope, Trend
from dashboards.points import Point, latest_points
from dashboards.queries.agencies import Reading
from dashboards.queries.known import PUBLISHED, Knowledge, KnownRow, Numbers, rows_at
from dashboards.queries.measures import Measure
from dashboards.queries.published_rules import EVERYWHERE, published_rules
from dashboards.trends import Statistics, statistics
from portal.agencies.models import Agency, StaleMark
from portal.agencies.periods import period_of


@dataclass(frozen=True)
class Series:
    """A scope over time, the last point being the one that the page is about."""

    points: tuple[Point, ...]
    trend: tuple[TrendPoint, ...]
    rows: Mapping[date, KnownRow]
    knowledge: Knowledge

    @property
    def row(self) -> KnownRow | None:
        """Of the last point."""
        return self.rows.get(self.now.on)

    @property
    def read(self) -> Reading:
        """How to read the standings behind the last point."""
        return self.read_at(self.now.on)

    @property
    def read_before(self) -> Reading:
        """How to read the standings behind the point before."""
        return self.read_at(self.before.on) if self.before else None

    def read_at(self, day: date) -> Reading:
        """How to read the standings at one of these month ends."""
        row = self.rows.get(day)
        return row.read if row else self.knowledge.as_known

    @property
    def now(self) -> Point:
        return self.points[-1]

    @property
    def before(self) -> Point | None:
        """The point that change is measured from."""
        return self.points[-2] if len(self.points) > 1 else None

    @property
    def statistics(self) -> Statistics | None:
        """Of the last point."""
        return self.trend[-1].statistics

    @property
    def provisional(self) -> bool:
        """Whether the numbers of the last point may still change."""
        return self.trend[-1].provisional


def latest_reported(scope: Scope, measure: Measure, points: Sequence[Point]) -> Point:
    """The latest of `points` for which anybody in the scope reported, else the last one.

    A quarter that has just begun holds nothing but what is carried forward, so it is not where one begins.
    """
    return _latest(trends_of(scope, measure), points)


def latest_reported_anywhere(measure: Measure, points: Sequence[Point]) -> Point:
    """The same over all agencies, for pages that are about no scope: only the date is told.

    The latest at which everything is published, by the measure or a rule before it, where there is one.
    """
    if published := published_rules(EVERYWHERE, measure, [point.on for point in points]):
        return next(point for point in reversed(points) if point.on in published)
    return _latest(trends_anywhere(measure), points)


def latest_known_anywhere(measure: Measure, points: Sequence[Point]) -> Point:
    """The latest at which anybody has reported, published or not."""
    return _latest(trends_anywhere(measure), points)


def looked_back_from(
    trends: QuerySet[Trend], horizon: date, kind: str, year_starts_in: int, count: int
) -> date:
    """From which day `count` points are looked back: the horizon, or, where nothing was reported for longer
    than that (somebody's index of earlier years), the end of the year that was reported last."""
    first = latest_points(horizon, kind, year_starts_in, count)[0].on
    latest = (
        trends.filter(reported__gt=0, on__lte=horizon).order_by("-on").values_list("on", flat=True).first()
    )
    if latest is None or latest >= first:
        return horizon
    return min(horizon, period_of(latest, kind="year", year_starts_in=year_starts_in).ends_on)


def _latest(trends: QuerySet[Trend], points: Sequence[Point]) -> Point:
    known = trends.filter(on__in=[point.on for point in points]).order_by("-on").values_list("on", flat=True)
    # A month's result is no more than carried forward at the end of its quarter.
    latest = known.filter(reported__gt=0).first() or known.filter(carried__gt=0).first()
    return next((point for point in points if point.on == latest), points[-1])


def series_of(
    scope: Scope,
    measure: Measure,
    points: Sequence[Point],
    knowledge: Knowledge = PUBLISHED,
    rows: Mapping[date, KnownRow] | None = None,
) -> Series:
    """The trend of `scope` at these points as it is known; by domain at the last of them alone.

    `rows`: what is known of it, where that is read already.
    """
    if rows is None:
        rows = rows_at(scope, measure, [point.on for point in points], knowledge)
    if not measure.staged:  # an index begins with its first edition
        points = since_first(points, rows.keys())
    return Series(
        points=tuple(points),
        trend=tuple(
            _trend_point(point, rows.get(point.on), measure, knowledge, points[-1]) for point in points
        ),
        rows=rows,
        knowledge=knowledge,
    )


def _trend_point(
    point: Point, row: KnownRow | None, measure: Measure, knowledge: Knowledge, last: Point
) -> TrendPoint:
    return TrendPoint(
        label=point.label,
        statistics=statistics(row.sums, measure.stage_count, by_domain=point == last) if row else None,
        provisional=knowledge.numbers is not Numbers.KNOWN and (row is None or row.publication is None),
        scored_anew=row is not None and row.scored_anew,
    )


def changes_waiting(agencies: QuerySet[Agency]) -> bool:
    """Whether something about one of these agencies has changed that is not yet in the numbers."""
    return StaleMark.objects.filter(agency__in=agencies.order_by().values("pk")).exists()


def since_first(points: Sequence[Point], known: Collection[date]) -> Sequence[Point]:
    """The points from the first of which something is known; the last two in any case."""
    start = next((place for place, point in enumerate(points) if point.on in known), len(points))
    return points[min(start, max(len(points) - 2, 0)) :]


def trends_of(scope: Scope, measure: Measure) -> QuerySet[Trend]:
    """The trend rows of a scope by this measure."""
    return Trend.objects.filter(scope=scope, model=measure.model, method=measure.method)


def trends_anywhere(measure: Measure) -> QuerySet[Trend]:
    """The trend rows of all agencies by this measure."""
    trends = Trend.objects.filter(model=measure.model, method=measure.method)
    return trends.filter(scope__kind=Scope.Kind.EVERYTHING)
