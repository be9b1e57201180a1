"""The calendar: titles of what its owner may see at that moment, without a log-in, until it is revoked."""

from datetime import date, timedelta
from typing import Any

import icalendar
from django.conf import settings
from django.test import Client
from django.utils import timezone

from assessments.models import Extension
from assessments.services_cycles import advance_cycle
from assessments.services_roadmap import change_action, fields_of, save_milestone
from dashboards.models import Commitment
from dashboards.queries.calendar import entries_for
from portal.access.models import CalendarAddress, Membership, User
from portal.access.services_calendar import make_calendar_address, revoke_calendar_address
from portal.agencies.models import AdoptionDecision
from portal.audit.models import AuditEntry
from tests.assessments.roadmaps import make_one
from tests.assessments.test_cycles import DUE, make_cycle
from tests.dashboards.test_commitments import program_promise, promise
from tests.factories import NOW, make_agency
from tests.maturity.factories import make_small_model
from tests.world import World

TODAY = date(2026, 11, 21)


def address(user: User) -> str:
    return f"/calendar/{make_calendar_address(user=user, at=timezone.now())}.ics"


def events(url: str) -> dict[str, Any]:
    """By the beginning of its UID."""
    response = Client().get(url)
    assert response.status_code == 200
    found = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    return {str(event["UID"]).partition("@")[0]: event for event in found}


def titles(user: User) -> set[str]:
    user.__dict__.pop("grants", None)
    return {entry.title for entry in entries_for(user, TODAY)}


def test_made_shown_once_and_kept_as_a_digest(world: World):
    page = world.client("lead").post("/account/calendar/make/").content.decode()
    url = page.partition('value="http://testserver')[2].partition('"')[0]
    assert Client().get(url).status_code == 200
    secret = url.removeprefix("/calendar/").removesuffix(".ics")
    assert len(secret) >= 43
    assert secret not in str(
        [vars(row) for row in (*CalendarAddress.objects.all(), *AuditEntry.objects.all())]
    )
    assert secret not in world.client("lead").get("/account/").content.decode()


def test_made_again_the_old_one_is_dead(world: World):
    old = address(world.lead)
    new = address(world.lead)
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200
    assert CalendarAddress.objects.count() == 1


def test_revoked_it_leads_nowhere(world: World):
    url, client = address(world.lead), world.client("lead")
    client.post("/account/calendar/revoke/")
    client.post("/account/calendar/revoke/")  # safe to repeat
    assert Client().get(url).status_code == 404
    assert AuditEntry.objects.filter(action="calendar address revoked").count() == 1
    assert "Make a calendar address" in client.get("/account/").content.decode()


def test_a_deactivated_persons_leads_nowhere(world: World):
    url = address(world.lead)
    User.objects.filter(pk=world.lead.pk).update(is_active=False)
    assert Client().get(url).status_code == 404


def test_the_account_says_when_it_was_last_used(world: World):
    url = address(world.lead)
    assert "never" in world.client("lead").get("/account/").content.decode().partition('id="calendar"')[2]
    Client().get(url)
    used = CalendarAddress.objects.get().last_used_at
    assert used is not None
    Client().get(url)
    assert CalendarAddress.objects.get().last_used_at == used  # about once a minute


def test_many_guesses_are_refused_and_the_right_one_is_not(world: World):
    url, client = address(world.lead), Client(REMOTE_ADDR="203.0.113.77")  # nobody else's guesses
    found = [client.get(f"/calendar/guess-{number}.ics").status_code for number in range(25)]
    assert found[:20] == [404] * 20
    assert found[-1] == 429
    assert client.get(url).status_code == 200


def test_what_is_due_as_all_day_events_with_stable_names(world: World):
    cycle = make_cycle(world)
    action = make_one(world, make_small_model("other"))
    url = address(world.lead)
    found = events(url)
    due = found[f"round-{cycle.pk}-due"]
    assert str(due["SUMMARY"]) == "Due: FY27 Q1 of Containers First"
    assert (due["DTSTART"].dt, due["DTEND"].dt) == (DUE, DUE + timedelta(days=1))
    assert str(due["URL"]) == f"{settings.SITE_URL}/cycles/{cycle.pk}/"
    assert due["DTSTAMP"].dt == NOW
    first = found[f"action-{action.pk}"]
    assert str(first["SUMMARY"]) == "Action due: Name an owner (Grid Office)"
    assert first["SEQUENCE"] == 0
    moved = fields_of(action)
    moved = type(moved)(**moved.__dict__ | {"due_on": date(2027, 4, 30)})
    later = NOW + timedelta(hours=1)
    change_action(
        action_id=action.pk,
        version=make_small_model("third"),
        revision=1,
        fields=type(moved)(**moved.__dict__ | {"items": {"name-owner": "in_place"}}),
        by=world.lead,
        at=later,
    )
    again = events(url)[f"action-{action.pk}"]
    assert (again["SEQUENCE"], again["LAST-MODIFIED"].dt) == (1, later)
    assert again["DTSTART"].dt == date(2027, 4, 30)


