"""Where a roadmap leads: the score at each quarter's end if all is done on time, and its targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboards.charts.chart import ACCENT, BLUE, NAVY, Cell, Chart, Figure, stages
from dashboards.charts.portfolio import score_axis
from maturity.scoring import format_hundredths

ON_TIME = "Roadmap, if all is done on time"


@dataclass(frozen=True)
class Step:
    """A quarter's end: `score` in millionths, `items` above what was approved, `target`: stage to be
    completed in this quarter; None: none."""

    name: str
    year: str
    score: int
    stages_completed: int
    items: int
    target: int | None = None


def roadmap_ahead(since: str, now: int, steps: Sequence[Step], stage_count: int) -> Chart:
    """The projection from `now`, the score approved for the period `since`."""
    last, names = steps[-1], [step.name for step in steps]
    aims = [step for step in steps if step.target is not None]
    summary = (
        f"From {format_hundredths(now)} in {since} to {format_hundredths(last.score)} and "
        f"{last.stages_completed} of {stage_count} stages completed at the end of {last.name}, if all is "
        "done on time."
    )
    traces = [
        _line("Score", names, [stages(step.score) for step in steps], NAVY, "circle", "solid", "linear"),
        _line(
            "Stages completed", names, [step.stages_completed for step in steps], BLUE, "square", "dot", "hv"
        ),
    ]
    if aims:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "Target: stages to be completed",
                "x": [step.name for step in aims],
                "y": [step.target for step in aims],
                "marker": {"color": ACCENT, "symbol": "star", "size": 14},
                "hovertemplate": "Target for %{x}: %{y} stages completed<extra></extra>",
            }
        )
    return Chart(
        slug="roadmap-ahead",
        title="Projected score and stages, if all is done on time",
        summary=summary,
        figure={
            "data": traces,
            "layout": {
                "hovermode": "closest",
                "xaxis": _years(steps),
                "yaxis": score_axis(stage_count) | {"title": {"text": "Stages"}},
                "legend": {"y": -0.18},
            },
        },
        columns=(
            "Quarter",
            "Score at its end",
            "Stages completed",
            "Items above what was approved",
            "Target",
        ),
        rows=tuple(_row(step) for step in steps),
    )


def with_roadmap(chart: Chart, labels: Sequence[str], values: Sequence[int | None]) -> Chart:
    """A forecast with the roadmap's projection as a line of its own, at some of the points ahead."""
    told = {name: value for name, value in zip(labels, values, strict=True) if value is not None}
    if not told:
        return chart
    last = list(told)[-1]
    drawn = [stages(value) for value in told.values()]
    trace = _line(ON_TIME, list(told), drawn, BLUE, "diamond", "dot", "linear")
    rows = [
        (*row, format_hundredths(told[str(row[0])]) if str(row[0]) in told else None) for row in chart.rows
    ]
    there = {str(row[0]) for row in chart.rows}
    blank: tuple[Cell, ...] = (None,) * (len(chart.columns) - 1)
    rows += [(name, *blank, format_hundredths(value)) for name, value in told.items() if name not in there]
    said = f"By the roadmap, if all is done on time: {format_hundredths(told[last])} in {last}."
    figure = dict(chart.figure)
    figure["data"] = [*figure["data"], trace]
    return replace(
        chart,
        summary=f"{chart.summary} {said}",
        figure=figure,
        columns=(*chart.columns, ON_TIME),
        rows=tuple(rows),
    )


def _row(step: Step) -> tuple[Cell, ...]:
    aim = f"stage {step.target}" if step.target is not None else None
    return step.name, format_hundredths(step.score), step.stages_completed, step.items, aim


def _line(
    name: str, x: list[str], y: Sequence[float | None], colour: str, symbol: str, dash: str, shape: str
) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": x,
        "y": list(y),
        "line": {"color": colour, "width": 2, "dash": dash, "shape": shape},
        "marker": {"color": colour, "symbol": symbol, "size": 7},
        "hovertemplate": f"{name}, %{{x}}: %{{y}}<extra></extra>",
    }


def _years(steps: Sequence[Step]) -> Figure:
    """An axis of many quarters: the year under its first, and no more, so that it fits a small screen."""
    firsts: dict[str, str] = {}
    for step in steps:
        firsts.setdefault(step.year, step.name)
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": [step.name for step in steps],
        "tickmode": "array",
        "tickvals": list(firsts.values()),
        "ticktext": [f"<b>{year}</b>" for year in firsts],
        "tickangle": 0,
        "showgrid": False,
        "fixedrange": True,
        "range": [-0.5, len(steps) - 0.5],
    }
