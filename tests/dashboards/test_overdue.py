"""What is overdue is told to its owner, else to the leads: at once, then weekly; in the daily digest."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection

from assessments.models import Action
from dashboards import tasks
from dashboards.models import Commitment, OverdueTold
from dashboards.services_overdue import tell_overdue
from portal.agencies.models import Agency
from portal.notices.kinds import Email
from portal.notices.models import Notice
from portal.notices.services_email import send_waiting
from tests.assessments.roadmaps import make_one
from tests.dashboards.test_commitments import program_promise, promise
from tests.factories import make_agency
from tests.maturity.factories import make_small_model
from tests.notices.conftest import told
from tests.notices.test_services import choose
from tests.world import World

DUE = date(2027, 3, 31)


def day(number: int) -> datetime:
    """The morning so many days after the due day."""
    return datetime(2027, 3, 31, 6, tzinfo=ZoneInfo("America/New_York")) + timedelta(days=number)


def things(world: World) -> list[str]:
    rows = Notice.objects.filter(person_id=world.lead.pk, kind="things-overdue").order_by("pk")
    return [row.text for row in rows]


def test_told_when_it_becomes_overdue_then_weekly_while_it_stays_so(world: World):
    make_one(world, make_small_model())
    days = [number for number in range(20) if tell_overdue(at=day(number))]
    assert days == [1, 8, 15]
    assert things(world) == ["Overdue: 1 action of Grid Office."] * 3
    Action.objects.update(status="done", done_on=DUE)
    assert tell_overdue(at=day(30)) == 0


def test_told_once_however_often_it_runs_a_day_that_was_missed_too(world: World):
    make_one(world, make_small_model())
    assert tell_overdue(at=day(3)) == 1
    assert tell_overdue(at=day(3)) == 0
    assert tell_overdue(at=day(9)) == 0
    assert tell_overdue(at=day(11)) == 1


def test_a_new_day_that_has_passed_is_news(world: World):
    action = make_one(world, make_small_model())
    tell_overdue(at=day(1))
    Action.objects.filter(pk=action.pk).update(due_on=DUE + timedelta(days=2))
    assert tell_overdue(at=day(2)) == 0
    assert tell_overdue(at=day(3)) == 1
    assert OverdueTold.objects.count() == 1


def test_one_notice_of_an_agency_for_all_of_a_day_never_with_titles(world: World):
    version = make_small_model()
    make_one(world, version)
    make_one(world, version, title="Secret title")
    promise(world, text="Secret promise")
    tell_overdue(at=day(1))
    assert things(world) == ["Overdue: 2 actions and 1 commitment of Grid Office."]
    row = Notice.objects.get(person_id=world.lead.pk)
    assert row.path == f"/agencies/{world.grid.slug}/roadmap/"


def test_the_owner_is_told_where_that_is_a_person_else_the_leads(world: World):
    version = make_small_model()
    make_one(world, version, owner=" CONTRIBUTOR@example.gov")
    promise(world, person=world.contributor)
    tell_overdue(at=day(1))
    assert told(world.contributor) == ["Overdue: 1 action and 1 commitment of Grid Office."]
    assert told(world.lead) == []
    make_one(world, version, owner="Somebody else")
    tell_overdue(at=day(2))
    assert told(world.lead) == ["Overdue: 1 action of Grid Office."]


def test_one_commitment_leads_to_itself(world: World):
    row = promise(world)
    tell_overdue(at=day(1))
    assert Notice.objects.get(person_id=world.lead.pk).path == f"/commitments/{row.pk}/"


def test_officers_are_told_how_much_it_is_once_a_week(world: World):
    make_one(world, make_small_model())
    promise(world)
    program_promise(world, person=world.viewer)
    for number in range(1, 12):  # April 1 is a Thursday
        tell_overdue(at=day(number))
    officer = Notice.objects.filter(person_id=world.officer.pk)
    assert set(officer.values_list("kind", flat=True)) == {"program-overdue"}
    assert told(world.officer) == ["Overdue: 1 action and 2 commitments in Containers First."] * 2
    assert officer[0].path == f"/portfolio/overdue-actions/?scope=program%3A{world.program.slug}"
    assert told(world.viewer) == ["Overdue: a commitment of Containers First."] * 2


def test_in_the_daily_digest_as_each_chose(world: World):
    make_one(world, make_small_model())
    choose(world.officer, in_portal=False, email=Email.NEVER, kind="program-overdue")
    tell_overdue(at=day(1))
    send_waiting(email=Email.NOW, clock=lambda: day(1), seconds=60)
    assert mail.outbox == []
    send_waiting(email=Email.DAILY, clock=lambda: day(1), seconds=60)
    (message,) = mail.outbox
    assert message.to == ["lead@example.gov"]
    assert "Overdue: 1 action of Grid Office." in message.body
    assert "Name an owner" not in message.body


def test_of_a_closed_agency_nobody_is_told(world: World):
    make_one(world, make_small_model())
    promise(world)
    world.grid.closed_on = DUE
    world.grid.save()
    assert tell_overdue(at=day(1)) == 0


def test_ten_agencies_take_as_many_queries_as_one(world: World, queries_of):
    version = make_small_model()

    def overdue(*agencies: Agency) -> int:
        for agency in agencies:
            common = {"agency": agency, "model": version.model, "due_on": DUE, "made_at": day(0)}
            Action.objects.create(title="x", owner="y", changed_at=day(0), **common)
        found = queries_of(lambda: tell_overdue(at=day(1)))
        assert OverdueTold.objects.filter(told_on=day(1).date()).count() == len(agencies)
        OverdueTold.objects.all().delete()
        Action.objects.all().delete()
        Notice.objects.all().delete()
        return found

    one = overdue(world.grid)
    offices = [make_agency(f"Office {number}", world.grid) for number in range(9)]
    assert overdue(world.grid, *offices) == one


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_the_same_time_tell_each_thing_once(world: World):
    make_one(world, make_small_model())
    promise(world)
    start = Barrier(3)

    def work(_: int) -> int:
        start.wait()
        try:
            return tell_overdue(at=day(1))
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as clocks:
        assert sum(clocks.map(work, range(3))) == 2
    assert things(world) == ["Overdue: 1 action and 1 commitment of Grid Office."]


def test_the_task_does_what_it_is_called(world: World):
    from django.utils import timezone

    promise(world)
    Commitment.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    tasks.tell_overdue()
    assert things(world) == ["Overdue: 1 commitment of Grid Office."]
