"""The portfolio: numbers equal to the rows, each reader within what they may see, and the export."""

import csv
import re
from io import StringIO

import pytest
from django.test import Client

from assessments.models import Cycle
from dashboards.models import Scope
from dashboards.services_publications import freeze_published
from maturity.models import Domain, Stage
from portal.agencies.models import Agency
from portal.agencies.services import mark_stale
from portal.audit.models import AuditEntry
from portal.exports import csv_text, defused
from tests.assessments.conftest import start_case
from tests.dashboards.factories import make_result, make_version, refresh_all
from tests.factories import NOW, make_agency, make_user
from tests.maturity.factories import make_small_model
from tests.world import World


@pytest.fixture
def two_quarters(world: World) -> World:
    """grid rises from 1.2 to 2.5, mines stays, energy reported once and is carried, trails is elsewhere."""
    version = make_version()
    Stage.objects.create(version=version, number=2, slug="second", name="Second Effort")
    Domain.objects.create(version=version, number=1, slug="people", name="People")
    for agency, before, now in ((world.grid, 1.2, 2.5), (world.mines, 1.5, 1.5), (world.trails, 4.0, 4.9)):
        make_result(agency, "FY26 Q3", before)
        make_result(agency, "FY26 Q4", now)
    make_result(world.energy, "FY26 Q3", 2.2)
    refresh_all()
    return world


def of_program(world: World, **choices: str) -> dict[str, str]:
    return {"scope": f"program:{world.program.slug}"} | choices


