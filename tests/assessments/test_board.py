"""The board of a round: each unit once, totals that add up, found and sorted, as a file and over the API."""

from datetime import date, timedelta
from io import BytesIO

from openpyxl import load_workbook

from assessments.models import Cycle, ReportingUnit
from assessments.queries_cycles import STATUSES, agencies_asked, totals_of, with_status
from assessments.services_board import export_board
from assessments.services_extensions import confirm_nothing
from portal.agencies.models import Agency
from portal.agencies.services_profile import decide_not_to_adopt
from portal.audit.models import AuditEntry
from tests.assessments.conftest import Case
from tests.assessments.test_cycles import DUE, make_cycle
from tests.assessments.test_units import ENERGY, LATER, arrange, board, extend
from tests.factories import LONG_AGO, NOW, make_agency
from tests.maturity.factories import make_small_model
from tests.world import World

# --- the board ----------------------------------------------------------------------------------------


def test_totals_by_status_add_up_to_the_units_that_are_asked(case: Case):
    world = case.world
    cycle = make_cycle(world, case)
    for number in range(4):
        agency = make_agency(f"Office {number}")
        world.program.memberships.create(agency=agency, from_on=LONG_AGO)
    offices = list(Agency.objects.filter(name__startswith="Office").order_by("name"))
    decide_not_to_adopt(
        agency=offices[0], reason="x", review_on=date(2028, 1, 1), on=date(2026, 12, 31), by=None, at=NOW
    )
    decide_not_to_adopt(  # decided after the period
        agency=offices[1], reason="x", review_on=date(2028, 1, 1), on=date(2027, 1, 1), by=None, at=NOW
    )
    confirm_nothing(cycle_id=cycle.pk, agency=offices[2], reason="No systems.", by=world.officer, at=NOW)
    extend(cycle, world, offices[3])
    arrange(cycle, "roll_up", world.energy, by=world.officer)
    asked = agencies_asked(cycle, world.officer)
    totals = totals_of(asked, DUE + timedelta(days=1))
    assert totals.by_status == dict.fromkeys(STATUSES, 0) | {
        "not_adopting": 1,
        "nothing": 1,
        "draft": 1,
        "not_started": 3,
    }
    assert (totals.asked, totals.listed) == (6, 7)
    assert totals.among == {"late": 3, "extended": 1}  # grid, mines, Office 1; Office 3 has leave
    for status, _, count in totals.in_words:
        assert with_status(asked, status, DUE + timedelta(days=1)).count() == count


def test_late_is_who_is_late_for_its_own_day(case: Case):
    world, cycle = case.world, make_cycle(case.world, case)
    extend(cycle, world, world.grid)
    late = {name for name, line in board(cycle, world, today=LATER).items() if line.late}
    assert late == {ENERGY, "Mines Office"}
    assert board(cycle, world, today=LATER + timedelta(days=1))["Grid Office"].late


def test_the_board_is_searched_and_sorted(case: Case):
    client, cycle = case.world.client("officer"), make_cycle(case.world, case)

    def names(**asked: str) -> list[str]:
        context = client.get(f"/cycles/{cycle.pk}/", asked).context
        return [line.agency.name for line in context["lines"]]

    assert names(q="mines") == ["Mines Office"]
    assert names(sort="-agency") == ["Mines Office", "Grid Office", ENERGY]
    assert names(sort="status") == [ENERGY, "Mines Office", "Grid Office"]
    extend(cycle, case.world, case.world.mines)
    assert names(sort="-due")[0] == "Mines Office"
    assert names(status="extended") == ["Mines Office"]


def test_reasons_are_for_those_who_may_see_the_details(case: Case):
    world, cycle = case.world, make_cycle(case.world, case)
    extend(cycle, world, world.grid)
    url = f"/cycles/{cycle.pk}/"
    assert "A move of the data center." in world.client("lead").get(url).content.decode()
    assert "A move of the data center." not in world.client("viewer").get(url).content.decode()
    units = {
        persona: world.client(persona).get(f"/api/v1/cycles/{cycle.pk}/units/", {"q": "grid"}).json()
        for persona in ("lead", "viewer")
    }
    reasons = {persona: found["results"][0]["extension_reason"] for persona, found in units.items()}
    assert reasons == {"lead": "A move of the data center.", "viewer": None}


def test_ten_times_the_agencies_take_as_many_queries(world: World, queries_of):
    cycle = make_cycle(world, units="roll_up")
    client = world.client("officer")
    urls = [f"/cycles/{cycle.pk}/", f"/cycles/{cycle.pk}/units/", f"/api/v1/cycles/{cycle.pk}/units/"]
    urls += [f"/api/v1/cycles/{cycle.pk}/totals/", f"/cycles/{cycle.pk}/board/"]
    for url in urls:
        client.get(url)
    before = [queries_of(lambda url=url: client.get(url)) for url in urls]
    for number in range(20):
        agency = make_agency(f"A{number}", world.energy)
        world.program.memberships.create(agency=agency, from_on=LONG_AGO)
        extend(cycle, world, agency)
    assert [queries_of(lambda url=url: client.get(url)) for url in urls] == before


