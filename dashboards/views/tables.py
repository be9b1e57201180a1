"""Every table of the pages of a scope as a file."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from dashboards.tables import Table
from dashboards.views import (
    analysis,
    domains,
    drill,
    forecasts,
    open_items,
    overdue,
    portfolio_tables,
    quality,
    stage_times,
    transitions,
)
from dashboards.views.choice import Choice
from dashboards.views.exporting import csv_response
from dashboards.views.picking import wrong_filter_shown

# By the name in the address: what reads the choice and makes the table.
TABLES: dict[str, Callable[[HttpRequest], tuple[Choice, Table]]] = {
    "agencies": drill.table,
    "analysis": analysis.table,
    "domain-agencies": domains.agencies_table,
    "domains": domains.table,
    "forecast": forecasts.table,
    "heat-map": portfolio_tables.heat_table,
    "ladder": portfolio_tables.ladder_table,
    "movers": transitions.movers_table,
    "must-haves": open_items.must_haves_table,
    "open-items": open_items.table,
    "overdue-actions": overdue.table,
    "quality": quality.table,
    "score-spread": portfolio_tables.score_table,
    "stage-times": stage_times.table,
    "stages-over-time": portfolio_tables.stages_table,
    "transitions": transitions.table,
}


@require_GET
@wrong_filter_shown
def table_export(request: HttpRequest, table: str) -> HttpResponse:
    """One of the tables as CSV, all of it; noted in the audit."""
    if table not in TABLES:
        raise Http404(f"There is no table {table!r}.")
    return csv_response(*TABLES[table](request))
