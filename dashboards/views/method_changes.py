"""What a change of the scoring does: what is real, and what comes from the method, agency by agency."""

from dataclasses import dataclass
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.charts.portfolio import score_spread
from dashboards.charts.rules import with_rule_changes
from dashboards.forms import MethodChangesForm, point_at
from dashboards.points import Point
from dashboards.queries.agencies import Standings
from dashboards.queries.rules import (
    Moment,
    RuleLines,
    compare_rules,
    published_by,
    rows_of,
    rule_lines,
    splits,
)
from dashboards.rule_changes import RuleComparison, statement
from dashboards.tables import method_change_table
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import csv_response
from dashboards.views.reader import PER_PAGE


@dataclass(frozen=True)
class Compared:
    """Two points in time of a scope, and the changes of rule among those that can be chosen."""

    choice: Choice
    lines: RuleLines
    then: Point
    now: Point
    before: tuple[Point, ...]  # that one may compare with
    places: tuple[int, int]

    @property
    def found(self) -> RuleComparison:
        """The agencies of the scope at both points."""
        choice = self.choice
        former = published_by(choice.measure, self.lines, self.places[0])
        return compare_rules(choice.agencies, choice.measure, *self._moments, former)

    @property
    def _moments(self) -> tuple[Moment, Moment]:
        """The two points, as of the publications that they are read by."""
        choice, days = self.choice, [self.then.on, self.now.on]
        earlier, now = ((day, choice.read_at(day)) for day in days)
        return now, earlier

    @property
    def scored_anew(self) -> bool:
        """Whether nobody had answered under the rule yet: it is made of the answers given before."""
        now, lines = self.places[1], self.lines
        return bool(lines.own) and not lines.own[now] and bool(lines.rescored[now])

    @property
    def figure(self) -> str:
        """The identifier of who rose and fell between the two."""
        return self.choice.figure_since(self.then.on, "method_changes")

    @property
    def crossed(self) -> bool:
        """Whether the comparison may mix rules."""
        return self.lines.crossed(*self.places)

    def splits(self) -> Standings:
        """The agencies to list."""
        choice = self.choice
        former = published_by(choice.measure, self.lines, self.places[0])
        changed = choice.form.chosen("show") == "changed"
        return splits(choice.agencies, choice.measure, *self._moments, former, changed=changed)


@require_GET
def method_changes(request: HttpRequest) -> HttpResponse:
    """Where the scoring of a scope changed, and how the change of each agency's score is made up."""
    choice = read_choice(request, MethodChangesForm)
    if choice is None:
        return nothing_yet(request)
    return render(request, "dashboards/method_changes.html", _context(choice, request))


@require_GET
def method_changes_export(request: HttpRequest) -> HttpResponse:
    """The table as CSV, all of it."""
    choice = choice_or_404(request, MethodChangesForm)
    compared = _compared(choice)
    rows = rows_of(compared.splits()) if compared else []
    then, on = (compared.then, compared.now) if compared else (choice.series.now, choice.series.now)
    table = method_change_table(
        rows,
        note=_statement(compared) if compared else "",
        then=then.label,
        now=on.label,
        rule=choice.measure.words,
        figure=compared.figure if compared else "",
    )
    return csv_response(choice, table, **{"rule": choice.measure.method, "from": str(then.on)})


def _compared(choice: Choice) -> Compared | None:
    """The two points chosen, by default those around the last change; None where there is one point only."""
    points = [point for point in choice.choosable if point.on <= choice.on]
    if len(points) < 2:
        return None
    lines = rule_lines(choice.scope, choice.measure, points, choice.series.knowledge)
    usual = lines.markers[-1].place - 1 if lines.markers else len(points) - 2
    form, before = choice.form, points[:-1]
    then = point_at(before, form.chosen("since") or None, before[usual])
    if isinstance(form, MethodChangesForm):
        form.offer_since(before, then)
    places = (points.index(then), len(points) - 1)
    return Compared(choice, lines, then, points[-1], tuple(before), places)


def _statement(compared: Compared) -> str:
    if compared.crossed:
        return statement(compared.then.label, compared.now.label, compared.found)
    if compared.scored_anew:
        return (
            f"Nobody had answered under {compared.choice.measure.words} yet in {compared.now.label}: its "
            "scores are made of the answers given before. Beside them stands what was published."
        )
    return f"The scoring did not change between {compared.then.label} and {compared.now.label}."


def _context(choice: Choice, request: HttpRequest) -> dict[str, Any]:
    compared = _compared(choice)
    # The page tells of it itself, between the points that are chosen here.
    context = scope_context(choice, request) | {"compared": compared, "rule_change": None}
    if compared is None:
        return context
    page: Page[Any] = Paginator(compared.splits(), PER_PAGE).get_page(request.GET.get("page"))
    shown_here = cast(Standings, page.object_list)
    labels = [point.label for point in choice.series.trend]
    shown = rule_lines(choice.scope, choice.measure, choice.series.points, choice.series.knowledge)
    chart = score_spread(choice.series.trend, choice.measure.stage_count, choice.measure.scale)
    return context | {
        "found": compared.found if compared.crossed else None,
        "page": page,
        "rows": rows_of(shown_here),
        "statement": _statement(compared),
        "figure": compared.figure,
        "score_chart": with_rule_changes(chart, labels, shown.markers, shown.old),
    }
