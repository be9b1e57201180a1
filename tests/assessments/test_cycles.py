"""Reporting rounds: the list, the board, opening one, publishing it; and over the API."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from assessments.models import Assessment, Cycle
from assessments.queries_cycles import STATUSES, agencies_asked, board_lines, totals_of
from assessments.services import start_amendment
from assessments.services_cycles import CannotAdvance, CannotOpen, advance_cycle, open_cycle
from portal.agencies.periods import Period
from portal.audit.models import AuditEntry
from tests.assessments.conftest import LABEL, QUARTER, Case
from tests.factories import NOW, make_agency, make_program
from tests.maturity.factories import make_small_model
from tests.world import World

DUE = date(2026, 11, 30)
API = "/api/v1/cycles/"


def make_cycle(world: World, case: Case | None = None, **changes: Any) -> Cycle:
    """A round of the world's program in the quarter of the tests' draft."""
    values = {
        "program": world.program,
        "version": case.assessment.version if case is not None else changes.pop("version", None),
        "period": QUARTER,
        "period_label": LABEL,
        "due_on": DUE,
        "by": world.officer,
        "at": NOW,
    }
    values["version"] = values["version"] or make_small_model()
    return open_cycle(**(values | changes))


def lines(
    cycle: Cycle, world: World, persona: str = "officer", today: date = DUE
) -> dict[str, tuple[Any, ...]]:
    person = world.people[persona]
    found = board_lines(cycle, agencies_asked(cycle, person), person, today)
    return {line.agency.name: (line.status, line.late, line.percent) for line in found}


# --- opening and advancing --------------------------------------------------------------------------


def test_opening_leaves_a_round_and_an_audit_entry(world: World):
    cycle = make_cycle(world)
    assert (cycle.state, cycle.period_ends_on, cycle.opened_at) == ("collecting", date(2026, 12, 31), NOW)
    entry = AuditEntry.objects.get(action="open cycle")
    assert entry.changes == {"model": "small@1", "period": LABEL, "due_on": "2026-11-30"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"period": Period(date(2027, 1, 1), date(2027, 3, 31))},
            "has not begun: it starts on January 1, 2027",
        ),
        ({"due_on": date(2026, 9, 30)}, "cannot be due before it began"),
    ],
)
def test_what_cannot_be_opened(world: World, changes: dict[str, Any], reason: str):
    with pytest.raises(CannotOpen, match=reason):
        make_cycle(world, **changes)
    assert not Cycle.objects.exists()


def test_a_program_asks_once_for_a_version_and_period(world: World):
    version = make_small_model()
    make_cycle(world, version=version)
    with pytest.raises(CannotOpen, match="has a round with Small 1 for FY27 Q1 already"):
        make_cycle(world, version=version)
    assert AuditEntry.objects.filter(action="open cycle").count() == 1
    make_cycle(world, version=version, program=make_program("Another"))


def test_a_round_goes_through_the_preview_to_published_and_no_way_back(world: World):
    cycle = make_cycle(world)

    def advance(to: str) -> Cycle:
        return advance_cycle(cycle_id=cycle.pk, to=to, by=world.officer, at=NOW)

    for to in ("published", "collecting", "", "nonsense"):
        with pytest.raises(CannotAdvance, match="is collecting"):
            advance(to)
    assert advance("preview").published_at is None
    with pytest.raises(CannotAdvance, match="is in preview"):
        advance("preview")
    assert advance("published").published_at == NOW
    with pytest.raises(CannotAdvance, match="is published"):
        advance("preview")
    changes = (
        AuditEntry.objects.filter(action="advance cycle").order_by("pk").values_list("changes", flat=True)
    )
    assert list(changes) == [
        {"state": ["collecting", "preview"], "preview_ends_on": "2026-11-28"},
        {"state": ["preview", "published"]},
    ]


# --- the board --------------------------------------------------------------------------------------


def test_each_agency_stands_with_its_status(case: Case):
    world = case.world
    cycle = make_cycle(world, case)
    case.answer("train-staff")
    assert lines(cycle, world) == {
        "Department of Energy Affairs": ("not_started", False, None),
        "Grid Office": ("draft", False, 25),
        "Mines Office": ("not_started", False, None),
    }
    case.answer_all_asked()
    case.submit()
    assert lines(cycle, world)["Grid Office"] == ("submitted", False, None)
    case.approve()
    assert lines(cycle, world)["Grid Office"] == ("approved", False, None)


def test_late_is_who_has_not_submitted_after_the_due_day(case: Case):
    world, after = case.world, DUE + timedelta(days=1)
    cycle = make_cycle(world, case)
    late = {name: line[1] for name, line in lines(cycle, world, today=after).items()}
    assert late == {"Department of Energy Affairs": True, "Grid Office": True, "Mines Office": True}
    case.answer_all_asked()
    case.submit()
    assert lines(cycle, world, today=after)["Grid Office"] == ("submitted", False, None)
    totals = totals_of(agencies_asked(cycle, world.officer), after)
    assert totals.by_status == dict.fromkeys(STATUSES, 0) | {"not_started": 2, "submitted": 1}
    assert (totals.asked, totals.among) == (3, {"late": 2, "extended": 0})


def test_an_amendment_under_way_leaves_it_approved(approved: Case):
    cycle = make_cycle(approved.world, approved)
    start_amendment(assessment_id=approved.assessment.pk, reason="x", by=approved.world.lead, at=NOW)
    assert lines(cycle, approved.world)["Grid Office"][0] == "approved"


def test_an_assessment_of_another_version_or_period_does_not_count(case: Case):
    cycle = make_cycle(case.world, version=make_small_model("other"))
    assert lines(cycle, case.world)["Grid Office"][0] == "not_started"


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"from_on": DUE}, True),
        ({"from_on": DUE + timedelta(days=1)}, False),
        ({"until_on": date(2026, 12, 30)}, False),
        ({"until_on": date(2026, 12, 31)}, True),
    ],
)
def test_who_is_asked_follows_from_the_membership(world: World, changes: dict[str, date], asked: bool):
    cycle = make_cycle(world)
    world.program.memberships.filter(agency=world.mines).update(**changes)
    assert ("Mines Office" in lines(cycle, world, "administrator")) is asked


def test_one_reads_of_the_agencies_one_may_know_of(case: Case):
    cycle = make_cycle(case.world, case)
    seen = {persona: sorted(lines(cycle, case.world, persona)) for persona in case.world.people}
    everyone = ["Department of Energy Affairs", "Grid Office", "Mines Office"]
    assert seen == dict.fromkeys(("viewer", "reviewer", "officer", "administrator"), everyone) | {
        "contributor": ["Grid Office"],
        "lead": ["Grid Office"],
        "outsider": [],
    }
    assert lines(cycle, case.world, "viewer")["Grid Office"] == ("draft", False, None)
    assert lines(cycle, case.world, "lead")["Grid Office"] == ("draft", False, 0)


# --- the pages --------------------------------------------------------------------------------------


def test_the_board_links_to_what_one_may_see_and_start(case: Case):
    world = case.world
    url = f"/cycles/{make_cycle(world, case).pk}/"
    page = world.client("officer").get(url).content.decode()
    assert f'href="/assessments/{case.assessment.pk}/"' in page
    assert f"/assessments/start/?agency={world.mines.slug}" in page
    page = world.client("viewer").get(url).content.decode()
    assert "Grid Office" in page
    assert "/assessments/start/" not in page
    assert f'href="/assessments/{case.assessment.pk}/"' not in page


def test_the_board_is_filtered_by_status(case: Case):
    client, cycle = case.world.client("officer"), make_cycle(case.world, case)

    def names(status: str) -> list[str]:
        context = client.get(f"/cycles/{cycle.pk}/", {"status": status}).context
        return [line.agency.name for line in context["lines"]]

    assert names("draft") == ["Grid Office"]
    assert names("not_started") == ["Department of Energy Affairs", "Mines Office"]
    assert names("approved") == []
    assert len(names("")) == len(names("nonsense")) == 3
    assert names("late") == []
    Cycle.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    assert len(names("late")) == 3


def test_only_those_who_run_the_program_are_offered_to_advance_it(world: World):
    url = f"/cycles/{make_cycle(world).pk}/"
    offered = {
        name: b"Begin the preview" in world.client(name).get(url).content for name in ("viewer", "lead")
    }
    assert offered == {"viewer": False, "lead": False}
    assert b"Begin the preview" in world.client("officer").get(url).content


def test_an_officer_opens_and_publishes(world: World):
    version = make_small_model()
    client = world.client("officer")
    given = {"program": world.program.pk, "version": version.pk, "period": "fy27 q1", "due_on": "2026-12-20"}
    response = client.post("/cycles/open/", given)
    cycle = Cycle.objects.get()
    assert response["Location"] == f"/cycles/{cycle.pk}/"
    assert (cycle.period_label, cycle.due_on) == ("FY27 Q1", date(2026, 12, 20))
    for step in ("advance", "publish"):  # the preview begins; publishing is a page of dashboards
        response = client.post(f"/cycles/{cycle.pk}/{step}/", follow=True)
    assert b"is published now." in response.content
    assert Cycle.objects.get().state == "published"
    # A second click from a page that is open elsewhere.
    response = client.post(f"/cycles/{cycle.pk}/advance/", {"to": "preview"}, follow=True)
    assert b"is published. Nothing was changed." in response.content


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"period": "spring"}, "is no period: write FY27 Q1"),
        ({"period": "FY60 Q1"}, "has not begun"),
        ({"due_on": "soon"}, "Write the date as year-month-day"),
        ({"due_on": "2020-01-01"}, "cannot be due before it began"),
        ({"program": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_with_the_form_is_said(world: World, changes: dict[str, str], message: str):
    version = make_small_model()
    given = {"program": world.program.pk, "version": version.pk, "period": "FY27 Q1", "due_on": "2026-12-20"}
    response = world.client("officer").post("/cycles/open/", given | changes)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not Cycle.objects.exists()


def test_an_officer_opens_rounds_of_their_own_programs_only(world: World):
    other = make_program("Another")
    version = make_small_model()
    given = {"program": other.pk, "version": version.pk, "period": "FY27 Q1", "due_on": "2026-12-20"}
    assert world.client("officer").post("/cycles/open/", given).status_code == 422
    assert world.client("administrator").post("/cycles/open/", given).status_code == 302


def test_ten_agencies_or_rounds_take_as_many_queries_as_one(case: Case, queries_of):
    world = case.world
    cycle = make_cycle(world, case)
    client = world.client("officer")
    board, overview = f"/cycles/{cycle.pk}/", "/cycles/"
    client.get(board)  # the rules of the model are kept in memory
    before = [queries_of(lambda url=url: client.get(url)) for url in (board, overview, API)]
    for number in range(9):
        agency = make_agency(f"Office {number}")
        world.program.memberships.create(agency=agency, from_on=date(2020, 1, 1))
        Assessment.objects.create(
            agency=agency,
            version=cycle.version,
            period_starts_on=QUARTER.starts_on,
            period_ends_on=QUARTER.ends_on,
            period_label=LABEL,
            created_at=NOW,
        )
        make_cycle(world, version=make_small_model(f"model-{number}"))
    assert [queries_of(lambda url=url: client.get(url)) for url in (board, overview, API)] == before


def test_boards_are_paged(world: World):
    cycle = make_cycle(world)
    for number in range(30):
        agency = make_agency(f"Office {number:02}")
        world.program.memberships.create(agency=agency, from_on=date(2020, 1, 1))
    client = world.client("officer")
    first = client.get(f"/cycles/{cycle.pk}/").context["lines"]
    second = client.get(f"/cycles/{cycle.pk}/", {"page": 2}).context["lines"]
    assert (len(first), len(second)) == (25, 8)


# --- the API ----------------------------------------------------------------------------------------


def test_rounds_over_the_api(world: World):
    cycle = make_cycle(world)
    seen = {persona: len(world.client(persona).get(API).json()["results"]) for persona in world.people}
    assert seen == dict.fromkeys(world.people, 1) | {"outsider": 0}
    shown = world.client("lead").get(f"{API}{cycle.pk}/").json()
    assert shown == {
        "id": cycle.pk,
        "program": world.program.slug,
        "model": "small@1",
        "kind": "full",
        "period": "FY27 Q1",
        "period_starts_on": "2026-10-01",
        "period_ends_on": "2026-12-31",
        "due_on": "2026-11-30",
        "state": "collecting",
        "opened_at": "2026-11-21T12:00:00Z",
        "closed_at": None,
        "preview_ends_on": None,
        "published_at": None,
    }
    assert world.client("outsider").get(f"{API}{cycle.pk}/").status_code == 404
    assert not world.client("lead").get(API, {"state": "published"}).json()["results"]
    assert world.client("lead").get(API, {"state": "collecting", "period": LABEL}).json()["results"]
    assert world.client("administrator").post(API, {}, content_type="application/json").status_code == 405
