"""The analyst's page of a scope: where means and standard deviations belong."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.analytics.spread import Deviation, deviation
from dashboards.charts.chart import Cell, Chart, linked, percent_words
from dashboards.charts.spread import mean_and_deviation
from dashboards.queries.domains import APPLIES
from dashboards.queries.known import rows_at
from dashboards.tables import Table
from dashboards.trends import statistics
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.domains import band_url
from dashboards.views.exporting import address, plain, point_link

HEADS = (
    "Domain", "Agencies", "Mean", "Standard deviation", "Lowest", "Lower quartile", "Median",
    "Upper quartile", "Highest",
)  # fmt: skip


@require_GET
def analysis(request: HttpRequest) -> HttpResponse:
    """Means with their spread over time, and by domain now."""
    choice = read_choice(request)
    if choice is None:
        return nothing_yet(request)
    context: dict[str, Any] = scope_context(choice, request) | {
        "chart": _chart(choice),
        "heads": HEADS,
        "rows": _domain_rows(choice),
        "figure": choice.figure("analysis"),
        "csv_url": address(choice, "dashboards:table-export", "analysis"),
    }
    return render(request, "dashboards/analysis_detail.html", context)


def table(request: HttpRequest) -> tuple[Choice, Table]:
    """The scores over time, for a file."""
    choice = choice_or_404(request)
    chart = _chart(choice)
    scale = choice.measure.scale
    note = f"Scores are {scale.counted}. The deviation is taken from hundredths and right to about 0.01."
    rows, figure = plain(chart.rows), choice.figure("analysis")
    return choice, Table("analysis", chart.title, chart.columns, rows, (note,), figure)


def _chart(choice: Choice) -> Chart:
    known = {on: deviation(row.sums.histogram) for on, row in choice.series.rows.items()}
    spreads = [known.get(point.on) for point in choice.series.points]
    return mean_and_deviation(choice.series.trend, spreads, choice.measure.scale, point_link(choice))


def _domain_rows(choice: Choice) -> list[tuple[Cell, ...]]:
    knowledge = choice.series.knowledge
    found_rows = rows_at(choice.scope, choice.measure, [choice.on], knowledge, domains=True)
    if choice.on not in found_rows:
        return []
    row = found_rows[choice.on].sums
    known = statistics(row, choice.measure.stage_count).domains
    found: list[tuple[Cell, ...]] = []
    for slug, name in choice.measure.domains:
        domain = known.get(slug)
        if domain is None or domain.spread is None:
            found.append((name, 0, *[None] * 7))
            continue
        spread, apart = domain.spread, deviation(row.domains[slug]["histogram"])
        values = (
            spread.lowest, spread.lower_quartile, spread.median, spread.upper_quartile, spread.highest,
        )  # fmt: skip
        found.append(
            (
                name,
                linked(domain.n, band_url(choice, slug, APPLIES)),
                percent_words(domain.mean),
                _points(apart),
                *map(percent_words, values),
            )
        )
    return found


def _points(apart: Deviation | None) -> str | None:
    """A deviation of shares, in percentage points."""
    return None if apart is None else f"{apart.value / 10_000:.0f} points"
