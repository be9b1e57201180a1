"""What scopes are asked over the API besides trends: transitions between two points, and open items."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from dashboards.figures import Figure
from dashboards.models import Scope
from dashboards.queries.agencies import Frozen, Reading
from dashboards.queries.known import Knowledge, KnownRow, Numbers, known_by, rows_at
from dashboards.queries.measures import Measure, choose_measure, measures_in_use
from dashboards.queries.open_items import LEVEL_KEYS, ItemCount, item_counts
from dashboards.queries.published_rules import measure_at
from dashboards.queries.scopes import HiddenScope, UnknownScope, calendar_of, freshness, key_of, scope_named
from dashboards.queries.small_counts import Detail, detail_of
from dashboards.queries.transitions import transitions_of
from dashboards.serializers import knowledge_of
from dashboards.serializers_scopes import (
    OpenItemsQuery,
    OpenItemsSerializer,
    TransitionQuery,
    TransitionsSerializer,
)
from portal.agencies.periods import month_end
from portal.requests import person

QUARTER = 3  # months


@extend_schema(tags=["trends"])
@method_decorator(conditional_page, name="dispatch")
class TransitionsView(APIView):
    """Which agencies of a scope went from where to where; of scopes of which the caller sees every agency."""

    @extend_schema(
        summary="Transitions between two points in time",
        parameters=[TransitionQuery],
        responses=TransitionsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Counts by place before and place now; as published where they are, unless asked otherwise."""
        wanted, scope, measure = _asked(TransitionQuery, request)
        knowledge = knowledge_of(wanted)
        on = _day(wanted, "to", scope, request)
        measure = _as_published(scope, measure, on, knowledge)
        before = wanted.get("from", month_end(on, -QUARTER))
        if before >= on:
            raise ValidationError({"from": f"{before} is not before {on}."})
        rows = rows_at(scope, measure, [before, on], knowledge)
        read = {day: _read(rows.get(day), knowledge) for day in (before, on)}
        found = transitions_of(scope, measure, (before, read[before]), (on, read[on]))
        one_end = isinstance(read[before], Frozen) != isinstance(read[on], Frozen)
        number = "" if one_end else f"transitions_{before}"  # the other end could still move
        return Response(
            _known(scope, measure, on, knowledge, rows.get(on), number)
            | {
                "scope": key_of(scope),
                "model": measure.model.slug,
                "from": before,
                "to": on,
                "agencies": found.total(),
                "with_value_at_both": found.both,
                "risen": found.moved("risen"),
                "fallen": found.moved("fallen"),
                "unchanged": found.moved("same"),
                "flows": [{"was": flow.was, "now": flow.now, "agencies": flow.n} for flow in found.flows],
            }
        )


@extend_schema(tags=["trends"])
@method_decorator(conditional_page, name="dispatch")
class OpenItemsView(APIView):
    """What the agencies of a scope have open, the most frequent first."""

    @extend_schema(
        summary="Open challenges and practices", parameters=[OpenItemsQuery], responses=OpenItemsSerializer
    )
    def get(self, request: Request) -> Response:
        """Counts by level where the caller may see all item levels, else counts that tell of no one."""
        wanted, scope, measure = _asked(OpenItemsQuery, request)
        knowledge = knowledge_of(wanted)
        on = _day(wanted, "on", scope, request)
        measure = _as_published(scope, measure, on, knowledge)
        row = rows_at(scope, measure, [on], knowledge).get(on)
        read = _read(row, knowledge)
        counts = item_counts(scope, measure, on, read=read)
        detail = detail_of(scope, on, person(request), counts.with_value, read)
        if not detail.shown:
            raise PermissionDenied(detail.words)
        found = [count for count in counts.by_frequency() if count.item.kind == wanted["kind"]]
        return Response(
            _known(scope, measure, on, knowledge, row, f"{wanted['kind']}s")
            | {
                "scope": key_of(scope),
                "model": measure.model.slug,
                "on": on,
                "agencies": counts.with_value,
                "items": [_item(count, counts.with_value, detail) for count in found],
            }
        )


def _item(count: ItemCount, n: int, detail: Detail) -> dict[str, Any]:
    levels = {key: count.n(key) for key in LEVEL_KEYS if key != "open"} if detail.exact else None
    return {
        "item": count.item.slug,
        "title": count.item.title,
        "stage": count.item.stage.number,
        "must_have": count.item.must_have,
        "open": count.open if detail.may_tell(count.open, n) else None,
        "levels": levels,
    }


def _asked(query: type[Serializer[Any]], request: Request) -> tuple[dict[str, Any], Scope, Measure]:
    """What is asked for, of which scope, by which measure. Raises the problems that the API answers with."""
    form = query(data=request.query_params.dict())
    form.is_valid(raise_exception=True)
    wanted: dict[str, Any] = form.validated_data
    try:
        scope = scope_named(wanted["scope"], person(request))
    except UnknownScope as error:
        raise NotFound(str(error)) from error
    except HiddenScope as error:
        raise PermissionDenied(str(error)) from error
    measures = measures_in_use(scope) if scope is not None else []
    slug = wanted.get("model", "")
    if slug and slug not in {measure.model.slug for measure in measures}:
        raise ValidationError({"model": f"There are no results of a model {slug!r} here."})
    measure = choose_measure(measures, slug, scope.office.default_model if scope and scope.office else "")
    if scope is None or measure is None:
        raise NotFound("Nothing is counted here yet.")
    return wanted, scope, measure


def _day(wanted: dict[str, Any], name: str, scope: Scope, request: Request) -> date:
    """The month end asked for, or the latest until `as_of`. Raises ValidationError for one that is not known
    yet, or was not on the day whose knowledge is asked for."""
    fresh = freshness()
    if fresh is None:
        raise NotFound("Nothing is counted here yet.")
    last = knowledge_of(wanted).horizon(fresh, calendar_of(scope, person(request)))
    asked: date | None = wanted.get("as_of")
    if asked is not None:
        return min(last, asked if asked == month_end(asked) else month_end(asked, -1))
    on: date = wanted.get(name, last)
    if on > last:
        raise ValidationError({name: f"Standings are known up to {last}."})
    return on


def _as_published(scope: Scope, measure: Measure, on: date, knowledge: Knowledge) -> Measure:
    """The measure by which a point is told: what is published, by the rule of its time."""
    published = knowledge.numbers is Numbers.PUBLISHED
    return measure_at(Q(scope=scope), measure, on) if published else measure


def _read(row: KnownRow | None, knowledge: Knowledge) -> Reading:
    """How the standings at a month end are read."""
    return row.read if row is not None else knowledge.as_known


def _known(
    scope: Scope, measure: Measure, on: date, knowledge: Knowledge, row: KnownRow | None, number: str
) -> dict[str, Any]:
    """With which knowledge the answer is, how many of the scope's agencies reported, and its identifier."""
    fresh, figure = freshness(), ""
    if row is not None and fresh is not None and number:
        known = known_by(knowledge, row, fresh)
        figure = str(Figure(key_of(scope), measure.model.slug, measure.method, on, known, number))
    return {
        "numbers": knowledge.numbers.value,
        "known_on": knowledge.day,
        "provisional": _read(row, knowledge) is None,
        "reported": row.sums.reported if row is not None else 0,
        "counted": row.sums.agencies if row is not None else 0,
        "figure": figure,
    }
