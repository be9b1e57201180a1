"""With real workers, on whichever database and broker the tests run: soon right, and so after any crash."""

import os
import signal
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from dashboards.models import Trend
from dashboards.services_check import verify
from dashboards.services_rebuild import left, request_rebuild
from portal.agencies.models import Agency, StaleMark
from portal.agencies.services import mark_stale
from portal.jobs.models import Job
from portal.jobs.services import requeue_lost
from tests.assessments.conftest import start_case
from tests.dashboards.factories import make_result, refresh_all
from tests.factories import NOW, make_agency, make_program
from tests.workers import Workers, wait_for
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def assert_all_is_right() -> None:
    found = verify(at=timezone.now())
    assert (found.pending, found.findings) == (0, ())


def beat() -> None:
    """What beat does every few seconds, here at once and two minutes from now."""
    requeue_lost(at=timezone.now() + timedelta(minutes=2))
    current_app.send_task("dashboards.tasks.refresh_stale", queue="trends")


def many_agencies(count: int) -> list[Agency]:
    parent = make_agency("Department")
    agencies = [parent, *(make_agency(parent=parent) for _ in range(count - 1))]
    make_program("All of them", agencies)
    for agency in agencies:
        for period in ("FY26 Q2", "FY26 Q3", "FY26 Q4"):
            make_result(agency, period, score=agency.pk % 50 / 10)
    refresh_all()
    return agencies


def test_an_approval_is_in_the_trends_within_two_seconds(world: World, workers: Workers):
    mark_stale(
        agencies=[world.energy, world.grid, world.mines, world.parks, world.trails], reason="made", at=NOW
    )
    refresh_all()
    case = start_case(world)
    case.answer_all_asked()
    case.submit()
    workers.start()
    result = case.approve()
    took = wait_for(lambda: Trend.objects.filter(scope__program=world.program, reported=1).exists(), 2.0)
    assert took < 2.0
    wait_for(lambda: not StaleMark.objects.exists(), 2.0)
    row = Trend.objects.get(scope__program=world.program, on=result.period_ends_on)
    assert (row.agencies, row.reported, row.score_sum) == (3, 1, result.score)
    assert result.score > 0
    assert_all_is_right()


def test_a_change_of_many_agencies_at_once_is_worked_off(world: World, workers: Workers):
    workers.start()
    mark_stale(
        agencies=[world.energy, world.grid, world.mines, world.parks, world.trails], reason="made", at=NOW
    )
    wait_for(lambda: not StaleMark.objects.exists(), 2.0)
    assert_all_is_right()


def test_a_rebuild_is_shared_by_the_workers_there_are(workers: Workers):
    many_agencies(400)
    for _ in range(2):
        workers.start("default")
    job = request_rebuild(by=None, at=timezone.now())
    wait_for(lambda: Job.objects.get(pk=job.pk).state == "done", 60.0, lambda: str(left()))
    logs = [workers.folder / f"worker-{number}.log" for number in range(2)]
    # Who was called to help goes on for a moment after the job itself has ended.
    wait_for(lambda: all("succeeded" in log.read_text() for log in logs), 30.0, logs[1].read_text)
    assert_all_is_right()


def test_a_worker_killed_within_a_rebuild_leaves_nothing_wrong(workers: Workers):
    many_agencies(400)
    first = workers.start("default")
    with_trends = Trend.objects.count()
    job = request_rebuild(by=None, at=timezone.now())
    wait_for(lambda: left().agencies < 400, 20.0, lambda: str(left()))
    workers.kill(first)
    rest = left()
    assert rest.total > 0, "the worker was done before it was killed: the test needs more agencies"
    assert Trend.objects.count() == with_trends, "what was shown stays until it is replaced"

    workers.start("default")
    beat()
    wait_for(lambda: Job.objects.get(pk=job.pk).state == "done", 60.0, lambda: str(left()))
    assert Job.objects.get(pk=job.pk).attempt == 2
    assert_all_is_right()


def test_workers_killed_among_approvals_leave_nothing_wrong(workers: Workers):
    agencies = many_agencies(20)
    for round_ in range(3):
        worker = workers.start()
        for number, agency in enumerate(agencies):
            make_result(
                agency,
                "FY27 Q1",
                score=(round_ + number) % 6,
                amends=agency.results.first() if round_ else None,
            )
            if number == 10:
                workers.kill(worker)
    assert StaleMark.objects.exists()
    workers.start()
    beat()
    wait_for(lambda: not StaleMark.objects.exists(), 30.0)
    assert_all_is_right()


@pytest.mark.postgres
def test_connections_lost_within_a_rebuild_leave_nothing_wrong(workers: Workers):
    """What a restart of PostgreSQL does to the workers."""
    many_agencies(300)
    workers.start("default")
    job = request_rebuild(by=None, at=timezone.now())
    wait_for(lambda: left().agencies < 300, 20.0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert left().total > 0
    beat()
    wait_for(lambda: Job.objects.get(pk=job.pk).state == "done", 60.0, lambda: str(left()))
    assert_all_is_right()


def test_a_worker_told_to_stop_ends_its_task_first(workers: Workers):
    agencies = many_agencies(5)
    worker = workers.start()
    mark_stale(agencies=agencies[:1], reason="made", at=NOW)
    os.killpg(worker.pid, signal.SIGTERM)
    assert worker.wait(timeout=20) == 0
    workers.start()
    beat()
    wait_for(lambda: not StaleMark.objects.exists(), 10.0)
    assert_all_is_right()
