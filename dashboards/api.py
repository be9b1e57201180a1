"""Standings and trends over the API: read only, from rows, never added up on request."""

from datetime import date
from itertools import pairwise
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from dashboards.figures import OWN, Figure, Known
from dashboards.forms_cohorts import NARROWS
from dashboards.models import Freshness, Scope, Trend
from dashboards.points import Point, last_point, points_between
from dashboards.queries.adhoc import AdHoc, pick, rows_of_picked, sums_over_time
from dashboards.queries.agencies import Frozen, listed_standings, member_ids
from dashboards.queries.known import (
    LATEST,
    Knowledge,
    KnownRow,
    Numbers,
    Published,
    known_by,
    published_at,
    rows_at,
)
from dashboards.queries.measures import Measure, choose_measure, choose_rule, measures_in_use
from dashboards.queries.published_rules import published_rules
from dashboards.queries.rules import rule_lines
from dashboards.queries.scopes import HiddenScope, UnknownScope, calendar_of, freshness, key_of, scope_named
from dashboards.serializers import (
    StandingQuery,
    StandingSerializer,
    TrendQuery,
    TrendSerializer,
    knowledge_of,
)
from dashboards.trends import statistics
from maturity.scoring import MILLION
from portal.access.models import User
from portal.agencies.models import Agency, AgencyQuerySet, Program
from portal.agencies.periods import month_end, months_between
from portal.agencies.profile_filter import InvalidFilter, read_filter
from portal.agencies.queries import members_on
from portal.api import PortalCursorPagination
from portal.requests import person


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
        reader, knowledge = person(request), knowledge_of(wanted)
        on, published = _day(wanted, knowledge, fresh, measure, reader)
        if published is not None:  # as published: by the rule of its time
            measure = choose_rule(measure, published.method) or measure
        read = Frozen(published.publication) if published else knowledge.as_known
        found = _of_agencies(listed_standings(measure.key, on, read), wanted, on, reader, published)
        if state := wanted.get("state"):
            found = found.filter(Q(state=state))  # an annotation, of which its type knows nothing
        page = cast(list[dict[str, Any]], self.paginate_queryset(found))
        rows = _standings(page, measure, on)
        response = _dated(self.get_paginated_response(rows), fresh, knowledge)
        # One for the whole page: put the agency's slug in the place of {agency}.
        known = Known(publication=published.publication) if published else known_by(knowledge, None, fresh)
        figure = Figure(f"{OWN}:{{agency}}", measure.model.slug, measure.method, on, known, "score")
        provisional = read is None
        response.data |= {"provisional": provisional, "figure": str(figure)}
        return response


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
        """One row for each point in time, the earliest first.

        A point that was published under an earlier scoring rule comes as published, by that rule, unless a
        `rule` or other `numbers` are asked for.

        Filtered by fields of the profile, or by `within`, it is the trend of those agencies of the scope
        that the caller may see, counted now from the latest numbers; all of its rows come in one page.
        """
        wanted = asked(TrendQuery, request)
        if wanted.keys() & NARROWS:
            return _picked_trend(wanted, person(request))
        try:
            scope = scope_named(wanted["scope"], person(request))
        except UnknownScope as error:
            raise NotFound(str(error)) from error
        except HiddenScope as error:
            raise PermissionDenied(str(error)) from error
        measure = _measure(wanted, measures_in_use(scope) if scope else [], scope)
        if scope is None or measure is None:
            return self.get_paginated_response(self.paginate_queryset(Trend.objects.none()) or [])
        rule = wanted.get("rule", "")
        measure = _by_rule(measure, rule)
        rows = Trend.objects.filter(scope=scope, model=measure.model, method=measure.method).defer("domains")
        knowledge, fresh = knowledge_of(wanted), freshness()
        points = _points(rows, wanted, _year_start(wanted, scope, person(request)), knowledge)
        page = cast(list[Trend], self.paginate_queryset(rows.filter(on__in=list(points))))
        days = [row.on for row in page]
        by = _published_by(scope, measure, list(points), knowledge) if not rule else {}
        found = rows_at(scope, measure, days, knowledge)
        for earlier in measure.before:
            found |= rows_at(scope, earlier, [on for on in days if by.get(on) == earlier.method], knowledge)
        rules = {on: (choose_rule(measure, by[on]) if on in by else None) or measure for on in points}
        all_points = list(points.values())
        lines = rule_lines(scope, measure, all_points, knowledge)
        changed = {all_points[marker.place].on for marker in lines.markers}
        changed |= {on for was, on in pairwise(points) if rules[was].method != rules[on].method}
        trends = [
            _trend(found[row.on], points[row.on], key_of(scope), rules[row.on], knowledge, fresh)
            | {"rule_changed": row.on in changed}
            for row in page
            if fresh is not None
        ]
        return _dated(self.get_paginated_response(trends), fresh, knowledge)


