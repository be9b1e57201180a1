"""Data calls: who is written to, what each reads, that nobody gets it twice, and who is told of it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection

from assessments.merge_fields import UnknownField, fill
from assessments.models import Cycle, DataCall, Letter
from assessments.services_cycles import advance_cycle
from assessments.services_datacalls import (
    PAUSE,
    WITHIN,
    BadWords,
    CannotSend,
    Words,
    retry_letters,
    send_data_call,
    send_waiting,
)
from assessments.services_datacalls_email import run_sending
from portal.agencies.models import Contact
from portal.audit.models import AuditEntry
from portal.jobs import services as jobs
from portal.jobs.models import Job
from tests.assessments.conftest import Case
from tests.assessments.test_cycles import make_cycle
from tests.factories import NOW
from tests.world import World

CONTACTS = ("executive", "lead", "backup")


class Stubborn(EmailBackend):
    """A server that refuses an address, breaks off, is away, or goes away after some."""

    refused: dict[str, BaseException] = {}
    away = False

    def open(self) -> bool:
        if Stubborn.away:
            raise ConnectionRefusedError("nobody there")
        return True

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        for message in messages:
            if error := Stubborn.refused.get(message.to[0]):
                raise error
        return super().send_messages(messages)


@pytest.fixture
def stubborn(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Stubborn"
    Stubborn.refused, Stubborn.away = {}, False
    yield Stubborn
    Stubborn.refused, Stubborn.away = {}, False


def contact(agency, role="lead", name="Pat Lead", email="pat@example.gov") -> Contact:
    return Contact.objects.create(agency=agency, role=role, name=name, email=email)


def make_call(cycle: Cycle, world: World, recipients=CONTACTS, **changes: Any) -> DataCall:
    words = changes.pop("words", Words("Due {due}", "{agency}: {link}", recipients))
    given = {"kind": "call", "agencies": None, "key": uuid4(), "by": world.officer, "at": NOW}
    return send_data_call(cycle=cycle, words=words, **(given | changes))


def run(call: DataCall, at=NOW) -> Job:
    """What a worker does with the job of a data call."""
    call.refresh_from_db()
    assert call.job_id is not None
    attempt = jobs.claim(job_id=call.job_id, at=at)
    assert attempt is not None
    run_sending(attempt=attempt, clock=lambda: at)
    return Job.objects.get(pk=call.job_id)


def recipients() -> list[str]:
    return sorted(message.to[0] for message in mail.outbox)


def states(call: DataCall) -> dict[str, str]:
    rows = Letter.objects.filter(call=call)
    return {letter.address or letter.agency.name: letter.state for letter in rows}


# --- the text ---------------------------------------------------------------------------------------


def test_each_agency_reads_its_own_name_day_and_link(case: Case):
    world, cycle = case.world, make_cycle(case.world, case)
    contact(world.grid)
    contact(world.mines, name="", email="mines@example.gov")
    text = "{contact} of {agency}: {period} of {program} until {due}, {period_end}. "
    text += "{link} {sender} {questionnaire}"
    run(make_call(cycle, world, words=Words("{agency} {period}", text, CONTACTS)))
    found = {message.to[0]: message for message in mail.outbox}
    site = settings.SITE_URL
    assert found["pat@example.gov"].subject == "Grid Office FY27 Q1"
    assert found["pat@example.gov"].body == (
        "Pat Lead of Grid Office: FY27 Q1 of Containers First until November 30, 2026, December 31, 2026. "
        f"{site}/assessments/{case.assessment.pk}/ officer Small 1\n"
    )
    assert found["mines@example.gov"].body.startswith("colleague of Mines Office")
    assert f"{site}/cycles/{cycle.pk}/" in found["mines@example.gov"].body
    assert found["pat@example.gov"].reply_to == ["officer@example.gov"]
    assert found["pat@example.gov"].content_subtype == "plain"


def test_a_field_that_is_none_is_refused_by_its_name(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    for text in ("{agncy}", "{agency.__class__}", "{0}", "{}"):
        with pytest.raises(BadWords, match="There is no field") as refused:
            make_call(cycle, world, words=Words("Due", text, CONTACTS))
        assert text in refused.value.errors["text"]
    assert not DataCall.objects.exists()


def test_what_a_value_brings_in_braces_stays_text():
    assert fill("{agency}", {"agency": "{due}"}) == "{due}"
    with pytest.raises(UnknownField, match=r"There are no fields \{x\}, \{y\}"):
        fill("{x} {y} {x}", {})


def test_no_name_begins_a_header(world: World):
    cycle = make_cycle(world)
    world.grid.name = "Grid\r\nBcc: all@example.gov"
    world.grid.save()
    contact(world.grid, name="Pat\r\nBcc: all@example.gov")
    run(make_call(cycle, world, words=Words("{agency} {contact}", "x", CONTACTS)))
    (message,) = mail.outbox
    assert message.subject == "Grid Bcc: all@example.gov Pat Bcc: all@example.gov"
    assert message.message()["Bcc"] is None


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (Words("", "x", CONTACTS), "subject"),
        (Words("x", "  ", CONTACTS), "text"),
        (Words("x" * 201, "x", CONTACTS), "subject"),
        (Words("x", "x", ()), "recipients"),
        (Words("x", "x", ("everybody",)), "recipients"),
    ],
)
def test_what_is_wrong_with_the_words_is_said_by_field(world: World, words: Words, field: str):
    with pytest.raises(BadWords) as refused:
        make_call(make_cycle(world), world, words=words)
    assert list(refused.value.errors) == [field]


# --- who is written to ------------------------------------------------------------------------------


def test_goes_to_the_contacts_and_people_chosen_once_an_address(world: World):
    cycle = make_cycle(world)
    contact(world.grid, "executive", "Ex", "ex@example.gov")
    contact(world.grid, "lead", "Pat", "LEAD@example.gov")  # who has a log-in, too
    contact(world.grid, "backup", "No Address", "")
    run(make_call(cycle, world, ("lead", "backup", "portal_lead", "portal_contributor")))
    assert recipients() == ["LEAD@example.gov", "contributor@example.gov"]


def test_says_which_agencies_have_nobody_to_write_to(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    call = make_call(cycle, world)
    assert states(call) == {
        "pat@example.gov": "waiting",
        "Mines Office": "nobody",
        "Department of Energy Affairs": "nobody",
    }
    Contact.objects.all().delete()
    with pytest.raises(CannotSend, match="None of these agencies has anybody"):
        make_call(cycle, world)


def test_leaves_out_who_has_reported(submitted: Case):
    world, cycle = submitted.world, make_cycle(submitted.world, submitted)
    contact(world.grid)
    contact(world.mines, email="mines@example.gov")
    run(make_call(cycle, world))
    assert recipients() == ["mines@example.gov"]
    with pytest.raises(CannotSend, match="Every agency chosen has reported"):
        make_call(cycle, world, agencies=[world.grid.pk])


def test_who_reports_before_it_goes_is_spared(case: Case):
    world, cycle = case.world, make_cycle(case.world, case)
    contact(world.grid)
    call = make_call(cycle, world)
    case.answer_all_asked()
    case.submit()
    run(call)
    assert mail.outbox == []
    assert states(call)["pat@example.gov"] == "not_needed"


def test_a_round_that_collects_no_more_asks_nobody(world: World):
    cycle = make_cycle(world)
    contact(world.grid)
    call = make_call(cycle, world)
    advance_cycle(cycle_id=cycle.pk, to="preview", by=world.officer, at=NOW)
    run(call)
    assert mail.outbox == []
    cycle.refresh_from_db()
    with pytest.raises(CannotSend, match="is in preview: nobody is asked"):
        make_call(cycle, world)


# --- nobody gets it twice ---------------------------------------------------------------------------


def test_the_same_form_sent_twice_makes_one(world: World):
    cycle, key = make_cycle(world), uuid4()
    contact(world.grid)
    assert make_call(cycle, world, key=key) == make_call(cycle, world, key=key)
    assert Job.objects.count() == DataCall.objects.count() == 1
    assert AuditEntry.objects.filter(action="data call made").count() == 1


def test_a_run_that_begins_again_sends_the_rest_alone(world: World, stubborn):
    """The worker dies between the claim and the server's answer."""
    cycle = make_cycle(world)
    for name in ("a", "b", "c"):
        contact(world.grid, name=name, email=f"{name}@example.gov")
    stubborn.refused = {"b@example.gov": SystemExit()}
    call = make_call(cycle, world)
    with pytest.raises(SystemExit):
        run(call)
    assert states(call)["b@example.gov"] == "sending"
    stubborn.refused = {}
    Job.objects.update(state=Job.State.QUEUED)  # as requeue_lost does
    run(call)
    assert recipients() == ["a@example.gov", "c@example.gov"]
    assert states(call)["b@example.gov"] == "unsure"
    assert retry_letters(call=call, by=world.officer, at=NOW) == 1  # a person says so
    run(call)
    assert recipients() == ["a@example.gov", "b@example.gov", "c@example.gov"]
    assert retry_letters(call=call, by=world.officer, at=NOW) == 0


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_send_each_address_one(world: World):
    cycle = make_cycle(world)
    for number in range(30):
        contact(world.grid, email=f"p{number}@example.gov")
    call = make_call(cycle, world)
    start = Barrier(3)

    def work(_):
        start.wait()
        # The attempts before the last were given up for lost but live on.
        attempt = jobs.Attempt(call.job_id, 1, {"call": call.pk}, {})
        run_sending(attempt=attempt, clock=lambda: NOW)
        connection.close()

    Job.objects.update(state=Job.State.RUNNING, attempt=1)

    def quietly(number):
        try:
            work(number)
        except jobs.NotCurrent:
            connection.close()

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(quietly, range(3)))
    assert len(recipients()) == len(set(recipients()))


