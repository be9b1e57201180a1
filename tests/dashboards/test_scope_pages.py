"""Open items, data quality, domains and analysis: numbers of the rows, within what the reader may see."""

import csv
import re
from io import StringIO
from typing import Any

import plotly.graph_objects as go
import pytest
from django.test import Client

from assessments.models import Result
from dashboards.analytics.stage_times import StageTime
from dashboards.analytics.survival import Spell, kaplan_meier
from dashboards.charts.bars import Bar, distribution, most_frequent
from dashboards.charts.scale import ScoreScale
from dashboards.charts.survival import stage_curve, stage_curves
from dashboards.models import Scope
from dashboards.queries.measures import Measure
from dashboards.queries.open_items import (
    item_counts,
    must_haves_missing_in_production,
    top_open_challenges,
)
from maturity.models import Domain, Item, ModelVersion, Stage
from portal.access.rules import Role
from portal.agencies.models import Agency
from portal.agencies.services import mark_stale
from portal.audit.models import AuditEntry
from tests.dashboards.factories import make_result, make_version, month, refresh_all
from tests.dashboards.test_publications import make_round, publish
from tests.factories import NOW, make_agency, make_program, make_user
from tests.world import World

ON = month("2026-09")
PAGES = (
    "agencies",
    "transitions",
    "stage-times",
    "domains",
    "domains/people",
    "challenges",
    "quality",
    "analysis",
)


@pytest.fixture
def version(db: None) -> ModelVersion:
    """Three practices of one domain, the last a must-have of stage 3, and two challenges of stage 1."""
    made = make_version()
    stages = [
        Stage.objects.create(version=made, number=number, slug=f"s{number}", name=f"Stage {number}")
        for number in range(1, 6)
    ]
    domain = Domain.objects.create(version=made, number=1, slug="people", name="People")
    for position, (slug, kind, stage, must_have) in enumerate(
        (
            ("train", "practice", 1, False),
            ("skills", "challenge", 1, False),
            ("fear", "challenge", 1, False),
            ("pilot", "practice", 2, False),
            ("vault", "practice", 3, True),
        )
    ):
        Item.objects.create(
            version=made,
            position=position,
            slug=slug,
            kind=kind,
            stage=stages[stage - 1],
            domain=domain if kind == "practice" else None,
            title=slug.title(),
            must_have=must_have,
        )
    return made


@pytest.fixture
def answered(world: World, version: ModelVersion) -> World:
    """grid and mines in production, energy not; trails is of another department."""
    for agency, score, levels, percent in (
        (world.grid, 2.5, "30310", 600_000),
        (world.mines, 2.1, "33x33", 950_000),
        (world.energy, 1.1, "31y0-", 150_000),
        (world.trails, 2.5, "30000", 0),
    ):
        people = {"people": {"percent": percent, "stages_completed": 1}}
        make_result(agency, "FY26 Q3", score - 0.5, levels="0" * 5, domains=people, evidenced=300_000)
        make_result(agency, "FY26 Q4", score, levels=levels, domains=people, answered=900_000)
    refresh_all()
    return world


def many(world: World, count: int, levels: str) -> None:
    """So many more agencies in the program, all with these levels."""
    for number in range(count):
        agency = make_agency(f"Office {number}")
        world.program.memberships.create(agency=agency, from_on="2020-01-01")
        make_result(agency, "FY26 Q4", 2.5, levels=levels)
    refresh_all()


def of_program(world: World) -> tuple[Scope, Measure]:
    return Scope.objects.select_related("program").get(program=world.program), Measure(make_version())


def page(client: Client, name: str, status: int = 200, **query: Any) -> Any:
    response = client.get(f"/portfolio/{name}/", query)
    assert response.status_code == status
    return response


def text_of(response: Any) -> str:
    html = response.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL))


# --- open items ------------------------------------------------------------------------------------


