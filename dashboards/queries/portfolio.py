"""What the portfolio page shows of a scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from assessments.models import Cycle
from dashboards.charts.portfolio import TrendPoint
from dashboards.models import Scope, ScopeMember, Trend
from dashboards.points import Point, Round, is_published
from dashboards.queries.measures import Measure
from dashboards.trends import Statistics, statistics
from portal.agencies.models import Agency, ProgramMembership, StaleMark
from portal.agencies.periods import Period

LONGEST_ROUND = timedelta(days=2 * 366)  # from the end of a year's round until the next year is over


@dataclass(frozen=True)
class Series:
    """A scope over time, the last point being the one that the page is about."""

    points: tuple[Point, ...]
    trend: tuple[TrendPoint, ...]
    computed_at: datetime | None  # of the last point

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
    return _latest(_trends(scope, measure), points)


def latest_reported_anywhere(measure: Measure, points: Sequence[Point]) -> Point:
    """The same over all agencies, for pages that are about no scope: only the date is told."""
    trends = Trend.objects.filter(model=measure.model, method=measure.method)
    return _latest(trends.filter(scope__kind=Scope.Kind.EVERYTHING), points)


def _latest(trends: QuerySet[Trend], points: Sequence[Point]) -> Point:
    rows = trends.filter(on__in=[point.on for point in points], reported__gt=0)
    latest = rows.order_by("-on").values_list("on", flat=True).first()
    return next((point for point in points if point.on == latest), points[-1])


def series_of(scope: Scope, measure: Measure, points: Sequence[Point]) -> Series:
    """The trend of `scope` at these points, in three queries; by domain at the last of them alone."""
    days = [point.on for point in points]
    rows = {row.on: row for row in _trends(scope, measure).filter(on__in=days).defer("domains")}
    rounds = rounds_of(scope, measure, days[0], days[-1])
    last = rows.get(days[-1])
    return Series(
        points=tuple(points),
        trend=tuple(
            TrendPoint(
                label=point.label,
                statistics=statistics(rows[point.on], measure.stage_count, by_domain=point == points[-1])
                if point.on in rows
                else None,
                provisional=not is_published(rounds, point.on),
            )
            for point in points
        ),
        computed_at=last.computed_at if last else None,
    )


def changes_waiting(agencies: QuerySet[Agency]) -> bool:
    """Whether something about one of these agencies has changed that is not yet in the numbers."""
    return StaleMark.objects.filter(agency__in=agencies.order_by().values("pk")).exists()


def rounds_of(scope: Scope, measure: Measure, first: date, last: date) -> list[Round]:
    """The reporting rounds that speak for the month ends from `first` to `last` in this scope."""
    cycles = Cycle.objects.filter(
        version__model=measure.model, period_ends_on__lte=last, period_ends_on__gt=first - LONGEST_ROUND
    )
    if scope.kind == Scope.Kind.PROGRAM:
        cycles = cycles.filter(program=scope.program_id)
    elif scope.kind == Scope.Kind.SUBTREE:
        members = ScopeMember.objects.filter(scope=scope).values("agency_id")
        programs = ProgramMembership.objects.filter(agency__in=members).values("program_id")
        cycles = cycles.filter(program__in=programs)
    rows = cycles.order_by().values_list("program_id", "period_starts_on", "period_ends_on", "state")
    return [
        Round(program, Period(starts_on, ends_on), state == Cycle.State.PUBLISHED)
        for program, starts_on, ends_on, state in rows
    ]


def _trends(scope: Scope, measure: Measure) -> QuerySet[Trend]:
    return Trend.objects.filter(scope=scope, model=measure.model, method=measure.method)