def test_a_refused_address_says_why_and_stops_nobody_else(world: World, stubborn):
    cycle = make_cycle(world)
    for name in ("a", "b", "c", "d"):
        contact(world.grid, name=name, email=f"{name}@example.gov")
    stubborn.refused = {
        "a@example.gov": SMTPRecipientsRefused({"a": (550, b"no such\r\nperson")}),
        "b@example.gov": SMTPRecipientsRefused({"b": (451, b"later")}),
        "c@example.gov": SMTPServerDisconnected("gone"),
    }
    call = make_call(cycle, world)
    job = run(call)
    assert recipients() == ["d@example.gov"]
    found = {row.address: (row.state, row.reason) for row in call.letters.exclude(address="")}
    assert found == {
        "a@example.gov": ("failed", "550 no such person"),
        "b@example.gov": ("waiting", "451 later"),
        "c@example.gov": ("unsure", "gone"),
        "d@example.gov": ("sent", ""),
    }
    assert job.message.startswith("1 waiting; 1 sent; 1 failed; 1 interrupted")


def test_a_server_that_is_away_is_tried_again_by_itself_for_days(world: World, stubborn):
    cycle = make_cycle(world)
    contact(world.grid)
    stubborn.away = True
    call = make_call(cycle, world)
    assert run(call).state == Job.State.FAILED
    assert states(call)["pat@example.gov"] == "waiting"
    assert send_waiting(at=NOW + timedelta(minutes=1)) == 0
    later = NOW + PAUSE + timedelta(minutes=1)
    assert send_waiting(at=later) == 1
    assert send_waiting(at=later) == 0  # one is about it
    stubborn.away = False
    run(call, at=later)
    assert recipients() == ["pat@example.gov"]


