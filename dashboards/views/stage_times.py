"""How long the agencies of a scope need for each stage."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.analytics.stage_times import StageTime
from dashboards.charts.survival import curve_columns, median_words, spell_words, stage_curve, stage_curves
from dashboards.forms_scope import StageForm
from dashboards.queries.stage_times import stage_times_of
from dashboards.tables import Table
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import address, plain


@require_GET
def stage_times(request: HttpRequest) -> HttpResponse:
    """The curves of all stages, and one of them closely."""
    choice = read_choice(request, StageForm)
    if choice is None:
        return nothing_yet(request)
    times = _times(choice)
    scale, counted = choice.measure.scale, _counted(times, choice)
    form = cast(StageForm, choice.form)
    stage = _stage(form.chosen("stage"), counted)
    form.offer_stages([(one.stage, scale.band(one.stage)) for one in counted], stage, scale)
    one = times[stage - 1]
    context = scope_context(choice, request) | {
        "curves_chart": stage_curves(counted, scale),
        "curve_chart": stage_curve(one, scale) if one.curve.spells else None,
        "lines": [
            (scale.numbered(time.stage), median_words(time.curve, scale), spell_words(time, scale))
            for time in counted
        ],
        "figure": choice.figure_of_past("stage_times"),
        "csv_url": address(choice, "dashboards:table-export", "stage-times"),
    }
    return render(request, "dashboards/stage_times_detail.html", context)


def table(request: HttpRequest) -> tuple[Choice, Table]:
    """Every step of every curve, for a file."""
    choice = choice_or_404(request, StageForm)
    times = _counted(_times(choice), choice)
    scale = choice.measure.scale
    rows = [(one.stage, *row) for one in times for row in plain(stage_curve(one, scale).rows)]
    step = scale.step.capitalize()
    columns = (step, "Months", "At risk", *curve_columns(scale), "95% interval")
    notes = tuple(
        f"{step} {one.stage}: {median_words(one.curve, scale)} {spell_words(one, scale)}" for one in times
    )
    title = f"Months that agencies need for each {scale.step}"
    figure = choice.figure_of_past("stage_times")
    return choice, Table("stage-times", title, columns, rows, notes, figure)


def _times(choice: Choice) -> tuple[StageTime, ...]:
    return stage_times_of(choice.scope, choice.measure, choice.on, choice.past)


def _counted(times: tuple[StageTime, ...], choice: Choice) -> tuple[StageTime, ...]:
    """All stages; of bands those that nobody begins in."""
    first = {stage.number for stage in choice.measure.stages if stage.from_percent == "0"}
    return tuple(one for one in times if one.stage not in first)


def _stage(asked: object, times: tuple[StageTime, ...]) -> int:
    """The stage asked for, else the one that most agencies were seen to begin."""
    if isinstance(asked, int) and any(one.stage == asked for one in times):
        return asked
    return max(times, key=lambda one: (one.curve.spells, -one.stage)).stage
