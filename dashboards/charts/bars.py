"""Distributions over agencies as bars whose every part leads to the agencies behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.charts.chart import BLUE, INK, Chart, Figure, linked, solid, wrapped


@dataclass(frozen=True)
class Bar:
    """So many agencies in one part of a scale; `url`: where they are listed, if they are."""

    label: str
    n: int
    url: str = ""


def distribution(
    slug: str,
    title: str,
    summary: str,
    bars: Sequence[Bar],
    *,
    head: str,
    colours: Sequence[str] = (),
    size: str = "short",
) -> Chart:
    """Agencies by parts of a scale, in its order. `head`: what the scale is called in the table."""
    return Chart(
        slug=slug,
        title=title,
        summary=summary,
        figure={"data": [_trace(bars, colours)], "layout": _layout(bars)},
        columns=(head, "Agencies"),
        rows=tuple((bar.label, linked(bar.n, bar.url) if bar.url else bar.n) for bar in bars),
        size=size,
    )


def most_frequent(slug: str, title: str, summary: str, bars: Sequence[Bar]) -> Chart:
    """Items with how many agencies they are about, the longest bar on top."""
    names = [bar.label for bar in bars]
    trace = _trace(bars, ()) | {"orientation": "h", "x": [bar.n for bar in bars], "y": names}
    layout = {
        "bargap": 0.3,
        "hovermode": "closest",
        "margin": {"l": 16, "r": 56, "t": 8, "b": 40},
        "xaxis": {"title": {"text": "Agencies"}, "fixedrange": True, "rangemode": "tozero"},
        "yaxis": {
            "categoryorder": "array",
            "categoryarray": names,
            "autorange": "reversed",
            "tickmode": "array",
            "tickvals": names,
            "ticktext": [wrapped(name, 26) for name in names],
            "showgrid": False,
            "fixedrange": True,
        },
    }
    rows = tuple((bar.label, linked(bar.n, bar.url) if bar.url else bar.n) for bar in bars)
    return Chart(
        slug, title, summary, {"data": [trace], "layout": layout}, ("Item", "Agencies"), rows, "tall"
    )


def _trace(bars: Sequence[Bar], colours: Sequence[str]) -> Figure:
    marker = solid(BLUE)
    if colours:
        marker = {"color": list(colours), "line": {"color": INK, "width": 0.5}}
    return {
        "type": "bar",
        "x": [bar.label for bar in bars],
        "y": [bar.n for bar in bars],
        "text": [f"{bar.n:,}" for bar in bars],
        "textposition": "outside",
        "textfont": {"color": INK},
        "cliponaxis": False,
        "marker": marker,
        # Where a click on the bar leads (static/js/charts.js); the table holds the same links.
        "customdata": [bar.url for bar in bars],
        "hovertemplate": "<b>%{text}</b> %{x}<extra></extra>",
    }


def _layout(bars: Sequence[Bar]) -> Figure:
    names = [bar.label for bar in bars]
    return {
        "bargap": 0.25,
        "hovermode": "closest",
        "showlegend": False,
        "xaxis": {
            "type": "category",
            "tickmode": "array",
            "tickvals": names,
            "ticktext": [wrapped(name, 12) for name in names],
            "showgrid": False,
            "fixedrange": True,
        },
        "yaxis": {"title": {"text": "Agencies"}, "fixedrange": True, "rangemode": "tozero"},
    }
