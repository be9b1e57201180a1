"""A change of a score as steps from where it was to where it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.charts.chart import (
    ACCENT,
    BLUE,
    INK,
    NAVY,
    Cell,
    Chart,
    Figure,
    Linked,
    hollow,
    solid,
    stages,
    wrapped,
)
from maturity.scoring import MILLION, format_hundredths

FEW = 4  # steps that need no tall drawing
MARGIN = 0.12  # of the drawing's width, free on both sides of the steps


@dataclass(frozen=True)
class Step:
    """One part of the change, in millionths of a unit; `url`: what it is about."""

    label: str
    effect: int
    url: str = ""


def waterfall(
    steps: Sequence[Step], before: tuple[str, int], after: tuple[str, int], title: str, summary: str
) -> Chart:
    """From the first (label, score) to the last by way of the steps, the first on top.

    Rising steps are filled, falling ones are hatched, and each has its sign.
    """
    names = _names([before[0], *(step.label for step in steps), after[0]])
    starts, score = [], before[1]
    for step in steps:
        starts.append(score)
        score += step.effect
    ends = _marks([names[0], names[-1]], [before[1], after[1]])
    parts = [
        _bars("Rises", BLUE, [row for row in _rows(names, starts, steps) if row[2].effect > 0]),
        _bars("Falls", ACCENT, [row for row in _rows(names, starts, steps) if row[2].effect < 0]),
    ]
    reached = [before[1], after[1], *starts]
    return Chart(
        slug="why",
        title=title,
        summary=summary,
        figure={"data": [*(part for part in parts if part["y"]), ends], "layout": _layout(names, reached)},
        columns=("What", "Effect on the score", "Score after it"),
        rows=_table(steps, before, after),
        size="tall" if len(steps) > FEW else "",
    )


def exact_words(millionths: int) -> str:
    """A change with all its places: "+0.156250", "−0.500000"."""
    sign = "−" if millionths < 0 else "+" if millionths else ""
    return f"{sign}{abs(millionths) // MILLION}.{abs(millionths) % MILLION:06d}"


def signed_words(millionths: int) -> str:
    """A change with two places, or with three where two would say nothing: "+0.15", "−0.004"."""
    if not millionths:
        return "0.00"
    size = abs(millionths)
    thousandths = (size + 500) // 1000
    words = format_hundredths(size) if size >= MILLION // 100 else f"0.{thousandths:03d}"
    return f"{'+' if millionths > 0 else '−'}{words}"


Row = tuple[str, int, Step]


def _rows(names: Sequence[str], starts: Sequence[int], steps: Sequence[Step]) -> list[Row]:
    return list(zip(names[1:-1], starts, steps, strict=True))


def _names(labels: Sequence[str]) -> list[str]:
    """Told apart where two are alike: places on the axis go by name."""
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return found


def _bars(name: str, colour: str, rows: Sequence[Row]) -> Figure:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": [label for label, _, _ in rows],
        "base": [stages(start) for _, start, _ in rows],
        "x": [stages(step.effect) for _, _, step in rows],
        "text": [signed_words(step.effect) for _, _, step in rows],
        "textposition": "outside",
        "textfont": {"color": INK},
        "cliponaxis": False,
        "marker": solid(colour) if name == "Rises" else hollow(colour),
        # Where a click on the bar leads (static/js/charts.js); the table holds the same links.
        "customdata": [step.url for _, _, step in rows],
        "hovertemplate": "<b>%{y}</b><br>%{text}<extra></extra>",
    }


def _marks(names: Sequence[str], scores: Sequence[int]) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": "Score",
        "y": list(names),
        "x": [stages(score) for score in scores],
        "text": [f"<b>{format_hundredths(score)}</b>" for score in scores],
        "textposition": "middle right",
        "textfont": {"color": INK},
        "cliponaxis": False,
        "marker": {"symbol": "diamond", "size": 14, "color": NAVY},
        "hovertemplate": "<b>%{y}</b><br>%{text}<extra></extra>",
    }


def _layout(names: Sequence[str], reached: Sequence[int]) -> Figure:
    low, high = min(reached) / MILLION, max(reached) / MILLION
    margin = max((high - low) * MARGIN * 2, 0.02)
    return {
        "bargap": 0.35,
        "hovermode": "closest",
        "margin": {"l": 16, "r": 64, "t": 8, "b": 48},
        "legend": {"y": -0.12},
        "xaxis": {"range": [low - margin, high + margin], "fixedrange": True, "title": {"text": "Score"}},
        "yaxis": {
            "type": "category",
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


def _table(
    steps: Sequence[Step], before: tuple[str, int], after: tuple[str, int]
) -> tuple[tuple[Cell, ...], ...]:
    """With all places, in which they add up."""
    score = before[1]
    rows: list[tuple[Cell, ...]] = [(before[0], None, exact_words(score).lstrip("+"))]
    for step in steps:
        score += step.effect
        name: Cell = Linked(step.label, step.url) if step.url else step.label
        rows.append((name, exact_words(step.effect), exact_words(score).lstrip("+")))
    whole = exact_words(after[1] - before[1])
    return (*rows, (after[0], f"{whole} in all", exact_words(after[1]).lstrip("+")))
