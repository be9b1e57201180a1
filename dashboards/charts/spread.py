"""A share or a score over time with its spread, for one domain and for the analyst."""

from collections.abc import Sequence

from dashboards.analytics.spread import Deviation
from dashboards.charts.chart import (
    ACCENT,
    NAVY,
    Cell,
    Chart,
    Figure,
    agencies,
    linked,
    percent_words,
    percents,
    period_axis,
    stages,
)
from dashboards.charts.portfolio import SCORED_ASKED, Link, TrendPoint, with_score
from dashboards.charts.scale import ScoreScale
from dashboards.trends import Spread
from maturity.scoring import format_hundredths


def domain_over_time(
    name: str, points: Sequence[tuple[str, int, Spread | None]], links: Sequence[str] = ()
) -> Chart:
    """The median percent of a domain's maximum with the middle half. `points`: label, n and spread; `links`:
    where the agencies of each point are listed ("": nowhere)."""
    labels = [label for label, _, _ in points]
    spreads = [spread for _, _, spread in points]
    traces = _band(
        labels,
        [percents(spread.lower_quartile) if spread else None for spread in spreads],
        [percents(spread.median) if spread else None for spread in spreads],
        [percents(spread.upper_quartile) if spread else None for spread in spreads],
        "%{y:.0f}%",
    )
    if links:
        traces[-1]["customdata"] = list(links)
    axis = {"range": [0, 102], "ticksuffix": "%", "fixedrange": True, "title": {"text": "Of its maximum"}}
    layout = {"hovermode": "x", "xaxis": period_axis(labels), "yaxis": axis, "legend": {"y": -0.16}}
    return Chart(
        slug="domain-over-time",
        title=f"{name} over time",
        summary=_domain_summary(points),
        figure={"data": traces, "layout": layout},
        columns=("Period", "Agencies", "Lower quartile", "Median", "Upper quartile"),
        rows=tuple(
            (
                label,
                linked(n, links[number]) if links and links[number] else n,
                *(
                    percent_words(value)
                    for value in (
                        (spread.lower_quartile, spread.median, spread.upper_quartile)
                        if spread
                        else (None, None, None)
                    )
                ),
            )
            for number, (label, n, spread) in enumerate(points)
        ),
        size="tall",
    )


def mean_and_deviation(
    points: Sequence[TrendPoint],
    known: Sequence[Deviation | None],
    scale: ScoreScale,
    link: Link | None = None,
) -> Chart:
    """The mean score with one standard deviation to each side, and the median beside it. `link`: where the
    agencies with a score at a point are listed, by score."""
    labels = [point.label for point in points]
    means = [point.statistics.mean if point.statistics else None for point in points]
    pairs = list(zip(means, known, strict=True))
    low = [stages(max(m - d.value, 0)) if m is not None and d else None for m, d in pairs]
    high = [stages(m + d.value) if m is not None and d else None for m, d in pairs]
    spreads = [point.statistics.spread if point.statistics else None for point in points]
    traces = _band(
        labels,
        low,
        [stages(m) for m in means],
        high,
        "%{y:.2f}",
        "Mean",
        "One standard deviation to each side",
    )
    traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": "Median",
            "x": labels,
            "y": [stages(spread.median) if spread else None for spread in spreads],
            "line": {"color": ACCENT, "width": 2, "dash": "dash"},
            "marker": {"color": ACCENT, "symbol": "diamond", "size": 8},
            "hovertemplate": "Median %{y:.2f}<extra></extra>",
        }
    )
    if link is not None:
        traces[-1]["customdata"] = [link(number, SCORED_ASKED) for number in range(len(points))]
    return Chart(
        slug="mean-and-deviation",
        title="Mean score and its spread",
        summary=_mean_summary(points, known, scale),
        figure={
            "data": traces,
            "layout": {
                "hovermode": "x",
                "xaxis": period_axis(labels),
                "yaxis": scale.axis,
                "legend": {"y": -0.16},
            },
        },
        columns=(
            "Period",
            "Agencies with a score",
            "Mean",
            "Standard deviation",
            "Lowest",
            "Lower quartile",
            "Median",
            "Upper quartile",
            "Highest",
        ),
        rows=tuple(
            _mean_row(number, point, deviation, link)
            for number, (point, deviation) in enumerate(zip(points, known, strict=True))
        ),
        size="tall",
    )


def _band(
    labels: Sequence[str],
    low: Sequence[float | None],
    middle: Sequence[float | None],
    high: Sequence[float | None],
    hover: str,
    line: str = "Median",
    band: str = "Middle half of the agencies",
) -> list[Figure]:
    edge: Figure = {
        "type": "scatter",
        "mode": "lines",
        "x": list(labels),
        "hoverinfo": "skip",
        "line": {"width": 0},
    }
    filled = {"fill": "tonexty", "fillcolor": "rgba(0,94,162,0.18)", "name": band}
    return [
        edge | {"y": list(low), "showlegend": False},
        edge | {"y": list(high)} | filled,
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": line,
            "x": list(labels),
            "y": list(middle),
            "line": {"color": NAVY, "width": 3},
            "marker": {"color": NAVY, "size": 8},
            "hovertemplate": f"{line} {hover}<extra></extra>",
        },
    ]


def _domain_summary(points: Sequence[tuple[str, int, Spread | None]]) -> str:
    known = [(label, n, spread) for label, n, spread in points if spread is not None]
    if not known:
        return "No agency has a value in this domain."
    (first, _, before), (last, n, now) = known[0], known[-1]
    said = (
        f"The median of {agencies(n)} in {last} is {percent_words(now.median)} of the maximum, with the "
        f"middle half from {percent_words(now.lower_quartile)} to {percent_words(now.upper_quartile)}"
    )
    return said + (f"; in {first} it was {percent_words(before.median)}." if first != last else ".")


def _mean_row(
    number: int, point: TrendPoint, deviation: Deviation | None, link: Link | None
) -> tuple[Cell, ...]:
    known = point.statistics
    if known is None or known.mean is None or known.spread is None:
        return (point.name, 0, *[None] * 7)
    spread = known.spread
    return (
        point.name,
        with_score(spread.n, number, link),
        format_hundredths(known.mean),
        format_hundredths(deviation.value) if deviation else None,
        *map(
            format_hundredths,
            (spread.lowest, spread.lower_quartile, spread.median, spread.upper_quartile, spread.highest),
        ),
    )


def _mean_summary(points: Sequence[TrendPoint], known: Sequence[Deviation | None], scale: ScoreScale) -> str:
    last, deviation = points[-1], known[-1]
    if last.statistics is None or last.statistics.mean is None or deviation is None:
        return "No agency has a score at this point."
    return (
        f"The mean of {agencies(deviation.n)} in {last.name} is {format_hundredths(last.statistics.mean)} "
        f"{scale.of}, with a standard deviation of {format_hundredths(deviation.value)}."
    )
