"""The pages of forecasts: from the trend of a scope, from the standings of an agency."""

import pytest
from django.test import Client

from assessments.models import Cycle
from dashboards.charts.forecast import AGENCIES, score_unit
from dashboards.models import Freshness, Scope
from dashboards.queries.forecasts import forecast_agency, forecast_scope
from dashboards.queries.measures import Measure
from dashboards.services_publications import freeze_published
from portal.agencies.models import Agency
from portal.agencies.periods import following, parse_label
from tests.dashboards.factories import make_result, make_version, refresh_all
from tests.dashboards.test_pages_portfolio import text_of
from tests.factories import NOW, make_agency
from tests.world import World

FIRST, LAST = parse_label("FY24 Q1"), parse_label("FY26 Q4")


def report(agency: Agency, scores: list[float]) -> None:
    """One result each quarter, up to FY26 Q4."""
    for back, score in enumerate(reversed(scores)):
        make_result(agency, following(LAST, -back), score)


@pytest.fixture
def rising(world: World) -> World:
    """grid gains 0.2 a quarter for three years, mines stays where it is."""
    report(world.grid, [0.5 + 0.2 * n for n in range(12)])
    report(world.mines, [1.5] * 12)
    refresh_all()
    return world


def measured(world: World, agency: Agency):
    fresh = Freshness.objects.get()
    return forecast_agency(agency, Measure(make_version()), fresh, LAST.ends_on, 10)


def test_a_rising_agency_is_forecast_with_its_proof(rising: World):
    found = measured(rising, rising.grid).score
    assert found.last.ahead == 4
    assert found.last.value == 3_500_000
    assert found.later == ("FY27 Q1", "FY27 Q2", "FY27 Q3", "FY27 Q4")
    assert "saying “no change” by 0.80 stages" in found.proof
    text = text_of(page(rising.client("viewer"), f"/agencies/{rising.grid.slug}/forecast/"))
    assert "Forecast for FY27 Q4: 3.50, in 8 of 10 cases between" in text


def test_an_agency_that_stays_is_not_forecast_and_the_page_says_why(rising: World):
    assert measured(rising, rising.mines).score.last is None
    text = text_of(page(rising.client("viewer"), f"/agencies/{rising.mines.slug}/forecast/"))
    assert "No forecast is shown, because it would do no better than saying “no change”" in text
    assert "Holds 8 of 10" not in text


def test_after_a_gap_the_past_begins_anew(world: World):
    for period in ("FY23 Q1", "FY26 Q3", "FY26 Q4"):
        make_result(world.grid, period, 1.0)
    refresh_all()
    found = measured(world, world.grid).score
    assert found.labels == ("FY26 Q3", "FY26 Q4")
    assert "it takes 4 tries on past data, and there are none." in found.proof


def test_a_carried_value_is_not_said_to_be_enough(world: World):
    for back in (0, 2, 3, 4, 5, 6, 7):
        make_result(world.grid, following(LAST, -back), 1.0)
    refresh_all()
    found = measured(world, world.grid).score
    assert len(found.values) == 8
    assert "it takes 4 tries on past data, and there are 3." in found.proof


def test_an_agency_that_no_longer_reports_has_no_forecast(world: World):
    report(world.mines, [1.0] * 12)
    make_result(world.grid, "FY24 Q1", 1.0)
    refresh_all()
    assert measured(world, world.grid).score.values == ()
    assert "this agency has none at this time" in page(
        world.client("viewer"), f"/agencies/{world.grid.slug}/forecast/"
    )


def test_carried_values_are_no_test(world: World):
    for back in range(0, 24, 2):
        make_result(world.grid, following(LAST, -back), 4.0 - back / 10)
    refresh_all()
    tried = measured(world, world.grid).score.forecast.tried
    assert tried[0].tries == 10  # of 23 quarters the first four are only looked at; every other is carried
    assert tried[0].off_no_change == 200_000


def test_a_scope_is_forecast_from_its_trend(rising: World):
    scope = Scope.objects.get(program=rising.program)
    found = forecast_scope(scope, Measure(make_version()), Freshness.objects.get(), LAST.ends_on, 10)
    assert (found.median.unit, found.stages[0].unit) == (score_unit("stages"), AGENCIES)
    assert found.median.values[-1] == 2_100_000  # between 1.50 and 2.70
    assert [course.values[-1] for course in found.stages] == [2, 1, 0, 0, 0]
    assert all(course.forecast.points == () for course in found.stages[3:])
    html = page(rising.client("viewer"), "/forecast/")
    assert "Forecast for FY27 Q4" in text_of(html)
    assert "stage 3" not in text_of(html).partition("How far")[0] or "Stage 3 or more" in html


def test_the_forecast_looks_from_the_point_in_time_that_was_chosen(rising: World):
    html = text_of(page(rising.client("viewer"), "/forecast/", at="2025-09-30"))
    assert "in FY25 Q4." in html
    assert "FY27" not in html.partition("Median score, and its forecast")[2].partition("Data of")[0]


def test_a_forecast_asks_as_often_whatever_the_size(rising: World, queries_of):
    client = rising.client("viewer")
    page(client, "/forecast/")
    few = queries_of(lambda: page(client, "/forecast/"))
    for _ in range(8):
        agency = make_agency(parent=rising.energy)
        rising.program.memberships.create(agency=agency, from_on=FIRST.starts_on)
        make_result(agency, LAST, 2.0)
    refresh_all()
    assert queries_of(lambda: page(client, "/forecast/")) == few


def page(client: Client, path: str, **choices: str) -> str:
    response = client.get(path, choices)
    assert response.status_code == 200
    return response.content.decode()


def test_the_forecast_goes_on_from_what_was_published(rising: World):
    freeze(rising)
    make_result(rising.grid, LAST, 0.1, amends=rising.grid.results.get(period_ends_on=LAST.ends_on))
    refresh_all()
    client = rising.client("viewer")
    assert client.get("/forecast/").context["found"].median.now == "2.10"
    latest = client.get("/forecast/", {"numbers": "latest"})
    assert latest.context["found"].median.now == "0.80"


def freeze(world: World) -> None:
    """The last quarter is published as it is now."""
    Cycle.objects.create(
        program=world.program, version=make_version(), period_starts_on=LAST.starts_on,
        period_ends_on=LAST.ends_on, period_label="FY26 Q4", due_on=LAST.ends_on,
        state=Cycle.State.PUBLISHED, opened_at=NOW, published_at=NOW,
    )  # fmt: skip
    freeze_published(at=NOW)
