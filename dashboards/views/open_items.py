"""What the agencies of a scope have open: challenges, practices, and must-haves missing in production."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboards.charts.bars import Bar, most_frequent
from dashboards.charts.chart import Cell, Linked, agencies, linked
from dashboards.queries.measures import Measure
from dashboards.queries.open_items import (
    ANY,
    LEAST_SHOWN,
    UNANSWERED,
    ItemCount,
    ItemCounts,
    MustHavesMissing,
    item_counts,
    must_haves_missing_in_production,
)
from dashboards.queries.small_counts import Detail, detail_of
from dashboards.tables import Table
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import address, list_url, plain
from maturity.levels import Level
from maturity.models import Item

CHART_SHOWN = 10
PRACTICES_SHOWN = 25
MISSING_HEADS = ("Must-have", "Stage", "Agencies without it")
COLUMNS: tuple[tuple[str, str], ...] = (
    ("open", "Open"),
    (Level.NOT_STARTED, "Not started"),
    (Level.PLANNED, "Planned"),
    (Level.PARTIAL, "Partly done"),
    (Level.IN_PLACE, "Solved or in place"),
    (Level.NOT_APPLICABLE, "Not applicable"),
    (Level.NOT_YET, "Not yet relevant"),
    (Level.EXEMPT, "Exempt for a time"),
    (UNANSWERED, "Not asked or unanswered"),
)


def columns_of(detail: Detail) -> tuple[tuple[str, str], ...]:
    """The levels that are counted. From several of them a count that is not shown would follow."""
    return COLUMNS if detail.exact else COLUMNS[:1]


def heads_of(detail: Detail, measure: Measure) -> tuple[str, ...]:
    """The headings of the table of items; only of a staged model has an item a stage."""
    return ("Item", *(("Stage",) if measure.staged else ()), *(words for _, words in columns_of(detail)))


@require_GET
def open_items(request: HttpRequest) -> HttpResponse:
    """The most frequent open challenges and gaps, each with how many agencies it is about."""
    choice = read_choice(request)
    if choice is None:
        return nothing_yet(request)
    context = scope_context(choice, request)
    counts = item_counts(choice.scope, choice.measure, choice.on, read=choice.read)
    detail = detail_of(choice.scope, choice.on, choice.reader, counts.with_value, choice.read)
    context |= {"detail": detail, "with_value": counts.with_value, "least": LEAST_SHOWN}
    if detail.shown:
        context |= _context(choice, counts, detail)
    return render(request, "dashboards/open_items.html", context)


def table(request: HttpRequest) -> tuple[Choice, Table]:
    """All items, for a file; nothing but the reason where counts would tell of single agencies."""
    choice = choice_or_404(request)
    counts = item_counts(choice.scope, choice.measure, choice.on, read=choice.read)
    detail = detail_of(choice.scope, choice.on, choice.reader, counts.with_value, choice.read)
    rows = item_rows(choice, counts.items, detail) if detail.shown else []
    note = f"Of {agencies(counts.with_value)} whose answers to single items are known. {detail.words}"
    return choice, Table(
        "open-items",
        "Items by how many agencies have them open",
        heads_of(detail, choice.measure),
        plain(rows),
        (note,),
        choice.figure("items"),
    )


def must_haves_table(request: HttpRequest) -> tuple[Choice, Table]:
    """The must-haves that agencies in production do without, for a file; nothing but the reason where counts
    would tell of single agencies."""
    choice = choice_or_404(request)
    counts = item_counts(choice.scope, choice.measure, choice.on, read=choice.read)
    detail = detail_of(choice.scope, choice.on, choice.reader, counts.with_value, choice.read)
    missing = must_haves_missing_in_production(choice.scope, choice.measure, choice.on, choice.read)
    told = detail.shown and (detail.exact or missing.in_production >= LEAST_SHOWN)
    rows = _missing_rows(choice, missing, detail) if told else []
    note = detail.words or f"Under {LEAST_SHOWN} agencies are in production, so no count is shown."
    if told:
        affected = detail.words_of(missing.affected, missing.in_production)
        note = f"{affected} of {agencies(missing.in_production)} in production do without at least one."
    title, figure = "Must-haves missing in production", choice.figure("must_haves")
    return choice, Table("must-haves", title, MISSING_HEADS, plain(rows), (note,), figure)


def _missing_rows(choice: Choice, missing: MustHavesMissing, detail: Detail) -> list[tuple[Cell, ...]]:
    return [
        (
            Linked(count.item.title, _item_url(choice, count.item)),
            count.item.stage.number,
            _missing_cell(choice, count, missing.in_production, detail),
        )
        for count in missing.items
    ]


def _context(choice: Choice, counts: ItemCounts, detail: Detail) -> dict[str, Any]:
    found = counts.by_frequency()
    challenges = [count for count in found if count.item.kind == Item.Kind.CHALLENGE]
    practices = [count for count in found if count.item.kind == Item.Kind.PRACTICE]
    missing = must_haves_missing_in_production(choice.scope, choice.measure, choice.on, choice.read)
    return {
        "challenges_chart": _chart(choice, challenges, counts.with_value, detail, "challenges"),
        "practices_chart": _chart(choice, practices, counts.with_value, detail, "practices"),
        "challenge_rows": item_rows(choice, challenges, detail),
        "practice_rows": item_rows(choice, practices[:PRACTICES_SHOWN], detail),
        "more_practices": max(0, len(practices) - PRACTICES_SHOWN),
        "heads": heads_of(detail, choice.measure),
        "missing": missing,
        "missing_heads": MISSING_HEADS,
        "missing_csv_url": address(choice, "dashboards:table-export", "must-haves"),
        "missing_shown": detail.exact or missing.in_production >= LEAST_SHOWN,
        "missing_url": list_url(choice, missing=ANY) if detail.links and missing.affected else "",
        "missing_affected": detail.words_of(missing.affected, missing.in_production),
        "missing_rows": _missing_rows(choice, missing, detail),
        "challenges_figure": choice.figure("challenges"),
        "practices_figure": choice.figure("practices"),
        "missing_figure": choice.figure("must_haves"),
        "csv_url": address(choice, "dashboards:table-export", "open-items"),
    }


def _chart(choice: Choice, counts: Sequence[ItemCount], n: int, detail: Detail, kind: str) -> Any:
    """The most frequent, of which the numbers may be told."""
    told = [count for count in counts if detail.may_tell(count.open, n)][:CHART_SHOWN]
    bars = [
        Bar(count.item.title, count.open, _url(choice, count, "open") if detail.links else "")
        for count in told
    ]
    title = f"Most frequent open {kind}" if kind == "challenges" else "Practices that most agencies lack"
    if not told:
        summary = "There is none of which a number can be shown."
    else:
        first = told[0]
        summary = (
            f"“{first.item.title}” is open at {first.open:,} of {agencies(n)} whose answers to single "
            "items are known."
        )
    return most_frequent(f"open-{kind}", title, summary, bars)


def item_rows(choice: Choice, counts: Sequence[ItemCount], detail: Detail) -> list[tuple[Cell, ...]]:
    """Items with how many agencies are at which level, each count leading to them where it may."""
    return [
        (
            Linked(count.item.title, _item_url(choice, count.item)),
            *((count.item.stage.number,) if choice.measure.staged else ()),
            *(_cell(choice, count, key, detail) for key, _ in columns_of(detail)),
        )
        for count in counts
    ]


def _item_url(choice: Choice, item: Item) -> str:
    version = choice.measure.version
    return reverse("maturity:item-detail", args=[version.model.slug, version.version, item.slug])


def _cell(choice: Choice, count: ItemCount, key: str, detail: Detail) -> Cell:
    n = count.n(key)
    if detail.links and n:
        return Linked(n, _url(choice, count, key))
    return detail.words_of(n, sum(count.levels.values()))


def _missing_cell(choice: Choice, count: ItemCount, in_production: int, detail: Detail) -> Cell:
    """How many agencies in production lack a must-have."""
    n = count.open + count.unanswered
    if detail.links:
        return linked(n, list_url(choice, missing=count.item.slug))
    return detail.words_of(n, in_production)


def _url(choice: Choice, count: ItemCount, key: str) -> str:
    return list_url(choice, item=count.item.slug, level=key)