def _published_by(scope: Scope, measure: Measure, days: list[date], knowledge: Knowledge) -> dict[date, str]:
    """By which rules before that of the measure a scope is published at month ends, as far as it is."""
    if knowledge.numbers is not Numbers.PUBLISHED or not measure.before:
        return {}
    found = published_rules(Q(scope=scope), measure, days)
    return {on: one.method for on, one in found.items() if one.method != measure.method}


def _picked_trend(wanted: dict[str, Any], user: User) -> Response:
    """The trend of agencies chosen by a filter. Raises NotFound and ValidationError."""
    if knowledge_of(wanted).numbers is Numbers.KNOWN:
        raise ValidationError({"known_on": "A filter is counted from the latest numbers only."})
    fresh, picked = freshness(), _picked(wanted, user)
    measure = _measure(wanted, measures_in_use(picked.base), picked.base) if picked else None
    results: list[dict[str, Any]] = []
    if picked is not None and measure is not None and fresh is not None:
        rows = Trend.objects.filter(scope=picked.base, model=measure.model, method=measure.method)
        points = _points(rows, wanted, _year_start(wanted, picked.base, user), LATEST)
        found = rows_of_picked(sums_over_time(picked, measure, list(points)), fresh.computed_at)
        said = "&".join(f"{name}={value}" for name, value in picked.parameters.items())
        results = [
            _trend(row, points[on], picked.key, measure, LATEST, fresh) | {"filter": said, "figure": ""}
            for on, row in found.items()
        ]
    return _dated(Response({"next": None, "previous": None, "results": results}), fresh, LATEST)


def _picked(wanted: dict[str, Any], user: User) -> AdHoc | None:
    within = None
    if slug := wanted.get("within"):
        within = Agency.objects.visible_to(user).filter(slug=slug).first()
        if within is None:
            raise ValidationError({"within": f"There is no agency {slug!r} that you may see."})
    try:
        return pick(wanted["scope"], read_filter(wanted), within, user)
    except InvalidFilter as error:
        raise ValidationError({error.field: str(error)}) from error
    except UnknownScope as error:
        raise NotFound(str(error)) from error


def _year_start(wanted: dict[str, Any], scope: Scope, user: User) -> int:
    """The month in which the years of the calendar begin that is asked for, or of the scope's own."""
    if key := wanted.get("calendar"):
        programs = Program.objects.visible_to(user).filter(slug=key.partition(":")[2])
        if (program := programs.first()) is None:
            raise ValidationError({"calendar": f"There is no {key!r} that you may see."})
        return program.year_starts_in
    start: int = wanted.get("year_starts_in") or calendar_of(scope, user)
    return start


def _dated(response: Response, fresh: Freshness | None, knowledge: Knowledge) -> Response:
    """The page with which knowledge it is, when its numbers were computed, and up to which approval."""
    response.data |= {"numbers": knowledge.numbers.value, "known_on": knowledge.day}
    if fresh is not None:
        response.data |= {"computed_at": fresh.computed_at, "approved_up_to": fresh.approved_at}
    return response


def _scopes_of(wanted: dict[str, Any], user: User, prefix: str = "") -> Q:
    """The scope that decides whether standings are published: the program's asked for, or everything."""
    if slug := wanted.get("program"):
        visible = Program.objects.visible_to(user).filter(slug=slug)
        return Q(**{f"{prefix}program__in": visible})
    return Q(**{f"{prefix}kind": Scope.Kind.EVERYTHING})


def _day(
    wanted: dict[str, Any], knowledge: Knowledge, fresh: Freshness, measure: Measure, user: User
) -> tuple[date, Published | None]:
    """The month end asked for, else the last that is published, else the last there is; and by what it is
    published, where that is what is asked for. One query, of what is not "as known on a day".

    Raises ValidationError for one that is not yet known.
    """
    last = fresh.horizon_on
    if knowledge.day is not None:
        scope = Scope.objects.filter(_scopes_of(wanted, user)).first()
        last = knowledge.horizon(fresh, calendar_of(scope, user))
    on: date | None = wanted.get("on")
    if on is not None and on > last:
        raise ValidationError({"on": f"Standings are known up to {last}."})
    if (as_of := wanted.get("as_of")) is not None:
        on = min(as_of if as_of == month_end(as_of) else month_end(as_of, -1), last)
    published = None
    if knowledge.numbers is Numbers.PUBLISHED:
        published = published_at(_scopes_of(wanted, user, "scope__"), measure, on)
    return on or (published.on if published else last), published


