"""Forecasts of a scope and of an agency, from their past, as often as their model is asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from dashboards.analytics.forecast import HORIZONS, Bounds, Seen, forecast
from dashboards.charts.forecast import AGENCIES, Course, Unit, score_unit, steps_unit
from dashboards.models import Freshness, Scope, Trend, TrendSums
from dashboards.points import Point, latest_points
from dashboards.queries.agencies import Reading, standings_of
from dashboards.queries.as_published import AsPublished, PastReading, past_rows
from dashboards.queries.known import PUBLISHED, Knowledge
from dashboards.queries.measures import Measure
from dashboards.queries.portfolio import looked_back_from, trends_anywhere, trends_of
from dashboards.trends import spread
from maturity.scoring import MILLION
from portal.agencies.models import Agency
from portal.agencies.periods import following, label

LONGEST = 40  # points looked back


@dataclass(frozen=True)
class ScopeForecast:
    """The median score of a scope, and for each stage how many agencies have completed it or more."""

    median: Course
    stages: tuple[Course, ...]


@dataclass(frozen=True)
class AgencyForecast:
    """The score of an agency, and the number of stages it has completed."""

    score: Course
    stages: Course


def forecast_scope(
    scope: Scope,
    measure: Measure,
    fresh: Freshness,
    until: date,
    year_starts_in: int,
    knowledge: Knowledge = PUBLISHED,
) -> ScopeForecast:
    """The forecast from what is known up to `until`: of at most LONGEST rows of the trend. Where that is
    published, from what was known when it was."""
    points = _points(trends_of(scope, measure), measure, fresh, until, year_starts_in)
    found = past_rows(scope, measure, [point.on for point in points], knowledge)
    rows = {on: row.sums for on, row in found.items()}
    spreads = {on: spread(row.histogram) for on, row in rows.items()}
    medians = [known.median if (known := spreads.get(point.on)) else None for point in points]
    count = rows[points[-1].on].agencies if points[-1].on in rows else 0
    courses, kind = [], measure.version.rhythm
    for stage in range(1, measure.stage_count + 1):
        counts = [_completed(rows[point.on], stage) if spreads.get(point.on) else None for point in points]
        seen = [None if value is None else Seen(value) for value in counts]
        bounds = Bounds(0, max(count, *(value or 0 for value in counts)))
        courses.append(
            _course(_completed_words(stage, measure), AGENCIES, points, seen, bounds, year_starts_in, kind)
        )
    seen = [None if value is None else Seen(value) for value in medians]
    highest = Bounds(0, measure.maximum * MILLION)
    unit = score_unit(measure.unit)
    median = _course("Median score", unit, points, seen, highest, year_starts_in, kind)
    return ScopeForecast(median, tuple(courses))


def forecast_agency(
    agency: Agency,
    measure: Measure,
    fresh: Freshness,
    until: date,
    year_starts_in: int,
    read: PastReading = None,
) -> AgencyForecast:
    """The forecast from what is known up to `until`; `read`: that was known on a past day, so that it is the
    one that would have been made then, or that was published. Two queries at the most."""
    points = _points(trends_anywhere(measure), measure, fresh, until, year_starts_in)
    values = _values(agency, measure, until, read)
    at = [_value_on(values, point.on) for point in points]
    before: list[_Held | None] = [None, *at[:-1]]
    pairs = list(zip(at, before, strict=True))
    scores = [_seen(held, was, held.score if held else None) for held, was in pairs]
    stages = [_seen(held, was, held.stages if held else None) for held, was in pairs]
    most, scale, kind = measure.stage_count, measure.scale, measure.version.rhythm
    unit, highest = score_unit(measure.unit), Bounds(0, measure.maximum * MILLION)
    return AgencyForecast(
        score=_course("Score", unit, points, scores, highest, year_starts_in, kind),
        stages=_course(scale.many, steps_unit(scale), points, stages, Bounds(0, most), year_starts_in, kind),
    )


def _points(
    trends: QuerySet[Trend], measure: Measure, fresh: Freshness, until: date, year_starts_in: int
) -> list[Point]:
    """Quarters, or months or years of a model that is asked for those."""
    kind = measure.version.rhythm
    horizon = looked_back_from(trends, fresh.horizon_on, kind, year_starts_in, LONGEST)
    points = latest_points(horizon, kind, year_starts_in, 2 * LONGEST)
    # A day long before all of these is forecast from itself alone, of which nothing is known.
    return [point for point in points if point.on <= until][-LONGEST:] or list(
        latest_points(until, kind, year_starts_in, 1)
    )


def _course(
    name: str,
    unit: Unit,
    points: Sequence[Point],
    seen: Sequence[Seen | None],
    bounds: Bounds,
    year_starts_in: int,
    kind: str,
) -> Course:
    """The forecast of what is known without a gap up to the last point; nothing if that has no value."""
    known = _since_gap(seen)
    later = [following(points[-1].period, ahead) for ahead in range(1, HORIZONS + 1)]
    return Course(
        name=name,
        unit=unit,
        labels=tuple(point.label for point in points[len(points) - len(known) :]),
        values=tuple(one.value for one in known),
        later=tuple(label(period, year_starts_in) for period in later),
        forecast=forecast(known, bounds),
        kind=kind,
    )


def _since_gap(seen: Iterable[Seen | None]) -> list[Seen]:
    known: list[Seen] = []
    for one in seen:
        known = [] if one is None else [*known, one]
    return known


@dataclass(frozen=True)
class _Held:
    """By which result an agency had which value from one month end to another."""

    from_on: date
    until_on: date | None
    result: int | None
    score: int | None
    stages: int | None


def _values(agency: Agency, measure: Measure, until: date, read: PastReading) -> list[_Held]:
    """How the agency stood; what was published comes first, also that it had no value."""
    readings: list[Reading] = [read.kept, read.rest] if isinstance(read, AsPublished) else [read]
    fields = ("from_on", "until_on", "result_id", "score", "stages_completed")
    found: list[_Held] = []
    for one in readings:
        rows = standings_of(measure, one).filter(agency=agency, from_on__lte=until)
        found += [_Held(*row) for row in rows.order_by("from_on").values_list(*fields)]
    return found


def _seen(held: _Held | None, before: _Held | None, value: int | None) -> Seen | None:
    """A value is new where another assessment stands behind it than at the point before."""
    if held is None or value is None:
        return None
    return Seen(value, new=before is None or before.result != held.result)


def _value_on(values: Sequence[_Held], on: date) -> _Held | None:
    holding = (one for one in values if one.until_on is not None and one.from_on <= on <= one.until_on)
    return next(holding, None)


def _completed(row: TrendSums, stage: int) -> int:
    """Agencies with this many stages or more completed."""
    return sum(sum(states.values()) for number, states in row.by_stage.items() if int(number) >= stage)


def _completed_words(stage: int, measure: Measure) -> str:
    if not measure.staged:
        return measure.stage_name(stage) + ("" if stage == measure.stage_count else " or more")
    return f"Stage {stage}" if stage == measure.stage_count else f"Stage {stage} or more"