def test_open_is_not_started_planned_or_partial_and_nothing_else(answered: World):
    scope, measure = of_program(answered)
    counts = item_counts(scope, measure, ON)
    assert counts.with_value == 3
    found = {count.item.slug: dict(count.levels) for count in counts.items}
    assert found["skills"] == {"not_started": 1, "in_place": 1, "planned": 1}
    assert found["fear"] == {"in_place": 1, "not_applicable": 1, "not_yet": 1}
    assert found["vault"] == {"not_started": 1, "in_place": 1, "unanswered": 1}
    assert [(count.item.slug, count.open) for count in top_open_challenges(scope, measure, ON)] == [
        ("skills", 2)
    ]


def test_must_haves_are_missed_where_the_third_stage_is_worked_on(answered: World):
    scope, measure = of_program(answered)
    found = must_haves_missing_in_production(scope, measure, ON)
    assert (found.stage, found.in_production, found.affected) == (3, 2, 1)
    assert [(count.item.slug, count.open) for count in found.items] == [("vault", 1)]


def test_counts_of_items_do_not_grow_in_queries(answered: World, queries_of):
    scope, measure = of_program(answered)
    item_counts(scope, measure, ON)
    before = queries_of(lambda: item_counts(scope, measure, ON))
    many(answered, 5, "00000")
    assert queries_of(lambda: item_counts(scope, measure, ON)) == before <= 3


def test_who_may_see_details_is_led_to_the_agencies(answered: World):
    client = answered.client("officer")
    response = page(client, "challenges")
    (row,) = response.context["challenge_rows"]
    assert [str(cell) for cell in row[:4]] == ["Skills", "1", "2", "1"]
    listed = client.get(row[2].url)
    assert [one.name for one in listed.context["rows"]] == ["Department of Energy Affairs", "Grid Office"]
    assert "Skills: open" in text_of(listed)


def test_who_may_not_sees_no_counts_of_few_agencies(answered: World):
    response = page(answered.client("viewer"), "challenges")
    assert "challenge_rows" not in response.context
    assert "Counts are shown from 5 agencies with a value on" in text_of(response)
    assert "Skills" not in text_of(response)


def test_who_may_not_sees_counts_of_many_but_none_that_tells_of_single_ones(answered: World):
    many(answered, 9, "30000")
    response = page(answered.client("viewer"), "challenges")
    rows = {str(row[0]): row for row in response.context["challenge_rows"]}
    # 11 of 12 have skills open, 9 have fear open: too near all, and too few left over.
    assert rows["Skills"][2] == "over 7"
    assert rows["Fear"][2] == "over 7"
    assert len(rows["Fear"]) == 3
    assert "item=" not in response.content.decode()
    assert response.context["challenges_chart"].rows == ()
    many(answered, 5, "3330x")
    rows = {
        str(row[0]): row for row in page(answered.client("viewer"), "challenges").context["challenge_rows"]
    }
    assert rows["Skills"][2] == 11


def test_in_a_subtree_counts_are_for_those_who_see_every_detail(answered: World):
    many(answered, 9, "30000")
    below = {"scope": f"agency:{answered.energy.slug}"}
    assert not page(answered.client("viewer"), "challenges", **below).context["detail"].shown
    assert page(answered.client("officer"), "challenges", **below).context["detail"].exact


def test_the_list_by_item_is_refused_to_who_may_see_no_item_levels(answered: World):
    page(answered.client("viewer"), "agencies", 403, item="skills", level="open")
    page(answered.client("officer"), "agencies", 404, item="nowhere")


def test_a_reviewer_of_one_agency_finds_only_it_behind_an_item(answered: World):
    answered.viewer.memberships.create(role=Role.REVIEWER, agency=answered.grid, from_on="2020-01-01")
    found = page(answered.client("viewer"), "agencies", item="skills", level="open")
    assert [row.name for row in found.context["rows"]] == ["Grid Office"]