def _measure(wanted: dict[str, Any], known: list[Measure], scope: Scope | None = None) -> Measure | None:
    """The measure asked for. Raises ValidationError for a model of which there is nothing."""
    slug = wanted.get("model", "")
    if slug and slug not in {measure.model.slug for measure in known}:
        raise ValidationError({"model": f"There are no results of a model {slug!r} here."})
    return choose_measure(known, slug, scope.office.default_model if scope and scope.office else "")


def _by_rule(measure: Measure, rule: str) -> Measure:
    """The measure under the rule asked for. Raises ValidationError where nothing is known under it."""
    found = choose_rule(measure, rule) if rule else measure
    if found is None:
        known = ", ".join(one.method for one in (*measure.before, measure))
        raise ValidationError({"rule": f"There is nothing by a rule {rule!r} here; there is by {known}."})
    return found


def _of_agencies(
    found: AgencyQuerySet, wanted: dict[str, Any], on: date, user: User, published: Published | None
) -> AgencyQuerySet:
    """Of standings those of the agencies asked for, as far as `user` may know of them."""
    found = found.visible_to(user)
    if slug := wanted.get("agency"):
        found = found.filter(slug=slug)
    if published is not None:
        return found.filter(pk__in=member_ids(published.scope, on, Frozen(published.publication)))
    found = found.open_on(on)
    if slug := wanted.get("program"):
        found = found.filter(pk__in=members_on(slug, on, user))
    return found


def _standings(rows: list[dict[str, Any]], measure: Measure, on: date) -> list[dict[str, Any]]:
    """Rows of queries.agencies.LISTED as StandingSerializer describes them."""
    model, unit, maximum = measure.model.slug, measure.unit, measure.maximum  # of up to 1,000 rows
    return [
        {
            "agency": row["slug"],
            "name": row["name"],
            "model": model,
            "on": on,
            "state": row["state"],
            "score": None if (score := row["now__score"]) is None else score / MILLION,
            "stages_completed": row["now__stages_completed"],
            "stage_count": row["now__result__stage_count"],
            "unit": unit,
            "maximum": maximum,
            "limited_basis": bool(row["now__limited_basis"]),
            "period": row["now__result__period_label"],
            "age_months": None
            if (ends_on := row["now__result__period_ends_on"]) is None
            else months_between(ends_on, on),
        }
        for row in rows
    ]


def _points(
    rows: QuerySet[Trend], wanted: dict[str, Any], year_starts_in: int, knowledge: Knowledge
) -> dict[date, Point]:
    """The points in time asked for, by month end, as far as there are trends."""
    first, fresh = rows.order_by("on").values_list("on", flat=True).first(), freshness()
    if first is None or fresh is None:
        return {}
    last = last_point(knowledge.horizon(fresh, year_starts_in), year_starts_in)
    since = max(first, wanted.get("from", first))
    until = min(wanted.get("to", last), wanted.get("as_of", last))
    points = points_between(since, last, wanted["granularity"], year_starts_in)
    return {point.on: point for point in points if since <= point.on <= until}


def _trend(
    row: KnownRow, point: Point, scope: str, measure: Measure, knowledge: Knowledge, fresh: Freshness
) -> dict[str, Any]:
    known = statistics(row.sums, measure.stage_count, by_domain=False)
    spread, publication = known.spread, row.publication
    by = known_by(knowledge, row, fresh)
    figure = Figure(scope, measure.model.slug, measure.method, row.on, by, "stages")
    return {
        "scope": scope,
        "filter": "",
        "model": measure.model.slug,
        "unit": measure.unit,
        "maximum": measure.maximum,
        "on": row.on,
        "period": point.label,
        "agencies": known.agencies,
        "reported": known.reported,
        "carried": known.carried,
        "not_reporting": known.not_reporting,
        "not_adopting": known.not_adopting,
        "limited": known.limited,
        "rule": measure.method,
        "rescored": known.rescored,
        "mean": None if known.mean is None else known.mean / MILLION,
        "lower_quartile": spread.lower_quartile / MILLION if spread else None,
        "median": spread.median / MILLION if spread else None,
        "upper_quartile": spread.upper_quartile / MILLION if spread else None,
        "by_stage": [
            {"stages_completed": count.stage, "reported": count.reported, "carried": count.carried}
            for count in known.stages
        ],
        "provisional": knowledge.numbers is not Numbers.KNOWN and publication is None,
        "revision": publication.revision if publication else None,
        "figure": str(figure),
        "computed_at": row.computed_at,
    }
