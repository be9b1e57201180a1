"""Standings and trends over the API: the numbers of the rows, within what the caller may see."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Cycle
from dashboards.services_publications import freeze_published
from portal.access.services_tokens import create_token
from portal.agencies.models import Agency
from tests.dashboards.factories import make_result, make_version, refresh_all
from tests.factories import LONG_AGO, NOW, make_agency
from tests.world import World

STANDINGS, TRENDS = "/api/v1/standings/", "/api/v1/trends/"


@pytest.fixture
def reported(world: World) -> World:
    """grid has two results, mines one that is carried, trails one; the departments none."""
    make_result(world.grid, "FY26 Q3", 1.25)
    make_result(world.grid, "FY26 Q4", 2.5)
    make_result(world.mines, "FY26 Q3", 1.5)
    make_result(world.trails, "FY26 Q4", 4.9)
    refresh_all()
    return world


def get(client: Client, address: str, **query: Any) -> dict[str, Any]:
    response = client.get(address, query)
    assert response.status_code == 200, response.content
    return response.json()


def refused(client: Client, address: str, **query: Any) -> tuple[int, dict[str, Any]]:
    response = client.get(address, query)
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()


# --- standings --------------------------------------------------------------------------------------


def test_a_standing_says_who_when_how_far_and_how_old(reported: World):
    rows = get(reported.client("viewer"), STANDINGS, on="2026-09-30")["results"]
    found = {row["name"]: row for row in rows}
    assert found["Grid Office"] == {
        "agency": reported.grid.slug,
        "name": "Grid Office",
        "model": "containers",
        "on": "2026-09-30",
        "state": "reported",
        "score": 2.5,
        "stages_completed": 2,
        "stage_count": 5,
        "unit": "stages",
        "maximum": 5,
        "limited_basis": False,
        "period": "FY26 Q4",
        "age_months": 0,
    }
    assert (found["Mines Office"]["state"], found["Mines Office"]["age_months"]) == ("carried", 3)
    silent = found["Department of Energy Affairs"]
    assert (silent["state"], silent["score"], silent["period"]) == ("not_reporting", None, None)


def test_without_a_day_it_is_the_latest(reported: World):
    assert {row["on"] for row in get(reported.client("viewer"), STANDINGS)["results"]} == {"2026-12-31"}


@pytest.mark.parametrize(
    ("persona", "count"), [("administrator", 5), ("viewer", 3), ("lead", 1), ("outsider", 1)]
)
def test_each_caller_gets_the_agencies_they_may_know_of(reported: World, persona: str, count: int):
    assert len(get(reported.client(persona), STANDINGS)["results"]) == count


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"state": "reported"}, 2),
        ({"state": "not_reporting"}, 2),
        ({"model": "containers"}, 5),
        ({"program": "nowhere"}, 0),
        ({"agency": "nowhere"}, 0),
    ],
)
def test_standings_are_filtered(reported: World, query: dict[str, str], count: int):
    found = get(reported.client("administrator"), STANDINGS, on="2026-09-30", **query)
    assert len(found["results"]) == count


def test_standings_are_filtered_by_agency_and_program(reported: World):
    client = reported.client("administrator")
    assert [row["name"] for row in get(client, STANDINGS, agency=reported.grid.slug)["results"]] == [
        "Grid Office"
    ]
    assert len(get(client, STANDINGS, program=reported.program.slug)["results"]) == 3
    assert get(reported.client("outsider"), STANDINGS, program=reported.program.slug)["results"] == []


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ({"on": "2026-09-29"}, "on", "not the end of a month; that is 2026-09-30"),
        ({"on": "2027-03-31"}, "on", "known up to 2026-12-31"),
        ({"on": "soon"}, "on", "wrong format"),
        ({"state": "asleep"}, "state", "not a valid choice"),
        ({"model": "no-such"}, "model", "no results of a model 'no-such'"),
    ],
)
def test_a_wrong_question_about_standings_is_named(
    reported: World, query: dict[str, str], field: str, words: str
):
    status, problem = refused(reported.client("viewer"), STANDINGS, **query)
    assert status == 400
    assert words in str(problem["errors"][field])


def test_lists_say_when_they_were_computed_and_up_to_which_approval(reported: World):
    for found in (get(reported.client("administrator"), address) for address in (STANDINGS, TRENDS)):
        assert found["computed_at"].endswith("Z")
        assert found["approved_up_to"].endswith("Z")


def test_pages_are_cut_by_cursor_and_hold_every_agency_once(reported: World):
    client = reported.client("administrator")
    first = get(client, STANDINGS, page_size=2)
    seen, following = first["results"], first["next"]
    while following:
        found = client.get(following).json()
        seen, following = seen + found["results"], found["next"]
    assert len(seen) == len({row["agency"] for row in seen}) == 5


def test_a_thousand_rows_take_as_many_queries_as_a_few(reported: World, queries_of):
    client = reported.client("administrator")
    get(client, STANDINGS)
    few = queries_of(lambda: get(client, STANDINGS, page_size=1000))
    for n in range(30):
        make_result(make_agency(f"Bureau {n}", reported.parks), "FY26 Q4", 3.0)
    refresh_all()
    assert queries_of(lambda: get(client, STANDINGS, page_size=1000)) == few
    assert len(get(client, STANDINGS, page_size=1000)["results"]) == 35


def test_standings_by_token_take_eight_queries(reported: World):
    """Token, roles, freshness, rules in use, their versions, what is published, the rows, the marking."""
    owner = reported.people["administrator"]
    token = create_token(user=owner, name="script", days=2, by=None, at=timezone.now()).secret
    client = Client(headers={"Authorization": f"Bearer {token}"})
    get(client, STANDINGS)  # notes that the token was used, which it does once a minute
    with CaptureQueriesContext(connection) as captured:
        get(client, STANDINGS)
    asked = [entry["sql"] for entry in captured if entry["sql"].startswith("SELECT")]
    # How often somebody may ask is counted in Redis, and only without one in the database.
    assert len([sql for sql in asked if "portal_cache" not in sql]) == 8


def test_before_the_first_result_there_are_no_standings_and_no_trend(world: World):
    client = world.client("administrator")
    assert get(client, STANDINGS)["results"] == []
    assert get(client, TRENDS)["results"] == []


def test_invented_data_says_so(reported: World):
    assert "marking" not in get(reported.client("viewer"), STANDINGS)
    Agency.objects.filter(pk=reported.trails.pk).update(demonstration=True)
    assert get(reported.client("administrator"), STANDINGS)["marking"] == "DEMONSTRATION"


def test_an_unchanged_page_is_not_sent_again(reported: World):
    client = reported.client("viewer")
    tag = client.get(STANDINGS)["ETag"]
    assert client.get(STANDINGS, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("address", [STANDINGS, TRENDS])
def test_they_are_read_only_and_behind_the_log_in(reported: World, address: str):
    assert reported.client("administrator").post(address).status_code == 405
    assert reported.client("anonymous").get(address).status_code == 401


# --- trends -----------------------------------------------------------------------------------------


def test_a_trend_says_counts_spread_and_stages_at_each_point(reported: World):
    scope = f"program:{reported.program.slug}"
    rows = get(reported.client("viewer"), TRENDS, scope=scope)["results"]
    assert [row["period"] for row in rows] == ["FY26 Q3", "FY26 Q4", "FY27 Q1"]
    now = rows[1]
    assert (now["on"], now["agencies"], now["reported"], now["carried"]) == ("2026-09-30", 3, 1, 1)
    assert (now["not_reporting"], now["not_adopting"], now["limited"]) == (1, 0, 0)
    assert (now["mean"], now["median"]) == (2.0, 2.0)
    assert (now["lower_quartile"], now["upper_quartile"]) == (1.75, 2.25)
    assert now["by_stage"][1:3] == [
        {"stages_completed": 1, "reported": 0, "carried": 1},
        {"stages_completed": 2, "reported": 1, "carried": 0},
    ]
    assert now["scope"] == scope
    assert now["provisional"] is True


def test_a_published_round_is_not_provisional(reported: World):
    Cycle.objects.create(
        program=reported.program,
        version=make_version(),
        period_starts_on="2026-07-01",
        period_ends_on="2026-09-30",
        period_label="FY26 Q4",
        due_on="2026-10-30",
        state=Cycle.State.PUBLISHED,
        opened_at=NOW,
    )
    freeze_published(at=NOW)
    rows = get(reported.client("viewer"), TRENDS, scope=f"program:{reported.program.slug}")["results"]
    assert [row["provisional"] for row in rows] == [True, False, True]


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ({"granularity": "month"}, 7),
        ({"granularity": "half"}, 2),
        ({"granularity": "year"}, 2),
        ({"from": "2026-07-01"}, 2),
        ({"to": "2026-09-30"}, 2),
        ({"from": "2026-08-01", "to": "2026-10-31", "granularity": "month"}, 3),
        ({"from": "1999-01-01", "to": "2000-01-01"}, 0),
        ({"from": "0001-01-01", "granularity": "year"}, 2),
    ],
)
def test_points_in_time_are_picked(reported: World, query: dict[str, str], points: int):
    assert len(get(reported.client("administrator"), TRENDS, **query)["results"]) == points


def test_the_trend_of_a_department_counts_what_is_below_it(reported: World):
    rows = get(reported.client("administrator"), TRENDS, scope=f"agency:{reported.parks.slug}")["results"]
    assert {row["agencies"] for row in rows} == {2}


def test_a_trend_is_for_those_who_may_see_every_agency_in_it(reported: World):
    program, parks = f"program:{reported.program.slug}", f"agency:{reported.parks.slug}"
    expected = [
        ("viewer", program, 200),
        ("viewer", "everything", 403),
        ("viewer", parks, 404),
        ("lead", program, 403),
        ("lead", "everything", 403),
        ("outsider", program, 404),
        ("administrator", "everything", 200),
    ]
    for persona, scope, status in expected:
        assert reported.client(persona).get(TRENDS, {"scope": scope}).status_code == status, (persona, scope)


def test_a_viewer_who_may_see_all_but_one_agency_of_a_department_gets_no_trend_of_it(reported: World):
    late = make_agency("Late Office", reported.energy)
    make_result(late, "FY26 Q4", 1.0)
    refresh_all()
    status, problem = refused(reported.client("viewer"), TRENDS, scope=f"agency:{reported.energy.slug}")
    assert status == 403
    assert "not all" in problem["detail"]
    reported.program.memberships.create(agency=late, from_on=LONG_AGO)
    assert (
        reported.client("viewer").get(TRENDS, {"scope": f"agency:{reported.energy.slug}"}).status_code == 200
    )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"scope": "planet:earth"}, "scope"),
        ({"granularity": "week"}, "granularity"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-09-30", "to": "2026-06-30"}, "to"),
        ({"model": "no-such"}, "model"),
    ],
)
def test_a_wrong_question_about_a_trend_is_named(reported: World, query: dict[str, str], field: str):
    status, problem = refused(reported.client("administrator"), TRENDS, **query)
    assert status == 400
    assert field in problem["errors"]


def test_the_schema_tells_of_all_parameters(reported: World):
    schema = reported.client("viewer").get("/api/v1/schema/", {"format": "json"}).json()
    told = {
        path: {parameter["name"] for parameter in schema["paths"][path]["get"]["parameters"]}
        for path in (STANDINGS, TRENDS)
    }
    assert told[STANDINGS] >= {"agency", "program", "model", "on", "state", "cursor", "page_size"}
    assert told[TRENDS] >= {"scope", "model", "granularity", "from", "to", "cursor", "page_size"}
    row = schema["components"]["schemas"]["Standing"]["properties"]
    assert set(row) == set(get(reported.client("viewer"), STANDINGS)["results"][0])
    trend = get(reported.client("administrator"), TRENDS)["results"][0]
    assert set(schema["components"]["schemas"]["Trend"]["properties"]) == set(trend)