# --- the page of the units, the workbook, the API -----------------------------------------------------


def test_an_officer_sets_the_units_of_a_round(world: World):
    cycle, client = make_cycle(world), world.client("officer")
    url = f"/cycles/{cycle.pk}/units/"
    seen = client.get(url).context["seen"]
    response = client.post(url, {"change": "roll_up", "seen": seen})
    assert response.status_code == 422
    assert "Choose at least one agency" in response.content.decode()
    response = client.post(url, {"change": "cover", "seen": seen, "unit": [world.mines.pk]})
    assert response.status_code == 422
    assert "Mines Office cannot cover others" in response.content.decode()
    assert client.post(url, {"change": "roll_up", "seen": seen, "everyone": "on"}).status_code == 302
    page = client.get(url)
    assert page.context["totals"].apart["rolled_up"] == 1
    response = client.post(url, {"change": "own", "seen": seen, "unit": [world.energy.pk]})
    assert "Somebody else has changed who answers for whom" in response.content.decode()
    assert [line.agency.name for line, *_ in client.get(url, {"how": "rolled_up"}).context["lines"]] == [
        ENERGY
    ]


def test_the_opening_form_takes_the_kind_and_the_units(world: World):
    given = {
        "program": world.program.pk,
        "version": make_small_model().pk,
        "period": "FY27 Q1",
        "due_on": "2026-12-20",
        "kind": "check_in",
        "units": "cover",
    }
    world.client("officer").post("/cycles/open/", given)
    cycle = Cycle.objects.get()
    assert (cycle.kind, ReportingUnit.objects.count()) == ("check_in", 2)
    assert "Check-in" in world.client("viewer").get(f"/cycles/{cycle.pk}/").content.decode()


def test_the_board_as_a_workbook(case: Case):
    world = case.world
    Agency.objects.filter(pk=world.mines.pk).update(name="=1+1")
    cycle = make_cycle(world, case)
    extend(cycle, world, world.grid)
    arrange(cycle, "roll_up", world.energy, by=world.officer)
    file = export_board(cycle=cycle, by=world.officer, at=NOW)
    book = load_workbook(BytesIO(file.content))
    about = {row[0].value: row[1].value for row in book["About"].rows}
    assert about["Board of"] == "Containers First FY27 Q1"
    assert about["Made by"] == str(world.officer)
    assert about["Made at"].startswith("2026-11-21")
    head, *rows = [[cell.value for cell in row] for row in book["Agencies"].rows]
    found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert set(found) == {ENERGY, "Grid Office", "'=1+1"}
    grid = found["Grid Office"]
    assert (grid["Status"], grid["Answered"], grid["Due on"].date()) == ("In progress", 0, LATER)
    assert grid["Reason"] == "A move of the data center."
    assert (found[ENERGY]["Status"], found[ENERGY]["Below it asked"]) == ("Rolled up", 2)
    totals = {row[0].value: row[1].value for row in book["Totals"].rows}
    assert (totals["Units that answer for themselves (n)"], totals["Rolled up, not counted"]) == (2, 1)
    assert AuditEntry.objects.get(action="export board").changes == {"agencies": 3}
    response = world.client("lead").get(f"/cycles/{cycle.pk}/board/")
    assert response["Content-Disposition"].startswith('attachment; filename="containers-first-fy27-q1-board')
    own = load_workbook(BytesIO(response.content))["Agencies"]
    assert [row[0].value for row in own.rows][1:] == ["Grid Office"]  # as far as one may know


def test_the_board_over_the_api(case: Case):
    world = case.world
    cycle = make_cycle(world, case)
    arrange(cycle, "roll_up", world.energy, by=world.officer)
    client, url = world.client("officer"), f"/api/v1/cycles/{cycle.pk}/"
    lines = {line["agency_name"]: line for line in client.get(f"{url}units/").json()["results"]}
    assert lines["Grid Office"] == {
        "agency": world.grid.slug,
        "agency_name": "Grid Office",
        "status": "draft",
        "answers": "own",
        "covered_by": None,
        "late": False,
        "percent": 0,
        "assessment": case.assessment.pk,
        "due_on": "2026-11-30",
        "extended_until": None,
        "extension_reason": None,
        "nothing_reason": None,
        "rollup": None,
    }
    assert lines[ENERGY]["rollup"] == {
        "reported": 0, "asked": 2, "lowest": None, "median": None, "incomplete": True,
    }  # fmt: skip
    assert [line["agency_name"] for line in client.get(f"{url}units/?status=draft").json()["results"]] == [
        "Grid Office"
    ]
    assert client.get(f"{url}units/?status=nonsense").status_code == 400
    totals = client.get(f"{url}totals/").json()
    assert totals["asked"] == 2 == sum(one["agencies"] for one in totals["by_status"])
    assert {one["status"]: one["agencies"] for one in totals["apart"]} == {"rolled_up": 1, "covered": 0}
