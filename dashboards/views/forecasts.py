"""Pages of forecasts: of a scope, and of one agency."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.charts.chart import Chart
from dashboards.charts.forecast import PERIODS, counts_courses, score_course
from dashboards.charts.roadmap import with_roadmap
from dashboards.figures import OWN, Figure
from dashboards.queries.forecasts import ScopeForecast, forecast_agency, forecast_scope
from dashboards.queries.known import Knowledge, known_by
from dashboards.queries.measures import Measure
from dashboards.queries.roadmap import projected
from dashboards.queries.scopes import calendar_of
from dashboards.tables import Table
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import address
from dashboards.views.one_agency import (
    Subject,
    agency_form,
    points_asked,
    subject_context,
    subject_of,
)
from portal.agencies.periods import following


@require_GET
def scope_forecast(request: HttpRequest) -> HttpResponse:
    """Where the median and the stages of a scope are going, by quarters or how often the model is asked."""
    choice = read_choice(request)
    if choice is None:
        return nothing_yet(request)
    measure, found = choice.measure, _found(choice)
    context = scope_context(choice, request)
    if found.median.values:
        counts = counts_courses(
            found.stages,
            "stages-ahead",
            f"Agencies by {measure.scale.many.lower()}, and their forecast",
            _summary(found, measure.scale.step),
            "Completed" if measure.staged else "Reached",
        )
        context |= {
            "found": found,
            "periods": PERIODS[measure.version.rhythm][-1],
            "median_chart": score_course(
                found.median, "median-ahead", "Median score, and its forecast", measure.maximum
            ),
            "counts_chart": counts,
            "figure": _figure(choice),
            "csv_url": address(choice, "dashboards:table-export", "forecast"),
        }
    return render(request, "dashboards/forecast_scope.html", context)


def table(request: HttpRequest) -> tuple[Choice, Table]:
    """What is forecast and how far off forecasts were on the past, for a file."""
    choice = choice_or_404(request)
    found = _found(choice)
    rows = [
        (one.name, one.now, one.expected, *(one.trial or (None, None, None, 0)))
        for one in (found.median, *found.stages)
    ]
    columns = (
        "What", "Now", "Forecast", "So far ahead", "Off by, on past data", "“No change” off by", "Tries",
    )  # fmt: skip
    note = "If the past goes on. In brackets: the interval that held 8 of 10 cases on past data."
    return choice, Table("forecast", "Forecast", columns, rows, (note,), _figure(choice))


def _found(choice: Choice) -> ScopeForecast:
    year_starts_in = calendar_of(choice.scope, choice.reader)
    knowledge = choice.series.knowledge
    return forecast_scope(choice.scope, choice.measure, choice.fresh, choice.on, year_starts_in, knowledge)


def _figure(choice: Choice) -> str:
    return choice.figure_of_latest(f"forecast_{calendar_of(choice.scope, choice.reader)}")


@require_GET
def agency_forecast(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the score and the stages of an agency are going."""
    subject = subject_of(request, slug)
    form = agency_form(request, subject)
    points = points_asked(form, subject.fresh, subject.measure, subject.year_starts_in)
    known = form.knowledge().as_known
    context = subject_context(subject, request, tells_the_past=True) | {
        "here": "Forecast",
        "form": form if points else None,
        "knowledge": form.knowledge() if known else None,
    }
    if subject.measure is not None and subject.fresh is not None and points:
        measure, on = subject.measure, points[-1].on
        found = forecast_agency(subject.agency, measure, subject.fresh, on, subject.year_starts_in, known)
        if found.score.values:
            context |= {
                "found": found,
                "figure": _own_figure(subject, measure, on, form.knowledge()),
                "periods": PERIODS[measure.version.rhythm][-1],
                "score_chart": score_course(
                    found.score, "score-ahead", "Score, and its forecast", measure.maximum
                ),
                "stages_chart": score_course(
                    found.stages,
                    "stages-ahead",
                    f"{measure.scale.many}, and their forecast",
                    measure.stage_count,
                ),
            }
            if known is None and on == subject.on:  # plans are those of today
                context |= _by_roadmap(subject, measure, found.score.later, context["score_chart"])
    return render(request, "dashboards/forecast_agency.html", context)


def _own_figure(subject: Subject, measure: Measure, on: date, knowledge: Knowledge) -> str:
    """The identifier of an agency's forecast, which goes by the latest results or those of a past day."""
    if subject.fresh is None:
        return ""
    known = known_by(knowledge, None, subject.fresh)
    scope, number = f"{OWN}:{subject.agency.slug}", f"forecast_{subject.year_starts_in}"
    return str(Figure(scope, measure.model.slug, measure.method, on, known, number))


def _by_roadmap(subject: Subject, measure: Measure, labels: Sequence[str], chart: Chart) -> dict[str, Any]:
    """The score's chart with the roadmap's projection beside the forecast; nothing without a roadmap, and
    for those who may not see one. Points ahead that are past by now are left out."""
    if not subject.sees_details or not measure.staged or not subject.points:
        return {}
    ends = [following(subject.points[-1].period, ahead).ends_on for ahead in range(1, len(labels) + 1)]
    today = timezone.localdate()
    days = [day for day in ends if day >= today]
    ahead = projected(subject.agency, measure, subject.latest_on, days, today, subject.year_starts_in)
    if not ahead:
        return {}
    scores = {one.on: one.score for one in ahead}
    return {
        "score_chart": with_roadmap(chart, labels, [scores.get(day) for day in ends]),
        "by_roadmap": True,
    }


def _summary(found: ScopeForecast, step: str) -> str:
    """How many counts have a forecast, and what they say."""
    told = [
        f"{course.name}: {course.now}, forecast {course.expected}" for course in found.stages if course.last
    ]
    if not told:
        return f"No forecast is shown: for no {step} would it do better than saying “no change”."
    rest = len(found.stages) - len(told)
    said = "; ".join(told) + "."
    if rest:
        said += f" For the other {step}s a forecast would do no better than saying “no change”."
    return said
