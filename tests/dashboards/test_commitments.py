"""Commitments to leadership: of programs and agencies, carried until closed, overdue where one looks."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from dashboards.models import Commitment
from dashboards.queries.briefings import carried_to, promises_of
from dashboards.services_commitments import (
    BadCommitment,
    CannotCommit,
    CommitmentWords,
    StaleCommitment,
    change_commitment,
    make_agency_commitment,
    make_program_commitment,
    remove_commitment,
    words_of,
)
from portal.access.rules import Role
from portal.agencies.periods import Period
from portal.audit.models import AuditEntry
from tests.assessments.test_cycles import make_cycle
from tests.dashboards.factories import make_result, refresh_all
from tests.factories import NOW, make_program, make_user
from tests.maturity.factories import make_small_model
from tests.world import World

TODAY = date(2026, 11, 21)
DUE = date(2027, 3, 31)
THIS = Period(date(2026, 10, 1), date(2026, 12, 31))
NEXT = Period(date(2027, 1, 1), date(2027, 3, 31))
BEFORE = Period(date(2026, 7, 1), date(2026, 9, 30))


def promise(world: World, by: str = "lead", **said: Any) -> Commitment:
    """One of grid."""
    words = CommitmentWords(**({"text": "Hire two", "owner": "CIO", "due_on": DUE} | said))
    return make_agency_commitment(agency=world.grid, words=words, by=world.people[by], at=NOW)


def program_promise(world: World, period: Period = BEFORE, **said: Any) -> Commitment:
    words = CommitmentWords(**({"text": "Fund it", "owner": "CFO", "due_on": DUE} | said))
    return make_program_commitment(
        program=world.program, period=period, words=words, by=world.officer, at=NOW
    )


def change(row: Commitment, by, revision: int | None = None, **said: Any) -> Commitment:
    words = CommitmentWords(**(words_of(row).__dict__ | said))
    return change_commitment(
        commitment_id=row.pk, revision=revision or row.revision, words=words, by=by, at=NOW
    )


# --- writing ----------------------------------------------------------------------------------------


def test_made_and_noted_in_the_audit(world: World):
    row = promise(world, person=world.lead)
    assert (row.made_on, row.status, row.revision, row.of) == (TODAY, "open", 1, "Grid Office")
    entry = AuditEntry.objects.get(action="commitment.made")
    assert entry.changes["text"] == ["", "Hire two"]


def test_written_by_leads_and_the_officers_it_is_made_to(world: World):
    for name in ("lead", "officer", "administrator"):
        promise(world, by=name)
    for name in ("viewer", "contributor", "reviewer", "outsider"):
        with pytest.raises(CannotCommit):
            promise(world, by=name)
    row = Commitment.objects.first()
    with pytest.raises(CannotCommit):
        change(row, world.contributor, text="Mine")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 161}, "text"),
        ({"owner": ""}, "owner"),
        ({"due_on": None}, "due_on"),
        ({"due_on": date(2090, 1, 1)}, "due_on"),
        ({"status": "later"}, "status"),
        ({"status": "dropped"}, "reason"),
        ({"status": "kept", "closed_on": TODAY + timedelta(days=1)}, "closed_on"),
        ({"made_on": TODAY + timedelta(days=1)}, "made_on"),
    ],
)
def test_what_is_wrong_is_said_by_field(world: World, said: dict[str, Any], field: str):
    with pytest.raises(BadCommitment) as refused:
        promise(world, **said)
    assert field in refused.value.errors
    assert not Commitment.objects.exists()


def test_its_owner_and_program_are_of_the_agency(world: World):
    with pytest.raises(BadCommitment, match="somebody with a role here"):
        promise(world, person=world.outsider)
    with pytest.raises(BadCommitment, match="Grid Office is not in Another"):
        promise(world, program=make_program("Another"))
    assert promise(world, program=world.program).program == world.program


def test_kept_or_dropped_with_a_reason_and_opened_again(world: World):
    row = promise(world)
    row = change(row, world.lead, status="dropped", reason="No money")
    assert (row.status, row.closed_on, row.reason) == ("dropped", TODAY, "No money")
    row = change(row, world.lead, status="kept", reason="left over")
    assert (row.status, row.reason) == ("kept", "")
    row = change(row, world.lead, status="open")
    assert row.closed_on is None
    assert change(row, world.lead).revision == row.revision  # nothing new is not saved


def test_nobody_overwrites_what_they_have_not_seen(world: World):
    row = promise(world)
    change(row, world.lead, owner="CTO")
    with pytest.raises(StaleCommitment) as refused:
        change(row, world.officer, revision=1, owner="CFO")
    assert refused.value.current.owner == "CTO"


def test_the_database_holds_the_rules(world: World):
    row = promise(world)
    for broken in (
        {"status": "kept"},
        {"status": "dropped", "closed_on": TODAY},
        {"made_on": None},
        {"agency": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Commitment.objects.filter(pk=row.pk).update(**broken)


def test_taken_back(world: World):
    remove_commitment(commitment=promise(world), by=world.lead, at=NOW)
    assert not Commitment.objects.exists()
    assert AuditEntry.objects.filter(action="commitment.removed").exists()


# --- carried ----------------------------------------------------------------------------------------


def texts(found) -> list[str]:
    return [row.text for row in found]


def test_an_agencys_is_carried_to_its_one_page_until_it_is_closed(world: World):
    row = promise(world)
    assert texts(promises_of(world.grid, BEFORE)) == []  # made later
    assert texts(promises_of(world.grid, THIS)) == ["Hire two"]
    assert texts(promises_of(world.grid, NEXT)) == ["Hire two"]
    assert texts(promises_of(world.mines, NEXT)) == []
    change(row, world.lead, status="dropped", reason="No money")
    (last,) = promises_of(world.grid, THIS)
    assert last.state_at(THIS.ends_on) == "dropped"
    assert promises_of(world.grid, NEXT) == ()


def test_made_to_a_program_it_stands_on_the_programs_one_page(world: World):
    program_promise(world)
    promise(world)
    assert texts(carried_to(world.program, THIS)) == ["Fund it"]
    promise(world, text="Train ten", program=world.program, due_on=DUE - timedelta(days=1))
    assert texts(carried_to(world.program, THIS)) == ["Train ten", "Fund it"]
    assert texts(carried_to(world.program, BEFORE)) == []


def test_the_one_page_of_an_agency_carries_them_for_those_who_see_details(world: World):
    from dashboards.papers.composition import agency_paper
    from dashboards.queries.agency_page import read_agency_page
    from dashboards.queries.measures import measures_in_use
    from dashboards.queries.one_page import points_up_to

    make_result(world.grid, version=make_small_model(), levels="300000000", stages_completed=0, score=0.2)
    refresh_all()
    promise(world)
    measure = measures_in_use()[0]

    def page(persona: str, details: bool = True):
        points = points_up_to(measure, THIS.ends_on, 10)
        return read_agency_page(world.grid, measure, points, world.people[persona], details=details, made="")

    assert texts(page("lead").promises) == ["Hire two"]
    assert page("viewer").promises is None
    assert page("lead", details=False).promises is None
    assert [one.title for one in agency_paper(page("lead")).sections][-1] == "Commitments"


# --- who sees what ----------------------------------------------------------------------------------


def test_seen_by_those_who_see_details_viewers_of_the_program_and_the_owner(world: World):
    named = make_user("named")
    agency, program = promise(world), program_promise(world)
    Commitment.objects.filter(pk=agency.pk).update(person=named)
    seen = {
        name: set(Commitment.objects.visible_to(user).values_list("text", flat=True))
        for name, user in (world.people | {"named": named}).items()
    }
    both = {"Hire two", "Fund it"}
    assert seen == {
        "viewer": {"Fund it"},
        "reviewer": both,
        "officer": both,
        "administrator": both,
        "contributor": {"Hire two"},
        "lead": {"Hire two"},
        "outsider": set(),
        "named": {"Hire two"},
    }
    assert program.of == "Containers First"


# --- the pages --------------------------------------------------------------------------------------

FORM = {"text": "Hire two", "owner": "CIO", "due_on": "2027-03-31", "status": "open"}


def test_a_lead_writes_one_on_the_roadmap_and_closes_it(world: World):
    client = world.client("lead")
    roadmap = f"/agencies/{world.grid.slug}/roadmap/"
    response = client.post(f"/agencies/{world.grid.slug}/commitments/new/", FORM | {"person": world.lead.pk})
    assert response["Location"] == roadmap
    assert "Hire two" in client.get(roadmap).content.decode()
    row = Commitment.objects.get()
    assert row.person == world.lead
    given = FORM | {"revision": 1, "status": "dropped", "reason": "No money"}
    assert client.post(f"/commitments/{row.pk}/", given).status_code == 302
    assert "Dropped" in client.get(roadmap).content.decode()


def test_a_stale_form_says_what_it_says_now_and_can_be_sent_again(world: World):
    row = promise(world)
    change(row, world.lead, owner="CTO")
    client = world.client("lead")
    response = client.post(f"/commitments/{row.pk}/", FORM | {"revision": 1})
    assert response.status_code == 409
    page = response.content.decode()
    assert "Now it says: Hire two (CTO" in page
    assert 'name="revision" value="2"' in page
    row.refresh_from_db()
    assert row.owner == "CTO"


def test_what_is_missing_is_said_in_the_form(world: World):
    url = f"/agencies/{world.grid.slug}/commitments/new/"
    response = world.client("lead").post(url, FORM | {"status": "dropped"})
    assert response.status_code == 422
    assert "Say why it is dropped." in response.content.decode()


def test_who_may_not_change_it_reads_it(world: World):
    row = promise(world)
    page = world.client("contributor").get(f"/commitments/{row.pk}/").content.decode()
    assert "Hire two" in page
    assert '<form class="portal-form"' not in page


def test_the_list_is_of_what_one_sees_by_state(world: World):
    today = timezone.localdate()
    late = promise(world, text="Late one", person=world.lead)
    Commitment.objects.filter(pk=late.pk).update(due_on=today - timedelta(days=3))
    promise(world, text="Early one")

    def shown(show: str) -> list[str]:
        context = world.client("lead").get("/commitments/", {"show": show}).context
        return [row.text for row, _ in context["rows"]]

    assert shown("") == shown("open") == ["Late one", "Early one"]
    assert shown("overdue") == shown("mine") == ["Late one"]


def test_overdue_ones_are_counted_on_the_board_and_listed(world: World):
    cycle = make_cycle(world)
    yesterday = timezone.localdate() - timedelta(days=1)
    promise(world, text="Late one")
    program_promise(world, text="Late fund")
    Commitment.objects.update(due_on=yesterday)
    board = world.client("officer").get(f"/cycles/{cycle.pk}/").content.decode()
    assert f'hx-get="/cycles/{cycle.pk}/overdue/"' in board
    counts = {}
    for name in ("viewer", "lead", "officer"):
        context = world.client(name).get(f"/cycles/{cycle.pk}/overdue/").context
        counts[name] = context["count"] + context["commitment_count"]
    assert counts == {"viewer": 1, "lead": 1, "officer": 2}


def test_overdue_ones_stand_on_the_page_of_overdue_actions(world: World):
    make_result(world.grid, version=make_small_model(), levels="300000000", stages_completed=0, score=0.2)
    refresh_all()
    promise(world, text="Late one")
    promise(world, text="Early one")
    yesterday = timezone.localdate() - timedelta(days=1)
    Commitment.objects.filter(text="Late one").update(due_on=yesterday)
    asked = {"scope": f"program:{world.program.slug}"}
    page = world.client("officer").get("/portfolio/overdue-actions/", asked).content.decode()
    assert "Late one" in page
    assert "Early one" not in page


def test_ten_take_as_many_queries_as_one(world: World, queries_of):
    cycle, client = make_cycle(world), world.client("officer")
    promise(world)
    program_promise(world)
    Commitment.objects.update(due_on=date(2020, 1, 1))
    pages = ["/commitments/", f"/cycles/{cycle.pk}/overdue/", f"/agencies/{world.grid.slug}/roadmap/"]
    before = [queries_of(lambda url=url: client.get(url)) for url in pages]
    for number in range(9):
        promise(world, text=f"Promise {number}")
        program_promise(
            world, text=f"Other {number}", person=make_user(f"p{number}", Role.VIEWER, world.program)
        )
    Commitment.objects.update(due_on=date(2020, 1, 1))
    assert [queries_of(lambda url=url: client.get(url)) for url in pages] == before


# --- the API ----------------------------------------------------------------------------------------

API = "/api/v1/commitments/"
JSON = {"content_type": "application/json"}


def test_made_and_changed_over_the_api(world: World):
    client = world.client("lead")
    given = {"agency": world.grid.slug, "text": "Hire two", "owner": "CIO", "due_on": "2027-03-31"}
    answer = client.post(API, given | {"person": "lead", "program": world.program.slug}, **JSON)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["agency"], made["program"], made["person"], made["revision"]) == (
        world.grid.slug, world.program.slug, "lead", 1,
    )  # fmt: skip
    url = f"{API}{made['id']}/"
    assert client.patch(url, {"owner": "CTO"}, **JSON).status_code == 428
    etag = client.get(url)["ETag"]
    changed = client.patch(url, {"owner": "CTO"}, headers={"If-Match": etag}, **JSON)
    assert (changed.status_code, changed.json()["owner"]) == (200, "CTO")
    assert client.patch(url, {"owner": "CFO"}, headers={"If-Match": etag}, **JSON).status_code == 412
    stale = client.patch(url, {"owner": "CFO", "revision": 1}, **JSON)
    assert (stale.status_code, stale.json()["current"]["owner"]) == (409, "CTO")
    dropped = client.patch(url, {"status": "dropped", "revision": 2}, **JSON)
    assert (dropped.status_code, dropped.json()["errors"]) == (422, {"reason": ["Say why it is dropped."]})


def test_a_programs_over_the_api(world: World):
    client = world.client("officer")
    given = {"program": world.program.slug, "period": "FY26 Q4", "text": "Fund it", "owner": "CFO"}
    made = client.post(API, given, **JSON).json()
    assert (made["agency"], made["period"], made["program"]) == (None, "FY26 Q4", world.program.slug)
    assert client.post(API, given | {"period": "spring"}, **JSON).status_code == 400
    assert client.post(API, given | {"agency": world.grid.slug}, **JSON).status_code == 400
    promise(world)
    assert len(client.get(API, {"program": world.program.slug}).json()["results"]) == 1
    assert len(client.get(API, {"agency": world.grid.slug}).json()["results"]) == 1
    Commitment.objects.update(due_on=date(2020, 1, 1))
    assert len(client.get(API, {"overdue": "true"}).json()["results"]) == 2
    assert len(client.get(API, {"overdue": "false"}).json()["results"]) == 0


# --- what was there before --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_old_rows_keep_what_they_said():
    before = [("dashboards", "0012_rules_rescored")]
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate(before)
    apps = executor.loader.project_state(before).apps
    try:
        program = apps.get_model("agencies", "Program").objects.create(name="Old", slug="old")
        briefing = apps.get_model("dashboards", "Briefing").objects.create(
            program=program, period_ends_on=BEFORE.ends_on, period_label="FY26 Q4", changed_at=NOW
        )
        old = apps.get_model("dashboards", "Commitment").objects
        common = {"briefing": briefing, "owner": "CIO", "changed_at": NOW}
        old.create(text="Done", done_on=TODAY, **common)
        old.create(text="Open", **common)
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(latest)
    rows = Commitment.objects.values_list("text", "status", "closed_on")
    assert set(rows) == {("Done", "kept", TODAY), ("Open", "open", None)}
