"""As known on a past day: equal to a computation from scratch over what had been approved by then."""

import random
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from assessments.models import Result
from dashboards.models import Scope, Trend
from dashboards.queries.agencies import AsKnown, compare
from dashboards.queries.known import LATEST, as_known_on, day_after, rows_at
from dashboards.queries.listing import Listing
from dashboards.queries.measures import Measure
from dashboards.services_sums import SUM_FIELDS
from portal.agencies.models import Agency
from tests.dashboards.factories import make_result, make_version, month, refresh_all
from tests.dashboards.plainly import expected_trends, standing
from tests.factories import NOW, make_agency, make_program
from tests.world import World

API = "/api/v1/"
DAYS = [month(text) for text in ("2026-03", "2026-06", "2026-09")]


def fields_of(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in SUM_FIELDS}


@pytest.fixture
def history(db: None) -> list[Agency]:
    """Twelve agencies in a tree and a program with reports, late ones, and amendments of amendments."""
    chance = random.Random(7)
    root = make_agency("Department")
    agencies = [root, *(make_agency(parent=root) for _ in range(11))]
    make_program("Some", agencies[:8])
    for agency in agencies:
        for period in ("FY26 Q1", "FY26 Q2", "FY26 Q3", "FY26 Q4"):
            if chance.random() < 0.3:
                continue
            approved = NOW - timedelta(days=chance.randrange(400))
            found = make_result(agency, period, chance.randrange(50) / 10, approved_at=approved)
            while chance.random() < 0.4:
                approved += timedelta(days=chance.randrange(60))
                other = period if chance.random() < 0.6 else "FY26 Q2"
                found = make_result(
                    agency, other, chance.randrange(50) / 10, amends=found, approved_at=approved
                )
    refresh_all()
    return agencies


@pytest.mark.parametrize("ago", [0, 30, 90, 150, 250, 500])
def test_the_trend_is_that_of_a_computation_from_scratch(history: list[Agency], ago: int):
    day = timezone.localdate(NOW) - timedelta(days=ago)
    measure = Measure(make_version())
    known = {
        (scope, on): row
        for scope in Scope.objects.all()
        for on, row in rows_at(scope, measure, DAYS, as_known_on(day), domains=True).items()
    }
    before = day_after(day)
    results = list(Result.objects.filter(approved_at__lt=before).select_related("assessment"))
    for scope in Scope.objects.all():
        members = [member.agency for member in scope.members.select_related("agency")]
        for on in DAYS:
            row = known.get((scope, on))
            states = [standing(agency, results, measure.key, on) for agency in members]
            if row is None:
                assert {state for state, _ in states} == {"not_reporting"}
                continue
            assert row.sums.agencies == len(members)
            assert row.sums.reported == sum(state == "reported" for state, _ in states)
            assert row.sums.carried == sum(state == "carried" for state, _ in states)
            assert row.sums.score_sum == sum(result.score for _, result in states if result)
            people = row.sums.domains.get("people", {"sum": 0})["sum"]
            assert people == sum(result.domains["people"]["percent"] for _, result in states if result)


def test_what_was_approved_after_the_results_changes_nothing(history: list[Agency]):
    measure, scope = Measure(make_version()), Scope.objects.get(kind="everything")
    tomorrow = timezone.localdate(NOW) + timedelta(days=400)
    latest = rows_at(scope, measure, DAYS, LATEST)
    known = rows_at(scope, measure, DAYS, as_known_on(tomorrow))
    assert {day: fields_of(row.sums) for day, row in latest.items()} == {
        day: fields_of(row.sums) for day, row in known.items()
    }
    assert {(key[2:], row["reported"]) for key, row in expected_trends(month("2026-12")).items()}


def test_before_any_approval_nobody_reported(history: list[Agency]):
    measure, scope = Measure(make_version()), Scope.objects.get(kind="everything")
    rows = rows_at(scope, measure, DAYS, as_known_on(date(2020, 1, 1)))
    assert {(row.sums.reported, row.sums.carried, row.sums.agencies) for row in rows.values()} == {(0, 0, 12)}