def test_the_file_of_items_holds_no_more_than_the_page(answered: World):
    rows = exported(answered.client("viewer"), "open-items")
    assert "Skills" not in str(rows)
    many(answered, 9, "30000")
    assert ["Fear", "1", "over 7"] in exported(answered.client("viewer"), "open-items")


def test_open_items_over_the_api(answered: World):
    query = {"scope": f"program:{answered.program.slug}", "on": str(ON)}
    found = answered.client("officer").get("/api/v1/open-items/", query).json()
    assert (found["agencies"], [item["item"] for item in found["items"]]) == (3, ["skills"])
    assert found["items"][0]["levels"]["planned"] == 1
    many(answered, 9, "30000")
    seen = answered.client("viewer").get("/api/v1/open-items/", query).json()
    assert {item["item"]: (item["open"], item["levels"]) for item in seen["items"]} == {
        "skills": (None, None),
        "fear": (None, None),
    }


def test_transitions_over_the_api(answered: World):
    query = {"scope": f"program:{answered.program.slug}", "from": "2026-06-30", "to": str(ON)}
    found = answered.client("viewer").get("/api/v1/transitions/", query).json()
    assert (found["with_value_at_both"], found["risen"], found["fallen"]) == (3, 2, 0)
    assert sum(flow["agencies"] for flow in found["flows"]) == found["agencies"] == 3
    wrong = answered.client("viewer").get("/api/v1/transitions/", query | {"from": str(ON)})
    assert wrong.status_code == 400
    late = answered.client("viewer").get("/api/v1/transitions/", query | {"to": "2030-12-31"})
    assert late.status_code == 400


# --- data quality -----------------------------------------------------------------------------------


def test_quality_counts_who_is_silent_and_who_never_reported(answered: World):
    lapsed, never = make_agency("Lapsed"), make_agency("Never")
    for agency in (lapsed, never):
        answered.program.memberships.create(agency=agency, from_on="2020-01-01")
    make_result(lapsed, "FY25 Q1", 1.5)
    mark_stale(agencies=[never], reason="joined", at=NOW)
    make_result(answered.grid, "FY27 Q1", 3.0)  # later than the page is about
    refresh_all()
    response = page(answered.client("viewer"), "quality", at=str(ON))
    known = response.context["quality"]
    assert (known.agencies, known.reported, known.lapsed, known.never) == (5, 3, 1, 1)
    assert list(known.answered.values()) == [0, 0, 3, 0]
    assert list(known.evidenced.values()) == [3, 0, 0, 0]
    assert list(known.ages.values()) == [3, 0, 0, 0]
    rows = {row.name: row for row in response.context["rows"]}
    assert (rows["Lapsed"].period_label, rows["Lapsed"].silent) == ("FY25 Q1", 21)
    assert rows["Never"].never
    assert "silent for 21 months" in text_of(response)
    assert known.unconfirmed == 0
    Result.objects.filter(agency=answered.grid).update(unconfirmed_items=2, unconfirmed=250_000)
    response = page(answered.client("viewer"), "quality", at=str(ON))
    assert response.context["quality"].unconfirmed == 1
    assert [row.name for row in response.context["rows"] if row.unconfirmed] == ["Grid Office"]
    only = page(answered.client("viewer"), "quality", at=str(ON), state="never")
    assert [row.name for row in only.context["rows"]] == ["Never"]


@pytest.mark.parametrize(
    ("sort", "first"),
    [("answered", "Grid Office"), ("-evidence", "Mines Office"), ("-agency", "Mines Office")],
)
def test_quality_is_sorted_as_asked(answered: World, sort: str, first: str):
    Result.objects.filter(agency=answered.grid).update(answered=500_000)
    Result.objects.filter(agency=answered.mines).update(evidenced=800_000)
    response = page(answered.client("viewer"), "quality", sort=sort)
    assert response.context["rows"][0].name == first


