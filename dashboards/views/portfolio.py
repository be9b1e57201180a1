"""The portfolio: how the agencies of a scope stand, and how they came there."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from assessments.models import Assessment
from dashboards import headlines
from dashboards.charts.heat import BANDS, heat_map
from dashboards.charts.portfolio import score_spread, stages_over_time
from dashboards.exports import csv_text
from dashboards.forms import PortfolioForm, RowsForm, point_at
from dashboards.models import Freshness, Scope
from dashboards.points import SHOWN, latest_points
from dashboards.queries.agencies import compare, members_of
from dashboards.queries.listing import DomainListing, Listing
from dashboards.queries.measures import Measure, choose_measure, measures_in_use
from dashboards.queries.portfolio import (
    Series,
    changes_waiting,
    latest_reported,
    series_of,
)
from dashboards.queries.scopes import (
    HiddenScope,
    UnknownScope,
    calendar_of,
    default_scope,
    freshness,
    key_of,
    offered_scopes,
    scope_named,
)
from dashboards.services_exports import note_export
from dashboards.standings import STATE_WORDS
from dashboards.tables import portfolio_table
from dashboards.trends import Statistics
from dashboards.views.reader import PER_PAGE, may_import
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.queries import demonstration_shown
from portal.requests import person

HEAT_PER_PAGE = 25
LOOK_BACK = 24  # points in time that one may choose from


@dataclass(frozen=True)
class Choice:
    """What the page is about: the scope and measure at a series of points, and the order of the table."""

    form: PortfolioForm
    scope: Scope
    measure: Measure
    series: Series
    fresh: Freshness
    sort: str
    agencies: QuerySet[Agency]  # of the scope at the last point

    @property
    def before(self) -> date | None:
        """The month end that change is measured from."""
        return self.series.before.on if self.series.before else None

    def listing(self, standing: Q | None = None) -> Listing:
        """The agencies in the order chosen, or those of a certain standing."""
        return Listing(
            self.agencies, self.measure, self.series.now.on, self.before, standing or Q(), self.sort
        )


@require_GET
def portfolio(request: HttpRequest) -> HttpResponse:
    """The portfolio of a scope, or what to do where there is nothing to show yet."""
    choice = _choice(request)
    if choice is None:
        return render(request, "dashboards/portfolio_empty.html", _empty_context(person(request)))
    return render(request, "dashboards/portfolio_detail.html", _context(choice, request))


@require_GET
def portfolio_export(request: HttpRequest) -> HttpResponse:
    """The table of agencies as CSV, all of it, in the order chosen."""
    choice = _choice(request)
    if choice is None:
        raise Http404
    reader, now = person(request), timezone.now()
    rows = choice.listing().whole()
    table = portfolio_table(
        rows,
        scope=str(choice.scope),
        period=choice.series.trend[-1].name,
        before=choice.series.before.label if choice.series.before else "",
        reader=str(reader),
        at=now,
        demonstration=demonstration_shown(),
    )
    details = {"model": choice.measure.model.slug, "on": str(choice.series.now.on), "rows": len(rows)}
    note_export(what="portfolio", of=choice.scope, details=details, by=reader, at=now)
    response = HttpResponse(csv_text(table), content_type="text/csv; charset=utf-8")
    name = f"portfolio-{slugify(str(choice.scope))}-{choice.series.now.on}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _choice(request: HttpRequest) -> Choice | None:
    """What was asked for, completed by defaults; None where there is nothing to show yet.

    Raises Http404 for a scope that this person may not know of and PermissionDenied for one whose trend
    would show them more than they may see.
    """
    reader, fresh = person(request), freshness()
    scope = _scope(request.GET.get("scope", ""), reader)
    measures = measures_in_use(scope) if scope and fresh else []
    if scope is None or fresh is None or not measures:
        return None
    preferred = scope.program.default_model if scope.program else ""
    standard = choose_measure(measures, "", preferred)
    defaults = {"scope": key_of(scope), "model": standard.model.slug if standard else "", "period": "quarter"}
    form = PortfolioForm(request.GET, defaults | {"sort": "agency"})
    form.offer(offered_scopes(reader, scope), [one.model for one in measures])
    measure = choose_measure(measures, form.chosen("model"), preferred)
    if measure is None:
        return None
    year_starts_in, kind = calendar_of(scope, reader), form.chosen("period")
    choosable = latest_points(fresh.horizon_on, kind, year_starts_in, LOOK_BACK)
    now = point_at(list(choosable), form.chosen("at") or None, latest_reported(scope, measure, choosable))
    form.offer_points(choosable, now)
    points = [
        point
        for point in latest_points(fresh.horizon_on, kind, year_starts_in, LOOK_BACK + SHOWN)
        if point.on <= now.on
    ]
    series = series_of(scope, measure, points[-SHOWN:])
    members = members_of(scope, now.on, reader)
    return Choice(form, scope, measure, series, fresh, form.chosen("sort"), members)


def _scope(key: str, reader: User) -> Scope | None:
    if not key:
        return default_scope(reader)
    try:
        return scope_named(key, reader)
    except UnknownScope as error:
        raise Http404(str(error)) from error
    except HiddenScope as error:
        raise PermissionDenied(str(error)) from error


def _context(choice: Choice, request: HttpRequest) -> dict[str, Any]:
    measure, series = choice.measure, choice.series
    listed = RowsForm(request.GET)
    page = choice.listing(listed.matches()).page(request.GET.get("page"), PER_PAGE)
    by_domain = DomainListing(choice.agencies, measure, series.now.on)
    heat_page = by_domain.page(request.GET.get("heat"), HEAT_PER_PAGE)
    domains = series.statistics.domains if series.statistics else {}
    medians = {slug: known.spread.median if known.spread else None for slug, known in domains.items()}
    return {
        "choice": choice,
        "series": series,
        "known": series.statistics,
        "headline": _headline(choice),
        "stages_chart": stages_over_time(series.trend, measure.stage_count),
        "score_chart": score_spread(series.trend, measure.stage_count),
        "heat": heat_map(list(heat_page), measure.domains, medians),
        "heat_page": heat_page,
        "bands": range(BANDS),
        "waiting": choice.scope.recount or changes_waiting(choice.agencies),
        "rows": page.object_list,
        "page": page,
        "sort": choice.sort,
        "listed": listed.chosen(),
        "states": _states(series.statistics),
        "running": series.now.period.ends_on > timezone.localdate(),
    }


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
    compared = None
    if choice.before is not None:
        compared = compare(choice.agencies, measure, choice.series.now.on, choice.before)
    names = [(number, measure.stage_name(number)) for number in range(1, measure.stage_count + 1)]
    steps = headlines.stage_steps(known, names, compared)
    return {
        "steps": steps,
        "frontier": headlines.frontier(steps),
        "median": known.spread.median if known.spread else None,
        "spread": headlines.spread_words(known),
        "movement": headlines.movement_words(compared),
        "missing": headlines.missing_words(known),
    }


def _empty_context(reader: User) -> dict[str, Any]:
    """Why there is nothing to show: no agency, no trend for this reader, or no result yet."""
    seen = Agency.objects.visible_to(reader)
    scope = default_scope(reader)
    waiting = Assessment.objects.visible_to(reader).editable_by(reader).with_list_relations()
    return {
        "to_answer": list(waiting.order_by("-period_ends_on", "agency__name", "pk")[:PER_PAGE]),
        "agencies": list(seen.order_by("name", "pk")[:PER_PAGE]),
        "scope": scope,
        "no_trend": scope is None and freshness() is not None,
        "may_import": may_import(reader),
    }
