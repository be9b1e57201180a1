"""The time machine on every page of trends: each honours `as_of` and `known_on`, or says that it does not."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from dashboards.models import Freshness
from dashboards.queries.forecasts import forecast_agency
from dashboards.queries.known import as_known_on
from dashboards.queries.measures import Measure
from dashboards.urls import urlpatterns
from dashboards.views.tables import TABLES
from dashboards.views.tabs import TABS
from maturity.models import ModelVersion
from tests.dashboards.factories import make_result, make_version, month, refresh_all
from tests.dashboards.test_scope_pages import version  # noqa: F401 - a fixture
from tests.factories import make_agency
from tests.world import World

SAYS = "This page goes by what is known today, not by what was known on an earlier day."
# By name of address: how it is asked, and how many agencies each page reads on the way.
HONOURS = {
    "portfolio": "/",
    "scope-agencies": "/portfolio/agencies/",
    "transitions": "/portfolio/transitions/",
    "domain-list": "/portfolio/domains/",
    "domain-detail": "/portfolio/domains/people/",
    "open-items": "/portfolio/challenges/",
    "quality": "/portfolio/quality/",
    "analysis": "/portfolio/analysis/",
    "forecast": "/forecast/",
    "compare": "/compare/",
    "agency-list": "/agencies/",
    "agency-detail": "/agencies/{grid}/",
    "agency-forecast": "/agencies/{grid}/forecast/",
    "one-page": "/one-page/",
    "talking-points": "/one-page/talking-points/",
    "stage-times": "/portfolio/stage-times/",
    "what-if": "/what-if/",
    "method-changes": "/method-changes/",
}
SAYS_NOT = {
    "overdue-actions": "/portfolio/overdue-actions/",
    "agency-next": "/agencies/{grid}/next/",
    "agency-compare": "/agencies/{grid}/compare/",
    "agency-roadmap": "/agencies/{grid}/roadmap/",
    "agency-peers": "/agencies/{grid}/peers/",
    "agency-what-if": "/agencies/{grid}/what-if/",
}
OF_TODAY = {"overdue-actions"}  # tables
BEFORE, AFTER = date(2026, 11, 9), date(2026, 11, 12)


def moment(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time().replace(hour=12), timezone.get_current_timezone())


@pytest.fixture
def corrected(world: World, version: ModelVersion) -> World:  # noqa: F811
    """grid reported 1.5 with "vault" open, amended on November 10 to 3.5 with it in place; mines was late."""
    for agency in (world.grid, world.mines, world.energy):
        make_result(agency, "FY26 Q3", 1.5, levels="00000", approved_at=moment(date(2026, 7, 20)))
    first = make_result(
        world.grid, "FY26 Q4", 1.5, levels="00000", approved_at=moment(date(2026, 10, 10)), answered=400_000
    )
    make_result(
        world.grid, "FY26 Q4", 3.5, amends=first, levels="33333", approved_at=moment(date(2026, 11, 10))
    )
    make_result(world.mines, "FY26 Q4", 0.5, levels="00000", approved_at=moment(date(2026, 11, 12)))
    refresh_all()
    return world


def address(world: World, path: str) -> str:
    return path.format(grid=world.grid.slug)


def asked(world: World, **query: object) -> dict[str, Any]:
    of = {"scope": f"program:{world.program.slug}", "agencies": [world.grid.slug, world.mines.slug]}
    return of | {name: str(value) for name, value in query.items()}


def text_of(response: Any) -> str:
    html = re.sub(r"<script.*?</script>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html)


def test_every_page_of_a_scope_and_of_an_agency_is_listed_here():
    tabs = {name.removeprefix("dashboards:") for _, pages in TABS for name, _ in pages}
    assert tabs <= HONOURS.keys() | SAYS_NOT.keys()
    assert not HONOURS.keys() & SAYS_NOT.keys()
    names = {pattern.name for pattern in urlpatterns}
    assert HONOURS.keys() | SAYS_NOT.keys() <= names


@pytest.mark.parametrize("name", HONOURS)
def test_a_page_that_honours_known_on_says_the_day_and_not_that_it_does_not(corrected: World, name: str):
    client, path = corrected.client("administrator"), address(corrected, HONOURS[name])
    page = client.get(path, asked(corrected, known_on=BEFORE, at="2026-09-30"))
    assert page.status_code == 200
    assert "As known on Nov. 9, 2026" in text_of(page)
    assert SAYS not in text_of(page)
    assert SAYS not in text_of(client.get(path, asked(corrected)))


@pytest.mark.parametrize("name", SAYS_NOT)
def test_a_page_that_does_not_says_so_where_it_is_asked(corrected: World, name: str):
    client, path = corrected.client("administrator"), address(corrected, SAYS_NOT[name])
    assert SAYS in text_of(client.get(path, asked(corrected, known_on=BEFORE, at="2026-09-30")))
    assert SAYS not in text_of(client.get(path, asked(corrected, at="2026-09-30")))


@pytest.mark.parametrize("name", [name for name in HONOURS if name not in {"agency-detail", "compare"}])
def test_as_of_is_the_point_in_time(corrected: World, name: str):
    client, path = corrected.client("administrator"), address(corrected, HONOURS[name])
    early, late = (
        text_of(client.get(path, asked(corrected, as_of=day, numbers="latest")))
        for day in ("2026-07-15", "2026-10-15")
    )
    assert early != late
    assert "FY26 Q3" in early


@pytest.mark.parametrize("table", TABLES)
def test_each_file_says_with_which_knowledge_it_is(corrected: World, table: str):
    query = asked(corrected, known_on=BEFORE, at="2026-09-30", domain="people")
    answer = corrected.client("administrator").get(f"/portfolio/tables/{table}.csv", query)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert ("As known today" in text) == (table in OF_TODAY)
    assert ("As known at the end of 2026-11-09" in text) == (table not in OF_TODAY)


def test_the_pages_show_what_was_known(corrected: World):
    client = corrected.client("administrator")

    def then(path: str, **query: object) -> Any:
        return client.get(f"/portfolio/{path}/", asked(corrected, at="2026-09-30", **query)).context

    day, now = {"known_on": BEFORE}, {"numbers": "latest"}
    assert then("transitions", **now)["found"].moved("risen") == 1
    assert then("transitions", **day)["found"].moved("risen") == 0
    assert [one.name for one in then("transitions", **now)["movers"].up] == ["Grid Office"]
    assert then("transitions", **day)["movers"].up == ()
    assert (then("quality", **now)["quality"].reported, then("quality", **day)["quality"].reported) == (2, 1)
    assert then("quality", **day, sort="-age")["rows"][0].age == 3
    assert "vault" not in str(then("challenges", **day)["missing_rows"])
    open_now, open_then = (then("challenges", **asks)["practice_rows"][0][2] for asks in (now, day))
    assert (open_now.text, open_then.text) == (2, 3)
    listed = then("agencies", **day, item="vault", level="open")["rows"]
    assert "Grid Office" in {row.name for row in listed}
    listed = then("agencies", **now, item="vault", level="open")["rows"]
    assert "Grid Office" not in {row.name for row in listed}
    listed = then("agencies", **day, was="1", now="1", since="2026-06-30")["rows"]
    assert {row.name for row in listed} >= {"Grid Office", "Mines Office"}


def listed(value: Any) -> str:
    """A page of rows by its rows."""
    return str(getattr(value, "object_list", value))


def test_today_is_the_latest(corrected: World):
    client, today = corrected.client("administrator"), timezone.localdate()
    for path in ("transitions", "challenges", "quality", "domains/people"):
        known, latest = (
            client.get(f"/portfolio/{path}/", asked(corrected, at="2026-09-30") | query).context
            for query in ({"known_on": today}, {"numbers": "latest"})
        )
        for name in ("found", "movers", "quality", "missing", "with_value", "page"):
            if name in latest:
                assert str(known.get(name)) == str(latest.get(name)), (path, name)


def test_the_api_tells_transitions_and_open_items_as_they_were_known(corrected: World):
    client = corrected.client("administrator")
    of = {"scope": f"program:{corrected.program.slug}"}

    def ask(what: str, **query: object) -> Any:
        answer = client.get(f"/api/v1/{what}/", of | {name: str(value) for name, value in query.items()})
        return answer.json()

    found = ask("transitions", to="2026-09-30", known_on=BEFORE)
    assert (found["risen"], found["numbers"], found["known_on"]) == (0, "known", "2026-11-09")
    assert found["provisional"] is False
    assert ask("transitions", to="2026-09-30")["risen"] == 1
    assert ask("transitions", as_of="2026-10-15")["to"] == "2026-09-30"
    known, latest = (
        ask("open-items", on="2026-09-30", kind="practice", **query)["items"]
        for query in ({"known_on": BEFORE}, {})
    )
    assert (known[0]["open"], latest[0]["open"]) == (3, 2)
    assert "to" in ask("transitions", to="2026-12-31", known_on="2026-08-01")["errors"]
    assert "as_of" in ask("open-items", on="2026-09-30", as_of="2026-09-30")["errors"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/portfolio/transitions/", "flows_figure"),
        ("/portfolio/transitions/", "stuck_figure"),
        ("/portfolio/challenges/", "challenges_figure"),
        ("/portfolio/challenges/", "practices_figure"),
        ("/portfolio/challenges/", "missing_figure"),
        ("/portfolio/quality/", "figure"),
        ("/portfolio/domains/", "figure"),
        ("/portfolio/domains/people/", "figure"),
        ("/portfolio/analysis/", "figure"),
        ("/portfolio/stage-times/", "figure"),
        ("/portfolio/agencies/", "figure"),
        ("/forecast/", "figure"),
        ("/method-changes/", "figure"),
    ],
)
@pytest.mark.parametrize("query", [{"known_on": BEFORE}, {"numbers": "latest"}])
def test_a_figure_of_these_pages_reproduces_after_more_was_approved(
    corrected: World, path: str, name: str, query: dict[str, Any]
):
    client = corrected.client("administrator")
    page = client.get(path, asked(corrected, at="2026-09-30", **query))
    identifier = page.context[name]
    assert identifier in page.content.decode()

    def looked_up() -> Any:
        reading = client.get(f"/figures/{quote(identifier)}/").context["reading"]
        return reading.value, reading.n, reading.rows, reading.path

    before = looked_up()
    assert before[3] == ("/" if path == "/portfolio/agencies/" else path)
    make_result(corrected.energy, "FY26 Q4", 4.5, levels="33333", approved_at=timezone.now())
    refresh_all()
    assert looked_up() == before
    answer = client.get(f"/api/v1/figures/{quote(identifier)}/").json()
    assert (answer["value"], answer["n"]) == before[:2]


def test_a_figure_of_item_levels_is_for_who_may_see_them(corrected: World):
    page = corrected.client("administrator").get("/portfolio/challenges/", asked(corrected, at="2026-09-30"))
    answer = corrected.client("viewer").get(f"/figures/{quote(page.context['practices_figure'])}/")
    assert answer.status_code == 404
    assert "fewer tell of single ones" in text_of(answer)


def test_an_agencys_forecast_is_the_one_that_would_have_been_made_then(corrected: World):
    fresh, measure = Freshness.objects.get(), Measure(make_version())

    def scores(day: date) -> tuple[int, ...]:
        known = as_known_on(day).as_known
        found = forecast_agency(corrected.grid, measure, fresh, month("2026-09"), 10, known)
        return found.score.values

    assert scores(BEFORE)[-1] == 1_500_000
    assert scores(AFTER)[-1] == 3_500_000
    latest = forecast_agency(corrected.grid, measure, fresh, month("2026-09"), 10)
    assert scores(timezone.localdate() + timedelta(days=1)) == latest.score.values


def test_no_more_queries_for_more_agencies(corrected: World, queries_of: Any):
    client = corrected.client("administrator")
    paths = ("transitions", "challenges", "quality", "domains/people")

    def ask(path: str) -> int:
        query = asked(corrected, at="2026-09-30", known_on=BEFORE, since="2026-06-30")
        client.get(f"/portfolio/{path}/", query)  # the trend is kept in the cache from now on
        return int(queries_of(lambda: client.get(f"/portfolio/{path}/", query)))

    def more(count: int) -> list[int]:
        for _ in range(count):
            agency = make_agency()
            corrected.program.memberships.create(agency=agency, from_on="2020-01-01")
            first = make_result(agency, "FY26 Q3", 1.5, levels="00000", approved_at=moment(date(2026, 7, 20)))
            make_result(agency, "FY26 Q3", 2.5, amends=first, levels="33000", approved_at=moment(AFTER))
        refresh_all()
        return [ask(path) for path in paths]

    assert more(1) == more(12)
