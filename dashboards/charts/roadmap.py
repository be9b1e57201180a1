"""Where a roadmap leads: the score at each quarter's end if all is done on time, and its targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboards.analytics.delivery import LEAST_DUE, Record
from dashboards.charts.chart import ACCENT, BLUE, NAVY, Cell, Chart, Figure, plural, stages
from dashboards.charts.forecast import Unit
from dashboards.charts.portfolio import score_axis
from maturity.scoring import format_hundredths

ON_TIME = "Roadmap, if all is done on time"
AS_SO_FAR = "Roadmap, if as much is done on time as so far"
PLANNED = "Plan, if all is done on time"


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


@dataclass(frozen=True)
class Plan:
    """Where a roadmap leads at some labels ahead: if all is done on time, and if as many as so far (`low`
    None: there is no record that tells, so it is a plan and no forecast)."""

    labels: tuple[str, ...]
    high: tuple[int, ...]
    low: tuple[int, ...] | None


def with_roadmap(chart: Chart, plan: Plan, unit: Unit) -> Chart:
    """A forecast with the roadmap beside it: a line with its interval, or the plan alone."""
    drawn = [unit.drawn(value) for value in plan.high]
    high = _line(ON_TIME if plan.low else PLANNED, [*plan.labels], drawn, BLUE, "diamond", "dot", "linear")
    lines, end = [high], plan.labels[-1]
    names: tuple[str, ...] = (PLANNED,)
    told: dict[str, tuple[Cell, ...]] = {
        name: (unit.value(value),) for name, value in zip(plan.labels, plan.high, strict=True)
    }
    said = f"Planned, if all is done on time: {unit.value(plan.high[-1])} in {end}."
    if plan.low:
        drawn = [unit.drawn(value) for value in plan.low]
        low = _line(AS_SO_FAR, [*plan.labels], drawn, BLUE, "triangle-down", "dot", "linear")
        lines = [low, high | {"fill": "tonexty", "fillcolor": "rgba(74,144,194,0.25)"}]
        names = (AS_SO_FAR, ON_TIME)
        told = {
            name: (unit.value(value), *told[name]) for name, value in zip(plan.labels, plan.low, strict=True)
        }
        ends = dict.fromkeys(unit.value(values[-1]) for values in (plan.low, plan.high))  # alike or not
        said = f"By the roadmap: {' to '.join(ends)} in {end}."
    nothing: tuple[Cell, ...] = (None,) * len(names)
    rows = [(*row, *told.get(str(row[0]), nothing)) for row in chart.rows]
    there = {str(row[0]) for row in chart.rows}
    blank: tuple[Cell, ...] = (None,) * (len(chart.columns) - 1)
    rows += [(name, *blank, *cells) for name, cells in told.items() if name not in there]
    return replace(
        chart,
        summary=f"{chart.summary} {said}",
        figure={**chart.figure, "data": [*chart.figure["data"], *lines]},
        columns=(*chart.columns, *names),
        rows=tuple(rows),
        size="tall",  # its key is long
    )


def delivery_words(record: Record) -> str:
    """How planned actions were delivered so far, and what that makes of the plan."""
    if record.tells:
        return (
            f"On past data: of {plural(record.due, 'action', 'actions')} due by now, {record.in_time} "
            f"{'was' if record.in_time == 1 else 'were'} done by their day. The interval lies between as "
            "many done on time as so far, those due first before the others, and all of them."
        )
    shown = "It is shown as a plan and not as a forecast: "
    if record.due < LEAST_DUE:
        count = str(record.due or "none")
        verb = "have" if record.due > 1 else "has"
        return f"{shown}{count} of its actions {verb} come due, and it takes {LEAST_DUE} to judge by."
    return (
        f"{shown}of {record.due} actions due by now none was done by its day, so it tells no more than "
        "“no change”."
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
