"""How long stages take: the share still working on each, as steps, and one stage with its interval."""

from collections.abc import Sequence

from dashboards.analytics.stage_times import StageTime
from dashboards.analytics.survival import Curve
from dashboards.charts.chart import ACCENT, BLUE, INK_SOFT, NAVY, Cell, Chart, Figure, agencies, plural
from dashboards.charts.scale import ScoreScale

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
# The blues of the stages are too faint for lines; each of these stands out from white at 3:1 or more.
COLOURS = (INK_SOFT, "#4a90c2", BLUE, NAVY, ACCENT)


def stage_curves(times: Sequence[StageTime], scale: ScoreScale) -> Chart:
    """All stages: the share of agencies still working on each after so many months."""
    longest = max((one.curve.longest for one in times), default=0)
    traces = [
        _steps(one.curve)
        | {
            "name": f"{scale.step.capitalize()} {one.stage}",
            "line": {
                "color": COLOURS[(one.stage - 1) % len(COLOURS)],
                "width": 3,
                "shape": "hv",
                "dash": DASHES[(one.stage - 1) % len(DASHES)],
            },
            "hovertemplate": f"<b>{scale.step.capitalize()} {one.stage}</b><br>"
            "after %{x} months: %{y:.0f}%<extra></extra>",
        }
        for one in times
        if one.curve.spells
    ]
    return Chart(
        slug="stage-curves",
        title=f"{_still(scale)}, after so many months",
        summary=_all_summary(times, scale),
        figure={"data": traces, "layout": _layout(longest, _still(scale))},
        columns=(
            scale.step.capitalize(),
            "Agencies",
            *_ends(scale),
            "Lost from sight",
            "Median",
            "95% interval",
            "Begin not known",
        ),
        rows=tuple(_row(one, f"{one.stage}. {scale.band(one.stage)}") for one in times),
        size="tall",
    )


def stage_curve(one: StageTime, scale: ScoreScale) -> Chart:
    """One stage, with the 95 percent interval of the curve."""
    curve, still = one.curve, _still(scale, one.stage)
    months = [0, *(step.months for step in curve.steps)]
    bounds = [(100.0, 100.0)]
    for step in curve.steps:
        known = step.interval
        bounds.append(
            (known[0] * 100, known[1] * 100) if known else (float(step.share) * 100, float(step.share) * 100)
        )
    edge: Figure = {"type": "scatter", "mode": "lines", "x": months, "hoverinfo": "skip"}
    line = {"width": 0, "shape": "hv"}
    return Chart(
        slug="stage-curve",
        title=f"{scale.numbered(one.stage)}: {still.lower()}",
        summary=f"{median_words(curve, scale)} {spell_words(one, scale)}",
        figure={
            "data": [
                edge | {"y": [low for low, _ in bounds], "line": line, "showlegend": False},
                edge
                | {
                    "y": [high for _, high in bounds],
                    "line": line,
                    "fill": "tonexty",
                    "fillcolor": "rgba(0,94,162,0.18)",
                    "name": "95% interval",
                },
                _steps(curve)
                | {
                    "name": still,
                    "line": {"color": NAVY, "width": 3, "shape": "hv"},
                    "hovertemplate": "after %{x} months: %{y:.0f}%<extra></extra>",
                },
                _half(curve),
            ],
            "layout": _layout(curve.longest, still),
        },
        columns=(
            "Months",
            "At risk",
            *curve_columns(scale),
            "95% interval",
        ),
        rows=tuple(
            (
                step.months,
                step.at_risk,
                step.completed,
                step.lost,
                _percent(float(step.share)),
                f"{_percent(step.interval[0])} to {_percent(step.interval[1])}" if step.interval else None,
            )
            for step in curve.steps
        ),
        size="tall",
    )


def curve_columns(scale: ScoreScale) -> tuple[str, str, str]:
    """The heads of what happened at each step of a curve, and of the share that is left."""
    done, going_on = _ends(scale)
    return done, f"Lost or {going_on.lower()}", _still(scale, 1)


