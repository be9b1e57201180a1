"""The tables of an agency's pages as files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.charts.chart import Chart
from dashboards.queries.agency import AgencyReading
from dashboards.services_exports import note_export
from dashboards.standings import STATE_WORDS
from dashboards.tables import FileHead, Table, exact
from dashboards.views.agencies import reading_context
from dashboards.views.exporting import csv_download, marking_of, plain
from dashboards.views.one_agency import agency_form, points_asked, subject_of
from maturity.scoring import MILLION
from portal.agencies.queries import demonstration_shown

HISTORY = (
    "Period", "Version", "Completed", "Of", "Score", "Answered in percent", "Backed by evidence in percent",
    "Approved", "Replaced by an amendment",
)  # fmt: skip


@dataclass(frozen=True)
class _Made:
    """What an agency's page shows."""

    context: dict[str, Any]

    @property
    def reading(self) -> AgencyReading:
        found: AgencyReading = self.context["reading"]
        return found

    def chart(self, name: str, figure: str) -> Table:
        """The data of one of its charts. Raises Http404 for one that it has not."""
        found: Chart | None = self.context.get(name)
        if found is None:
            raise Http404
        return Table(found.slug, found.title, found.columns, plain(found.rows), figure=self.context[figure])


def _history(made: _Made) -> Table:
    rows = [
        (
            one.period_label, one.version.version, one.stages_completed, one.stage_count, exact(one.score),
            _percent(one.answered), _percent(one.evidenced),
            f"{timezone.localtime(one.approved_at):%Y-%m-%d}",
            "yes" if getattr(one, "replaced", False) else "no",
        )
        for one in made.reading.history
    ]  # fmt: skip
    return Table("history", "Approved assessments, the latest first", HISTORY, rows)


TABLES: dict[str, Callable[[_Made], Table]] = {
    "history": _history,
    "scores": lambda made: made.chart("score_chart", "figure"),
    "stages": lambda made: made.chart("stages_chart", "stages_figure"),
    "domains": lambda made: made.chart("domains_chart", "domains_figure"),
}


@require_GET
def agency_table_export(request: HttpRequest, slug: str, table: str) -> HttpResponse:
    """One of the tables of an agency's page as CSV; noted in the audit."""
    subject = subject_of(request, slug)
    form = agency_form(request, subject)
    points = points_asked(form, subject.fresh, subject.measure, subject.year_starts_in)
    if table not in TABLES or subject.measure is None or not points:
        raise Http404
    knowledge, now = form.knowledge(), timezone.now()
    made = _Made(reading_context(subject.agency, subject.measure, points, subject.reader, knowledge))
    found = TABLES[table](made)
    marking = "PUBLISHED" if made.reading.published else marking_of(knowledge, None)
    head = FileHead(
        title=f"{found.title}. {subject.agency}, {subject.measure.model}, {points[-1].label}",
        marking=marking,
        reported=STATE_WORDS[made.reading.state],
        reader=str(subject.reader),
        at=now,
        demonstration=demonstration_shown(),
        figure=found.figure,
    )
    details = {"model": subject.measure.model.slug, "on": str(points[-1].on), "rows": len(found.rows)}
    note_export(what=f"agency {table}", of=subject.agency, details=details, by=subject.reader, at=now)
    name = f"{table}-{subject.agency.slug}-{points[-1].on}"
    return csv_download([*head.rows(), found.columns, *found.rows], name)


def _percent(millionths: int | None) -> float | None:
    return None if millionths is None else round(millionths * 100 / MILLION, 1)
