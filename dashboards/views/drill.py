"""The agencies behind a number: those of a scope that fit what was clicked on, as a list."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.charts.flow import place_words
from dashboards.charts.scale import ScoreScale
from dashboards.forms_scope import STUCK, DrillForm
from dashboards.queries.listing import Listing
from dashboards.queries.movers import STUCK_MONTHS, agencies_stuck
from dashboards.queries.open_items import agencies_with_item
from dashboards.queries.transitions import agencies_between
from dashboards.standings import STATE_WORDS
from dashboards.tables import Table, hundredths
from dashboards.transitions import MOVES
from dashboards.views.choice import Choice, choice_or_404, nothing_yet, read_choice, scope_context
from dashboards.views.exporting import address
from dashboards.views.reader import PER_PAGE
from maturity.models import Item
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import month_end

LEVEL_WORDS = {
    "open": "open",
    "not_started": "not started",
    "planned": "planned",
    "partial": "partly done",
    "in_place": "in place",
    "not_applicable": "not applicable",
    "not_yet": "not yet relevant",
    "exempt": "exempt for a time",
    "unanswered": "not asked or unanswered",
}


@require_GET
def scope_agencies(request: HttpRequest) -> HttpResponse:
    """The agencies of a scope that fit, page by page."""
    choice = read_choice(request, DrillForm)
    if choice is None:
        return nothing_yet(request)
    found = listing_of(choice)
    page = found.page(request.GET.get("page"), PER_PAGE)
    filters = cast(DrillForm, choice.form).filters
    context = scope_context(choice, request) | {
        "page": page,
        "rows": page.object_list,
        "sort": choice.sort,
        "kinds": filter_words(choice),
        "change_since": _change_since(choice, found.before),
        "figure": _figure(choice, found),
        "all_url": address(choice, "dashboards:scope-agencies"),
        "csv_url": address(choice, "dashboards:table-export", "agencies", **filters, sort=choice.sort),
    }
    return render(request, "dashboards/scope_agencies.html", context)


def table(request: HttpRequest) -> tuple[Choice, Table]:
    """All of the list, for a file."""
    choice = choice_or_404(request, DrillForm)
    listing, scale = listing_of(choice), choice.measure.scale
    rows = listing.whole()
    score = "Score" if scale.staged else f"Score {scale.of}"
    return choice, Table(
        name="agencies",
        title=f"{len(rows)} agencies",
        columns=(
            "Agency",
            "Slug",
            "State",
            scale.many,
            score,
            "Change",
            "Assessed period",
            "Age in months",
        ),
        rows=[
            (
                row.name,
                row.slug,
                row.state_words,
                row.stages_completed,
                hundredths(row.score),
                hundredths(row.change),
                row.period_label,
                row.age,
            )
            for row in rows
        ],
        notes=tuple(filter_words(choice)),
        figure=_figure(choice, listing),
    )


def listing_of(choice: Choice) -> Listing:
    """The agencies that fit, in the order chosen; change is measured from `since` where that is given."""
    filters = cast(DrillForm, choice.form).filters
    since = filters.get("since") or choice.before
    agencies, standing = choice.agencies, Q()
    if "stages" in filters:
        standing &= Q(now__stages_completed__gte=filters["stages"])
    if "exactly" in filters:
        standing &= Q(now__stages_completed=filters["exactly"])
    if "state" in filters:
        standing &= Q(state=filters["state"])
    fitting = _fitting(choice, filters, since)
    reads = choice.read, choice.read_at(since)
    found = agencies if fitting is None else fitting
    return Listing(found, choice.measure, choice.on, since, standing, choice.sort, *reads)


def _fitting(choice: Choice, filters: dict[str, Any], since: date | None) -> QuerySet[Agency] | None:
    """The agencies that moved so, are stuck or have an item so; None where none of that is asked for."""
    found = _moved(choice, filters, since) if _between(filters) else None
    if filters.get("move") == STUCK:
        some = choice.agencies if found is None else found
        found = agencies_stuck(some, choice.measure, choice.on, choice.read)
    if "item" in filters:
        found = _with_item(choice, choice.agencies if found is None else found, filters)
    return found


def _between(filters: Mapping[str, Any]) -> bool:
    """Whether it is asked for who went from where to where: also for those no longer in the scope."""
    return bool({"was", "now"} & filters.keys()) or filters.get("move") in MOVES


def _figure(choice: Choice, listing: Listing) -> str:
    """The identifier of the count that these agencies are part of; which of them, `filter_words` says."""
    filters = cast(DrillForm, choice.form).filters
    if "item" in filters:
        return choice.figure("items")
    if _between(filters) and listing.before is not None:
        return choice.figure_since(listing.before)
    if filters.get("move") == STUCK:
        year = month_end(choice.on, -STUCK_MONTHS)
        return choice.figure("stuck") if choice.figure_since(year) else ""
    if "stages" in filters:
        return (
            choice.figure(f"completed_{filters['stages']}") if filters["stages"] else choice.figure("table")
        )
    return choice.figure("stages" if "exactly" in filters else "table")


def filter_words(choice: Choice) -> list[str]:
    """What the list is limited to, in words; empty where it is not."""
    filters, scale = cast(DrillForm, choice.form).filters, choice.measure.scale
    said = []
    if "stages" in filters:
        least = filters["stages"]
        said.append(
            f"Stage {least} or more completed"
            if scale.staged
            else f"In the band {scale.band(least)} or higher"
        )
    if "exactly" in filters:
        said.append(scale.place(filters["exactly"]))
    if "state" in filters:
        said.append(STATE_WORDS[filters["state"]])
    since = f" on {filters['since']:%B %-d, %Y}" if "since" in filters else " before"
    if "was" in filters:
        said.append(f"{_place(filters['was'], scale)}{since}")
    if "now" in filters:
        said.append(f"{_place(filters['now'], scale)} now")
    if (move := filters.get("move")) == STUCK:
        same = "As many stages completed" if scale.staged else "In the same band"
        said.append(f"{same} for four quarters or more")
    elif move:
        said.append(_move_words(move, scale) + since)
    if "item" in filters:
        said.append(f"{_item(choice, filters['item']).title}: {LEVEL_WORDS[filters.get('level', 'open')]}")
    return said


def _change_since(choice: Choice, before: date | None) -> str:
    """What the point is called that change is measured from."""
    return next((point.label for point in choice.choosable if point.on == before), str(before or ""))


def _place(place: str, scale: ScoreScale) -> str:
    return scale.place(int(place)) if place.isdigit() else place_words(place, scale)


def _move_words(move: str, scale: ScoreScale) -> str:
    if not scale.staged:
        return {"risen": "In a higher band than", "fallen": "In a lower band than"}.get(
            move, "In the same band as"
        )
    return f"{MOVES[move]} than" if move != "same" else "As many stages completed as"


def _moved(choice: Choice, filters: dict[str, Any], since: date | None) -> QuerySet[Agency]:
    if since is None or since >= choice.on:
        return choice.agencies.none()
    return agencies_between(
        choice.scope,
        choice.measure,
        (since, choice.read_at(since)),
        (choice.on, choice.read),
        reader=choice.reader,
        was=filters.get("was", ""),
        now=filters.get("now", ""),
        move=filters.get("move", ""),
    )


def _with_item(choice: Choice, agencies: QuerySet[Agency], filters: dict[str, Any]) -> QuerySet[Agency]:
    """Raises PermissionDenied for somebody who may see item levels nowhere."""
    if not choice.reader.has_anywhere(Right.SEE_DETAILS):
        raise PermissionDenied("Who has what in place is for those who may see answers.")
    item = _item(choice, filters["item"])
    level = filters.get("level", "open")
    return agencies_with_item(
        agencies, choice.measure, choice.on, item.slug, level, choice.reader, choice.read
    )


def _item(choice: Choice, slug: str) -> Item:
    found = Item.objects.filter(version=choice.measure.version, slug=slug).first()
    if found is None:
        raise Http404(f"There is no item {slug!r}.")
    return found
