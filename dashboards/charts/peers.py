"""An agency's domains beside the middle half of its peers."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.analytics.peers import Middle
from dashboards.charts.chart import (
    ACCENT,
    BLUE,
    NAVY,
    Chart,
    Figure,
    hollow,
    percent_words,
    percents,
    plural,
    wrapped,
)


@dataclass(frozen=True)
class PeerBar:
    """A domain: the agency's percent in millionths of one, the group's middle half, and the position."""

    name: str
    own: int
    peers: Middle
    words: str


def domains_among_peers(bars: Sequence[PeerBar], period: str) -> Chart:
    """For each domain the middle half of the group as a bar, its median as a line, the agency a diamond."""
    names = [bar.name for bar in bars]
    low = [percents(bar.peers.lower) or 0.0 for bar in bars]
    widths = [(bar.peers.upper - bar.peers.lower) / 10_000 for bar in bars]
    spread: Figure = {
        "type": "bar",
        "orientation": "h",
        "name": "Middle half of the group",
        "y": names,
        "base": low,
        "x": [max(width, 0.6) for width in widths],  # a group that agrees is still seen
        "marker": hollow(BLUE),
        "width": 0.55,
        "customdata": [f"{percent_words(b.peers.lower)} to {percent_words(b.peers.upper)}" for b in bars],
        "hovertemplate": "<b>%{y}</b><br>Middle half: %{customdata}<extra></extra>",
    }
    median = _marks("Median of the group", names, [bar.peers.median for bar in bars])
    median["marker"] = {"symbol": "line-ns", "size": 18, "line": {"color": NAVY, "width": 3}}
    own = _marks("This agency", names, [bar.own for bar in bars])
    own["marker"] = {
        "symbol": "diamond",
        "size": 12,
        "color": ACCENT,
        "line": {"color": "#ffffff", "width": 1},
    }
    return Chart(
        slug="domains-among-peers",
        title="Domains, beside the group",
        summary=_summary(bars, period),
        figure={"data": [spread, median, own], "layout": _layout(names)},
        columns=("Domain", "This agency", "Lower quartile", "Median", "Upper quartile", "Where it stands"),
        rows=tuple(
            (
                bar.name,
                percent_words(bar.own),
                *(percent_words(value) for value in (bar.peers.lower, bar.peers.median, bar.peers.upper)),
                bar.words,
            )
            for bar in bars
        ),
        size="tall",
    )


def _marks(name: str, names: Sequence[str], values: Sequence[int]) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [percents(value) for value in values],
        "y": list(names),
        "hovertemplate": f"<b>%{{y}}</b><br>{name}: %{{x:.0f}}%<extra></extra>",
    }


def _summary(bars: Sequence[PeerBar], period: str) -> str:
    above = [bar.name for bar in bars if bar.words == "above the middle half"]
    below = [bar.name for bar in bars if bar.words == "below the middle half"]
    said = [
        f"above the middle half of the group in {plural(len(above), 'domain', 'domains')}",
        f"below it in {plural(len(below), 'domain', 'domains')}",
    ]
    inside = len(bars) - len(above) - len(below)
    return f"{period}: {said[0]}, {said[1]}, within it in {inside:,} of {len(bars):,}."


def _layout(names: Sequence[str]) -> Figure:
    return {
        "bargap": 0.3,
        "hovermode": "closest",
        "margin": {"l": 16, "r": 24, "t": 8, "b": 40},
        "legend": {"y": -0.12},
        "xaxis": {"range": [-1, 102], "dtick": 25, "ticksuffix": "%", "fixedrange": True},
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