def test_what_cannot_be_sent_for_days_has_failed_and_can_be_tried_again(world: World, stubborn):
    cycle = make_cycle(world)
    contact(world.grid)
    stubborn.away = True
    call = make_call(cycle, world)
    run(call)
    late = NOW + WITHIN + timedelta(hours=1)
    assert send_waiting(at=late) == 0
    assert states(call)["pat@example.gov"] == "failed"
    stubborn.away = False
    assert retry_letters(call=call, by=world.officer, at=late) == 1
    run(call, at=late)
    assert recipients() == ["pat@example.gov"]


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_sends_it(world: World, workers, settings):
    from tests.workers import wait_for

    cycle = make_cycle(world)
    contact(world.grid)
    workers.start()
    call = make_call(cycle, world)
    wait_for(lambda: states(call)["pat@example.gov"] == "sent", 30, workers.logs)
    found = list((settings.VAR_DIR / "mail").glob("*.log"))
    assert any("To: pat@example.gov" in path.read_text() for path in found)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_sends_nobody_two_and_loses_nobody(world: World, workers, settings):
    from django.utils import timezone

    from tests.workers import wait_for

    cycle = make_cycle(world)
    people = [f"p{number}@example.gov" for number in range(400)]
    Contact.objects.bulk_create(
        Contact(agency=world.grid, role="lead", name="Pat", email=address) for address in people
    )
    first = workers.start()
    call = make_call(cycle, world, at=timezone.now())

    def count(*wanted: str) -> int:
        return Letter.objects.filter(call=call, state__in=wanted).count()

    wait_for(lambda: count("sent") >= 20, 60, workers.logs)
    workers.kill(first)
    assert count("waiting") > 0, "it was killed too late to show anything"
    assert jobs.requeue_lost(at=timezone.now() + 2 * jobs.LOST_AFTER) == 1  # as if nobody heard of it since
    workers.start()
    wait_for(lambda: not count("waiting", "sending"), 120, workers.logs)
    written = "".join(path.read_text() for path in (settings.VAR_DIR / "mail").glob("*.log"))
    times = {address: written.count(f"To: {address}\n") for address in people}
    assert set(times.values()) <= {0, 1}
    unsure = set(Letter.objects.filter(call=call, state="unsure").values_list("address", flat=True))
    assert len(unsure) <= 1
    assert {address for address, found in times.items() if not found} <= unsure
    assert count("sent") + len(unsure) == len(people)
