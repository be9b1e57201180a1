"""Which agencies went from where to where between two points in time, and who moved."""

from datetime import date
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.charts.flow import Matrix, flow_chart, matrix
from dashboards.forms_scope import STUCK, SinceForm, earlier
from dashboards.points import Point
from dashboards.queries.measures import Measure
from dashboards.queries.movers import STUCK_MONTHS, HowRead, Movers, movers_of
from dashboards.queries.transitions import transitions_of
from dashboards.tables import Table, hundredths
from dashboards.transitions import Transitions
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import address, list_url, plain
from dashboards.views.rule_notes import rule_note
from portal.agencies.periods import month_end

MOVERS_SHOWN = 10  # of each kind


@require_GET
def transitions(request: HttpRequest) -> HttpResponse:
    """The flow between two points, the same as a table, and the agencies that moved most."""
    choice = read_choice(request, SinceForm)
    if choice is None:
        return nothing_yet(request)
    since = _since(choice)
    context = scope_context(choice, request) | {"since": since}
    if since is not None:
        context |= _context(choice, since) | {"rule_change": rule_note(choice, since)}
    return render(request, "dashboards/transitions_detail.html", context)


def table(request: HttpRequest) -> tuple[Choice, Table]:
    """The matrix, for a file."""
    choice = choice_or_404(request, SinceForm)
    since = _since(choice)
    if since is None:
        return choice, Table("transitions", "There is no earlier point in time", (), [])
    found = transitions_of(
        choice.scope, choice.measure, (since.on, choice.read_at(since.on)), (choice.on, choice.read)
    )
    cells, many = _matrix(choice, since, found), choice.measure.scale.many.lower()
    return choice, Table(
        name="transitions",
        title=f"Agencies by {many}, {since.label} (lines) and {choice.series.now.label} (columns)",
        columns=cells.columns,
        rows=plain(cells.rows),
        notes=(_over(found, choice.measure),),
        figure=choice.figure_since(since.on),
    )


def movers_table(request: HttpRequest) -> tuple[Choice, Table]:
    """Who moved most and who is stuck, for a file: those that the page names."""
    choice = choice_or_404(request, SinceForm)
    since, many = _since(choice), choice.measure.scale.many
    if since is None:
        return choice, Table("movers", "There is no earlier point in time", (), [])
    found = _movers(choice, since)
    # Which items changed is said on the screen alone, to those who may see answers.
    rows = [
        (how, one.name, one.slug, one.was, one.now, hundredths(one.change), one.months or None, one.reason)
        for how, some in (("up", found.up), ("down", found.down), ("stuck", found.still))
        for one in some
    ]
    columns = (
        "Moved", "Agency", "Slug", f"{many}, {since.label}", f"{many}, {choice.series.now.label}",
        "Change of the score", "Months", "Why",
    )  # fmt: skip
    note = (
        f"Of {found.risen:,} that moved up, {found.fallen:,} down and {found.stuck:,} stuck for four "
        f"quarters or more, {MOVERS_SHOWN} of each at most. The stuck are compared with a year ago."
    )
    figure = choice.figure_since(since.on)
    return choice, Table("movers", f"Who moved since {since.label}", columns, rows, (note,), figure)


def _movers(choice: Choice, since: Point) -> Movers:
    year = month_end(choice.on, -STUCK_MONTHS)
    return movers_of(
        choice.scope,
        choice.measure,
        since.on,
        choice.on,
        reader=choice.reader,
        limit=MOVERS_SHOWN,
        read=HowRead(choice.read, choice.read_at(since.on), choice.read_at(year)),
    )


def _since(choice: Choice) -> Point | None:
    form = cast(SinceForm, choice.form)
    before, since = earlier(choice.choosable, form.chosen("since") or None, choice.series.now)
    form.offer_since(before, since)
    return since


def _context(choice: Choice, since: Point) -> dict[str, Any]:
    found = transitions_of(
        choice.scope, choice.measure, (since.on, choice.read_at(since.on)), (choice.on, choice.read)
    )
    now, scale = choice.series.now, choice.measure.scale

    def link(was: str, to: str) -> str:
        chosen = {name: place for name, place in (("was", was), ("now", to)) if place}
        return list_url(choice, since=since.on, **chosen)

    moves = [
        (words, found.moved(move), list_url(choice, since=since.on, move=move))
        for move, words in scale.moves.items()
    ]
    movers = _movers(choice, since)
    return {
        "found": found,
        "flow": flow_chart(found, scale, since.label, now.label, link),
        "matrix": _matrix(choice, since, found),
        "moves": moves,
        "over": _over(found, choice.measure),
        "movers": movers,
        "flows_figure": choice.figure_since(since.on),
        "stuck_figure": _stuck_figure(choice, month_end(choice.on, -STUCK_MONTHS)),
        "groups": [
            ("Moved up", movers.up, movers.risen, list_url(choice, since=since.on, move="risen")),
            ("Moved down", movers.down, movers.fallen, list_url(choice, since=since.on, move="fallen")),
            ("Stuck for four quarters or more", movers.still, movers.stuck, list_url(choice, move=STUCK)),
        ],
        "movers_url": address(choice, "dashboards:table-export", "movers", since=since.on),
        "csv_url": address(choice, "dashboards:table-export", "transitions", since=since.on),
    }


def _stuck_figure(choice: Choice, year: date) -> str:
    """The identifier of how many are stuck; none where only one end of the year is published."""
    return choice.figure("stuck") if choice.figure_since(year) else ""


def _matrix(choice: Choice, since: Point, found: Transitions) -> Matrix:
    def link(was: str, to: str) -> str:
        chosen = {name: place for name, place in (("was", was), ("now", to)) if place}
        return list_url(choice, since=since.on, **chosen)

    return matrix(found, choice.measure.scale, since.label, choice.series.now.label, link)


def _over(found: Transitions, measure: Measure) -> str:
    """Over whom the change is taken."""
    return (
        f"Change is taken over the {found.both:,} agencies that were counted here with a value both times: "
        f"{found.gained:,} {measure.scale.steps} gained, {found.given_up:,} lost. "
        f"{found.total():,} agencies in all."
    )
