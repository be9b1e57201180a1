"""Planned reminders: on their day, to who has not reported, once each, however often the clock runs."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from assessments import queries_datacalls, services_datacalls, tasks
from assessments.models import Cycle, DataCall, Letter, ReminderPlan
from assessments.services_datacalls import (
    REMINDER_WORDS,
    CannotSend,
    Words,
    make_due_reminders,
    plan_reminder,
    plan_usual_reminders,
    remove_plan,
)
from tests.assessments.conftest import Case
from tests.assessments.test_cycles import DUE, make_cycle
from tests.assessments.test_datacalls import contact, recipients, run
from tests.factories import NOW
from tests.world import World

WORDS = Words("Due {due}", "{agency}", ("lead",))


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 8, tzinfo=ZoneInfo("America/New_York"))


def after(days: int) -> datetime:
    return morning(DUE + timedelta(days=days))


def plan(cycle: Cycle, world: World, days: int, at: datetime = NOW) -> ReminderPlan:
    return plan_reminder(cycle=cycle, days=days, words=WORDS, by=world.officer, at=at)


def test_goes_on_its_day_and_not_before(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    plan(cycle, world, -3)
    assert make_due_reminders(at=after(-4)) == 0
    assert make_due_reminders(at=after(-3)) == 1
    call = DataCall.objects.get()
    assert (call.kind, call.made_by) == ("reminder", None)
    run(call, at=after(-3))
    (message,) = mail.outbox
    assert message.subject == "Due November 30, 2026"
    assert message.extra_headers == {"Auto-Submitted": "auto-generated"}
    assert message.reply_to == ["officer@example.gov"]


def test_goes_once_however_often_the_clock_runs(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    plan(cycle, world, 0)
    for minutes in range(0, 60, 10):
        make_due_reminders(at=after(0) + timedelta(minutes=minutes))
    make_due_reminders(at=after(1))
    assert DataCall.objects.count() == 1
    assert Letter.objects.filter(state="waiting").count() == 1


def test_only_those_that_have_not_reported_by_then(submitted: Case):
    world, cycle = submitted.world, make_cycle(submitted.world, submitted)
    contact(world.grid)
    contact(world.mines, email="mines@example.gov")
    plan(cycle, world, 3)
    make_due_reminders(at=after(3))
    run(DataCall.objects.get(), at=after(3))
    assert recipients() == ["mines@example.gov"]


def test_a_day_that_was_missed_is_made_up_for_a_while(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    plan(cycle, world, -5)
    assert make_due_reminders(at=after(-2)) == 0  # three days later it would confuse
    assert make_due_reminders(at=after(-3)) == 1


def test_a_day_that_was_over_when_it_was_planned_is_not_made_up(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    plan(cycle, world, -2, at=after(-1))
    assert make_due_reminders(at=after(-1)) == 0


def test_an_agency_that_is_due_later_is_reminded_later(world: World, monkeypatch):
    """What an extension will do, through the one function that knows the days."""
    cycle = make_cycle(world)
    contact(world.grid)
    contact(world.mines, email="mines@example.gov")
    plan(cycle, world, 0)

    def due_days(cycle, ids):
        return {pk: DUE + timedelta(days=10 * (pk == world.mines.pk)) for pk in ids}

    monkeypatch.setattr(services_datacalls, "due_days", due_days)
    monkeypatch.setattr(queries_datacalls, "due_days", due_days)
    make_due_reminders(at=after(0))
    run(DataCall.objects.get(), at=after(0))
    assert recipients() == ["pat@example.gov"]
    make_due_reminders(at=after(10))
    run(DataCall.objects.first(), at=after(10))
    assert recipients() == ["mines@example.gov", "pat@example.gov"]
    assert mail.outbox[-1].subject == "Due December 10, 2026"


def test_a_round_that_collects_no_more_reminds_nobody(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    plan(cycle, world, 0)
    Cycle.objects.update(state=Cycle.State.PREVIEW)
    assert make_due_reminders(at=after(0)) == 0
    cycle.refresh_from_db()
    with pytest.raises(CannotSend, match="is in preview"):
        plan(cycle, world, 3)


def test_where_nobody_can_be_written_to_it_is_noted_once(world: World):
    cycle = make_cycle(world)
    plan(cycle, world, 0)
    assert make_due_reminders(at=after(0)) == 1
    assert make_due_reminders(at=after(0)) == 0
    assert set(Letter.objects.values_list("state", flat=True)) == {"nobody"}


def test_the_usual_ones_leave_what_is_planned(world: World):
    cycle = make_cycle(world)
    plan(cycle, world, 0)
    plan_usual_reminders(cycle=cycle, by=world.officer, at=NOW)
    plan_usual_reminders(cycle=cycle, by=world.officer, at=NOW)
    rows = ReminderPlan.objects.values_list("days", "subject")
    assert [days for days, _ in rows] == [-7, 0, 3, 10]
    assert dict(rows)[0] == WORDS.subject


def test_removed_it_goes_no_more_and_what_was_sent_stays(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    row = plan(cycle, world, 0)
    make_due_reminders(at=after(0))
    remove_plan(plan=row, by=world.officer, at=after(0))
    assert make_due_reminders(at=after(1)) == 0
    run(DataCall.objects.get(), at=after(1))
    assert recipients() == ["pat@example.gov"]


def test_planned_on_the_page(world: World):
    cycle, client = make_cycle(world), world.client("officer")
    url = f"/cycles/{cycle.pk}/reminders/"
    given = {"days": 3, "subject": "Late", "text": "{agency}", "recipients": ["lead"]}
    client.post(f"{url}new/", given)
    row = ReminderPlan.objects.get()
    client.post(f"{url}{row.pk}/", given | {"subject": "Later", "days": 50})
    row.refresh_from_db()
    assert (row.days, row.subject) == (3, "Later")
    assert client.post(f"{url}new/", given | {"days": 91}).status_code == 422
    client.post(f"{url}usual/")
    page = client.get(f"/cycles/{cycle.pk}/data-call/").content.decode()
    assert "7 days before the due day" in page
    assert "On the due day" in page
    client.post(f"{url}{row.pk}/remove/")
    assert sorted(ReminderPlan.objects.values_list("days", flat=True)) == [-7, 0, 10]


def test_the_tasks_do_what_they_are_called(world: World):
    from django.utils import timezone

    today = timezone.localdate()
    cycle = make_cycle(world)
    Cycle.objects.update(due_on=today)
    contact(world.grid)
    plan_reminder(cycle=cycle, days=0, words=REMINDER_WORDS, by=world.officer, at=timezone.now())
    tasks.make_due_reminders()
    call = DataCall.objects.get()
    tasks.send_waiting_letters()
    assert call.job_id is not None
    tasks.send_data_call(job_id=call.job_id)
    tasks.send_data_call(job_id=call.job_id)
    assert recipients() == ["lead@example.gov", "pat@example.gov"]
