"""The tables of the portfolio beside that of its agencies, for files."""

from django.http import Http404, HttpRequest

from dashboards import headlines
from dashboards.charts.chart import Chart
from dashboards.charts.portfolio import score_spread, stages_over_time
from dashboards.forms import PortfolioForm
from dashboards.forms_cohorts import is_narrowed
from dashboards.tables import Table
from dashboards.views.choice import Choice, choice_or_404
from dashboards.views.exporting import address, plain

FILES = {"ladder": "ladder", "heat": "heat-map", "stages": "stages-over-time", "score": "score-spread"}


def file_urls(choice: Choice) -> dict[str, str]:
    """Where each of these tables is to be had as a file, by the part of the page that shows it."""
    return {part: address(choice, "dashboards:table-export", name) for part, name in FILES.items()}


def ladder_table(request: HttpRequest) -> tuple[Choice, Table]:
    """How many have completed each stage or more."""
    choice = _choice(request)
    known, measure, compared = choice.series.statistics, choice.measure, choice.compared()
    names = [(number, measure.stage_name(number)) for number in range(1, measure.stage_count + 1)]
    steps = headlines.stage_steps(known, names, compared) if known and known.with_value else ()
    scale = measure.scale
    title = f"Agencies that have {'completed' if scale.staged else 'reached'} each {scale.step} or more"
    since = f" since {choice.series.before.label}" if choice.series.before else ""
    columns = (scale.step.capitalize(), "Name", "Agencies", "Of", f"Change{since}", "Change is taken over")
    both = compared.both if compared else None
    rows = [(one.stage, one.name, one.completed, one.of, one.difference, both) for one in steps]
    return choice, Table("ladder", title, columns, rows, figure=choice.figure("stages"))


def heat_table(request: HttpRequest) -> tuple[Choice, Table]:
    """Every agency with its percent of the maximum of each domain."""
    choice = _choice(request)
    domains = choice.measure.domains
    rows = [
        (one.name, one.slug, *(_percent(one.percents.get(slug)) for slug, _ in domains))
        for one in choice.by_domain().all_rows()
    ]
    columns = ("Agency", "Slug", *(name for _, name in domains))
    title, figure = "Percent of each domain's maximum, by agency", choice.figure("domains")
    return choice, Table("heat-map", title, columns, rows, figure=figure)


def stages_table(request: HttpRequest) -> tuple[Choice, Table]:
    """Agencies by stages completed at each point in time."""
    choice = _choice(request)
    measure = choice.measure
    chart = stages_over_time(choice.series.trend, measure.stage_count, None, measure.scale)
    return choice, _data("stages-over-time", chart, choice.figure("stages"))


def score_table(request: HttpRequest) -> tuple[Choice, Table]:
    """The median score and its spread at each point in time."""
    choice = _choice(request)
    chart = score_spread(choice.series.trend, choice.measure.stage_count, choice.measure.scale)
    return choice, _data("score-spread", chart, choice.figure("median"))


def _data(name: str, chart: Chart, figure: str) -> Table:
    """The data of a chart; the identifier is that of its last point."""
    return Table(name, chart.title, chart.columns, plain(chart.rows), figure=figure)


def _choice(request: HttpRequest) -> Choice:
    """Raises Http404 for agencies chosen by their profile, of which only the list is a file."""
    if is_narrowed(request.GET):
        raise Http404("Of agencies chosen by their profile only the list is a file.")
    return choice_or_404(request, PortfolioForm)


def _percent(millionths: int | None) -> float | None:
    return None if millionths is None else round(millionths / 10_000, 1)
