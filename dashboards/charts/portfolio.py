"""Charts of a scope over time: agencies by stages completed, and the median score with its spread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboards.charts.chart import (
    DECLINED,
    INK,
    NAVY,
    SILENT,
    WHITE,
    Cell,
    Chart,
    Figure,
    Linked,
    agencies,
    hollow,
    linked,
    period_axis,
    solid,
    stage_colour,
    stages,
    text_colour,
)
from dashboards.charts.scale import ScoreScale, stages_only
from dashboards.standings import NOT_REPORTING, State
from dashboards.trends import Spread, StageCount, Statistics
from maturity.scoring import format_hundredths

LEAST_SHOWN = 4  # a count is written into its segment from this percent of the bar on
SMALLEST_TEXT = 10  # and only where it fits at this size
SILENT_ASKED: dict[str, object] = {"state": NOT_REPORTING}
DECLINED_ASKED: dict[str, object] = {"state": State.NOT_ADOPTING.value}
# With a score, in its order: the one in the middle stands at the median.
SCORED_ASKED: dict[str, object] = {"scored": "yes", "sort": "score"}


@dataclass(frozen=True)
class TrendPoint:
    """What is known of a scope at a point in time; `statistics` None: nothing yet. `scored_anew`: something
    else was published of it, by an earlier rule."""

    label: str
    statistics: Statistics | None
    provisional: bool
    scored_anew: bool = False

    @property
    def name(self) -> str:
        """The label, with "provisional" where the numbers may still change."""
        if self.scored_anew:
            return f"{self.label} (scored anew)"
        return f"{self.label} (provisional)" if self.provisional else self.label


@dataclass(frozen=True)
class _Segment:
    """One part of the bars: the same state, at every point."""

    name: str
    marker: Figure
    counts: tuple[int, ...]
    text: str  # the colour of its numbers
    group: str
    legend: bool
    asked: dict[str, object]  # what the list of its agencies is asked for


# Place of a point, what is asked for; to an address, or "" where no list can be asked for.
Link = Callable[[int, dict[str, object]], str]


def stages_over_time(
    points: Sequence[TrendPoint],
    stage_count: int,
    link: Link | None = None,
    scale: ScoreScale | None = None,
) -> Chart:
    """Agencies by stages completed (or bands reached) at each point, stacked from the most stages up.

    So "at least so many" is read from the bottom. Carried values are hollow; those who do not report or
    do not adopt are segments of their own. `link`: where the agencies of a part are listed.
    """
    scale = scale or stages_only(stage_count)
    segments = _segments(points, scale)
    carried = any(point.statistics and point.statistics.carried for point in points)
    totals = [point.statistics.agencies if point.statistics else 0 for point in points]
    labels = [point.label for point in points]
    return Chart(
        slug="stages-over-time",
        title="Agencies by stages completed" if scale.staged else "Agencies by band reached",
        summary=_stages_summary(points, scale),
        figure={
            "data": [_bar(segment, labels, totals, link) for segment in segments]
            + [_carried_key()] * carried,
            "layout": {
                "barmode": "stack",
                "bargap": 0.18,
                "uniformtext": {"minsize": SMALLEST_TEXT, "mode": "hide"},
                "hovermode": "closest",
                "xaxis": period_axis(labels),
                "yaxis": {"title": {"text": "Agencies"}, "fixedrange": True, "rangemode": "tozero"},
                "legend": {"traceorder": "normal", "y": -0.14},
            },
        },
        columns=("Period", *_stage_columns(scale), "Not reporting", "Not adopting", "All"),
        rows=tuple(_stage_row(number, point, stage_count, link) for number, point in enumerate(points)),
        size="tall",
    )


def score_spread(
    points: Sequence[TrendPoint],
    stage_count: int,
    scale: ScoreScale | None = None,
    link: Link | None = None,
) -> Chart:
    """The median score at each point, with the band in which the middle half of the agencies lies. `link`:
    where the agencies with a score at a point are listed, by score."""
    scale = scale or stages_only(stage_count)
    labels = [point.label for point in points]
    spreads = [point.statistics.spread if point.statistics else None for point in points]
    lower = [stages(spread.lower_quartile) if spread else None for spread in spreads]
    median = [stages(spread.median) if spread else None for spread in spreads]
    upper = [stages(spread.upper_quartile) if spread else None for spread in spreads]
    edge = {"type": "scatter", "mode": "lines", "x": labels, "hoverinfo": "skip", "line": {"width": 0}}
    band = {"fill": "tonexty", "fillcolor": "rgba(0,94,162,0.18)"}
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Median",
        "x": labels,
        "y": median,
        "line": {"color": NAVY, "width": 3},
        "marker": {"color": NAVY, "size": 8},
        "text": [_hover(spread) for spread in spreads],
        "hovertemplate": "<b>%{x}</b><br>%{text}<extra></extra>",
    }
    if link is not None:
        line["customdata"] = [link(number, SCORED_ASKED) for number in range(len(points))]
    return Chart(
        slug="score-spread",
        title="Median score and its spread",
        summary=_spread_summary(points, scale),
        figure={
            "data": [
                edge | {"y": lower, "showlegend": False},
                edge | {"y": upper, "name": "Middle half of the agencies"} | band,
                line,
            ],
            "layout": {
                "hovermode": "x",
                "xaxis": period_axis(labels),
                "yaxis": scale.axis,
                "legend": {"y": -0.14},
            },
        },
        columns=("Period", "Agencies with a score", "Lower quartile", "Median", "Upper quartile"),
        rows=tuple(_spread_row(number, point, link) for number, point in enumerate(points)),
        size="tall",
    )


def score_axis(stage_count: int) -> Figure:
    """An axis of scores, from none to all stages."""
    return stages_only(stage_count).axis


def _segments(points: Sequence[TrendPoint], scale: ScoreScale) -> list[_Segment]:
    found = []
    stage_count = scale.stage_count
    for stage in range(stage_count, -1, -1):
        name, colour, group = scale.stage(stage), stage_colour(stage, stage_count), f"s{stage}"
        reported = tuple(_stage(point, stage).reported for point in points)
        carried = tuple(_stage(point, stage).carried for point in points)
        asked: dict[str, object] = {"exactly": stage}
        found.append(
            _Segment(
                name,
                solid(colour),
                reported,
                text_colour(colour),
                group,
                True,
                asked | {"state": State.REPORTED.value},
            )
        )
        old = asked | {"state": State.CARRIED.value}
        found.append(_Segment(f"{name}, carried forward", hollow(colour), carried, INK, group, False, old))
    silent = tuple(point.statistics.not_reporting if point.statistics else 0 for point in points)
    declined = tuple(point.statistics.not_adopting if point.statistics else 0 for point in points)
    found.append(_Segment("Not reporting", hollow(SILENT, ""), silent, INK, "silent", True, SILENT_ASKED))
    shape = hollow(DECLINED, "x")
    found.append(_Segment("Not adopting", shape, declined, INK, "declined", True, DECLINED_ASKED))
    return found


def _bar(segment: _Segment, labels: list[str], totals: list[int], link: Link | None) -> Figure:
    """Stage and state are in the name; a number is written where there is room for it."""
    shown = [
        str(count) if total and count * 100 >= total * LEAST_SHOWN else ""
        for count, total in zip(segment.counts, totals, strict=True)
    ]
    bar: Figure = {
        "type": "bar",
        "name": segment.name,
        "x": labels,
        "y": list(segment.counts),
        "text": shown,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "insidetextfont": {"color": segment.text, "size": 12},
        "constraintext": "both",
        "marker": segment.marker,
        "legendgroup": segment.group,
        "showlegend": segment.legend,
        "hovertemplate": f"<b>%{{x}}</b><br>{segment.name}: %{{y}}<extra></extra>",
    }
    if link is not None:  # where a click leads (static/js/charts.js); the table holds the same links
        bar["customdata"] = [link(number, segment.asked) for number in range(len(labels))]
    if segment.marker["color"] == WHITE:
        bar["textfont"] = {"color": segment.text}
    return bar


def _carried_key() -> Figure:
    """What hollow means, for the legend alone."""
    marker = hollow(stage_colour(3, 5))
    return {"type": "bar", "name": "Hollow: carried forward", "x": [None], "y": [None], "marker": marker}


def _stage(point: TrendPoint, stage: int) -> StageCount:
    stages_known = point.statistics.stages if point.statistics else ()
    return next((count for count in stages_known if count.stage == stage), StageCount(stage, 0, 0))


def _stage_columns(scale: ScoreScale) -> list[str]:
    return [scale.stage(stage) for stage in range(scale.stage_count + 1)]


def _stage_row(number: int, point: TrendPoint, stage_count: int, link: Link | None) -> tuple[Cell, ...]:
    """Each stage's count, with how many of it are carried forward, each leading to its agencies."""

    def cell(count: int, text: str | int, asked: dict[str, object]) -> Cell:
        url = link(number, asked) if count and link is not None else ""
        return Linked(text, url) if url else text

    if point.statistics is None:
        return (point.name, *[None] * (stage_count + 4))
    cells: list[Cell] = []
    for stage in range(stage_count + 1):
        count = _stage(point, stage)
        text = f"{count.total} ({count.carried} carried)" if count.carried else count.total
        cells.append(cell(count.total, text, {"exactly": stage}))
    known = point.statistics
    silent = cell(known.not_reporting, known.not_reporting, SILENT_ASKED)
    declined = cell(known.not_adopting, known.not_adopting, DECLINED_ASKED)
    return (point.name, *cells, silent, declined, cell(known.agencies, known.agencies, {}))


