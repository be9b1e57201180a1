"""What a change of scoring does, over the API: read only, agency by agency."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from dashboards.api import BySlug, asked
from dashboards.models import Scope
from dashboards.queries.agencies import members_of
from dashboards.queries.measures import Measure, choose_measure, measures_in_use
from dashboards.queries.rules import COLUMNS, AgencySplit, compare_rules, published_on, row_of, splits
from dashboards.queries.scopes import HiddenScope, UnknownScope, freshness, scope_named
from dashboards.rule_changes import Moves
from dashboards.serializers import MethodChangeQuery, MethodChangeSerializer
from maturity.scoring import MILLION
from portal.agencies.models import Agency
from portal.requests import person


@extend_schema(tags=["trends"])
@method_decorator(conditional_page, name="dispatch")
class MethodChangeListView(GenericAPIView[Any]):
    """How the change of each agency's score between two points in time is made up."""

    queryset = Agency.objects.none()
    serializer_class = MethodChangeSerializer
    pagination_class = BySlug
    filter_backends = ()

    @extend_schema(
        summary="Changes of scores, split into real and methodical",
        parameters=[MethodChangeQuery],
        responses=MethodChangeSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """One row for each agency with a score at both ends; with how many rose, fell and stayed."""
        wanted, fresh = asked(MethodChangeQuery, request), freshness()
        scope, measure = _scope(request, wanted["scope"]), None
        if scope is not None and fresh is not None:
            if wanted["on"] > fresh.horizon_on:
                raise ValidationError({"on": f"Standings are known up to {fresh.horizon_on}."})
            measure = _measure(scope, wanted.get("model", ""))
        if scope is None or measure is None:
            return self.get_paginated_response(self.paginate_queryset(Agency.objects.none()) or [])
        on, since = wanted["on"], wanted["since"]
        agencies = members_of(scope, on, person(request))
        former = published_on(scope, measure, since)
        found = splits(agencies, measure, (on, None), (since, None), former, changed=wanted["changed"])
        page = cast(Sequence[dict[str, Any]], self.paginate_queryset(found.values(*COLUMNS)))
        response = self.get_paginated_response([_row(row_of(one)) for one in page])
        counted = compare_rules(agencies, measure, (on, None), (since, None), former)
        response.data |= {
            "rule": measure.method,
            "rule_then": former.method,
            "as_published": _moves(counted.published),
            "same_rule": _moves(counted.same_rule),
            "not_comparable": counted.left_out,
        }
        return response


def _scope(request: Request, key: str) -> Scope | None:
    try:
        return scope_named(key, person(request))
    except UnknownScope as error:
        raise NotFound(str(error)) from error
    except HiddenScope as error:
        raise PermissionDenied(str(error)) from error


def _measure(scope: Scope, slug: str) -> Measure | None:
    known = measures_in_use(scope)
    if slug and slug not in {measure.model.slug for measure in known}:
        raise ValidationError({"model": f"There are no results of a model {slug!r} here."})
    return choose_measure(known, slug, scope.program.default_model if scope.program else "")


def _row(row: AgencySplit) -> dict[str, Any]:
    split = row.split
    numbers: dict[str, int | None] = {
        "published_then": row.published_then,
        "published_now": row.published_now,
        "then": split.then if split else None,
        "now": split.now if split else None,
        "published": split.published if split else None,
        "real": split.real if split else None,
        "methodical": split.methodical if split else None,
    }
    in_stages = {name: None if value is None else value / MILLION for name, value in numbers.items()}
    return {"agency": row.slug, "name": row.name} | in_stages


def _moves(moves: Moves) -> dict[str, int]:
    return asdict(moves)
