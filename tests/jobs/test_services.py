"""A job is run by one worker at a time, survives lost workers and lost messages, and ends once."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from portal.audit.models import AuditEntry
from portal.jobs import services
from portal.jobs.models import Job
from tests.factories import NOW
from tests.jobs.factories import make_job

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The messages that went to the workers: task and arguments."""
    messages: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, kwargs, queue: messages.append((task, kwargs)))
    return messages


def test_workers_are_told_once_the_request_is_committed(sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = make_job()
        assert sent == []
    assert sent == [("tests.count", {"job_id": job.pk})]
    assert AuditEntry.objects.get().action == "job requested"


def test_a_request_stands_though_the_broker_is_away(monkeypatch, django_capture_on_commit_callbacks, caplog):
    def away(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        job = make_job()
    assert job.state == "queued"
    assert "connection refused" in caplog.text


def test_only_one_worker_gets_a_job():
    job = make_job()
    first = services.claim(job_id=job.pk, at=NOW)
    assert first.number == 1
    assert services.claim(job_id=job.pk, at=NOW) is None


def test_a_job_that_ended_is_not_begun_again():
    job = make_job()
    attempt = services.claim(job_id=job.pk, at=NOW)
    services.finish(attempt=attempt, at=NOW, message="Counted to ten.")
    assert services.claim(job_id=job.pk, at=NOW) is None
    job.refresh_from_db()
    assert (job.state, job.message, job.finished_at) == ("done", "Counted to ten.", NOW)


def test_a_heartbeat_keeps_progress_and_place():
    job = make_job()
    attempt = services.claim(job_id=job.pk, at=NOW)
    services.heartbeat(attempt=attempt, at=LATER, done=4, total=10, cursor={"next": 5}, message="Four.")
    job.refresh_from_db()
    assert (job.percent, job.cursor, job.message, job.heartbeat_at) == (40, {"next": 5}, "Four.", LATER)
    assert job.time_left(LATER) == timedelta(minutes=7.5)


def test_a_job_whose_worker_fell_silent_goes_on_where_it_was(sent):
    job = make_job()
    lost = services.claim(job_id=job.pk, at=NOW)
    services.heartbeat(attempt=lost, at=NOW, done=4, total=10, cursor={"next": 5})
    assert services.requeue_lost(at=NOW + timedelta(seconds=30)) == 0
    assert services.requeue_lost(at=LATER) == 1
    assert sent == [("tests.count", {"job_id": job.pk})]

    again = services.claim(job_id=job.pk, at=LATER)
    assert (again.number, again.cursor) == (2, {"next": 5})


def test_time_left_counts_the_speed_of_this_attempt_only():
    job = make_job(done=4, total=10)
    attempt = services.claim(job_id=job.pk, at=NOW)
    services.heartbeat(attempt=attempt, at=NOW, done=4, total=10)
    job.refresh_from_db()
    assert job.time_left(NOW) is None
    services.heartbeat(attempt=attempt, at=LATER, done=6, total=10)
    job.refresh_from_db()
    assert job.time_left(LATER) == timedelta(minutes=10)


@pytest.mark.parametrize("write", ["heartbeat", "finish", "fail"])
def test_an_attempt_given_up_for_lost_cannot_write(write, sent):
    job = make_job()
    lost = services.claim(job_id=job.pk, at=NOW)
    services.requeue_lost(at=LATER)
    current = services.claim(job_id=job.pk, at=LATER)
    fields = {"done": 1, "total": 2} if write == "heartbeat" else {"message": "from the dead"}
    with pytest.raises(services.NotCurrent):
        getattr(services, write)(attempt=lost, at=LATER, **fields)
    services.finish(attempt=current, at=LATER, message="Counted.")
    assert Job.objects.get().message == "Counted."


def test_a_message_that_was_lost_is_sent_again_but_not_every_time(sent):
    job = make_job()
    assert services.requeue_lost(at=LATER) == 1
    assert services.requeue_lost(at=LATER) == 0
    assert sent == [("tests.count", {"job_id": job.pk})]


def test_a_job_that_ends_its_worker_each_time_is_given_up(sent):
    job = make_job()
    at = NOW
    for _ in range(services.MOST_ATTEMPTS):
        assert services.claim(job_id=job.pk, at=at)
        at += timedelta(minutes=5)
        services.requeue_lost(at=at)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "lost 5 times" in job.message
    assert services.claim(job_id=job.pk, at=at) is None


def test_a_failure_says_why():
    job = make_job()
    attempt = services.claim(job_id=job.pk, at=NOW)
    services.fail(attempt=attempt, at=NOW, message="There is no ten.")
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "There is no ten.")
