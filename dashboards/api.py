"""Standings and trends over the API: read only, from rows, never added up on request."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from dashboards.models import Freshness, Scope, Trend
from dashboards.points import Point, is_published, last_point, points_between
from dashboards.queries.agencies import with_standing
from dashboards.queries.measures import Measure, choose_measure, measures_in_use
from dashboards.queries.portfolio import rounds_of
from dashboards.queries.scopes import HiddenScope, UnknownScope, calendar_of, freshness, key_of, scope_named
from dashboards.serializers import StandingQuery, StandingSerializer, TrendQuery, TrendSerializer
from dashboards.trends import statistics
from maturity.scoring import MILLION
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.periods import months_between
from portal.agencies.queries import members_on
from portal.api import PortalCursorPagination
from portal.requests import person

COLUMNS = (
    "slug", "name", "state", "now__score", "now__stages_completed", "now__limited_basis",
    "now__result__stage_count", "now__result__period_label", "now__result__period_ends_on",
)  # fmt: skip


class BySlug(PortalCursorPagination):
    """In the order of slugs, which never change."""

    ordering = "slug"


class ByDay(PortalCursorPagination):
    """In the order of time."""

    ordering = "on"


def asked(query: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """What the address asks for. Raises ValidationError, which names what is wrong."""
    form = query(data=request.query_params.dict())
    form.is_valid(raise_exception=True)
    return cast(dict[str, Any], form.validated_data)


@extend_schema(tags=["standings"])
@method_decorator(conditional_page, name="dispatch")
class StandingListView(GenericAPIView[Any]):
    """How each agency that the caller may know of stands at a month end."""

    queryset = Agency.objects.none()
    serializer_class = StandingSerializer
    pagination_class = BySlug
    filter_backends = ()

    @extend_schema(
        summary="Standings at a month end",
        parameters=[StandingQuery],
        responses=StandingSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """One row for each agency, those that do not report included."""
        wanted, fresh = asked(StandingQuery, request), freshness()
        measure = _measure(wanted, measures_in_use())
        if fresh is None or measure is None:
            return self.get_paginated_response(self.paginate_queryset(Agency.objects.none()) or [])
        on = wanted.get("on", fresh.horizon_on)
        if on > fresh.horizon_on:
            raise ValidationError({"on": f"Standings are known up to {fresh.horizon_on}."})
        found = with_standing(_agencies(wanted, on, person(request)), measure, on)
        if state := wanted.get("state"):
            found = found.filter(state=state)
        page = cast(list[dict[str, Any]], self.paginate_queryset(found.values(*COLUMNS)))
        return _dated(self.get_paginated_response([_standing(row, measure, on) for row in page]), fresh)


@extend_schema(tags=["trends"])
@method_decorator(conditional_page, name="dispatch")
class TrendListView(GenericAPIView[Any]):
    """The trend of a scope of which the caller may see every agency."""

    queryset = Trend.objects.none()
    serializer_class = TrendSerializer
    pagination_class = ByDay
    filter_backends = ()

    @extend_schema(summary="A scope over time", parameters=[TrendQuery], responses=TrendSerializer(many=True))
    def get(self, request: Request) -> Response:
        """One row for each point in time, the earliest first."""
        wanted = asked(TrendQuery, request)
        try:
            scope = scope_named(wanted["scope"], person(request))
        except UnknownScope as error:
            raise NotFound(str(error)) from error
        except HiddenScope as error:
            raise PermissionDenied(str(error)) from error
        measure = _measure(wanted, measures_in_use(scope) if scope else [], scope)
        if scope is None or measure is None:
            return self.get_paginated_response(self.paginate_queryset(Trend.objects.none()) or [])
        rows = Trend.objects.filter(scope=scope, model=measure.model, method=measure.method).defer("domains")
        points = _points(rows, wanted, calendar_of(scope, person(request)))
        page = cast(list[Trend], self.paginate_queryset(rows.filter(on__in=list(points))))
        return _dated(self.get_paginated_response(_trends(page, points, scope, measure)), freshness())


def _dated(response: Response, fresh: Freshness | None) -> Response:
    """The page with when its numbers were computed, and up to which approval."""
    if fresh is not None:
        response.data |= {"computed_at": fresh.computed_at, "approved_up_to": fresh.approved_at}
    return response


def _measure(wanted: dict[str, Any], known: list[Measure], scope: Scope | None = None) -> Measure | None:
    """The measure asked for. Raises ValidationError for a model of which there is nothing."""
    slug = wanted.get("model", "")
    if slug and slug not in {measure.model.slug for measure in known}:
        raise ValidationError({"model": f"There are no results of a model {slug!r} here."})
    return choose_measure(known, slug, scope.program.default_model if scope and scope.program else "")


def _agencies(wanted: dict[str, Any], on: date, user: User) -> QuerySet[Agency]:
    found = Agency.objects.visible_to(user).open_on(on)
    if slug := wanted.get("agency"):
        found = found.filter(slug=slug)
    if slug := wanted.get("program"):
        found = found.filter(pk__in=members_on(slug, on, user))
    return found


def _standing(row: dict[str, Any], measure: Measure, on: date) -> dict[str, Any]:
    score, ends_on = row["now__score"], row["now__result__period_ends_on"]
    return {
        "agency": row["slug"],
        "name": row["name"],
        "model": measure.model.slug,
        "on": on,
        "state": row["state"],
        "score": None if score is None else score / MILLION,
        "stages_completed": row["now__stages_completed"],
        "stage_count": row["now__result__stage_count"],
        "limited_basis": bool(row["now__limited_basis"]),
        "period": row["now__result__period_label"],
        "age_months": None if ends_on is None else months_between(ends_on, on),
    }


def _points(rows: QuerySet[Trend], wanted: dict[str, Any], year_starts_in: int) -> dict[date, Point]:
    """The points in time asked for, by month end, as far as there are trends."""
    first, fresh = rows.order_by("on").values_list("on", flat=True).first(), freshness()
    if first is None or fresh is None:
        return {}
    last = last_point(fresh.horizon_on, year_starts_in)
    since, until = max(first, wanted.get("from", first)), wanted.get("to", last)
    points = points_between(since, last, wanted["granularity"], year_starts_in)
    return {point.on: point for point in points if since <= point.on <= until}


def _trends(
    rows: Sequence[Trend], points: dict[date, Point], scope: Scope, measure: Measure
) -> list[dict[str, Any]]:
    if not rows:
        return []
    rounds = rounds_of(scope, measure, rows[0].on, rows[-1].on)
    return [_trend(row, points[row.on], key_of(scope), measure, is_published(rounds, row.on)) for row in rows]


def _trend(row: Trend, point: Point, scope: str, measure: Measure, published: bool) -> dict[str, Any]:
    known = statistics(row, measure.stage_count, by_domain=False)
    spread = known.spread
    return {
        "scope": scope,
        "model": measure.model.slug,
        "on": row.on,
        "period": point.label,
        "agencies": known.agencies,
        "reported": known.reported,
        "carried": known.carried,
        "not_reporting": known.not_reporting,
        "not_adopting": known.not_adopting,
        "limited": known.limited,
        "mean": None if known.mean is None else known.mean / MILLION,
        "lower_quartile": spread.lower_quartile / MILLION if spread else None,
        "median": spread.median / MILLION if spread else None,
        "upper_quartile": spread.upper_quartile / MILLION if spread else None,
        "by_stage": [
            {"stages_completed": count.stage, "reported": count.reported, "carried": count.carried}
            for count in known.stages
        ],
        "provisional": not published,
        "computed_at": row.computed_at,
    }
