"""Charts of one agency: its score over time, the completion of its stages, its domains."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.charts.chart import (
    ACCENT,
    BLUE,
    INK,
    INK_SOFT,
    NAVY,
    WHITE,
    Chart,
    Figure,
    percent_words,
    percents,
    period_axis,
    solid,
    stage_colour,
    stages,
    wrapped,
)
from dashboards.charts.scale import ScoreScale, stages_only
from dashboards.standings import NOT_REPORTING, STATE_WORDS
from maturity.scoring import format_hundredths


@dataclass(frozen=True)
class ScorePoint:
    """How an agency stands at a point in time; `score` in millionths, None where there is none.

    `state`: reported, carried, not_adopting, or None for not reporting. `declared`: a stage that somebody
    declared without answers, never mixed with computed scores.
    """

    label: str
    state: str | None
    score: int | None = None
    stages_completed: int | None = None
    declared: int | None = None

    @property
    def state_words(self) -> str:
        """The state as people read it."""
        return STATE_WORDS[self.state or NOT_REPORTING]


@dataclass(frozen=True)
class StageBar:
    """The completion of one stage, in millionths of one."""

    number: int
    name: str
    completion: int
    passes: bool


@dataclass(frozen=True)
class DomainBar:
    """A domain's percent of its maximum in millionths of one, now and before; None: blank."""

    name: str
    percent: int | None
    before: int | None = None


def score_over_time(points: Sequence[ScorePoint], stage_count: int, scale: ScoreScale | None = None) -> Chart:
    """The score at each point: filled where reported, hollow where carried forward, otherwise a gap."""
    scale = scale or stages_only(stage_count)
    labels = [point.label for point in points]
    traces = [_score_line(points, labels)]
    if any(point.state == "carried" for point in points):
        traces.append(_legend_only("Carried forward", {"color": WHITE, "size": 10, "line": _edge(NAVY)}))
    declared = [point.declared for point in points]
    if any(stage is not None for stage in declared):
        traces.append(_declared_line(labels, declared))
    columns = ["Period", "State", "Score", scale.many]
    if len(traces) > 1 and traces[-1]["name"].startswith("Self-declared"):
        columns.append("Self-declared stage (not computed)")
    return Chart(
        slug="score-over-time",
        title="Score over time",
        summary=_score_summary(points, scale),
        figure={
            "data": traces,
            "layout": {
                "hovermode": "closest",
                "xaxis": period_axis(labels),
                "yaxis": scale.axis,
                "showlegend": len(traces) > 1,
            },
        },
        columns=tuple(columns),
        rows=tuple(_score_row(point)[: len(columns)] for point in points),
    )


def stage_completions(bars: Sequence[StageBar], period: str) -> Chart:
    """How much of each stage is in place, the first stage on top."""
    names = [f"{bar.number}. {bar.name}" for bar in bars]
    colours = [stage_colour(bar.number, len(bars)) for bar in bars]
    passed = [bar for bar in bars if bar.passes]
    texts = [f"{percent_words(bar.completion)}{' ✓' if bar.passes else ''}" for bar in bars]
    trace = _rows_of_bars(names, [percents(bar.completion) for bar in bars], texts)
    trace["marker"] = {"color": colours, "line": {"color": INK_SOFT, "width": 1}}
    said = ", ".join(f"stage {bar.number}: {percent_words(bar.completion)}" for bar in bars)
    return Chart(
        slug="stage-completions",
        title="Completion of each stage",
        summary=f"{period}: {said}; {len(passed)} of {len(bars)} stages passed.",
        figure={"data": [trace], "layout": _percent_layout(names)},
        columns=("Stage", "Completion", "Passed"),
        rows=tuple(
            (name, percent_words(bar.completion), "Yes" if bar.passes else "No")
            for name, bar in zip(names, bars, strict=True)
        ),
    )


def bands_reached(bars: Sequence[StageBar], period: str) -> Chart:
    """How much of the way to each band of the score is gone, the lowest band on top."""
    names = [bar.name for bar in bars]
    texts = ["Reached ✓" if bar.passes else percent_words(bar.completion) for bar in bars]
    trace = _rows_of_bars(names, [percents(bar.completion) for bar in bars], texts)
    colours = [stage_colour(bar.number, len(bars)) for bar in bars]
    trace["marker"] = {"color": colours, "line": {"color": INK_SOFT, "width": 1}}
    reached = [bar for bar in bars if bar.passes]
    said = f"{reached[-1].name} is reached" if reached else "no band is reached"
    ahead = next((bar for bar in bars if not bar.passes), None)
    if ahead is not None:
        said += f"; the score is {percent_words(ahead.completion)} of what {ahead.name} begins at"
    return Chart(
        slug="bands-reached",
        title="The way to each band",
        summary=f"{period}: {said}.",
        figure={"data": [trace], "layout": _percent_layout(names)},
        columns=("Band", "Share of the way", "Reached"),
        rows=tuple((bar.name, percent_words(bar.completion), "Yes" if bar.passes else "No") for bar in bars),
    )