def _stages_summary(points: Sequence[TrendPoint], scale: ScoreScale) -> str:
    known = [point for point in points if point.statistics and point.statistics.with_value]
    if not known:
        return "No agency has a score yet."
    first, last = known[0], known[-1]
    begun = _at_least(last, 1)
    most = next((s for s in range(scale.stage_count, 1, -1) if _at_least(last, s)), 0)
    done = "have completed a stage" if scale.staged else f"have reached the band {scale.band(1)}"
    said = f"{begun} of {agencies(_with_value(last))} with a score in {last.name} {done} or more"
    if most:
        words = scale.stage(most).lower() if scale.staged else f"the band {scale.band(most)}"
        said += f", {_at_least(last, most)} of them {words}"
    if first is not last:
        said += f"; in {first.label} it was {_at_least(first, 1)} of {_with_value(first):,}"
    return f"{said}."


def _at_least(point: TrendPoint, stage: int) -> int:
    known = point.statistics.stages if point.statistics else ()
    return sum(count.total for count in known if count.stage >= stage)


def _with_value(point: TrendPoint) -> int:
    return point.statistics.with_value if point.statistics else 0


def _hover(spread: Spread | None) -> str:
    if spread is None:
        return ""
    low, high = format_hundredths(spread.lower_quartile), format_hundredths(spread.upper_quartile)
    return f"Median {format_hundredths(spread.median)}<br>middle half {low} to {high}<br>{agencies(spread.n)}"