def text_of(html: str) -> str:
    """What is read, without tags, with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL))


def page(client: Client, **choices: str) -> str:
    response = client.get("/", choices)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.django_db
def test_a_stranger_is_sent_to_the_log_in(client: Client):
    response = client.get("/", follow=True)
    assert response.redirect_chain[0][1] == 302
    assert response.status_code == 200
    assert response.request["PATH_INFO"].endswith("/login/")


def test_only_get_is_answered(two_quarters: World):
    client = two_quarters.client("viewer")
    assert client.post("/").status_code == 405
    assert client.post("/portfolio.csv").status_code == 405


def test_the_numbers_are_those_of_the_rows(two_quarters: World):
    context = two_quarters.client("viewer").get("/").context
    known = context["known"]
    assert (known.agencies, known.reported, known.carried) == (3, 2, 1)
    assert known.spread.median == 2_200_000
    second = context["headline"]["steps"][1]
    assert (second.completed, second.of, second.difference) == (2, 3, 1)
    assert second.change == "up 1 among the 3 with a score both times"


def test_the_headline_says_over_whom_it_speaks(two_quarters: World):
    text = text_of(page(two_quarters.client("viewer")))
    assert "0 of 3 agencies have completed stage 3" in text
    assert "2.20 of 5 is the median score" in text
    assert "2 of 3 agencies reported for FY26 Q4 1 carried forward from an earlier assessment" in text
    assert "Of the 3 with a score both times, 1 rose, 0 fell and 2 stayed." in text


def test_change_is_taken_over_agencies_with_a_value_both_times(two_quarters: World):
    newcomer = make_agency("Newcomer", two_quarters.energy)
    two_quarters.program.memberships.create(agency=newcomer, from_on=NOW.date().replace(year=2020))
    make_result(newcomer, "FY26 Q4", 4.5)
    refresh_all()
    headline = two_quarters.client("viewer").get("/").context["headline"]
    fourth = headline["steps"][3]
    assert (fourth.completed, fourth.difference) == (1, 0)
    assert "among the 3" in fourth.change


def test_a_viewer_begins_with_their_program_and_learns_nothing_outside_it(two_quarters: World):
    html = page(two_quarters.client("viewer"))
    assert "<h1><bdi>Containers First</bdi></h1>" in html
    for hidden in ("Parks", "Trails", two_quarters.trails.slug, "4.90", "everything"):
        assert hidden not in html


def test_who_left_the_program_is_counted_in_its_past_but_named_no_more(two_quarters: World):
    gone = two_quarters.program.memberships.filter(agency=two_quarters.mines)
    gone.update(until_on="2026-09-30")
    mark_stale(agencies=[two_quarters.mines], reason="left", at=NOW)
    refresh_all()
    response = two_quarters.client("viewer").get("/", {"at": "2026-09-30"})
    assert response.context["known"].agencies == 3
    assert "Mines Office" not in response.content.decode()
    assert "Mines Office" not in str(exported(two_quarters.client("viewer"), at="2026-09-30"))


def test_the_administrator_begins_with_everything(two_quarters: World):
    html = page(two_quarters.client("administrator"))
    assert "<h1><bdi>All agencies</bdi></h1>" in html
    assert "Trails Office" in html


@pytest.mark.parametrize("persona", ["lead", "contributor", "outsider"])
def test_whoever_sees_a_single_agency_is_led_to_it_and_sees_no_trend(two_quarters: World, persona: str):
    html = page(two_quarters.client(persona))
    own, other = (two_quarters.trails, two_quarters.grid)
    if persona != "outsider":
        own, other = other, own
    assert own.name in html
    assert other.name not in html
    assert "Trends of many agencies are for those who may see every one of them." in html


@pytest.mark.parametrize(
    "scope", ["program:nowhere", "agency:nowhere", "program:", "nonsense", "everything:x"]
)
def test_a_scope_that_is_not_there_is_not_found(two_quarters: World, scope: str):
    for address in ("/", "/portfolio.csv"):
        assert two_quarters.client("administrator").get(address, {"scope": scope}).status_code == 404


def test_a_subtree_counts_the_agency_and_all_below_it(two_quarters: World):
    scope = f"agency:{two_quarters.energy.slug}"
    html = page(two_quarters.client("administrator"), scope=scope)
    assert "<h1><bdi>Department of Energy Affairs</bdi></h1>" in html
    assert "Trails Office" not in html


def test_numbers_are_provisional_until_the_round_is_published(two_quarters: World):
    client = two_quarters.client("viewer")
    assert "PROVISIONAL 2 of 3 reported" in text_of(page(client))
    cycle = Cycle.objects.create(
        program=two_quarters.program,
        version=make_version(),
        period_starts_on="2026-07-01",
        period_ends_on="2026-09-30",
        period_label="FY26 Q4",
        due_on="2026-10-30",
        opened_at=NOW,
    )
    assert "PROVISIONAL" in text_of(page(client))
    Cycle.objects.filter(pk=cycle.pk).update(state=Cycle.State.PUBLISHED, published_at=NOW)
    freeze_published(at=NOW)
    text = text_of(page(client))
    assert "FY26 Q4 Published" in text
    assert "PROVISIONAL" not in text


def test_every_chart_has_a_name_a_sentence_and_its_data_as_a_table(two_quarters: World):
    response = two_quarters.client("viewer").get("/")
    html = response.content.decode()
    assert len(re.findall(r'role="img"\s+aria-label="[^"]{20,}"', html)) == 2
    chart = response.context["stages_chart"]
    for cell in chart.rows[-1]:
        assert f">{cell}</" in html
    assert html.count("<caption") == html.count("<table")
    assert not re.findall(r"<th(?! scope)[ >](?!ead)", html.replace("<thead", ""))
    assert " style=" not in html


def test_the_heat_map_holds_the_percents_as_text(two_quarters: World):
    html = page(two_quarters.client("viewer"))
    assert '<td class="dash-heat__cell dash-heat__cell--4">40</td>' in html


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("agency", ["Department of Energy Affairs", "Grid Office", "Mines Office"]),
        ("-agency", ["Mines Office", "Grid Office", "Department of Energy Affairs"]),
        ("score", ["Mines Office", "Department of Energy Affairs", "Grid Office"]),
        ("-change", ["Grid Office", "Department of Energy Affairs", "Mines Office"]),
        ("-age", ["Department of Energy Affairs", "Grid Office", "Mines Office"]),
    ],
)
def test_the_table_is_sorted_as_asked_and_says_so(two_quarters: World, sort: str, names: list[str]):
    response = two_quarters.client("viewer").get("/", {"sort": sort})
    assert [row.name for row in response.context["rows"]] == names
    direction = "descending" if sort.startswith("-") else "ascending"
    assert response.content.decode().count(f'aria-sort="{direction}"') == 1


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ({"stages": "2"}, ["Department of Energy Affairs", "Grid Office"]),
        ({"stages": "3"}, []),
        ({"state": "carried"}, ["Department of Energy Affairs"]),
        ({"state": "reported", "stages": "2"}, ["Grid Office"]),
        (
            {"state": "lost", "stages": "many"},
            ["Department of Energy Affairs", "Grid Office", "Mines Office"],
        ),
    ],
)
def test_a_number_leads_to_the_agencies_behind_it(
    two_quarters: World, choice: dict[str, str], names: list[str]
):
    context = two_quarters.client("viewer").get("/", choice).context
    assert [row.name for row in context["rows"]] == names
    assert context["known"].agencies == 3, "only the table is narrowed"
    assert [count for _, _, count in context["states"]] == [2, 1, 0, 0]


def test_each_step_of_the_ladder_is_a_link_where_there_is_anybody(two_quarters: World):
    html = page(two_quarters.client("viewer"))
    assert 'href="?stages=2#agencies-title"' in html
    assert 'href="?stages=3#agencies-title"' not in html


def test_a_row_says_state_age_and_change(two_quarters: World):
    rows = {row.name: row for row in two_quarters.client("viewer").get("/").context["rows"]}
    grid, energy = rows["Grid Office"], rows["Department of Energy Affairs"]
    assert (grid.state, grid.score, grid.change, grid.age, grid.working_on) == (
        "reported",
        2_500_000,
        1_300_000,
        0,
        3,
    )
    assert (energy.state, energy.change, energy.age) == ("carried", 0, 3)


@pytest.mark.parametrize(
    ("choice", "named"),
    [({"period": "week"}, "week"), ({"sort": "rank"}, "rank"), ({"model": "no-such"}, "no-such")],
)
def test_a_choice_that_is_not_there_falls_back_to_the_usual(
    two_quarters: World, choice: dict[str, str], named: str
):
    response = two_quarters.client("viewer").get("/", choice)
    assert response.status_code == 200
    assert response.context["rows"][0].name == "Department of Energy Affairs"
    assert f"{named} is not one of the available choices" in response.content.decode()


def test_it_says_how_fresh_the_numbers_are_and_whether_more_is_coming(two_quarters: World):
    client = two_quarters.client("viewer")
    text = text_of(page(client))
    assert "from 3 agencies , with every approval up to" in text.replace("agencies,", "agencies ,")
    assert "still being counted" not in text
    mark_stale(agencies=[two_quarters.trails], reason="approved", at=NOW)
    assert "still being counted" not in text_of(page(client))
    mark_stale(agencies=[two_quarters.mines], reason="approved", at=NOW)
    assert "Some changes are still being counted." in text_of(page(client))


def test_one_may_look_back(two_quarters: World):
    response = two_quarters.client("viewer").get("/", {"at": "2026-06-30"})
    assert response.context["series"].now.label == "FY26 Q3"
    assert response.context["known"].reported == 3


@pytest.mark.parametrize("kind", ["month", "quarter", "half", "year"])
def test_points_in_time_may_be_months_quarters_halves_or_years(two_quarters: World, kind: str):
    response = two_quarters.client("viewer").get("/", {"period": kind})
    assert response.status_code == 200
    assert len(response.context["series"].points) == 12


def test_a_quarter_in_which_nobody_reported_yet_is_not_where_one_begins(two_quarters: World):
    client = two_quarters.client("viewer")
    assert client.get("/").context["series"].now.label == "FY26 Q4"
    make_result(two_quarters.grid, "FY27 Q1", 2.6)
    refresh_all()
    assert client.get("/").context["series"].now.label == "FY27 Q1"


def test_a_hostile_name_is_shown_as_text(two_quarters: World):
    Agency.objects.filter(pk=two_quarters.grid.pk).update(name="<script>alert(1)</script>")
    html = page(two_quarters.client("viewer"))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


# --- nothing there yet ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_without_agencies_it_says_what_to_do():
    client = Client()
    client.force_login(make_user("first", "administrator"))
    html = page(client)
    for address in ("/agencies/import/", "/agencies/programs/", "/account/people/", "/cycles/", "/models/"):
        assert f'href="{address}"' in html
    client.force_login(make_user("guest", "viewer"))
    html = page(client)
    assert "No agencies yet" in html
    assert "/agencies/import/" not in html


def test_whoever_answers_finds_what_waits_for_them(two_quarters: World):
    case = start_case(two_quarters, make_small_model())
    address = f"/assessments/{case.assessment.pk}/"
    assert address in page(two_quarters.client("lead"))
    assert address not in page(two_quarters.client("outsider"))


def test_without_results_it_says_so(world: World):
    html = page(world.client("administrator"))
    assert "No results yet" in html
    assert world.client("administrator").get("/portfolio.csv").status_code == 404


# --- pages and queries ------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_agencies(two_quarters: World, queries_of):
    client = two_quarters.client("viewer")
    page(client)
    few = queries_of(lambda: page(client))
    more = [make_agency(f"Bureau {n}", two_quarters.energy) for n in range(60)]
    for agency in more:
        two_quarters.program.memberships.create(agency=agency, from_on=NOW.date().replace(year=2020))
        make_result(agency, "FY26 Q4", 3.1)
    refresh_all()
    assert queries_of(lambda: page(client)) == few
    context = client.get("/").context
    assert len(context["rows"]) == 50
    assert len(context["heat"].rows) == 25
    assert len(client.get("/", {"page": "2"}).context["rows"]) == 13
    assert context["known"].agencies == 63 == Scope.objects.get(program=two_quarters.program).members.count()


# --- export -----------------------------------------------------------------------------------------


def exported(client: Client, **choices: str) -> list[list[str]]:
    response = client.get("/portfolio.csv", choices)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment; filename=")
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))


def test_the_export_is_the_table_with_who_and_what(two_quarters: World):
    rows = exported(two_quarters.client("viewer"), sort="-score")
    assert rows[0] == ["3 agencies. Containers First, FY26 Q4 (provisional)"]
    assert rows[1] == ["PROVISIONAL. 2 of 3 agencies reported"]
    assert rows[2][0].startswith("Figure: ")
    assert rows[3][0].startswith("Exported by viewer on ")
    assert rows[6] == [
        "Grid Office", two_quarters.grid.slug, "Reported", "2", "3", "2.5", "1.3", "FY26 Q4", "0",
    ]  # fmt: skip
    assert "Trails Office" not in str(rows)


def test_the_export_is_audited(two_quarters: World):
    exported(two_quarters.client("viewer"))
    entry = AuditEntry.objects.get(action="portfolio.exported")
    assert (entry.actor_name, entry.object_name) == ("viewer", "Containers First")
    assert entry.changes == {"model": "containers", "on": "2026-09-30", "rows": 3}


def test_the_export_of_invented_data_says_so(two_quarters: World):
    Agency.objects.filter(pk=two_quarters.grid.pk).update(demonstration=True)
    assert exported(two_quarters.client("viewer"))[0][0].startswith("DEMONSTRATION")


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@sum", "\uff1dcmd()", " =cmd()", "\t=cmd()", "\rx"])
def test_cells_that_a_spreadsheet_would_run_are_made_texts(name: str):
    assert defused(name) == f"'{name}"
    assert f"'{name.strip()}" in csv_text([[name]]) or "'" in csv_text([[name]])


def test_numbers_stay_numbers():
    assert defused(-0.05) == -0.05
    assert csv_text([["A", None, -1]]) == "\ufeffA,,-1\r\n"
