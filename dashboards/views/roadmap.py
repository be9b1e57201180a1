"""The roadmap of an agency: targets, actions, timeline, and where it leads; as a page and as files."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from assessments.run_files import csv_of, xlsx_of
from dashboards.charts.chart import Chart
from dashboards.charts.roadmap import Step, roadmap_ahead
from dashboards.queries.commitments import commitments_shown, may_commit
from dashboards.queries.measures import Measure
from dashboards.queries.roadmap import (
    ACTION_SORTS,
    ActionLine,
    Quarter,
    RoadmapReading,
    read_roadmap,
    sorted_lines,
)
from dashboards.services_exports import note_export
from dashboards.tables import MARKING
from dashboards.views.one_agency import Subject, subject_context, subject_of
from maturity.scoring import format_hundredths
from portal.access.rules import Right
from portal.agencies.periods import Period, label, period_of
from portal.agencies.queries import demonstration_shown

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Year:
    """A year of the timeline."""

    name: str
    quarters: tuple[Quarter, ...]


def planned_subject(request: HttpRequest, slug: str) -> tuple[Subject, Measure]:
    """The agency, and what its roadmap is measured by. Raises Http404, PermissionDenied."""
    subject = subject_of(request, slug)
    if not subject.sees_details:
        raise PermissionDenied("A roadmap goes by the answers to single items, which you may not see.")
    if subject.measure is None:
        raise Http404("There is no questionnaire with results that a roadmap could go by.")
    return subject, subject.measure


def reading_of(subject: Subject, measure: Measure) -> RoadmapReading:
    """The roadmap as it is today."""
    today = timezone.localdate()
    return read_roadmap(subject.agency, measure, subject.latest_on, subject.year_starts_in, today)


@require_GET
def agency_roadmap(request: HttpRequest, slug: str) -> HttpResponse:
    """Targets with whether they are reached, the actions, the timeline, the projection."""
    subject = subject_of(request, slug)
    if not subject.sees_details:
        raise PermissionDenied("A roadmap goes by the answers to single items, which you may not see.")
    context = subject_context(subject, request) | {"here": "Roadmap"} | _commitments(subject)
    if subject.measure is not None:
        context |= _context(request, subject, subject.measure)
    return render(request, "dashboards/roadmap_agency.html", context)


def _commitments(subject: Subject) -> dict[str, Any]:
    """What the agency promised to leadership: what is open, and the last that were closed."""
    today = timezone.localdate()
    return {
        "commitments": [(row, row.is_overdue(today)) for row in commitments_shown(subject.agency)],
        "may_commit": may_commit(subject.reader, subject.agency),
    }


def _context(request: HttpRequest, subject: Subject, measure: Measure) -> dict[str, Any]:
    reading = reading_of(subject, measure)
    said = request.GET.get("sort", "due")
    sort = said if said.removeprefix("-") in ACTION_SORTS else "due"
    return {
        "reading": reading,
        "sort": sort,
        "lines": sorted_lines(reading.actions, sort),
        "years": _years(reading, subject.year_starts_in),
        "chart": projection_chart(reading, measure, subject.year_starts_in),
        "may_plan": subject.reader.can(Right.SUBMIT, subject.agency),
        "currency": settings.CURRENCY,
        "query": model_query(request),
    }


def projection_chart(reading: RoadmapReading, measure: Measure, year_starts_in: int) -> Chart | None:
    """The projection; None where nothing is planned or there is nothing to go on from."""
    if reading.held is None or reading.is_empty:
        return None
    steps = [
        Step(
            quarter.name,
            _year_name(quarter.period, year_starts_in),
            quarter.ahead.score,
            quarter.ahead.stages_completed,
            quarter.ahead.items,
            max((t.target.stage for t in quarter.targets if not t.target.domain), default=None),
        )
        for quarter in reading.quarters
        if quarter.ahead is not None
    ]
    return roadmap_ahead(reading.since, reading.held.score, steps, measure.stage_count)


def _years(reading: RoadmapReading, year_starts_in: int) -> list[Year]:
    named = groupby(reading.quarters, key=lambda one: _year_name(one.period, year_starts_in))
    return [Year(name, tuple(quarters)) for name, quarters in named]


def _year_name(period: Period, year_starts_in: int) -> str:
    return label(period_of(period.ends_on, kind="year", year_starts_in=year_starts_in), year_starts_in)


def model_query(request: HttpRequest) -> str:
    """What keeps the choice of a questionnaire in an address."""
    model = request.GET.get("model", "")
    return f"?{urlencode({'model': model})}" if model else ""


def roadmap_address(request: HttpRequest, subject: Subject) -> str:
    """The page of the roadmap, with the questionnaire chosen."""
    return reverse("dashboards:agency-roadmap", args=[subject.agency.slug]) + model_query(request)


# --- as a file --------------------------------------------------------------------------------------


@require_GET
def roadmap_export(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """The roadmap as CSV or XLSX, noted in the audit."""
    if form not in TYPES:
        raise Http404
    subject, measure = planned_subject(request, slug)
    reading, now = reading_of(subject, measure), timezone.now()
    sheets = sheets_of(reading, subject, measure)
    details = {"model": measure.model.slug, "form": form, "actions": len(reading.actions)}
    note_export(what="roadmap", of=subject.agency, details=details, by=subject.reader, at=now)
    content = csv_of(sheets) if form == "csv" else xlsx_of(sheets)
    response = HttpResponse(content, content_type=TYPES[form])
    name = f"roadmap-{subject.agency.slug}-{timezone.localdate(now)}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def sheets_of(
    reading: RoadmapReading, subject: Subject, measure: Measure
) -> list[tuple[str, list[list[str]]]]:
    """What it is, its targets, actions and milestones, and the projection quarter by quarter."""
    about = [["Agency", subject.agency.name], ["Questionnaire", measure.model.name]]
    about += [["Goes on from", reading.since or "no approved result"]]
    about += [["On", str(reading.today)], ["Exported by", str(subject.reader)]]
    if demonstration_shown():
        about.insert(0, [MARKING])
    targets = [["Of", "Stage", "By", "Expected by then", "Reached on", "Missing"]]
    for line in reading.targets:
        verdict = line.verdict
        targets.append(
            [
                line.name or "The agency as a whole",
                str(line.target.stage),
                str(line.target.by_on),
                str(verdict.expected) if verdict else "",
                str(verdict.reached_on or "not by the roadmap") if verdict else "",
                "; ".join(moved.title for moved in line.missing),
            ]
        )
    milestones = [["Milestone", "Due on"]]
    milestones += [[one.title, str(one.due_on)] for one in reading.milestones]
    projection = [["Quarter", "Score", "Stages completed"]]
    projection += [
        [quarter.name, format_hundredths(quarter.ahead.score), str(quarter.ahead.stages_completed)]
        for quarter in reading.quarters
        if quarter.ahead is not None
    ]
    heads = ["Action", "Owner", "Due on", "State", f"Cost ({settings.CURRENCY})", "Milestone", "Moves",
             "Steps", "Done on", "Why dropped"]  # fmt: skip
    return [
        ("About", about),
        ("Targets", targets),
        ("Actions", [heads, *(_row(line) for line in sorted_lines(reading.actions, "due"))]),
        ("Milestones", milestones),
        ("If all is done on time", projection),
    ]


def _row(line: ActionLine) -> list[str]:
    action = line.action
    return [
        action.title,
        action.owner,
        str(action.due_on),
        line.state_words,
        "" if action.cost is None else str(action.cost),
        action.milestone.title if action.milestone else "",
        "; ".join(f"{moved.title}: {moved.level_words}" for moved in line.moved),
        action.steps,
        str(action.done_on or ""),
        action.reason,
    ]
