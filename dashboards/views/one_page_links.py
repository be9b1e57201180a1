"""Where the numbers, names and bars of the one page on the screen lead to: the agencies behind them.

Papers know no addresses, so that a file is the same for everybody: the links are kept beside the page.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from dashboards.charts.chart import Cell, linked
from dashboards.charts.portfolio import DECLINED_ASKED, SILENT_ASKED
from dashboards.forms_scope import STUCK
from dashboards.papers.composition import bars_chart
from dashboards.papers.content import OnePage
from dashboards.points import Point
from dashboards.queries.known import Numbers
from dashboards.queries.one_page import Subject
from dashboards.queries.open_items import ANY, sees_all_details
from dashboards.standings import State
from dashboards.views.choice import Choice

TARGET = "target"  # slug of a number


@dataclass(frozen=True)
class Links:
    """Addresses by what they are of; nothing is there of what leads nowhere."""

    numbers: dict[str, str] = field(default_factory=dict)  # by slug of a number
    movements: dict[str, str] = field(default_factory=dict)  # by slug of a movement
    agencies: dict[str, str] = field(default_factory=dict)  # by slug of an agency
    obstacles: dict[str, str] = field(default_factory=dict)  # by slug of a challenge
    must_haves: str = ""


@dataclass(frozen=True)
class BarsTable:
    """The bars as a table whose counts lead to their agencies."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def links_of(choice: Choice, subject: Subject, page: OnePage) -> Links:
    """The links of a page, by the knowledge that the page itself is read with."""
    agencies = {
        slug: f"{reverse('dashboards:agency-detail', args=[slug])}?{urlencode(_agency(choice, subject))}"
        for slug in page.agency_slugs
    }
    if not _listed(choice, subject.now) or not _same(choice, subject, subject.now):
        return Links(agencies=agencies)
    numbers = {
        one.slug: url for one in page.numbers if one.count and (url := _number_url(choice, subject, one.slug))
    }
    found = Links(numbers, _movements(choice, subject, page), agencies)
    if not sees_all_details(choice.scope, subject.now.on, choice.reader, subject.read.on):
        return found
    for one in page.obstacles:
        found.obstacles[one.slug] = _url(choice, subject, subject.now, item=one.slug, level="open")
    asked = page.must_haves is not None and page.must_haves.count
    must_haves = _url(choice, subject, subject.now, missing=ANY) if asked else ""
    return Links(found.numbers, found.movements, agencies, found.obstacles, must_haves)


def bars_table(choice: Choice, subject: Subject, page: OnePage) -> BarsTable:
    """The numbers of the bars, each leading to its agencies where the list would show the same."""
    chart = bars_chart(page)
    stages: list[dict[str, object]] = [{"exactly": n} for n in range(page.scale.stage_count, -1, -1)]
    # As bar_segments has them: the stages that are shown from the most on, and four columns more.
    shown = stages[: len(chart.table.columns) - 5]
    carried: dict[str, object] = {"state": State.CARRIED.value}
    asked = [*shown, SILENT_ASKED, DECLINED_ASKED, {}, carried]
    rows: list[tuple[Any, ...]] = []
    for point, row in zip(subject.series.points, chart.table.rows, strict=True):
        led = _listed(choice, point) and _same(choice, subject, point)
        cells: list[Any] = [
            linked(count, _url(choice, subject, point, **what)) if led and isinstance(count, int) else count
            for count, what in zip(row[1:], asked, strict=True)
        ]
        rows.append((row[0], *cells))
    return BarsTable(chart.title, chart.table.columns, tuple(rows))


def _number_url(choice: Choice, subject: Subject, slug: str) -> str:
    """Where those are listed that a number counts; facts are sums of what agencies told, and lead nowhere."""
    if slug == TARGET:
        return _url(choice, subject, subject.now, target="reached")
    step, _, number = slug.partition("-")
    if step != choice.measure.scale.step or not number.isdigit():
        return ""
    return _url(choice, subject, subject.now, stages=number)


def _movements(choice: Choice, subject: Subject, page: OnePage) -> dict[str, str]:
    now, before = subject.now, subject.before
    found = {"stuck": _url(choice, subject, now, move=STUCK)}
    if _same(choice, subject, before):
        found |= {
            slug: _url(choice, subject, now, move=move, since=before.on)
            for slug, move in (("up", "risen"), ("down", "fallen"))
        }
    return {one.slug: found[one.slug] for one in page.movements if one.total and one.slug in found}


def _url(choice: Choice, subject: Subject, point: Point, **filters: object) -> str:
    """The list at a point. A page of the latest numbers leads to these, also where others are published."""
    query = choice.address | {"at": point.on.isoformat()} | _knowledge(choice, subject)
    query |= {name: str(value) for name, value in filters.items()}
    return f"{reverse('dashboards:scope-agencies')}?{urlencode(query)}"


def _agency(choice: Choice, subject: Subject) -> dict[str, str]:
    """What the page of an agency is asked for, to show it as this page does."""
    known = {
        name: value for name, value in choice.address.items() if name in {"model", "numbers", "known_on"}
    }
    return known | {"at": subject.now.on.isoformat()} | _knowledge(choice, subject)


def _knowledge(choice: Choice, subject: Subject) -> dict[str, str]:
    live = subject.publication is None and choice.series.knowledge.numbers is Numbers.PUBLISHED
    return {"numbers": Numbers.LATEST.value} if live else {}


def _listed(choice: Choice, point: Point) -> bool:
    """Whether the list can be asked for at this point."""
    return any(point.on == one.on for one in choice.choosable)


def _same(choice: Choice, subject: Subject, point: Point) -> bool:
    """Whether the list reads this point as the page does: a published page keeps what it was published with,
    also of quarters that were published or corrected later."""
    if subject.publication is None:
        return True
    row = subject.series.rows.get(point.on)
    return row is not None and row.publication is not None and row.read == choice.read_at(point.on)
