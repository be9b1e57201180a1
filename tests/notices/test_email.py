"""Notices by e-mail: sent once at most, only what may be seen, and nobody stands in another's way."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Barrier

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection

from portal.access.models import Membership
from portal.notices import tasks
from portal.notices.kinds import Email
from portal.notices.models import Notice
from portal.notices.services import mark_read
from portal.notices.services_email import MOST_LINES, WITHIN, send_waiting
from tests.factories import NOW
from tests.notices.test_services import choose, tell

NOW_KIND = "assessment-returned"  # at once by default


class Stubborn(EmailBackend):
    """A server that refuses an address, breaks off, or is away."""

    refused: dict[str, Exception] = {}
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


def send(email=Email.NOW, at=NOW, seconds=60.0):
    return send_waiting(email=email, clock=lambda: at, seconds=seconds)


def recipients():
    return [message.to[0] for message in mail.outbox]


def test_says_what_happened_and_where_it_is(world):
    tell(world.lead, kind=NOW_KIND, agency=world.grid)
    send()
    (message,) = mail.outbox
    assert message.subject == "Maturity Portal: Grid Office FY27 Q1 was returned: see what to change."
    assert message.to == ["lead@example.gov"]
    assert f"{settings.SITE_URL}/assessments/1/" in message.body
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert f'<a href="{settings.SITE_URL}/assessments/1/">Grid Office' in html
    assert f"{settings.SITE_URL}/account/notices/settings/" in message.body


def test_names_are_text(world):
    tell(world.lead, kind=NOW_KIND, about="<b>Grid</b> & Co")
    send()
    (message,) = mail.outbox
    assert "<b>Grid</b> & Co" in message.body
    assert "&lt;b&gt;Grid&lt;/b&gt; &amp; Co" in message.alternatives[0][0]


def test_is_sent_once_however_often_it_runs(world):
    tell(world.lead, kind=NOW_KIND)
    send()
    send()
    assert len(mail.outbox) == 1


def test_digests_go_by_themselves_and_hold_all_of_a_person(world):
    tell(world.lead, world.contributor)
    tell(world.lead, key="2", about="Grid Office FY27 Q2")
    send()
    assert mail.outbox == []  # nothing was to go at once
    send(Email.DAILY)
    assert sorted(recipients()) == ["contributor@example.gov", "lead@example.gov"]
    leads = next(message for message in mail.outbox if message.to == ["lead@example.gov"])
    assert leads.subject == "Maturity Portal: 2 notices"
    assert "FY27 Q1 was approved" in leads.body
    assert "FY27 Q2 was approved" in leads.body
    send(Email.DAILY)
    assert len(mail.outbox) == 2


def test_what_was_read_meanwhile_does_not_go(world):
    tell(world.lead)
    mark_read(notice=Notice.objects.get(), at=NOW)
    send(Email.DAILY)
    assert mail.outbox == []


def test_a_long_digest_names_some_and_counts_the_rest(world):
    for number in range(MOST_LINES + 3):
        tell(world.lead, key=str(number))
    send(Email.DAILY)
    assert "And 3 more: " in mail.outbox[0].body
    assert mail.outbox[0].body.count("was approved") == MOST_LINES
    send(Email.DAILY)
    assert len(mail.outbox) == 1


def test_what_one_may_not_see_any_more_is_not_sent(world):
    tell(world.lead, kind=NOW_KIND, agency=world.grid)
    Membership.objects.filter(user=world.lead).update(until_on=NOW.date() - timedelta(days=1000))
    send()
    assert mail.outbox == []
    assert Notice.objects.get().emailed_at is None
    assert Notice.objects.get().email == "never"  # and does not wait until they may


@pytest.mark.parametrize("field", [{"is_active": False}, {"email": ""}])
def test_who_cannot_be_written_to_is_passed_over(world, field):
    tell(world.lead, world.contributor, kind=NOW_KIND)
    for name, value in field.items():
        setattr(world.lead, name, value)
    world.lead.save()
    send()
    assert recipients() == ["contributor@example.gov"]


def test_a_refused_address_stops_nobody_else(world, stubborn):
    stubborn.refused = {"contributor@example.gov": SMTPRecipientsRefused({"c": (550, b"no such person")})}
    tell(world.lead, world.contributor, world.reviewer, kind=NOW_KIND)
    send()
    assert sorted(recipients()) == ["lead@example.gov", "reviewer@example.gov"]
    stubborn.refused = {}
    send()
    assert len(mail.outbox) == 2  # refused for good


def test_refused_for_now_is_tried_again(world, stubborn):
    stubborn.refused = {"lead@example.gov": SMTPRecipientsRefused({"c": (451, b"try again later")})}
    tell(world.lead, kind=NOW_KIND)
    send()
    stubborn.refused = {}
    send()
    assert recipients() == ["lead@example.gov"]


def test_what_may_have_been_taken_is_not_sent_again(world, stubborn):
    stubborn.refused = {"lead@example.gov": SMTPServerDisconnected("gone")}
    tell(world.lead, kind=NOW_KIND)
    send()
    stubborn.refused = {}
    send()
    assert mail.outbox == []


def test_a_server_that_is_away_loses_nothing_for_days(world, stubborn):
    tell(world.lead, kind=NOW_KIND)
    stubborn.away = True
    send()
    assert Notice.objects.get().emailed_at is None
    stubborn.away = False
    send(at=NOW + WITHIN + timedelta(minutes=1))
    assert mail.outbox == []  # what is so old is no news
    send(at=NOW + WITHIN - timedelta(minutes=1))
    assert len(mail.outbox) == 1


def test_stops_after_its_time_and_says_so(world):
    tell(world.lead, kind=NOW_KIND)
    assert send(seconds=-1)
    assert mail.outbox == []
    assert not send()
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_send_each_person_one(world):
    for number in range(20):
        tell(world.lead, world.contributor, key=str(number), kind=NOW_KIND)
    start = Barrier(4)

    def work(_):
        start.wait()
        send()
        connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    assert sorted(recipients()) == ["contributor@example.gov", "lead@example.gov"]
    assert all(message.body.count("was returned") == 20 for message in mail.outbox)


def test_what_is_to_go_at_once_wakes_a_worker_when_it_is_committed(world, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as waiting:
        tell(world.lead)
    assert waiting == []  # the digest has its hour
    with django_capture_on_commit_callbacks() as waiting:
        tell(world.lead, kind=NOW_KIND)
    assert len(waiting) == 1


def test_the_tasks_do_what_they_are_called(world):
    from django.utils import timezone

    tell(world.lead)
    tell(world.contributor, kind=NOW_KIND)
    Notice.objects.update(made_at=timezone.now())
    tasks.send_at_once()
    assert recipients() == ["contributor@example.gov"]
    tasks.send_digests()
    assert recipients() == ["contributor@example.gov", "lead@example.gov"]
    tasks.remove_old()
    assert Notice.objects.count() == 2


def test_a_choice_of_the_last_moment_counts(world):
    tell(world.lead, kind=NOW_KIND)
    choose(world.lead, email=Email.NEVER, kind=NOW_KIND)
    send()
    assert mail.outbox == []
