"""The portfolio: how the agencies of a scope stand, and how they came there."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards import headlines
from dashboards.charts.heat import BANDS, heat_map
from dashboards.charts.heat import Link as HeatLink
from dashboards.charts.portfolio import score_spread, stages_over_time
from dashboards.charts.rules import with_rule_changes
from dashboards.forms import PortfolioForm, RowsForm
from dashboards.forms_cohorts import is_narrowed
from dashboards.queries.domains import band_of
from dashboards.queries.publications import corrected_point
from dashboards.standings import STATE_WORDS
from dashboards.tables import portfolio_table
from dashboards.trends import Statistics
from dashboards.views.choice import Choice, nothing_yet, read_choice, scope_context
from dashboards.views.domains import band_url
from dashboards.views.exporting import address, csv_response, point_link
from dashboards.views.picking import PickedChoice, picked_context, read_picked, wrong_filter_shown
from dashboards.views.portfolio_tables import file_urls
from dashboards.views.reader import PER_PAGE
from maturity.scoring import to_hundredths

HEAT_PER_PAGE = 25


@require_GET
@wrong_filter_shown
def portfolio(request: HttpRequest) -> HttpResponse:
    """The portfolio of a scope, or what to do where there is nothing to show yet."""
    choice = _choice(request)
    if choice is None:
        return nothing_yet(request)
    return render(request, "dashboards/portfolio_detail.html", _context(choice, request))


@require_GET
@wrong_filter_shown
def portfolio_export(request: HttpRequest) -> HttpResponse:
    """The table of agencies as CSV, all of it, in the order chosen."""
    choice = _choice(request)
    if choice is None:
        raise Http404
    series, note = choice.series, choice.rule_change
    table = portfolio_table(
        choice.listing().whole(),
        before=series.before.label if series.before else "",
        scale=choice.measure.scale,
        figure=choice.figure("table"),
        note=note.text if note else "",
    )
    limits = {"filter": choice.picked.parameters} if isinstance(choice, PickedChoice) else {}
    return csv_response(choice, table, **limits)


def _choice(request: HttpRequest) -> Choice | None:
    """The scope, or those of its agencies that the address chooses by their profile."""
    if is_narrowed(request.GET):
        return read_picked(request)
    return read_choice(request, PortfolioForm)


def _context(choice: Choice, request: HttpRequest) -> dict[str, Any]:
    measure, series = choice.measure, choice.series
    listed = RowsForm(request.GET)
    page = choice.listing(listed.matches()).page(request.GET.get("page"), PER_PAGE)
    heat_page = choice.by_domain().page(request.GET.get("heat"), HEAT_PER_PAGE)
    domains = series.statistics.domains if series.statistics else {}
    medians = {slug: known.spread.median if known.spread else None for slug, known in domains.items()}
    # Of other pages only the list of agencies knows a filter: no link may lose it.
    led = not isinstance(choice, PickedChoice)
    stages_chart = stages_over_time(series.trend, measure.stage_count, point_link(choice), measure.scale)
    score_chart = score_spread(series.trend, measure.stage_count, measure.scale, point_link(choice))
    if led:  # what is picked by a filter has the line of the rule in force alone
        lines, labels = choice.rules, [one.label for one in series.trend]
        stages_chart = with_rule_changes(stages_chart, labels, lines.markers)
        score_chart = with_rule_changes(score_chart, labels, lines.markers, lines.old)
    return (
        scope_context(choice, request)
        | picked_context(choice)
        | {
            "headline": _headline(choice),
            "stages_chart": stages_chart,
            "score_chart": score_chart,
            "domains_figure": choice.figure("domains"),
            "files": file_urls(choice) if led else {},
            "heat": heat_map(list(heat_page), measure.domains, medians, _heat_link(choice) if led else None),
            "heat_page": heat_page,
            "heat_columns": [
                (name, address(choice, "dashboards:domain-detail", slug) if led else "")
                for slug, name in measure.domains
            ],
            "bands": range(BANDS),
            "rows": page.object_list,
            "page": page,
            "sort": choice.sort,
            "listed": listed.chosen(),
            "states": _states(series.statistics),
        }
    )


def _heat_link(choice: Choice) -> HeatLink:
    """Where those are listed who are in the same part of a domain's scale."""

    def link(slug: str, percent: int) -> str:
        return band_url(choice, slug, band_of(to_hundredths(percent)))

    return link


def _states(known: Statistics | None) -> list[tuple[str, str, int]]:
    """Each state that an agency may be in, in words, with how many are."""
    if known is None:
        return []
    return [(state, words, getattr(known, state)) for state, words in STATE_WORDS.items()]


def _headline(choice: Choice) -> dict[str, Any] | None:
    """The first numbers and what they mean, from the last point; None where nobody has a score."""
    known, measure = choice.series.statistics, choice.measure
    if known is None or not known.with_value:
        return None
    compared = choice.compared()
    names = [(number, measure.stage_name(number)) for number in range(1, measure.stage_count + 1)]
    steps = headlines.stage_steps(known, names, compared)
    frontier = headlines.frontier(steps)
    return {
        "steps": steps,
        "frontier": frontier,
        "frontier_figure": choice.figure(f"completed_{frontier.stage}"),
        "corrected": corrected_point(choice.scope, measure, choice.series.row, frontier.stage),
        "median": known.spread.median if known.spread else None,
        "spread": headlines.spread_words(known),
        "movement": headlines.movement_words(compared),
        "missing": headlines.missing_words(known),
    }
