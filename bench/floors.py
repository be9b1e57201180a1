"""The floors: the least work that gives the same, behind the same middleware. Not part of the portal."""

from datetime import date
from hashlib import sha256
from typing import Any

import orjson
import psycopg
from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assessments.models import Answer
from dashboards.models import Trend
from dashboards.points import points_between
from dashboards.queries.adhoc import pick, statement
from dashboards.queries.measures import measures_in_use
from dashboards.views.agencies import TABLE_TEMPLATE, table_context
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.periods import FEDERAL_YEAR_STARTS_IN, months_between
from portal.agencies.profile_filter import read_filter
from portal.search.queries import PER_PAGE, counting, listing
from portal.search.words import read_query

ROLES = """
    SELECT m.program_id, m.agency_id
    FROM access_apitoken t JOIN access_user u ON u.id = t.user_id JOIN access_membership m ON m.user_id = u.id
    WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > now() AND u.is_active
        AND m.from_on <= current_date AND (m.until_on IS NULL OR m.until_on >= current_date)
"""
STANDINGS = """
    SELECT a.slug, a.name, coalesce(s.state, 'not_reporting'), s.score, s.stages_completed, s.limited_basis,
           r.stage_count, r.period_label, r.period_ends_on
    FROM agencies_agency a
    LEFT JOIN dashboards_standing s ON s.agency_id = a.id
        AND (s.model_id = %(model)s AND s.method = %(rule)s OR s.model_id IS NULL)
        AND s.from_on <= %(on)s AND (s.until_on IS NULL OR s.until_on >= %(on)s) AND s.known_until IS NULL
    LEFT JOIN assessments_result r ON r.id = s.result_id
    WHERE a.closed_on IS NULL OR a.closed_on > %(on)s
    ORDER BY a.slug LIMIT %(size)s
"""
# What was found once and stays: the statement for a filter, the context of the agencies page, the statements
# of the search.
_statement: list[Any] = []
_page: dict[str, Any] = {}
_search: list[tuple[str, list[Any]]] = []


@login_not_required
def standings(request: HttpRequest) -> HttpResponse:
    """What the API's list of standings holds for whoever sees all, by raw psycopg and orjson.

    The token is looked up, because whose it is decides what is in the list.
    """
    if not _sees_all(request):
        return HttpResponse(status=403)
    on = date.fromisoformat(request.GET["on"])
    values = {"on": on, "model": int(request.GET["model"]), "rule": request.GET["rule"]}
    values["size"] = int(request.GET["page_size"])
    rows = _psycopg().execute(STANDINGS, values).fetchall()
    results = [
        {
            "agency": slug,
            "name": name,
            "model": "container-adoption",
            "on": on,
            "state": state,
            "score": None if score is None else score / 1_000_000,
            "stages_completed": stages,
            "stage_count": stage_count,
            "unit": "stages",
            "maximum": 5,
            "limited_basis": bool(limited),
            "period": period,
            "age_months": None if ends_on is None else months_between(ends_on, on),
        }
        for slug, name, state, score, stages, limited, stage_count, period, ends_on in rows
    ]
    return HttpResponse(orjson.dumps({"results": results}), content_type="application/json")


@login_not_required
def adhoc_trend(request: HttpRequest) -> HttpResponse:
    """What the portal's statement for a filter over profiles finds, as it is: by raw psycopg and orjson.

    The statement is the portal's own, made once and kept.
    """
    if not _sees_all(request):
        return HttpResponse(status=403)
    if not _statement:
        _statement.extend(_adhoc_statement(request))
    rows = _psycopg().execute(*_statement).fetchall()
    return HttpResponse(orjson.dumps({"results": rows}), content_type="application/json")


def _adhoc_statement(request: HttpRequest) -> tuple[Any, Any]:
    measure, leader = measures_in_use()[0], User.objects.get(username="leader")
    picked = pick("everything", read_filter(request.GET.dict()), None, leader)
    if picked is None:
        raise RuntimeError("There are no trends.")
    first = Trend.objects.filter(scope=picked.base).earliest("on").on
    last = date.fromisoformat(request.GET["to"])
    days = [point.on for point in points_between(first, last, "quarter", FEDERAL_YEAR_STARTS_IN)]
    return statement(picked, measure, days).query.sql_with_params()


@login_not_required
def search(request: HttpRequest) -> HttpResponse:
    """What the portal's two statements of the search find, as it is: by raw psycopg and orjson."""
    if not _sees_all(request):
        return HttpResponse(status=403)
    if not _search:
        text, everything = request.GET["q"], Agency.objects.all()
        _search.append(counting(read_query(text), everything))
        _search.append(listing(text, everything, (), PER_PAGE, 0))
    counts, rows = (_psycopg().execute(*statement).fetchall() for statement in _search)
    found = {"counts": dict(counts), "results": rows}
    return HttpResponse(orjson.dumps(found), content_type="application/json")


def agencies(request: HttpRequest) -> HttpResponse:
    """The agencies page with the same rows every time: they are read once and kept."""
    if not _page:
        _page.update(table_context(request))
    return render(request, TABLE_TEMPLATE, _page)


class AnswerFloor(APIView):
    """One UPDATE of one answer through the same stack: token, throttle, parser, transaction, renderer."""

    def put(self, request: Request, pk: int) -> Response:
        with transaction.atomic():
            Answer.objects.filter(pk=pk).update(level=request.data["level"], revision=F("revision") + 1)
        return Response({"level": request.data["level"]})


def _sees_all(request: HttpRequest) -> bool:
    """Whether the token is of somebody with a role for everything."""
    token = request.headers["Authorization"].removeprefix("Bearer ")
    roles = _psycopg().execute(ROLES, [sha256(token.encode()).hexdigest()]).fetchall()
    return any(program is None and agency is None for program, agency in roles)


def _psycopg() -> psycopg.Connection[Any]:
    connection.ensure_connection()
    return connection.connection
