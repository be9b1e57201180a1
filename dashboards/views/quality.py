"""How good the data of a scope is."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.charts.bars import Bar, distribution
from dashboards.charts.chart import Chart, agencies
from dashboards.forms_scope import QualityForm
from dashboards.queries.quality import BASES, NEVER, Quality, QualityListing, never_reported, quality_of
from dashboards.standings import NOT_REPORTING
from dashboards.tables import Table
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import address, list_url
from dashboards.views.reader import PER_PAGE
from maturity.scoring import MILLION

COLUMNS = (
    "Agency", "Slug", "State", "Last period", "Age in months", "Silent for months", "Answered in percent",
    "Backed by evidence in percent", "Limited basis", "Carried over and not confirmed in percent",
)  # fmt: skip


@require_GET
def quality(request: HttpRequest) -> HttpResponse:
    """Counts, distributions, and the agencies with how good their data is."""
    choice = read_choice(request, QualityForm)
    if choice is None:
        return nothing_yet(request)
    listing = _listing(choice)
    known = quality_of(choice.agencies, choice.measure, choice.on, choice.read)
    page = listing.page(request.GET.get("page"), PER_PAGE)
    state = choice.form.chosen("state")
    context = scope_context(choice, request) | {
        "quality": known,
        "charts": _charts(choice, known),
        "page": page,
        "rows": page.object_list,
        "sort": choice.sort,
        "state": state,
        "urls": {basis: list_url(choice, basis=basis) for basis in BASES},
        "kinds": _kinds(known),
        "figure": choice.figure("quality"),
        "csv_url": address(choice, "dashboards:table-export", "quality", state=state, sort=choice.sort),
    }
    return render(request, "dashboards/quality_detail.html", context)


def table(request: HttpRequest) -> tuple[Choice, Table]:
    """All agencies with how good their data is, for a file."""
    choice = choice_or_404(request, QualityForm)
    rows = [
        (
            row.name,
            row.slug,
            row.state_words,
            row.period_label or "never",
            row.age,
            row.silent,
            _percent(row.answered),
            _percent(row.evidenced),
            "yes" if row.limited_basis else "no",
            _percent(row.unconfirmed),
        )
        for row in _listing(choice).whole()
    ]
    title, figure = "Quality of the data by agency", choice.figure("quality")
    return choice, Table("quality", title, COLUMNS, rows, figure=figure)


def _listing(choice: Choice) -> QualityListing:
    state, found, standing = choice.form.chosen("state"), choice.agencies, Q()
    if state == NEVER:
        found = never_reported(found, choice.measure, choice.on, choice.read)
        standing = Q(state=NOT_REPORTING)
    elif state:
        standing = Q(state=state)
    return QualityListing(found, choice.measure, choice.on, None, standing, choice.sort, choice.read)


def _kinds(known: Quality) -> list[tuple[str, str, int]]:
    """Which agencies the table may be limited to, with how many they are."""
    return [
        ("reported", "Reported", known.reported),
        ("carried", "Carried forward", known.carried),
        (NOT_REPORTING, "Not reporting", known.lapsed + known.never),
        (NEVER, "of them never reported", known.never),
        ("not_adopting", "Not adopting", known.not_adopting),
    ]


def _charts(choice: Choice, known: Quality) -> list[Chart]:
    n = known.with_value
    answered = _bars(choice, "answered", known.answered)
    evidenced = _bars(choice, "evidenced", known.evidenced)
    ages = _bars(choice, "age", known.ages)
    return [
        _chart("answered", "Share of the asked items that were answered", answered, n, "answered all"),
        _chart("evidenced", "Share backed by evidence of the last year", evidenced, n, "back all with it"),
        distribution(
            "ages",
            "Age of the assessments that count now",
            f"Of {agencies(n)} with a value, {known.carried:,} stand on an assessment of an earlier period.",
            ages,
            head="Months since the assessed period",
        ),
    ]


def _bars(choice: Choice, name: str, counts: Mapping[str, int]) -> list[Bar]:
    """Each part of a scale, with the list of its agencies: the filter `name` counts the parts from 0."""
    return [
        Bar(words, count, list_url(choice, **{name: number}))
        for number, (words, count) in enumerate(counts.items())
    ]


def _chart(slug: str, title: str, bars: list[Bar], n: int, all_of_it: str) -> Chart:
    said = f"Of {agencies(n)} with a value, {bars[-1].n:,} {all_of_it}."
    return distribution(f"{slug}-shares", title, said, bars, head="Share")


def _percent(millionths: Any) -> float | None:
    return None if millionths is None else round(millionths * 100 / MILLION, 1)
