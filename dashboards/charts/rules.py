"""Where the scoring rule changes, drawn into a chart over time that knows nothing of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dashboards.charts.chart import ACCENT, INK, WHITE, Cell, Chart, Figure, stages
from dashboards.rule_changes import Marker, OldLine
from maturity.scoring import format_hundredths

DASHES = ("dash", "dashdot", "longdash")  # of the former rules, in turn


def with_rule_changes(
    chart: Chart, labels: Sequence[str], markers: Sequence[Marker], old: Sequence[OldLine] = ()
) -> Chart:
    """The chart with a line across and words where the rule changes, a row in its table and a sentence in
    its summary; `old`: what was published before, drawn dashed beside it and as columns of the table.

    `labels`: of its points, of each of which its table has one row.
    """
    if not markers:
        return chart
    layout: Figure = {**chart.figure["layout"]}
    layout["shapes"] = [*layout.get("shapes", []), *map(_line, markers)]
    layout["annotations"] = [
        *layout.get("annotations", []),
        *(_words(marker, len(labels)) for marker in markers),
    ]
    layout["margin"] = layout.get("margin", {}) | {"t": 72}
    if old:
        layout["showlegend"] = True
    traces = [_trace(line, labels, DASHES[place % len(DASHES)]) for place, line in enumerate(old)]
    return replace(
        chart,
        summary=" ".join([chart.summary, *(f"{marker.words}." for marker in markers)]),
        figure={**chart.figure, "data": [*chart.figure["data"], *traces], "layout": layout},
        columns=(*chart.columns, *(f"As published, {line.rule}" for line in old)),
        rows=_rows(chart.rows, markers, old),
    )


def _line(marker: Marker) -> Figure:
    """Across the chart, between the two points. Places on the axis are numbered from 0."""
    place = marker.place - 0.5
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": place,
        "x1": place,
        "y0": 0,
        "y1": 1,
        "line": {"color": ACCENT, "width": 2, "dash": "dot"},
    }


def _words(marker: Marker, points: int) -> Figure:
    """What happened, on the side of the line where there is more room."""
    return {
        "xref": "x",
        "yref": "paper",
        "x": marker.place - 0.5,
        "y": 1,
        "yanchor": "bottom",
        "yshift": 16,  # above the mark that charts of invented agencies bear
        "xanchor": "right" if marker.place * 2 > points else "left",
        "showarrow": False,
        "text": f"<b>Scoring changed</b><br>{marker.old} to {marker.new}",
        "font": {"color": INK, "size": 12},
        "bgcolor": WHITE,
    }


def _trace(line: OldLine, labels: Sequence[str], dash: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": f"As published, {line.rule}",
        "x": list(labels),
        "y": [stages(score) for score in line.scores],
        "connectgaps": False,
        "line": {"color": ACCENT, "width": 2, "dash": dash},
        "marker": {"symbol": "square-open", "size": 8, "color": ACCENT, "line": {"width": 2}},
        "customdata": [None if score is None else format_hundredths(score) for score in line.scores],
        "hovertemplate": f"<b>%{{x}}</b><br>As published, {line.rule}: %{{customdata}}<extra></extra>",
    }


def _rows(
    rows: Sequence[tuple[Cell, ...]], markers: Sequence[Marker], old: Sequence[OldLine]
) -> tuple[tuple[Cell, ...], ...]:
    """The rows with what was published beside them, and one row at each change."""
    by_place = {marker.place: marker for marker in markers}
    found: list[tuple[Cell, ...]] = []
    for place, row in enumerate(rows):
        published: list[Any] = [
            None if line.scores[place] is None else format_hundredths(line.scores[place] or 0) for line in old
        ]
        whole = (*row, *published)
        if place in by_place:
            marker = by_place[place]
            said = f"Scoring changed: {marker.old} to {marker.new}"
            found.append((said, *[None] * (len(whole) - 1)))
        found.append(whole)
    return tuple(found)
