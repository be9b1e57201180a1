"""The one page of a scope and its talking points, on the screen; its tables as CSV."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from dashboards.figures import other_figure
from dashboards.forms_reports import OnePageForm, ReportForm
from dashboards.models import Publication
from dashboards.papers.content import OnePage
from dashboards.papers.sentences import talking_points
from dashboards.queries.known import LATEST, Knowledge, Numbers
from dashboards.queries.movers import STUCK_MONTHS
from dashboards.queries.one_page import NothingToShow, Subject, points_up_to, read_one_page
from dashboards.queries.scopes import calendar_of
from dashboards.services_exports import note_export
from dashboards.services_papers import one_page_context, paper_of
from dashboards.tables import FileHead
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import csv_download
from dashboards.views.one_page_links import bars_table, links_of
from portal.access.rules import Right
from portal.agencies.periods import month_end
from portal.requests import person

TABLE_FIGURES = {
    "stages": "stages",
    "bands": "stages",
    "challenges": "challenges",
    "talking-points": "stages",
}


@require_GET
def one_page(request: HttpRequest) -> HttpResponse:
    """What a leader takes into a briefing."""
    choice = read_choice(request, OnePageForm)
    if choice is None:
        return nothing_yet(request)
    context = scope_context(choice, request) | _actions(choice)
    try:
        subject = subject_of(choice)
        page = read_page(choice, timezone.now(), subject)
    except NothingToShow as error:
        context["nothing"] = str(error)
    else:
        context |= one_page_context(page) | {"top": 2, "sub": 3, "with_details": True}
        figures = FiguresOfPage(choice, page)
        context["tables"] = [
            (table.slug, table.title, figures.of_table(table.slug)) for table in paper_of(page).tables
        ]
        context["figures"] = figures.of_numbers()
        context |= {"links": links_of(choice, subject, page), "bars": bars_table(choice, subject, page)}
    return render(request, "reports/one_page.html", context)


@require_GET
def talking(request: HttpRequest) -> HttpResponse:
    """What to say about the one page, each number with n and source."""
    choice = read_choice(request, OnePageForm)
    if choice is None:
        return nothing_yet(request)
    context = scope_context(choice, request) | _actions(choice)
    try:
        page = read_page(choice, timezone.now())
    except NothingToShow as error:
        context["nothing"] = str(error)
    else:
        context |= {"points": talking_points(page), "heading": page.heading}
    return render(request, "reports/talking_points.html", context)


@require_GET
def one_page_table(request: HttpRequest, table: str) -> HttpResponse:
    """A table of the one page as CSV."""
    choice = choice_or_404(request, OnePageForm)
    now = timezone.now()
    try:
        page = read_page(choice, now)
    except NothingToShow as error:
        raise Http404(str(error)) from error
    tables = *paper_of(page).tables, *paper_of(page, talking=True).tables
    found = next((one for one in tables if one.slug == table), None)
    if found is None:
        raise Http404
    heading, reader = page.heading, person(request)
    figures = FiguresOfPage(choice, page)
    own = figures.of_numbers() if table == "numbers" else []
    head = FileHead(
        title=f"{found.title}. {heading.scope}, {heading.period}",
        marking=choice.knowledge_words,
        reported=heading.reported_words,
        reader=str(reader),
        at=now,
        demonstration=heading.demonstration,
        figure=figures.of_table(table),
        notes=[f"Figure of “{label}”: {figure}" for label, figure in own],
    )
    details = {"table": table, "on": str(choice.on), "rows": len(found.rows)}
    note_export(what="one_page", of=choice.scope, details=details, by=reader, at=now)
    rows = [*head.rows(), found.columns, *found.rows]
    return csv_download(rows, f"{table}-{slugify(str(choice.scope))}-{choice.on}")


@dataclass(frozen=True)
class FiguresOfPage:
    """The identifiers of what the one page shows, all with the knowledge of its heading."""

    choice: Choice
    page: OnePage

    def of_table(self, slug: str) -> str:
        """Of one of its tables; none of what people wrote, and of what could still move."""
        if slug in {"up", "down"}:
            points = points_up_to(self.choice.measure, self.choice.on, self._year_starts_in)
            return self._named(f"transitions_{points[-2].on}")
        if slug == "stuck":
            year = month_end(self.choice.on, -STUCK_MONTHS)
            return self._named("stuck") if self.choice.figure_since(year) else ""
        number = TABLE_FIGURES.get(slug)
        return self._named(number) if number else ""

    def of_numbers(self) -> list[tuple[str, str]]:
        """Of its numbers, each with its label."""
        found = []
        for number in self.page.numbers:
            step, _, stage = number.slug.rpartition("-")
            name = f"completed_{stage}" if step and stage.isdigit() else number.slug
            found.append((number.label, self._named(name)))
        if self.page.must_haves is not None:
            found.append((self.page.must_haves.label, self._named("must_haves")))
        if self.page.evidence is not None:
            found.append(("Backed by evidence", self._named("evidence")))
        return [*found, ("Scores carried forward", self._named("carried"))]

    @property
    def _year_starts_in(self) -> int:
        return calendar_of(self.choice.scope, self.choice.reader)

    def _named(self, number: str) -> str:
        return other_figure(self.page.heading.figure, number)


def read_page(choice: Choice, at: datetime, subject: Subject | None = None) -> OnePage:
    """The one page of what was chosen. Raises NothingToShow."""
    made = f"Looked at by {choice.reader} on {timezone.localtime(at):%B %-d, %Y, %H:%M %Z}."
    return read_one_page(subject or subject_of(choice), choice.reader, made)


def subject_of(choice: Choice) -> Subject:
    """What the page is about. Raises NothingToShow."""
    points = points_up_to(choice.measure, choice.on, calendar_of(choice.scope, choice.reader))
    return Subject(choice.scope, choice.measure, points, publication_of(choice), _live(choice))


def publication_of(choice: Choice) -> Publication | None:
    """Whose figures are looked at; None for the latest, and where nothing is published."""
    return choice.series.row.publication if choice.series.row else None


def _live(choice: Choice) -> Knowledge:
    """What numbers that are not published are read with."""
    return choice.series.knowledge if choice.series.knowledge.numbers is Numbers.KNOWN else LATEST


def _actions(choice: Choice) -> dict[str, Any]:
    """What may be done here: have a report made, and write the program's words."""
    if choice.series.knowledge.day is not None:
        return {}  # reports are made of what is published or the latest, and words are written for those
    program = choice.scope.program
    edits = program is not None and choice.reader.can_in_program(Right.RUN_PROGRAM, program)
    return {
        "report_form": ReportForm(initial={"kind": "one_page", "format": "pdf"}),
        "edit_url": reverse("dashboards:briefing-edit", args=[program.slug, choice.series.now.period.ends_on])
        if edits and program is not None
        else "",
        "schedules_url": reverse("dashboards:schedule-list") if edits else "",
    }
