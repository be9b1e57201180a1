"""Pages that go by a whole past: what says Published stays as it is until something is published."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from dashboards.analytics.stage_times import Held, Sight, StageTime, sights_of
from dashboards.models import Scope
from dashboards.points import Point
from dashboards.queries.as_published import AsPublished, past_of
from dashboards.queries.known import LATEST, PUBLISHED, Knowledge
from dashboards.queries.measures import Measure
from dashboards.queries.portfolio import series_of
from dashboards.queries.stage_times import read_stage_times
from portal.agencies.models import Agency
from portal.agencies.periods import following, parse_label
from portal.agencies.services import mark_stale, move_agency
from tests.dashboards.factories import make_result, make_version, month, refresh_all
from tests.dashboards.test_forecast_pages import LAST, report
from tests.dashboards.test_pages_portfolio import text_of
from tests.dashboards.test_publications import LATER, correct, make_round, publish
from tests.factories import LONG_AGO, NOW, make_agency
from tests.world import World

EARLY = NOW - timedelta(days=30)  # everything here was approved before it is published
ON = month("2026-09")


@pytest.fixture
def published(world: World) -> World:
    """grid gains 0.2 a quarter for three years, mines stays; the last quarter alone was ever published."""
    report(world.grid, [0.5 + 0.2 * n for n in range(12)])
    report(world.mines, [1.5] * 12)
    refresh_all()
    publish(make_round(world.program), world, at=NOW + timedelta(hours=1))
    return world


def happen(world: World) -> None:
    """What comes after: a published and an unpublished quarter are amended, energy reports late, trails joins
    the program as if it had always been in it, mines moves out of the department."""
    after = LATER - timedelta(days=1)
    for period, score in ((LAST, 0.1), (following(LAST, -3), 0.3)):
        result = world.grid.results.get(period_ends_on=period.ends_on)
        make_result(world.grid, period, score, amends=result, approved_at=after)
    make_result(world.energy, following(LAST, -1), 3.0, approved_at=after)
    report_late(world.trails, after)
    world.program.memberships.create(agency=world.trails, from_on=LONG_AGO)
    mark_stale(agencies=[world.trails], reason="joined", at=NOW)
    refresh_all()
    move_agency(agency=Agency.objects.get(pk=world.mines.pk), parent=None, by=None, at=NOW)
    refresh_all(at=after)


def report_late(agency: Agency, at: Any) -> None:
    for back in range(6):
        make_result(agency, following(LAST, -back), 3.0 - back / 2, approved_at=at)


# --- an agency's forecast ---------------------------------------------------------------------------


def forecast(client: Client, agency: Agency, **asked: str) -> tuple[tuple[int, ...], str]:
    response = client.get(f"/agencies/{agency.slug}/forecast/", asked)
    assert response.status_code == 200
    return response.context["found"].score.values, text_of(response.content.decode())


def test_an_agencys_published_forecast_stays_until_it_is_corrected(published: World):
    client = published.client("viewer")
    before, text = forecast(client, published.grid)
    assert before == tuple(500_000 + 200_000 * n for n in range(12))
    assert "From FY26 Q4 on. Published" in text
    assert "PROVISIONAL" not in text
    happen(published)
    assert forecast(client, published.grid)[0] == before
    latest, text = forecast(client, published.grid, numbers="latest")
    assert (latest[-1], latest[-4]) == (100_000, 300_000)
    assert "PROVISIONAL 3 of 4 reported in Containers First" in text
    correct(parsed_round(published), published, at=LATER)
    corrected, text = forecast(client, published.grid)
    assert (corrected[-1], corrected[-4]) == (100_000, 300_000)
    assert "Published" in text


def parsed_round(world: World) -> Any:
    return world.program.cycles.get()


def test_an_agency_that_nobody_published_is_provisional(published: World):
    make_result(published.trails, LAST, 1.0)
    refresh_all()
    _, text = forecast(published.client("outsider"), published.trails)
    assert "PROVISIONAL" in text
    assert "From FY26 Q4 on. Published" not in text


def test_how_many_reported_is_told_to_who_may_see_the_trend(published: World):
    text = forecast(published.client("lead"), published.grid, numbers="latest")[1]
    assert "PROVISIONAL" in text
    assert "reported in" not in text
    text = forecast(published.client("lead"), published.grid, known_on="2026-11-21")[1]
    assert "As known on Nov. 21, 2026" in text


def test_what_was_published_as_not_reporting_stays_so(published: World):
    make_result(published.energy, LAST, 3.0, approved_at=LATER)
    refresh_all()
    url = f"/agencies/{published.energy.slug}/forecast/"
    client = published.client("viewer")
    assert "found" not in client.get(url).context
    assert client.get(url, {"numbers": "latest"}).context["found"].score.values == (3_000_000,)


def test_the_forecast_of_a_scope_stays_too(published: World):
    client = published.client("viewer")
    asked = {"scope": f"program:{published.program.slug}"}
    before = client.get("/forecast/", asked).context["found"].median.values
    make_result(
        published.grid, following(LAST, -3), 0.1, approved_at=LATER,
        amends=published.grid.results.get(period_ends_on=following(LAST, -3).ends_on),
    )  # fmt: skip
    refresh_all()
    assert client.get("/forecast/", asked).context["found"].median.values == before
    latest = client.get("/forecast/", asked | {"numbers": "latest"}).context["found"].median.values
    assert latest[-4] != before[-4]


# --- stage times ------------------------------------------------------------------------------------


def times(scope: Scope, knowledge: Knowledge = PUBLISHED) -> tuple[StageTime, ...]:
    measure = Measure(make_version())
    point = Point(ON, parse_label("FY26 Q4"), "FY26 Q4")
    row = series_of(scope, measure, [point], knowledge).row
    read = past_of(scope, measure, ON, row, knowledge)
    assert isinstance(read, AsPublished) == (knowledge == PUBLISHED)
    return read_stage_times(scope, measure, ON, read)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_just_published_is_what_is_known(world: World, seed: int):
    chance = random.Random(seed)
    for number in range(5):
        agency = make_agency(f"Office {number}", world.energy)
        world.program.memberships.create(agency=agency, from_on=LONG_AGO)
        score = 0.0
        for back in reversed(range(12)):
            if chance.random() < 0.6:
                score = max(0.0, score + chance.choice([-0.4, 0.3, 0.8, 1.2]))
                make_result(agency, following(LAST, -back), min(score, 5.0), approved_at=EARLY)
    refresh_all()
    publish(make_round(world.program, "FY26 Q1"), world)
    publish(make_round(world.program, "FY26 Q2"), world)
    publish(make_round(world.program, "FY26 Q4"), world)  # the third quarter was never published
    for scope in (Scope.objects.get(program=world.program), Scope.objects.get(kind="everything")):
        assert times(scope) == times(scope, LATEST)
    assert sum(one.curve.completed for one in times(scope)) > 3


def test_published_stage_times_stay_until_they_are_corrected(published: World):
    scopes = [Scope.objects.get(program=published.program), Scope.objects.get(agency=published.energy)]
    before = [times(scope) for scope in scopes]
    happen(published)
    for scope, was in zip(scopes, before, strict=True):
        assert times(scope) == was
        assert times(scope, LATEST) != was
    correct(parsed_round(published), published, at=LATER)
    assert [times(scope) for scope in scopes] != before


def test_the_page_says_published_and_is_kept_apart_from_the_latest(published: World):
    cache.clear()
    client, url = published.client("viewer"), "/portfolio/stage-times/"
    asked = {"scope": f"program:{published.program.slug}"}

    def lines(**more: str) -> Any:
        response = client.get(url, asked | more)
        return response.context["lines"], text_of(response.content.decode())

    first, text = lines()
    assert "Published" in text
    assert "PROVISIONAL" not in text
    happen(published)
    latest, text = lines(numbers="latest")
    assert latest != first
    assert "PROVISIONAL" in text
    assert lines()[0] == first


# --- pure -------------------------------------------------------------------------------------------


def seen(kept: list[Held], rest: list[Held], until: int = 120) -> list[tuple[Any, ...]]:
    found = sights_of(1, kept, rest, until)
    return [(one.month, one.stages, one.seen, one.begins, one.ends) for one in found]


def test_what_is_kept_covers_what_is_known():
    kept = [Held(106, 109, 2, 7, 106), Held(112, 115, 1, 8, None)]
    rest = [Held(100, 118, 0, 5, 100)]
    assert seen(kept, rest) == [
        (100, 0, 100, True, False),
        (106, 2, 106, False, False),
        (109, 0, 106, False, False),
        (112, 1, 106, False, False),
        (115, 0, 106, False, True),
    ]


def test_silence_that_was_published_is_silence():
    kept = [Held(103, 106, None, None, None)]
    rest = [Held(100, 121, 1, 5, 100)]
    assert seen(kept, rest) == [(100, 1, 100, True, True), (106, 1, 100, True, False)]


def test_a_report_in_several_parts_came_in_the_first():
    kept = [Held(106, 109, 1, 5, 106), Held(109, 112, 1, 5, 109)]
    assert [one[2] for one in seen(kept, [Held(103, 109, 1, 5, 103)])] == [103, 103, 103]


def test_nothing_after_the_last_month_is_looked_at():
    sights = list(sights_of(1, [Held(118, 124, 1, 5, 118)], [Held(124, 130, 2, 6, 124)], 120))
    assert sights == [Sight(1, 118, 1, 118, begins=True, ends=False)]