def test_the_list_of_agencies_is_that_of_the_trend(history: list[Agency]):
    measure, before = Measure(make_version()), day_after(timezone.localdate(NOW) - timedelta(days=120))
    agencies = Agency.objects.all()
    read, days = AsKnown(before), (month("2026-09"), month("2026-06"))
    listing = Listing(agencies, measure, *days, sort="-score", read=read, read_before=read)
    rows = listing.whole()
    results = list(Result.objects.filter(approved_at__lt=before).select_related("assessment"))
    for row in rows:
        agency = Agency.objects.get(slug=row.slug)
        state, result = standing(agency, results, measure.key, month("2026-09"))
        was = standing(agency, results, measure.key, month("2026-06"))[1]
        assert (row.state, row.score) == (state, result.score if result else None)
        assert row.change == (result.score - was.score if result and was else None)
    scores = [row.score for row in rows if row.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert [row.score for row in rows[len(scores) :]] == [None] * (12 - len(scores))
    compared = compare(agencies, measure, *days, read, read)
    assert compared.risen == sum(row.change > 0 for row in rows if row.change is not None)
    assert compared.both == sum(row.change is not None for row in rows)


# --- on the pages and over the API ------------------------------------------------------------------


@pytest.fixture
def amended(world: World) -> World:
    """grid reported 2.5 in October and amended it to 3.5 in November; mines was late."""
    first = make_result(world.grid, "FY26 Q4", 2.5, approved_at=moment(10, 10))
    make_result(world.grid, "FY26 Q4", 3.5, amends=first, approved_at=moment(11, 10))
    make_result(world.mines, "FY26 Q4", 1.0, approved_at=moment(11, 12))
    refresh_all()
    return world


def moment(number: int, day: int) -> datetime:
    return datetime(2026, number, day, 23, 59, tzinfo=timezone.get_current_timezone())


def of_program(world: World, **query: str) -> dict[str, str]:
    return {"scope": f"program:{world.program.slug}"} | query


def test_the_api_tells_a_trend_as_it_was_known(amended: World):
    client = amended.client("viewer")

    def known(**query: str) -> tuple[int, float, bool]:
        answer = client.get(f"{API}trends/", of_program(amended, **query)).json()
        row = next(row for row in answer["results"] if row["on"] == "2026-09-30")
        return row["reported"], row["mean"], row["provisional"]

    assert known() == (2, 2.25, True)
    assert known(known_on="2026-11-10") == (1, 3.5, False)
    assert known(known_on="2026-11-09") == (1, 2.5, False)
    answer = client.get(f"{API}trends/", of_program(amended, known_on="2026-11-09")).json()
    assert (answer["numbers"], answer["known_on"]) == ("known", "2026-11-09")


def test_the_api_tells_standings_as_they_were_known(amended: World):
    client = amended.client("viewer")

    def known(**query: str) -> dict[str, tuple[str, float | None]]:
        answer = client.get(f"{API}standings/", {"on": "2026-09-30"} | query).json()
        return {row["name"]: (row["state"], row["score"]) for row in answer["results"]}

    assert known()["Grid Office"] == ("reported", 3.5)
    then = known(known_on="2026-11-09")
    assert then["Grid Office"] == ("reported", 2.5)
    assert then["Mines Office"] == ("not_reporting", None)
    assert set(known(known_on="2026-11-09", state="reported")) == {"Grid Office"}
    assert set(known(known_on="2026-11-09", state="not_reporting")) == {
        "Mines Office",
        "Department of Energy Affairs",
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"known_on": "2999-01-01"}, "known_on"),
        ({"known_on": "yesterday"}, "known_on"),
        ({"numbers": "known"}, "known_on"),
        ({"numbers": "latest", "known_on": "2026-10-01"}, "known_on"),
        ({"numbers": "best"}, "numbers"),
        ({"as_of": "soon"}, "as_of"),
    ],
)
def test_a_wrong_question_is_named(amended: World, query: dict[str, str], field: str):
    for address in ("trends", "standings"):
        answer = amended.client("administrator").get(f"{API}{address}/", query)
        assert answer.status_code == 400
        assert field in answer.json()["errors"]


def test_standings_later_than_was_known_are_refused(amended: World):
    query = {"known_on": "2026-08-01", "on": "2026-12-31"}
    answer = amended.client("viewer").get(f"{API}standings/", query)
    assert answer.status_code == 400
    assert "2026-09-30" in str(answer.json()["errors"])


def test_as_of_takes_any_day_of_the_past(amended: World):
    client = amended.client("viewer")
    rows = client.get(f"{API}standings/", {"as_of": "2026-10-15"}).json()["results"]
    assert {row["on"] for row in rows} == {"2026-09-30"}
    rows = client.get(f"{API}trends/", of_program(amended, as_of="2026-10-15")).json()["results"]
    assert rows[-1]["on"] == "2026-09-30"
    page = client.get("/", of_program(amended, as_of="2026-10-15"))
    assert page.context["series"].now.on == date(2026, 9, 30)


def test_the_page_shows_what_was_known(amended: World):
    client = amended.client("viewer")
    page = client.get("/", of_program(amended, known_on="2026-11-09"))
    assert "As known on Nov. 9, 2026" in page.content.decode()
    assert page.context["choice"].form["numbers"].value() == "known"  # so that asking again asks for the same
    assert page.context["known"].reported == 1
    rows = {row.name: row.score for row in page.context["rows"]}
    assert rows["Grid Office"] == 2_500_000
    assert rows["Mines Office"] is None
    listed = client.get("/", of_program(amended, known_on="2026-11-09", state="not_reporting"))
    assert [row.name for row in listed.context["rows"]] == ["Department of Energy Affairs", "Mines Office"]
    export = client.get("/portfolio.csv", of_program(amended, known_on="2026-11-09")).content.decode()
    assert "As known at the end of 2026-11-09" in export
    assert "~d2026-11-09~table" in export


def test_a_day_that_cannot_be_is_named_and_the_usual_is_shown(amended: World):
    for day in ("2999-01-01", "nonsense"):
        page = amended.client("viewer").get("/", of_program(amended, known_on=day))
        assert page.status_code == 200
        assert page.context["known"].reported == 2
        assert "usa-error-message" in page.content.decode()


def test_live_trends_stay_untouched(amended: World):
    before = [fields_of(row) for row in Trend.objects.order_by("pk")]
    amended.client("viewer").get("/", of_program(amended, known_on="2026-11-09"))
    assert [fields_of(row) for row in Trend.objects.order_by("pk")] == before