def median_words(curve: Curve, scale: ScoreScale) -> str:
    """The median in a sentence, or that it is not reached."""
    done = _ends(scale)[0].lower()
    if not curve.spells:
        return f"No agency was seen to begin {'this stage' if scale.staged else 'on the way to this band'}."
    if curve.median is None:
        return (
            f"The median is not reached: fewer than half have {done}, so how long half of them need "
            "cannot be said yet."
        )
    low, high = curve.median_interval
    said = f"Half of the agencies {done} within {months_words(curve.median)}"
    return f"{said} (95% interval: {_interval(low, high)})."


def spell_words(one: StageTime, scale: ScoreScale) -> str:
    """Over whom that is said."""
    curve = one.curve
    done, going_on = (words.lower() for words in _ends(scale))
    said = (
        f"Taken over {agencies(curve.spells)}: {curve.completed:,} {done}, {one.going_on:,} "
        f"{'is' if one.going_on == 1 else 'are'} {going_on}, {one.lost:,} were lost from sight."
    )
    if one.unknown:
        already = "in it" if scale.staged else "on the way"
        said += f" Left out: {one.unknown:,} that were already {already} when first seen."
    return said


def months_words(months: int) -> str:
    """ "18 months (6 quarters)"; 0 is within one reporting period."""
    if months == 0:
        return "one reporting period"
    said = plural(months, "month", "months")
    return said if months % 3 else f"{said} ({plural(months // 3, 'quarter', 'quarters')})"


def _still(scale: ScoreScale, stage: int = 0) -> str:
    """Of whom a curve tells the share: of all stages, or of one."""
    if scale.staged:
        return "Still working on it" if stage else "Still working on each stage"
    return "Still below it" if stage else "Still below each band"


def _ends(scale: ScoreScale) -> tuple[str, str]:
    """How it ended, and how it goes on."""
    return ("Completed it", "Still in it") if scale.staged else ("Reached it", "Still below it")


def _row(one: StageTime, name: str) -> tuple[Cell, ...]:
    curve = one.curve
    median = "No agency" if not curve.spells else "Not reached"
    interval = None
    if curve.median is not None:
        median = months_words(curve.median)
        interval = _interval(*curve.median_interval)
    return (name, curve.spells, curve.completed, one.going_on, one.lost, median, interval, one.unknown)


def _interval(low: int | None, high: int | None) -> str:
    first = "not reached" if low is None else str(low)
    return (
        f"{first} to {high} months" if high is not None else f"{first} months or more, upper end not reached"
    )


def _steps(curve: Curve) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, *(step.months for step in curve.steps)],
        "y": [100.0, *(float(step.share) * 100 for step in curve.steps)],
    }


def _half(curve: Curve) -> Figure:
    """A line at one half, where the median is read."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, curve.longest],
        "y": [50, 50],
        "name": "Half",
        "line": {"color": ACCENT, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _layout(longest: int, still: str) -> Figure:
    year = 12 if longest <= 72 else 24
    return {
        "hovermode": "closest",
        "xaxis": {
            "title": {"text": "Months"},
            "dtick": 3 if longest <= 18 else year,
            "range": [0, max(longest, 3) * 1.02],
            "fixedrange": True,
        },
        "yaxis": {
            "title": {"text": still},
            "range": [0, 102],
            "ticksuffix": "%",
            "fixedrange": True,
        },
        "legend": {"y": -0.22},
    }


def _percent(share: float) -> str:
    return f"{share * 100:.0f}%"


def _all_summary(times: Sequence[StageTime], scale: ScoreScale) -> str:
    known = [(one.curve.median, one.stage) for one in times if one.curve.median is not None]
    step = scale.step
    done, do = ("completed", "complete") if scale.staged else ("reached", "reach")
    if not known:
        return f"For no {step} have half of the agencies been seen to {do} it."
    most, slowest = max(known)
    least, quickest = min(known)
    if len(known) == 1:
        return f"Half of the agencies {done} {step} {slowest} within {months_words(most)}."
    return (
        f"Half of the agencies {done} {step} {quickest} within {months_words(least)}; the longest took "
        f"{step} {slowest}, {months_words(most)}."
    )
