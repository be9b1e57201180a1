"""The portfolio: how the agencies of a scope stand, and how they came there."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
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
from dashboards.queries.rules import rule_lines
from dashboards.services_exports import note_export
from dashboards.standings import STATE_WORDS
from dashboards.tables import portfolio_table
from dashboards.trends import Statistics
from dashboards.views.choice import Choice, nothing_yet, read_choice, scope_context
from dashboards.views.domains import band_url
from dashboards.views.exporting import address, point_link
from dashboards.views.method_changes import rule_note
from dashboards.views.picking import PickedChoice, picked_context, read_picked, wrong_filter_shown
from dashboards.views.reader import PER_PAGE
from maturity.scoring import to_hundredths
from portal.agencies.queries import demonstration_shown
from portal.exports import csv_text

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
    reader, now = choice.reader, timezone.now()
    rows = choice.listing().whole()
    picked = isinstance(choice, PickedChoice)
    series = choice.series
    lines = None
    if not picked:
        lines = rule_lines(choice.scope, choice.measure, series.points, series.knowledge)
    note = rule_note(choice, lines) if lines is not None else None
    table = portfolio_table(
        rows,
        scope=choice.title,
        period=choice.series.trend[-1].name,
        before=choice.series.before.label if choice.series.before else "",
        reader=str(reader),
        at=now,
        demonstration=demonstration_shown(),
        scale=choice.measure.scale,
        figure=choice.figure("table"),
        knowledge=choice.knowledge_words,
        note=note.text if note else "",
    )
    details = {"model": choice.measure.model.slug, "on": str(choice.series.now.on), "rows": len(rows)}
    if isinstance(choice, PickedChoice):
        details["filter"] = choice.picked.parameters
    note_export(what="portfolio", of=choice.scope, details=details, by=reader, at=now)
    response = HttpResponse(csv_text(table), content_type="text/csv; charset=utf-8")
    name = f"portfolio-{slugify(str(choice.scope))}-{choice.series.now.on}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


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
    rules: dict[str, Any] = {}
    if led:  # what is picked by a filter has the line of the rule in force alone
        lines = rule_lines(choice.scope, measure, series.points, series.knowledge)
        labels = [one.label for one in series.trend]
        rules = {"rule_change": rule_note(choice, lines)}
        stages_chart = with_rule_changes(stages_chart, labels, lines.markers)
        score_chart = with_rule_changes(score_chart, labels, lines.markers, lines.old)
    return (
        scope_context(choice, request)
        | picked_context(choice)
        | rules
        | {
            "headline": _headline(choice),
            "stages_chart": stages_chart,
            "score_chart": score_chart,
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