def test_a_calendar_that_has_it_already_is_told_so(world: World):
    make_cycle(world)
    url = address(world.lead)
    first = Client().get(url)
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert first["Cache-Control"] == "private, no-cache"
    second = Client().get(url, headers={"If-None-Match": first["ETag"]})
    assert (second.status_code, second.content) == (304, b"")
    promise(world)
    assert Client().get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_each_reads_of_what_they_may_see(world: World):
    cycle = make_cycle(world)
    advance_cycle(cycle_id=cycle.pk, to="preview", by=world.officer, at=NOW)
    make_one(world, make_small_model("other"))
    save_milestone(agency=world.grid, title="First cluster", due_on=DUE, by=world.lead, at=NOW)
    promise(world)
    program_promise(world)
    AdoptionDecision.objects.create(agency=world.mines, reason="secret reason", review_on=DUE, from_on=TODAY)
    rounds = {"Due: FY27 Q1 of Containers First", "Preview ends: FY27 Q1 of Containers First"}
    plans = {
        "Action due: Name an owner (Grid Office)",
        "Milestone due: First cluster (Grid Office)",
        "Commitment due: Hire two (Grid Office)",
    }
    fund = "Commitment due: Fund it (Containers First)"
    review = "Review the decision not to adopt: Mines Office"
    seen = {name: titles(world.people[name]) for name in world.people}
    assert seen == {
        "viewer": rounds,
        "contributor": rounds | plans,
        "lead": rounds | plans,
        "reviewer": rounds | {review},
        "officer": rounds | {fund, review},
        "outsider": set(),
        "administrator": rounds | {fund, review},
    }


def test_rights_are_those_of_the_moment(world: World):
    make_one(world, make_small_model())
    url = address(world.lead)
    assert len(events(url)) == 1
    Membership.objects.filter(user=world.lead).update(until_on=date(2021, 1, 1))
    assert events(url) == {}


def test_what_is_done_or_long_ago_is_left_out(world: World):
    promise(world)
    Commitment.objects.update(due_on=TODAY - timedelta(days=400))
    assert titles(world.lead) == set()
    Commitment.objects.update(due_on=TODAY - timedelta(days=100))
    assert len(titles(world.lead)) == 1
    Commitment.objects.update(status="kept", closed_on=TODAY)
    assert titles(world.lead) == set()


def test_an_agencys_own_day_stands_beside_the_rounds(world: World):
    cycle = make_cycle(world)
    later = DUE + timedelta(days=10)
    Extension.objects.create(
        cycle=cycle, agency=world.grid, until_on=later, reason="Moving.", by=world.officer, at=NOW
    )
    found = {entry.key: entry for entry in entries_for(world.lead, TODAY)}
    own = found[f"round-{cycle.pk}-due-{world.grid.pk}"]
    assert (own.on, own.title) == (later, "Due: FY27 Q1 of Containers First, Grid Office")


def test_ten_agencies_take_as_many_queries_as_one(world: World, queries_of):
    version = make_small_model()
    make_cycle(world, version=version)
    make_one(world, version)
    promise(world)

    def count() -> int:
        reader = User.objects.get(pk=world.lead.pk)
        return queries_of(lambda: entries_for(reader, TODAY))

    before = count()
    for number in range(9):
        agency = make_agency(f"Office {number}", world.grid)
        world.program.memberships.create(agency=agency, from_on=date(2020, 1, 1))
        make_one(world, version, title=f"Action {number}")
        promise(world, text=f"Promise {number}")
        make_cycle(world, version=make_small_model(f"model-{number}"))
    assert count() == before
    revoke_calendar_address(user=world.lead, at=NOW)
