"""Two to six agencies beside each other at one point in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from dashboards.forms import point_at
from dashboards.forms_choices import KnowledgeForm
from dashboards.points import Point
from dashboards.queries.agencies import Frozen
from dashboards.queries.compare import FEWEST, MOST, Column, Line, SideBySide, agencies_named, side_by_side
from dashboards.queries.known import Knowledge, Numbers, frozen_anywhere
from dashboards.queries.measures import Measure, choose_measure, measures_in_use
from dashboards.queries.published_rules import EVERYWHERE, measure_at
from dashboards.queries.quarters import quarters_shown
from dashboards.queries.scopes import calendar_of, freshness
from dashboards.services_exports import note_export
from dashboards.standings import State
from dashboards.tables import FileHead, hundredths, reported_words
from dashboards.views.compare import ALL, CHANGED
from dashboards.views.exporting import csv_download, marking_of
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.queries import demonstration_shown
from portal.exports import Cell
from portal.requests import person

LONGEST = 100  # characters of a slug, or of a name that is looked for


@dataclass(frozen=True)
class Asked:
    """What was asked for, completed. `found` None: nobody has reported anything yet."""

    reader: User
    measures: list[Measure]
    measure: Measure | None
    points: list[Point]
    point: Point | None
    knowledge: Knowledge
    frozen: Frozen | None
    slugs: tuple[str, ...]
    too_many: bool
    found: SideBySide | None
    show: str

    @property
    def columns(self) -> tuple[Column, ...]:
        """The agencies that are compared, or that there is one of so far."""
        return self.found.columns if self.found else ()

    @property
    def missing(self) -> int:
        """How many were asked for that are not there for this reader."""
        return len(self.slugs) - len(self.columns) if self.found else 0

    @property
    def address(self) -> list[tuple[str, str]]:
        """What an address says of this choice."""
        chosen = [("agencies", column.slug) for column in self.columns]
        if len(self.measures) > 1 and self.measure is not None:
            chosen.append(("model", self.measure.model.slug))
        if self.point is not None and (self.point is not self.points[-1] or self.knowledge.address):
            chosen.append(("at", self.point.on.isoformat()))
        chosen += list(self.knowledge.address.items())
        return chosen + ([("show", ALL)] if self.show == ALL else [])

    def shown(self, lines: Sequence[Line]) -> list[Line]:
        """All of them, or those that differ."""
        return [line for line in lines if self.show == ALL or line.differs]


@require_GET
def compare_agencies(request: HttpRequest) -> HttpResponse:
    """Stages, domains and, where they may be seen, items of some agencies side by side."""
    asked = _asked(request)
    looked_for = _plain(request.GET.get("find", ""))
    context: dict[str, Any] = {
        "asked": asked,
        "crumbs": [("Agencies", reverse("dashboards:agency-list"))],
        "measure": asked.measure,
        "point": asked.point,
        "points": list(reversed(asked.points)),
        "models": [one.model for one in asked.measures],
        "knowledge": asked.knowledge,
        "looked_for": looked_for,
        "full": len(asked.columns) >= MOST,
        "fresh": freshness(),
        "chosen": [(column, _url(asked, without=column.slug)) for column in asked.columns],
    }
    if looked_for and len(asked.columns) < MOST:
        found = agencies_named(looked_for, [column.slug for column in asked.columns], asked.reader)
        context["matches"] = [(agency, _url(asked, extra=agency.slug)) for agency in found]
    if asked.found is not None and len(asked.columns) >= FEWEST:
        context |= {
            "found": asked.found,
            "stages": asked.shown(asked.found.stages),
            "domains": asked.shown(asked.found.domains),
            "items": asked.shown(asked.found.items),
            "csv_url": f"{reverse('dashboards:compare-export')}?{urlencode(asked.address)}",
        }
    return render(request, "dashboards/compare_agencies.html", context)


@require_GET
def compare_agencies_export(request: HttpRequest) -> HttpResponse:
    """The same as CSV."""
    asked = _asked(request)
    if asked.found is None or len(asked.columns) < FEWEST or asked.point is None or asked.measure is None:
        raise Http404("Name two to six agencies.")
    now = timezone.now()
    head = FileHead(
        title=f"{asked.measure.model}, {asked.point.label}: agencies side by side, in alphabetical order",
        marking=marking_of(asked.knowledge, asked.frozen),
        reader=str(asked.reader),
        at=now,
        demonstration=demonstration_shown(),
        reported=reported_words(_reported(asked.columns), len(asked.columns)),
        notes=[_hidden_words(asked.found)],
    )
    rows = [*head.rows(), *_file(asked, asked.found)]
    slugs = [column.slug for column in asked.columns]
    for agency in Agency.objects.visible_to(asked.reader).filter(slug__in=slugs).order_by("pk"):
        details = {"agencies": slugs, "on": str(asked.point.on), "model": asked.measure.model.slug}
        note_export(what="comparison", of=agency, details=details, by=asked.reader, at=now)
    return csv_download(rows, f"agencies-{asked.point.on}")


def _asked(request: HttpRequest) -> Asked:
    reader, measures = person(request), measures_in_use()
    measure = choose_measure(measures, request.GET.get("model", ""))
    knowledge = KnowledgeForm(request.GET.dict(), {"numbers": Numbers.PUBLISHED.value}).knowledge()
    points = quarters_shown(freshness(), measure, calendar_of(None, reader))
    given = list(dict.fromkeys(slug for text in request.GET.getlist("agencies") if (slug := _plain(text))))
    slugs, show = tuple(given[:MOST]), ALL if request.GET.get("show") == ALL else CHANGED
    too_many = len(given) > MOST
    if measure is None or not points:
        return Asked(reader, measures, measure, [], None, knowledge, None, slugs, too_many, None, show)
    day = _day(request.GET.get("at") or request.GET.get("as_of", ""))
    begun = [one for one in points if knowledge.day is None or one.on <= knowledge.day] or points[:1]
    point = point_at(points, day, begun[-1])
    frozen = None
    if knowledge.numbers is Numbers.PUBLISHED:
        measure = measure_at(EVERYWHERE, measure, point.on)
        frozen = frozen_anywhere(measure, [point.on]).get(point.on)
    found = side_by_side(slugs, measure, point.on, knowledge.as_known or frozen, reader)
    return Asked(reader, measures, measure, points, point, knowledge, frozen, slugs, too_many, found, show)


def _plain(text: str) -> str:
    """A text of an address, cut to a bearable length."""
    return text.strip()[:LONGEST]


def _day(text: str) -> date | None:
    """The day that an address names; None for what is none."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def _url(asked: Asked, *, extra: str = "", without: str = "") -> str:
    """The same page with one agency more or less."""
    chosen = [(name, value) for name, value in asked.address if (name, value) != ("agencies", without)]
    if extra:
        chosen.insert(0, ("agencies", extra))
    return f"{reverse('dashboards:compare')}?{urlencode(chosen)}"


def _reported(columns: Sequence[Column]) -> int:
    return sum(column.state == State.REPORTED for column in columns)


def _hidden_words(found: SideBySide) -> str:
    if not found.hidden:
        return ""
    return f"Item levels are not shown of: {', '.join(column.name for column in found.hidden)}"


def _file(asked: Asked, found: SideBySide) -> list[tuple[Cell, ...]]:
    columns = found.columns
    many = asked.measure.scale.many if asked.measure else ""
    rows: list[tuple[Cell, ...]] = [
        ("", *(column.name for column in columns)),
        ("State", *(column.state_words for column in columns)),
        ("Assessed period", *(column.result.period_label if column.result else None for column in columns)),
        ("Score", *(hundredths(column.result.score) if column.result else None for column in columns)),
        (many, *(column.result.stages_completed if column.result else None for column in columns)),
    ]
    for head, lines in (("Stage", found.stages), ("Domain", found.domains), ("Item", found.items)):
        shown = asked.shown(lines)
        if shown:
            rows += [(), (head, *(column.name for column in columns))]
            rows += [(line.name, *line.cells) for line in shown]
    return rows