# --- domains and analysis ---------------------------------------------------------------------------


def test_a_domain_leads_from_its_bands_to_the_agencies(answered: World):
    client = answered.client("viewer")
    response = page(client, "domains/people")
    bars = response.context["bands_chart"]
    assert [str(row[1]) for row in bars.rows] == ["1", "0", "0", "1", "1"]
    listed = client.get(bars.rows[0][1].url.partition("#")[0])
    assert [row.name for row in listed.context["rows"]] == ["Department of Energy Affairs"]
    assert response.context["practice_rows"] is None
    assert page(answered.client("officer"), "domains/people").context["practice_rows"]
    page(client, "domains/nowhere", 404)


def test_a_domain_is_sorted_by_its_percent(answered: World):
    response = page(answered.client("viewer"), "domains/people", sort="-domain")
    assert [row.percent for row in response.context["rows"]] == [950_000, 600_000, 150_000]


def test_the_domains_are_those_of_the_trend(answered: World):
    (line,) = page(answered.client("viewer"), "domains").context["lines"]
    assert (line.name, line.now.n, line.now.spread.median, line.change) == ("People", 3, 600_000, 0)


def test_means_are_on_the_analysts_page_with_their_deviation(answered: World):
    response = page(answered.client("viewer"), "analysis")
    row = dict(zip(response.context["chart"].columns, response.context["chart"].rows[-1], strict=True))
    assert (row["Mean"], row["Standard deviation"], row["Median"]) == ("1.90", "0.59", "2.10")
    assert [str(cell) for cell in response.context["rows"][0][:3]] == ["People", "3", "57%"]


# --- all pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_every_page_names_nobody_outside_marks_its_tab_and_keeps_the_policy(answered: World, name: str):
    response = page(answered.client("viewer"), name)
    html = response.content.decode()
    assert "Trails" not in html
    assert html.count('aria-current="page">') == 1
    assert " style=" not in html
    assert html.count("<caption") == html.count("<table")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_asks_more_of_the_database_for_more_agencies(answered: World, name: str, queries_of):
    client = answered.client("officer")
    page(client, name)
    before = queries_of(lambda: page(client, name, at=str(ON)))
    many(answered, 12, "30000")
    # The cache of the stage times is filled anew.
    page(client, name)
    assert queries_of(lambda: page(client, name, at=str(ON))) <= before


@pytest.mark.parametrize("name", PAGES)
def test_where_nothing_is_counted_every_page_says_so(world: World, name: str):
    assert "No results yet" in text_of(page(world.client("administrator"), name))


def exported(client: Client, table: str, **query: Any) -> list[list[str]]:
    response = client.get(f"/portfolio/tables/{table}.csv", query)
    assert response.status_code == 200
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("agencies", ["Grid Office", None, "Reported", "2", "2.5", "0.5", "FY26 Q4", "0"]),
        ("transitions", ["1 stage", "0", "0", "1", "0", "0", "0", "1"]),
        ("quality", ["Grid Office", None, "Reported", "FY26 Q4", "0", "", "90.0", "0.0", "no", "0.0"]),
        ("domains", ["People", "3", "37.5", "60.0", "77.5", "1", "0", "0", "1", "1"]),
    ],
)
def test_every_table_is_a_file_that_says_what_it_is(answered: World, table: str, row: list[str | None]):
    rows = exported(answered.client("viewer"), table)
    assert any(
        len(found) == len(row) and all(want in {None, cell} for want, cell in zip(row, found, strict=True))
        for found in rows
    ), rows
    assert rows[0][0].endswith("Containers First, FY26 Q4 (provisional)")
    assert AuditEntry.objects.filter(action=f"{table}.exported").count() == 1


def test_names_that_a_spreadsheet_would_run_are_defused(answered: World):
    Agency.objects.filter(pk=answered.grid.pk).update(name="=1+1")
    assert "'=1+1" in str(exported(answered.client("viewer"), "agencies"))