def domain_profile(bars: Sequence[DomainBar], period: str, before: str | None = None) -> Chart:
    """Each domain's percent of its maximum, in the order of the model, with a mark where it was `before`."""
    names = [bar.name for bar in bars]
    texts = [percent_words(bar.percent, blank="Nothing applies") for bar in bars]
    trace = _rows_of_bars(names, [percents(bar.percent) or 0 for bar in bars], texts)
    trace |= {"name": period, "marker": solid(BLUE)}
    traces = [trace]
    if before is not None:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": before,
                "x": [percents(bar.before) for bar in bars],
                "y": names,
                "marker": {"symbol": "line-ns", "size": 18, "line": {"color": ACCENT, "width": 3}},
                "hovertemplate": "<b>%{y}</b><br>%{x:.0f}% in " + before + "<extra></extra>",
            }
        )
    columns = ("Domain", f"Percent of its maximum, {period}", *([before] if before else []))
    rows = [
        (bar.name, percent_words(bar.percent), *([percent_words(bar.before)] if before else []))
        for bar in bars
    ]
    return Chart(
        slug="domain-profile",
        title="Domains",
        summary=_domain_summary(bars, period),
        figure={"data": traces, "layout": _percent_layout(names) | {"showlegend": before is not None}},
        columns=columns,
        rows=tuple(rows),
        size="tall",
    )


def _score_line(points: Sequence[ScorePoint], labels: list[str]) -> Figure:
    carried = [point.state == "carried" for point in points]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Reported",
        "x": labels,
        "y": [stages(point.score) for point in points],
        "connectgaps": False,
        "line": {"color": NAVY, "width": 2},
        "marker": {"color": [WHITE if one else NAVY for one in carried], "size": 10, "line": _edge(NAVY)},
        "customdata": [_score_hover(point) for point in points],
        "hovertemplate": "<b>%{x}</b><br>%{customdata}<extra></extra>",
    }


def _declared_line(labels: list[str], declared: list[int | None]) -> Figure:
    """Another mark, another line, another colour: nobody takes it for a computed score."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Self-declared stage, not computed",
        "x": labels,
        "y": declared,
        "connectgaps": False,
        "line": {"color": ACCENT, "width": 1, "dash": "dot"},
        "marker": {"symbol": "diamond-open", "size": 11, "color": ACCENT, "line": {"width": 2}},
        "hovertemplate": "<b>%{x}</b><br>Declared stage %{y}<extra></extra>",
    }


def _legend_only(name: str, marker: Figure) -> Figure:
    return {"type": "scatter", "mode": "markers", "name": name, "x": [None], "y": [None], "marker": marker}


def _edge(colour: str) -> Figure:
    return {"color": colour, "width": 2}


def _score_hover(point: ScorePoint) -> str:
    if point.score is None:
        return point.state_words
    return f"{format_hundredths(point.score)}, {point.state_words.lower()}"


def _score_row(point: ScorePoint) -> tuple[str | int | None, ...]:
    score = None if point.score is None else format_hundredths(point.score)
    return (point.label, point.state_words, score, point.stages_completed, point.declared)


def _score_summary(points: Sequence[ScorePoint], scale: ScoreScale) -> str:
    scored = [(point, point.score) for point in points if point.score is not None]
    if not scored:
        return f"No score in the last {len(points)} periods; now: {points[-1].state_words.lower()}."
    (first, before), (last, now) = scored[0], scored[-1]
    said = f"{format_hundredths(now)} {scale.of} in {last.label}"
    if last.state == "carried":
        said += ", carried forward from an earlier assessment"
    if first is not last:
        said += f"; {format_hundredths(before)} in {first.label}"
    if points[-1].score is None:
        said += f". Now: {points[-1].state_words.lower()}"
    return f"{said}."


def _domain_summary(bars: Sequence[DomainBar], period: str) -> str:
    known = [(bar.percent, bar.name) for bar in bars if bar.percent is not None]
    if not known:
        return "No practice of any domain applies."
    (most, strongest), (least, weakest) = (
        max(known, key=lambda one: one[0]),
        min(known, key=lambda one: one[0]),
    )
    if len(known) == 1 or most == least:
        return f"{period}: {strongest} {percent_words(most)} of its maximum."
    return (
        f"{period}: furthest in {strongest} ({percent_words(most)} of its maximum), least far in {weakest} "
        f"({percent_words(least)})."
    )


def _rows_of_bars(names: list[str], values: list[float | None], texts: list[str]) -> Figure:
    return {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": names,
        "text": texts,
        "textposition": "outside",
        "textfont": {"color": INK},
        "cliponaxis": False,
        "hovertemplate": "<b>%{y}</b><br>%{text}<extra></extra>",
    }


def _percent_layout(names: list[str]) -> Figure:
    return {
        "bargap": 0.3,
        "hovermode": "closest",
        "showlegend": False,
        "margin": {"l": 16, "r": 56, "t": 8, "b": 40},
        "legend": {"y": -0.12},
        "xaxis": {"range": [0, 100], "dtick": 50, "ticksuffix": "%", "fixedrange": True},
        "yaxis": {
            "categoryorder": "array",
            "categoryarray": list(names),
            "autorange": "reversed",
            "tickmode": "array",
            "tickvals": list(names),
            "ticktext": [wrapped(name, 24) for name in names],
            "showgrid": False,
            "fixedrange": True,
        },
    }
