"""Pages of forecasts: of a scope, and of one agency."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.charts.forecast import PERIODS, counts_courses, score_course
from dashboards.queries.forecasts import ScopeForecast, forecast_agency, forecast_scope
from dashboards.queries.scopes import calendar_of
from dashboards.views.choice import nothing_yet, read_choice, scope_context
from dashboards.views.one_agency import subject_context, subject_of


@require_GET
def scope_forecast(request: HttpRequest) -> HttpResponse:
    """Where the median and the stages of a scope are going, by quarters or how often the model is asked."""
    choice = read_choice(request)
    if choice is None:
        return nothing_yet(request)
    measure = choice.measure
    found = forecast_scope(
        choice.scope,
        measure,
        choice.fresh,
        choice.on,
        calendar_of(choice.scope, choice.reader),
        choice.series.knowledge,
    )
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
        }
    return render(request, "dashboards/forecast_scope.html", context)


@require_GET
def agency_forecast(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the score and the stages of an agency are going."""
    subject = subject_of(request, slug)
    context = subject_context(subject, request) | {"here": "Forecast"}
    if subject.measure is not None and subject.fresh is not None:
        measure = subject.measure
        found = forecast_agency(subject.agency, measure, subject.fresh, subject.on, subject.year_starts_in)
        if found.score.values:
            context |= {
                "found": found,
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
    return render(request, "dashboards/forecast_agency.html", context)


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