def test_a_table_that_is_not_there_is_not_found(answered: World):
    assert answered.client("viewer").get("/portfolio/tables/nonsense.csv").status_code == 404


def test_the_parts_of_the_portfolio_chart_lead_to_their_agencies(answered: World):
    client = answered.client("viewer")
    chart = client.get("/").context["stages_chart"]
    cell = chart.rows[-1][3]  # two stages completed
    assert str(cell) == "2"
    assert [row.name for row in client.get(cell.url).context["rows"]] == ["Grid Office", "Mines Office"]
    bar = next(trace for trace in chart.figure["data"] if trace["name"] == "2 stages")
    reported = client.get(bar["customdata"][-1]).context["rows"]
    assert len(reported) == bar["y"][-1] == 2


SCALE = ScoreScale(3, names=("One", "Two", "Three"))
TIMES = [
    StageTime(1, kaplan_meier([Spell(3, True), Spell(6, True), Spell(9, False)]), 1, 0, 0),
    StageTime(2, kaplan_meier([Spell(3, True), Spell(9, False), Spell(9, False)]), 2, 0, 4),
    StageTime(3, kaplan_meier([]), 0, 0, 1),
]


@pytest.mark.parametrize(
    "chart",
    [
        stage_curves(TIMES, SCALE),
        stage_curve(TIMES[0], SCALE),
        stage_curve(TIMES[1], SCALE),
        distribution("d", "D", "Of some.", [Bar("a", 1, "/x"), Bar("b", 0)], head="Part"),
        most_frequent("m", "M", "Of some.", [Bar("a", 1)]),
    ],
    ids=lambda chart: chart.slug,
)
def test_plotly_takes_the_figures(chart):
    go.Figure(chart.figure)
    assert {len(row) for row in chart.rows} == {len(chart.columns)}
    assert chart.summary.endswith(".")


def test_a_median_that_is_not_reached_is_said_in_words():
    assert "The median is not reached" in stage_curve(TIMES[1], SCALE).summary
    assert "Left out: 4 that were already in it when first seen." in stage_curve(TIMES[1], SCALE).summary
    assert (
        "Half of the agencies completed it within 6 months (2 quarters)"
        in stage_curve(TIMES[0], SCALE).summary
    )


def test_an_officer_of_another_program_finds_none_of_the_pages(answered: World):
    other = make_user("other", Role.OFFICER, program=make_program("Another"))
    client = Client()
    client.force_login(other)
    for name in PAGES:
        page(client, name, 404, scope=f"program:{answered.program.slug}")


def test_what_is_published_stays_as_it_was_on_every_page(answered: World):
    publish(make_round(answered.program, "FY26 Q3"), answered)
    publish(make_round(answered.program), answered)
    client = answered.client("viewer")
    pages = {name: text_of(page(client, name)) for name in PAGES if name != "stage-times"}
    shown = page(client, "transitions").context["found"].flows
    items = page(answered.client("officer"), "challenges").context["challenge_rows"]
    wrong = Result.objects.get(agency=answered.grid, period_label="FY26 Q4")
    make_result(answered.grid, "FY26 Q4", 4.5, amends=wrong, levels="11111", answered=100_000)
    refresh_all()
    assert page(client, "transitions").context["found"].flows == shown
    assert page(answered.client("officer"), "challenges").context["challenge_rows"] == items
    for name in ("agencies", "quality", "domains", "domains/people", "analysis"):
        before, after = (
            re.sub(r"Computed .*? from", "", text) for text in (pages[name], text_of(page(client, name)))
        )
        assert "Published" in after
        assert after.partition("approval up to")[0] == before.partition("approval up to")[0]
        assert after.rpartition("Analysis")[2] == before.rpartition("Analysis")[2]
    latest = page(client, "transitions", numbers="latest").context["found"].flows
    assert latest != shown