def _spread_row(number: int, point: TrendPoint, link: Link | None) -> tuple[Cell, ...]:
    spread = point.statistics.spread if point.statistics else None
    if spread is None:
        return (point.name, 0, None, None, None)
    values = (spread.lower_quartile, spread.median, spread.upper_quartile)
    return (point.name, with_score(spread.n, number, link), *map(format_hundredths, values))


def with_score(n: int, number: int, link: Link | None) -> Cell:
    """How many agencies have a score at the point of this number, leading to them."""
    url = link(number, SCORED_ASKED) if link is not None else ""
    return linked(n, url) if url else n


def _spread_summary(points: Sequence[TrendPoint], scale: ScoreScale) -> str:
    known = [
        (point, point.statistics.spread) for point in points if point.statistics and point.statistics.spread
    ]
    if not known:
        return "No agency has a score yet."
    (first, before), (last, now) = known[0], known[-1]
    low, high = format_hundredths(now.lower_quartile), format_hundredths(now.upper_quartile)
    said = (
        f"The median of {agencies(now.n)} in {last.name} is {format_hundredths(now.median)} {scale.of}, "
        f"with the middle half from {low} to {high}"
    )
    return said + (
        f"; in {first.label} it was {format_hundredths(before.median)}." if first is not last else "."
    )
