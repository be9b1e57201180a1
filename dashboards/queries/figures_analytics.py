"""Figures of domains, analysis, stage times, forecast and scoring changes, looked up by their identifiers."""

from collections.abc import Callable
from datetime import date

from dashboards.analytics.spread import deviation
from dashboards.charts.chart import percent_words
from dashboards.charts.forecast import Course
from dashboards.charts.survival import median_words
from dashboards.points import Point
from dashboards.queries.agencies import members_of
from dashboards.queries.as_published import past_of
from dashboards.queries.domains import band_words, domain_series
from dashboards.queries.figures_asked import Asked, NotThen, PageFigure, Rows
from dashboards.queries.forecasts import forecast_scope
from dashboards.queries.rules import compare_rules
from dashboards.queries.scopes import freshness
from dashboards.queries.stage_times import stage_times_of
from dashboards.rule_changes import Moves
from dashboards.trends import Spread, statistics
from maturity.scoring import format_hundredths
from portal.agencies.periods import Period, month_end, month_start


def domains(asked: Asked) -> PageFigure:
    """The median of every domain."""
    said = statistics(asked.row.sums, asked.measure.stage_count)
    rows = []
    for slug, name in asked.measure.domains:
        known = said.domains.get(slug)
        middle = known.spread.median if known and known.spread else None
        rows.append((name, f"{percent_words(middle)} over {known.n if known else 0:,}"))
    value = f"{said.with_value:,} of {said.agencies:,} with a score"
    return PageFigure(value, said.with_value, tuple(rows), "/portfolio/domains/", {})


def domain(asked: Asked, slug: str) -> PageFigure:
    """The median of one domain, its quartiles, and agencies by how far they are. Raises NotThen."""
    if slug not in dict(asked.measure.domains):
        raise NotThen(f"There is no domain {slug!r}.")
    rows = {asked.on: asked.row}
    period = Period(month_start(asked.on), asked.on)
    (found,) = domain_series(rows, asked.measure, [Point(asked.on, period, "")], [False])[slug]
    middle = percent_words(found.spread.median) if found.spread else "no value"
    bands = tuple((band_words(number).capitalize(), f"{n:,}") for number, n in enumerate(found.bands))
    return PageFigure(
        middle, found.n, (*_five(found.spread, percent_words), *bands), f"/portfolio/domains/{slug}/", {}
    )


def analysis(asked: Asked) -> PageFigure:
    """The mean with the standard deviation and the spread, of scores and by domain."""
    said = statistics(asked.row.sums, asked.measure.stage_count)
    apart = deviation(asked.row.sums.histogram)
    rows = [("Standard deviation", format_hundredths(apart.value) if apart else "–")]
    rows += _five(said.spread, format_hundredths)
    for slug, name in asked.measure.domains:
        if known := said.domains.get(slug):
            off = deviation(asked.row.sums.domains[slug]["histogram"])
            points = f"{off.value / 10_000:.0f} points" if off else "–"
            rows.append((name, f"mean {percent_words(known.mean)}, standard deviation {points}"))
    value = "no score" if said.mean is None else format_hundredths(said.mean)
    return PageFigure(value, said.with_value, tuple(rows), "/portfolio/analysis/", {})


def times(asked: Asked) -> PageFigure:
    """The median months of each stage, over whom it is taken."""
    read = past_of(asked.scope, asked.measure, asked.on, asked.row, asked.knowledge)
    found = stage_times_of(asked.scope, asked.measure, asked.on, read)
    scale = asked.measure.scale
    first = {stage.number for stage in asked.measure.stages if stage.from_percent == "0"}
    rows = tuple(
        (scale.numbered(one.stage), median_words(one.curve, scale)) for one in found if one.stage not in first
    )
    n = max((one.curve.spells for one in found), default=0)
    return PageFigure(f"{len(rows)} {scale.steps}", n, rows, "/portfolio/stage-times/", {})


def forecast(asked: Asked, year_starts_in: str) -> PageFigure:
    """What is forecast of the median and of each stage. Raises NotThen."""
    fresh = freshness()
    if fresh is None:
        raise NotThen("Nothing is known yet.")
    found = forecast_scope(asked.scope, asked.measure, fresh, asked.on, int(year_starts_in), asked.knowledge)
    said = statistics(asked.row.sums, asked.measure.stage_count, by_domain=False)
    rows = tuple(_course(one) for one in (found.median, *found.stages))
    return PageFigure(found.median.expected, said.with_value, rows, "/forecast/", {})


def changes(asked: Asked, since: str) -> PageFigure:
    """Who rose and fell, as published and under the same rule. Raises NotThen."""
    before = date.fromisoformat(since)
    if before >= asked.on or before != month_end(before):
        raise NotThen(f"{since} is no month end before {asked.on}.")
    agencies = members_of(asked.scope, asked.on, asked.user, asked.read)
    ends = (asked.on, asked.read), (before, asked.read_at(before))
    found = compare_rules(agencies, asked.measure, *ends, None)
    rows = (
        *_moves("By the rule of the time", found.published),
        *_moves("Under the same rule", found.same_rule),
    )
    value = f"{found.touched:,} of {found.same_rule.all:,} partly by the method"
    return PageFigure(value, found.same_rule.all, rows, "/method-changes/", {"since": since})


def _moves(words: str, moves: Moves) -> Rows:
    counts = (("rose", moves.risen), ("fell", moves.fallen), ("stayed", moves.unchanged))
    return tuple((f"{words}: {what}", f"{n:,}") for what, n in counts)


def _course(one: Course) -> tuple[str, str]:
    return one.name, f"{one.now}; {one.expected}"


def _five(spread: Spread | None, words: Callable[[int], str]) -> list[tuple[str, str]]:
    if spread is None:
        return []
    return [
        ("Lowest", words(spread.lowest)),
        ("Lower quartile", words(spread.lower_quartile)),
        ("Median", words(spread.median)),
        ("Upper quartile", words(spread.upper_quartile)),
        ("Highest", words(spread.highest)),
    ]
