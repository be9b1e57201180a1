"""Transitions, movers and the lists behind them: equal to the trends, each reader within their rights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.analytics.spread import deviation
from dashboards.charts.flow import flow_chart, matrix
from dashboards.charts.scale import stages_only
from dashboards.models import Scope, Standing, Trend
from dashboards.queries.agencies import members_of
from dashboards.queries.measures import Measure, measures_in_use
from dashboards.queries.movers import agencies_stuck, movers_of
from dashboards.queries.stage_times import read_stage_times, stage_times_of
from dashboards.queries.transitions import agencies_between, transitions_of
from dashboards.transitions import WITHOUT_VALUE, transitions
from dashboards.trends import not_reporting
from maturity.models import Domain
from portal.agencies.models import AdoptionDecision, Agency
from portal.agencies.services import mark_stale
from tests.dashboards.factories import make_result, make_version, month, refresh_all
from tests.factories import NOW, make_agency
from tests.world import World

THEN, ON = month("2026-06"), month("2026-09")


@pytest.fixture
def moving(world: World) -> World:
    """grid 1 to 2, mines 3 to 2, energy stays at 1, harbor joins, ferry leaves, forts decides not to adopt,
    trails (of everything alone) 4 to 4."""
    Domain.objects.create(version=make_version(), number=1, slug="people", name="People")
    for agency, then, now in (
        (world.grid, 1.5, 2.5),
        (world.mines, 3.5, 2.2),
        (world.energy, 1.2, 1.4),
        (world.trails, 4.1, 4.9),
    ):
        percent = {"people": {"percent": round(now * 150_000), "stages_completed": 1}}
        make_result(agency, "FY26 Q3", then)
        make_result(agency, "FY26 Q4", now, domains=percent)
    harbor, ferry, forts = (make_agency(name, world.energy) for name in ("Harbor", "Ferry", "Forts"))
    for agency in (harbor, ferry, forts):
        make_result(agency, "FY26 Q3", 2.5)
    make_result(harbor, "FY26 Q4", 3.5)
    world.program.memberships.create(agency=harbor, from_on="2026-07-15")
    world.program.memberships.create(agency=ferry, from_on="2020-01-01", until_on="2026-07-20")
    world.program.memberships.create(agency=forts, from_on="2020-01-01")
    AdoptionDecision.objects.create(
        agency=forts, reason="All is bought.", from_on="2026-08-01", review_on="2028-01-01"
    )
    mark_stale(agencies=[harbor, ferry, forts], reason="test", at=NOW)
    refresh_all()
    return world


def of_program(world: World) -> tuple[Scope, Measure]:
    scope = Scope.objects.select_related("program", "agency").get(program=world.program)
    return scope, measures_in_use(scope)[0]


@pytest.mark.django_db
def test_every_agency_is_in_one_flow(moving: World, queries_of):
    scope, measure = of_program(moving)
    found = transitions_of(scope, measure, (THEN, None), (ON, None))
    assert {(flow.was, flow.now): flow.n for flow in found.flows} == {
        ("1", "1"): 1,
        ("1", "2"): 1,
        ("2", "not_adopting"): 1,
        ("2", "not_counted"): 1,
        ("3", "2"): 1,
        ("not_counted", "3"): 1,
    }
    assert (found.both, found.moved("risen"), found.moved("fallen"), found.moved("same")) == (3, 1, 1, 1)
    assert (found.gained, found.given_up) == (1, 1)
    assert queries_of(lambda: transitions_of(scope, measure, (THEN, None), (ON, None))) == 1


@pytest.mark.django_db
def test_the_sums_are_those_of_the_trend(moving: World):
    for scope in Scope.objects.all():
        (measure,) = measures_in_use(scope)
        found = transitions_of(scope, measure, (THEN, None), (ON, None))
        for on, side in ((THEN, "was"), (ON, "now")):
            row = Trend.objects.get(scope=scope, on=on, model=measure.model)
            for stage in range(6):
                counted = row.by_stage.get(str(stage), {})
                assert found.total(**{side: str(stage)}) == sum(counted.values())
            assert found.total(**{side: "not_reporting"}) == not_reporting(row)
            assert found.total(**{side: "not_adopting"}) == row.not_adopting


@pytest.mark.django_db
def test_the_list_behind_each_flow_holds_its_agencies(moving: World):
    scope, measure = of_program(moving)
    for flow in transitions_of(scope, measure, (THEN, None), (ON, None)).flows:
        found = agencies_between(
            scope, measure, (THEN, None), (ON, None), reader=moving.administrator, was=flow.was, now=flow.now
        )
        assert found.count() == flow.n
    left = {"reader": moving.viewer, "now": "not_counted"}
    assert (
        agencies_between(scope, measure, (THEN, None), (ON, None), **left).count() == 0
    )  # no longer theirs to open


@pytest.mark.django_db
@pytest.mark.parametrize(("move", "names"), [("risen", ["Grid Office"]), ("fallen", ["Mines Office"])])
def test_a_move_leads_to_those_who_made_it(moving: World, move: str, names: list[str]):
    response = moving.client("viewer").get(
        "/portfolio/agencies/", {"at": str(ON), "since": str(THEN), "move": move}
    )
    assert [row.name for row in response.context["rows"]] == names


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"exactly": 2}, ["Grid Office", "Mines Office"]),
        ({"stages": 2}, ["Grid Office", "Harbor", "Mines Office"]),
        ({"state": "not_adopting"}, ["Forts"]),
        ({"was": "2", "now": "not_adopting", "since": THEN}, ["Forts"]),
        ({"now": "not_counted", "since": THEN}, []),
        (
            {"was": "nonsense"},
            ["Department of Energy Affairs", "Forts", "Grid Office", "Harbor", "Mines Office"],
        ),
        ({"was": "1", "since": "2030-01-01"}, []),
    ],
)
def test_the_list_holds_what_was_asked_for(moving: World, asked, names):
    response = moving.client("viewer").get("/portfolio/agencies/", {"at": str(ON)} | asked)
    assert [row.name for row in response.context["rows"]] == names


@pytest.mark.django_db
def test_movers_say_why(moving: World):
    scope, measure = of_program(moving)
    found = movers_of(scope, measure, THEN, ON, reader=moving.viewer)
    # Over all in the scope now with a value both times, as on the portfolio: harbor had one before it joined.
    assert (found.both, found.risen, found.fallen) == (4, 2, 1)
    (grid, harbor), (mines,) = found.up, found.down
    assert (grid.name, grid.was, grid.now, grid.change) == ("Grid Office", 1, 2, 1_000_000)
    assert harbor.name == "Harbor"
    assert (mines.name, mines.was, mines.now) == ("Mines Office", 3, 2)
    assert mines.reason == "People down 7 points"
    assert grid.details == ""


@pytest.mark.django_db
def test_movers_are_limited_and_in_alphabetical_order(moving: World, queries_of):
    scope, measure = of_program(moving)
    found = movers_of(scope, measure, THEN, ON, reader=moving.viewer, limit=1)
    assert (len(found.up), found.risen) == (1, 2)
    for number in range(8):
        agency = make_agency(f"Zebra {number}", moving.energy)
        moving.program.memberships.create(agency=agency, from_on="2020-01-01")
        make_result(agency, "FY26 Q3", 1.5)
        make_result(agency, "FY26 Q4", 2.5)
    few = queries_of(lambda: movers_of(scope, measure, THEN, ON, reader=moving.viewer))
    refresh_all()
    assert queries_of(lambda: movers_of(scope, measure, THEN, ON, reader=moving.viewer)) == few


@pytest.mark.django_db
def test_stuck_is_who_completed_as_many_for_a_year_without_a_change_in_between(world: World):
    version = make_version()
    quarters = ("FY25 Q4", "FY26 Q1", "FY26 Q2", "FY26 Q3", "FY26 Q4")
    for agency, scores in (
        (world.grid, (2.1, 2.2, 2.3, 2.4, 2.5)),
        (world.mines, (2.1, 3.1, 2.3, 2.4, 2.5)),  # up and down again
        (world.energy, (5.0, 5.0, 5.0, 5.0, 5.0)),  # at the end
        (world.trails, (None, 2.1, 2.2, 2.3, 2.4)),  # not yet a year
        (world.parks, (2.1, None, None, None, 2.2)),  # silent in between
    ):
        for quarter, score in zip(quarters, scores, strict=True):
            if score is not None:
                card = {"number": 3, "completion": 740_000, "must_haves_missing": ["a", "b"]}
                make_result(agency, quarter, score, stages=[card])
    refresh_all()
    everything = Scope.objects.get(kind="everything")
    measure = Measure(version)
    found = agencies_stuck(Agency.objects.all(), measure, ON)
    assert set(found) == {world.grid, world.parks}
    movers = movers_of(everything, measure, THEN, ON, reader=world.administrator)
    assert [(one.name, one.months, one.reason) for one in movers.still] == [
        ("Department of Parks", 12, "stage 3 held by 2 must-haves"),
        ("Grid Office", 12, "stage 3 held by 2 must-haves"),
    ]
    viewed = movers_of(Scope.objects.get(program=world.program), measure, THEN, ON, reader=world.viewer)
    assert [one.reason for one in viewed.still] == ["stage 3 is 74% complete"]


@pytest.mark.django_db
def test_stage_times_from_standings_to_curves(world: World):
    for quarter, score in (("FY25 Q3", 0.5), ("FY25 Q4", 1.2), ("FY26 Q1", 1.4), ("FY26 Q2", 2.1)):
        make_result(world.grid, quarter, score)
    make_result(world.mines, "FY25 Q3", 0.4)  # falls silent
    make_result(world.energy, "FY26 Q3", 1.1)  # first seen at stage 2
    refresh_all()
    scope, measure = of_program(world)
    one, two, three, *_ = read_stage_times(scope, measure, ON)
    assert [(step.months, step.at_risk, step.completed) for step in one.curve.steps] == [(0, 2, 0), (3, 1, 1)]
    assert (one.lost, one.unknown) == (1, 0)
    assert [(step.months, step.completed) for step in two.curve.steps] == [(6, 1)]
    assert (two.unknown, two.curve.median) == (1, 6)
    assert (three.going_on, three.curve.median) == (1, None)


@pytest.mark.django_db
def test_stage_times_are_kept_until_the_trend_is_computed_anew(world: World, queries_of):
    make_result(world.grid, "FY26 Q3", 0.5)
    refresh_all()
    scope, measure = of_program(world)
    assert stage_times_of(scope, measure, ON)[0].curve.completed == 0
    again = queries_of(lambda: stage_times_of(scope, measure, ON))
    make_result(world.grid, "FY26 Q4", 1.5)
    refresh_all(at=NOW.replace(hour=13))
    assert stage_times_of(scope, measure, ON)[0].curve.completed == 1
    assert again <= 2  # the age of the trends, and the cache where that is a table


@pytest.mark.django_db
def test_a_silent_spell_ends_when_it_was_seen_last_and_is_read_from_the_database(world: World):
    make_result(world.grid, "FY24 Q1", 0.5)
    make_result(world.grid, "FY24 Q2", 1.5)
    make_result(world.grid, "FY26 Q2", 2.5)
    refresh_all()
    scope, measure = of_program(world)
    assert Standing.objects.filter(agency=world.grid).count() > 3
    _, two, three, *_ = read_stage_times(scope, measure, ON)
    assert [(step.months, step.lost) for step in two.curve.steps] == [(0, 1)]
    assert (two.lost, three.unknown) == (1, 1)


# --- pure -----------------------------------------------------------------------------------------


PLACES = st.sampled_from(["0", "1", "2", "3", *WITHOUT_VALUE])
GROUPS = st.lists(st.tuples(PLACES, PLACES, st.integers(1, 500)), max_size=30)


@given(GROUPS)
def test_nobody_is_lost_between_flow_and_matrix(groups):
    found = transitions(groups, 3)
    total = sum(n for *_, n in groups)
    assert found.total() == total
    assert sum(found.moved(move) for move in ("risen", "fallen", "same")) == found.both
    chart = flow_chart(found, stages_only(3), "FY26 Q3", "FY26 Q4", lambda was, now: f"/{was}/{now}")
    assert sum(node.n for node in chart.nodes) == 2 * total
    assert len(chart.bands) == len(found.flows)
    table = matrix(found, stages_only(3), "FY26 Q3", "FY26 Q4", lambda was, now: "/")
    assert table.rows[-1][-1] == total
    assert {len(row) for row in table.rows} == {len(table.columns)}


@given(st.dictionaries(st.integers(0, 500).map(str), st.integers(1, 50), min_size=1, max_size=30))
def test_the_deviation_is_that_of_the_plain_values(histogram):
    values = [int(number) for number, count in histogram.items() for _ in range(count)]
    middle = sum(values) / len(values)
    plain = (sum((value - middle) ** 2 for value in values) / len(values)) ** 0.5
    found = deviation(histogram)
    assert found.n == len(values)
    assert abs(found.value - plain * 10_000) <= 1


def test_of_nothing_there_is_no_deviation():
    assert deviation({}) is None


@pytest.mark.django_db
def test_members_are_those_at_the_point(moving: World):
    scope, _ = of_program(moving)
    names = {agency.name for agency in members_of(scope, THEN, moving.administrator)}
    assert "Ferry" in names
    assert "Harbor" not in names
