"""The agencies behind a number: those of a scope that fit what was clicked on, as a list."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.charts.flow import place_words
from dashboards.charts.scale import ScoreScale
from dashboards.forms_cohorts import is_narrowed
from dashboards.forms_scope import STUCK, DrillForm
from dashboards.queries.listing import Listing
from dashboards.queries.movers import STUCK_MONTHS, agencies_stuck
from dashboards.queries.open_items import (
    ANY,
    agencies_with_item,
    agencies_without,
)
from dashboards.queries.transitions import agencies_between
from dashboards.tables import Table, hundredths
from dashboards.transitions import MOVES
from dashboards.views.choice import Choice, nothing_yet, read_choice, scope_context
from dashboards.views.drill_answers import LEVEL_WORDS, levels_of, with_answers
from dashboards.views.drill_filters import standing_filter, standing_words
from dashboards.views.exporting import address
from dashboards.views.picking import PickedChoice, picked_context, read_picked, wrong_filter_shown
from dashboards.views.reader import PER_PAGE
from maturity.models import Item
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import month_end


@require_GET
@wrong_filter_shown
def scope_agencies(request: HttpRequest) -> HttpResponse:
    """The agencies of a scope that fit, page by page."""
    choice = _choice(request)
    if choice is None:
        return nothing_yet(request)
    found = listing_of(choice)
    page = found.page(request.GET.get("page"), PER_PAGE)
    filters = cast(DrillForm, choice.form).filters
    context = (
        scope_context(choice, request)
        | picked_context(choice)
        | {
            "page": page,
            "rows": with_answers(choice, _asked(choice), found, list(page)),
            "item": _asked(choice),
            "sort": choice.sort,
            "kinds": filter_words(choice),
            "change_since": _change_since(choice, found.before),
            "figure": _figure(choice, found),
            "all_url": address(choice, "dashboards:scope-agencies"),
            "csv_url": address(choice, "dashboards:table-export", "agencies", **filters, sort=choice.sort),
        }
    )
    return render(request, "dashboards/scope_agencies.html", context)


def table(request: HttpRequest) -> tuple[Choice, Table]:
    """All of the list, for a file."""
    choice = _choice(request)
    if choice is None:
        raise Http404
    listing, scale = listing_of(choice), choice.measure.scale
    rows = listing.whole()
    asked = _asked(choice)
    levels = levels_of(choice, asked, listing.agencies) if asked is not None else None
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
            *(("Level",) if levels is not None else ()),
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
                *((levels.get(row.slug),) if levels is not None else ()),
            )
            for row in rows
        ],
        notes=(*([choice.title] if isinstance(choice, PickedChoice) else []), *filter_words(choice)),
        figure=_figure(choice, listing),
    )


def _choice(request: HttpRequest) -> Choice | None:
    """The scope, or those of its agencies that the address chooses by their profile."""
    if is_narrowed(request.GET):
        return read_picked(request, DrillForm)
    return read_choice(request, DrillForm)


def listing_of(choice: Choice) -> Listing:
    """The agencies that fit, in the order chosen; change is measured from `since` where that is given."""
    filters = cast(DrillForm, choice.form).filters
    since = filters.get("since") or choice.before
    standing, fitting = standing_filter(choice, filters), _fitting(choice, filters, since)
    reads = choice.read, choice.read_at(since)
    found = choice.agencies if fitting is None else fitting
    return Listing(found, choice.measure, choice.on, since, standing, choice.sort, *reads)


def _fitting(choice: Choice, filters: dict[str, Any], since: date | None) -> QuerySet[Agency] | None:
    """The agencies that moved so, are stuck or have an item so; None where none of that is asked for."""
    found = _moved(choice, filters, since) if _between(filters) else None
    if filters.get("move") == STUCK:
        some = choice.agencies if found is None else found
        found = agencies_stuck(some, choice.measure, choice.on, choice.read)
    if "item" in filters:
        found = _with_item(choice, choice.agencies if found is None else found, filters)
    if "missing" in filters:
        found = _without(choice, choice.agencies if found is None else found, filters["missing"])
    return found


def _between(filters: Mapping[str, Any]) -> bool:
    """Whether it is asked for who went from where to where: also for those no longer in the scope."""
    return bool({"was", "now"} & filters.keys()) or filters.get("move") in MOVES


def _figure(choice: Choice, listing: Listing) -> str:
    """The identifier of the count that these agencies are part of; which of them, `filter_words` says."""
    filters = cast(DrillForm, choice.form).filters
    if isinstance(choice, PickedChoice):
        return ""  # of agencies that nobody saved as a group
    if "item" in filters:
        return choice.figure("items")
    if "missing" in filters:
        return choice.figure("must_haves")
    if {"answered", "evidenced", "age"} & filters.keys():
        return choice.figure("quality")
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
    said = standing_words(choice, filters)
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
    if (missing := filters.get("missing")) == ANY:
        said.append("In production with must-haves missing")
    elif missing:
        said.append(f"In production without {_item(choice, missing).title}")
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
    found = agencies_between(
        choice.scope,
        choice.measure,
        (since, choice.read_at(since)),
        (choice.on, choice.read),
        reader=choice.reader,
        was=filters.get("was", ""),
        now=filters.get("now", ""),
        move=filters.get("move", ""),
    )
    # Moves are known of whole scopes: of what is chosen by profile only those who are in it now.
    return found.filter(pk__in=choice.agencies) if isinstance(choice, PickedChoice) else found


def _with_item(choice: Choice, agencies: QuerySet[Agency], filters: dict[str, Any]) -> QuerySet[Agency]:
    """Raises PermissionDenied for somebody who may see item levels nowhere."""
    _require_details(choice)
    item = _item(choice, filters["item"])
    level = filters.get("level", "open")
    return agencies_with_item(
        agencies, choice.measure, choice.on, item.slug, level, choice.reader, choice.read
    )


def _without(choice: Choice, agencies: QuerySet[Agency], missing: str) -> QuerySet[Agency]:
    """Raises PermissionDenied for somebody who may see item levels nowhere."""
    _require_details(choice)
    slug = ANY if missing == ANY else _item(choice, missing).slug
    return agencies_without(agencies, choice.measure, choice.on, slug, choice.reader, choice.read)


def _require_details(choice: Choice) -> None:
    if not choice.reader.has_anywhere(Right.SEE_DETAILS):
        raise PermissionDenied("Who has what in place is for those who may see answers.")


def _asked(choice: Choice) -> Item | None:
    """The item that the list is about, if it is about one."""
    slug = choice.form.chosen("item")
    return _item(choice, slug) if slug else None


def _item(choice: Choice, slug: str) -> Item:
    found = Item.objects.filter(version=choice.measure.version, slug=slug).first()
    if found is None:
        raise Http404(f"There is no item {slug!r}.")
    return found
