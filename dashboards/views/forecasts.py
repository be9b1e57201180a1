"""Pages of forecasts: of a scope, and of one agency."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.charts.chart import Chart
from dashboards.charts.forecast import PERIODS, counts_courses, score_course
from dashboards.charts.roadmap import Plan, delivery_words, with_roadmap
from dashboards.figures import OWN, Figure, Known
from dashboards.queries.as_published import latest_of_agency, past_of_agency
from dashboards.queries.delivery import read_plan
from dashboards.queries.forecasts import AgencyForecast, ScopeForecast, forecast_agency, forecast_scope
from dashboards.queries.known import Knowledge, known_by
from dashboards.queries.measures import Measure
from dashboards.queries.reported import reported_around
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
    return choice.figure_of_past(f"forecast_{calendar_of(choice.scope, choice.reader)}")


@require_GET
def agency_forecast(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the score and the stages of an agency are going."""
    subject = subject_of(request, slug)
    form = agency_form(request, subject)
    points = points_asked(form, subject.fresh, subject.measure, subject.year_starts_in)
    knowledge = form.knowledge()
    context = subject_context(subject, request, tells_the_past=True) | {
        "here": "Forecast",
        "form": form if points else None,
        "knowledge": knowledge,
    }
    if subject.measure is not None and subject.fresh is not None and points:
        measure, on = subject.measure, points[-1].on
        read, published = past_of_agency(subject.agency, measure, on, knowledge)
        found = forecast_agency(subject.agency, measure, subject.fresh, on, subject.year_starts_in, read)
        context |= {"now": points[-1], "published": published}
        if not published:
            context["around"] = reported_around(subject.agency, measure, on, knowledge, subject.reader)
        if found.score.values:
            context |= {
                "found": found,
                "figure": _own_figure(subject, measure, on, knowledge, published=published),
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
            if knowledge.day is None and on == subject.on:  # plans are those of today
                charts = context["score_chart"], context["stages_chart"]
                context |= _by_roadmap(subject, measure, found, *charts)
    return render(request, "dashboards/forecast_agency.html", context)


def _own_figure(
    subject: Subject, measure: Measure, on: date, knowledge: Knowledge, *, published: bool
) -> str:
    """The identifier of an agency's forecast, as it was read."""
    if subject.fresh is None:
        return ""
    known = known_by(knowledge, None, subject.fresh)
    if published:
        known = Known(publication=latest_of_agency(subject.agency, measure, on))
    scope, number = f"{OWN}:{subject.agency.slug}", f"forecast_{subject.year_starts_in}"
    return str(Figure(scope, measure.model.slug, measure.method, on, known, number))


def _by_roadmap(
    subject: Subject, measure: Measure, found: AgencyForecast, score: Chart, done: Chart
) -> dict[str, Any]:
    """Both charts with where the roadmap leads, and how it was delivered so far; nothing without a roadmap,
    and for those who may not see one. Points ahead that are past by now are left out."""
    if not subject.sees_details or not measure.staged or not subject.points:
        return {}
    labels, today = found.score.later, timezone.localdate()
    ends = [following(subject.points[-1].period, ahead).ends_on for ahead in range(1, len(labels) + 1)]
    names = {day: name for day, name in zip(ends, labels, strict=True) if day >= today}
    plan = read_plan(subject.agency, measure, subject.latest_on, list(names), today, subject.year_starts_in)
    if plan is None:
        return {}
    ahead = tuple(names[point.on] for point in plan.points)
    lows = [point.low for point in plan.points if point.low]
    highs = [point.high for point in plan.points]
    scores = Plan(ahead, tuple(p.score for p in highs), tuple(p.score for p in lows) or None)
    stages = Plan(
        ahead, tuple(p.stages_completed for p in highs), tuple(p.stages_completed for p in lows) or None
    )
    return {
        "score_chart": with_roadmap(score, scores, found.score.unit),
        "stages_chart": with_roadmap(done, stages, found.stages.unit),
        "by_roadmap": delivery_words(plan.record),
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
