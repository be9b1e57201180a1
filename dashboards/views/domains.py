"""The domains of a model over the agencies of a scope, and one of them closely."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.charts.bars import Bar, distribution
from dashboards.charts.chart import agencies
from dashboards.charts.spread import domain_over_time
from dashboards.forms_scope import DomainForm
from dashboards.queries.domains import (
    APPLIES,
    BANDS,
    DomainAgencies,
    DomainPoint,
    band_words,
    domain_series,
    in_band,
)
from dashboards.queries.known import rows_at
from dashboards.queries.open_items import item_counts
from dashboards.queries.small_counts import detail_of
from dashboards.tables import Table
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import address
from dashboards.views.open_items import heads_of, item_rows
from dashboards.views.reader import PER_PAGE


@dataclass(frozen=True)
class DomainLine:
    """One domain in the list, now and at the point before."""

    name: str
    url: str
    now: DomainPoint
    before: DomainPoint | None

    @property
    def change(self) -> int | None:
        """Of the median in whole percentage points."""
        if self.before is None or self.before.spread is None or self.now.spread is None:
            return None
        return (self.now.spread.median - self.before.spread.median) // 10_000


@require_GET
def domain_list(request: HttpRequest) -> HttpResponse:
    """Every domain with its median and how many agencies are how far."""
    choice = read_choice(request)
    if choice is None:
        return nothing_yet(request)
    context = scope_context(choice, request) | {
        "lines": _lines(choice),
        "bands": [band_words(band) for band in range(BANDS)],
        "figure": choice.figure("domains"),
        "csv_url": address(choice, "dashboards:table-export", "domains"),
    }
    return render(request, "dashboards/domain_list.html", context)


@require_GET
def domain_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One domain over time, its distribution now, its agencies, and for those who may, its practices."""
    choice = read_choice(request, DomainForm)
    if choice is None:
        return nothing_yet(request)
    name = dict(choice.measure.domains).get(slug)
    if name is None:
        raise Http404(f"There is no domain {slug!r}.")
    points = _series(choice)[slug]
    now, band = points[-1], choice.form.chosen("band")
    page = _listing(choice, slug).page(request.GET.get("page"), PER_PAGE)
    context = scope_context(choice, request) | {
        "domain": name,
        "slug": slug,
        "series_chart": domain_over_time(
            name, [(point.label, point.n, point.spread) for point in points], _point_urls(choice, slug)
        ),
        "bands_chart": distribution(
            "domain-bands",
            "How far the agencies are now",
            _bands_words(now),
            [
                Bar(band_words(number), n, band_url(choice, slug, number))
                for number, n in enumerate(now.bands)
            ],
            head="Of the maximum",
            size="tall",
        ),
        "page": page,
        "rows": page.object_list,
        "sort": choice.sort,
        "band": band_words(band) if band not in {None, ""} else "",
        "figure": choice.figure(f"domain_{slug}"),
        "all_url": address(choice, "dashboards:domain-detail", slug),
        "csv_url": address(choice, "dashboards:table-export", "domain-agencies", domain=slug),
    }
    return render(request, "dashboards/domain_detail.html", context | _practices(choice, slug))


def table(request: HttpRequest) -> tuple[Choice, Table]:
    """The domains, for a file."""
    choice = choice_or_404(request)
    bands = [band_words(band) for band in range(BANDS)]
    columns = ("Domain", "Agencies", "Lower quartile", "Median", "Upper quartile", *bands)
    rows = [
        (
            line.name,
            line.now.n,
            *(
                round(value / 10_000, 1) if value is not None else None
                for value in (
                    (line.now.spread.lower_quartile, line.now.spread.median, line.now.spread.upper_quartile)
                    if line.now.spread
                    else (None, None, None)
                )
            ),
            *line.now.bands,
        )
        for line in _lines(choice)
    ]
    title, figure = "Percent of each domain's maximum", choice.figure("domains")
    return choice, Table("domains", title, columns, rows, figure=figure)


def agencies_table(request: HttpRequest) -> tuple[Choice, Table]:
    """The agencies with their percent in one domain, for a file."""
    choice = choice_or_404(request, DomainForm)
    slug = request.GET.get("domain", "")
    name = dict(choice.measure.domains).get(slug)
    if name is None:
        raise Http404(f"There is no domain {slug!r}.")
    rows = [
        (
            row.name,
            row.slug,
            row.state_words,
            *(None if v is None else round(v / 10_000, 1) for v in (row.percent, row.before)),
        )
        for row in _listing(choice, slug).whole()
    ]
    columns = ("Agency", "Slug", "State", "Percent", "Percent at the point before")
    title, figure = f"{name}, percent of its maximum", choice.figure(f"domain_{slug}")
    return choice, Table(f"domain-{slug}", title, columns, rows, figure=figure)


def _series(choice: Choice) -> dict[str, list[DomainPoint]]:
    series = choice.series
    days = [point.on for point in series.points]
    rows = rows_at(choice.scope, choice.measure, days, series.knowledge, domains=True)
    provisional = [point.provisional for point in series.trend]
    return domain_series(rows, choice.measure, series.points, provisional)


def _lines(choice: Choice) -> list[DomainLine]:
    series = _series(choice)
    return [
        DomainLine(
            name,
            address(choice, "dashboards:domain-detail", slug),
            series[slug][-1],
            series[slug][-2] if len(series[slug]) > 1 else None,
        )
        for slug, name in choice.measure.domains
    ]


def _listing(choice: Choice, slug: str) -> DomainAgencies:
    band = choice.form.chosen("band")
    band = None if band in {None, ""} else band
    return DomainAgencies(
        choice.agencies,
        choice.measure,
        choice.on,
        choice.before,
        in_band(band) if band is not None else Q(),
        choice.sort,
        choice.series.read,
        choice.series.read_before,
        slug=slug,
    )


def _practices(choice: Choice, slug: str) -> dict[str, Any]:
    """How many agencies have each practice of the domain in place, planned and so on, for those who may."""
    counts = item_counts(
        choice.scope, choice.measure, choice.on, which=Q(domain__slug=slug), read=choice.read
    )
    detail = detail_of(choice.scope, choice.on, choice.reader, counts.with_value, choice.read)
    if not detail.exact:
        return {"practice_rows": None}
    return {
        "practice_rows": item_rows(choice, counts.items, detail),
        "heads": heads_of(detail, choice.measure),
        "practices_figure": choice.figure("practices"),
    }


def band_url(choice: Choice, slug: str, band: int | str) -> str:
    """Where the agencies in a part of a domain's scale are listed, or all to which it applies."""
    return address(choice, "dashboards:domain-detail", slug, band=band) + "#agencies-title"


def _point_urls(choice: Choice, slug: str) -> list[str]:
    """Where the agencies to which the domain applied at each point are listed."""
    choosable = {point.on for point in choice.choosable}
    return [
        address(choice, "dashboards:domain-detail", slug, band=APPLIES, at=point.on) + "#agencies-title"
        if point.on in choosable
        else ""
        for point in choice.series.points
    ]


def _bands_words(now: DomainPoint) -> str:
    if not now.n:
        return "No agency has a value in this domain."
    half = sum(now.bands[(BANDS + 1) // 2 :])
    low = band_words((BANDS + 1) // 2).partition("%")[0]
    return f"Of {agencies(now.n)} to which it applies, {half:,} are at {low}% of the maximum or more."
