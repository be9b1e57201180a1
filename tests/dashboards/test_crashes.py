"""Workers, Redis and PostgreSQL are killed in the middle of a rebuild and of approvals.

In the end every number equals a recomputation from scratch, and no mark is left.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from celery import current_app
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from assessments.models import Assessment, Result
from assessments.services import start_assessment
from assessments.services_answers import AnswerFields, save_answer
from assessments.services_review import Agreeing, approve_assessment, submit_assessment
from dashboards.models import Freshness, Trend
from dashboards.services_check import verify
from dashboards.services_rebuild import left, request_rebuild
from maturity.levels import Level
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency, StaleMark
from portal.jobs.models import Job
from portal.jobs.services import requeue_lost
from tests.assessments.conftest import LABEL, QUARTER, STAGE_1
from tests.dashboards.factories import make_result, refresh_all
from tests.factories import NOW, make_agency, make_program, make_user
from tests.maturity.factories import make_small_model
from tests.servers import OwnPostgres, OwnRedis
from tests.workers import Workers, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres, pytest.mark.redis]
AGENCIES = 160
APPROVALS = 25
SECONDS = 180.0  # at most; a machine that is busy with other tests takes long
LOST = (OperationalError, InterfaceError)


class Government:
    """A department and what is below it, with three quarters of results; some now wait for approval."""

    @transaction.atomic
    def __init__(self) -> None:
        self.agencies = [make_agency("Department")]
        self.agencies += [make_agency(parent=self.agencies[0]) for _ in range(AGENCIES - 1)]
        make_program("All of them", self.agencies)
        self.version = make_small_model()
        self.lead, self.reviewer = make_user("lead", Role.LEAD), make_user("reviewer", Role.REVIEWER)
        for agency in self.agencies:
            for period in ("FY26 Q2", "FY26 Q3", "FY26 Q4"):
                make_result(agency, period, score=agency.pk % 50 / 10, version=self.version)
        self.submitted = [self._submit(agency, n) for n, agency in enumerate(self.agencies[:APPROVALS])]

    def _submit(self, agency: Agency, number: int) -> Assessment:
        made = start_assessment(
            agency=agency,
            version=self.version,
            period=QUARTER,
            period_label=LABEL,
            by=self.lead,
            at=NOW,
        )
        for place, item in enumerate(STAGE_1):
            level = Level.IN_PLACE if number % 4 > place else Level.NOT_STARTED
            save_answer(
                assessment_id=made.pk,
                item_slug=item,
                revision=0,
                fields=AnswerFields(level=level),
                by=self.lead,
                at=NOW,
            )
        made.refresh_from_db()
        return submit_assessment(
            assessment_id=made.pk, revision=made.revision, attested_by="Lead", by=self.lead, at=NOW
        )

    def approve_all(self, pause: float = 0.05) -> None:
        """One after the other; a reviewer whose request failed looks at the page and tries again."""
        for assessment in self.submitted:
            until = time.monotonic() + SECONDS
            while not approved(assessment, self.reviewer):
                assert time.monotonic() < until, "an approval never went through"
                connection.close()
                time.sleep(0.1)
            time.sleep(pause)


def approved(assessment: Assessment, reviewer: User) -> bool:
    """Whether it is approved now; False where the database was away."""
    try:
        if Assessment.objects.get(pk=assessment.pk).state != Assessment.State.APPROVED:
            approve_assessment(
                assessment_id=assessment.pk,
                revision=assessment.revision,
                by=reviewer,
                at=timezone.now(),
                agreeing=Agreeing.REST,
                confirmation="Seen on site.",
            )
    except LOST:
        return False
    return True


@contextmanager
def stream_of_approvals(government: Government) -> Iterator[Callable[[], bool]]:
    """Approvals in a thread of their own; gives whether they still go on. Waits for their end."""

    def run() -> None:
        try:
            government.approve_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        going: Future[None] = pool.submit(run)
        yield lambda: not going.done()
        going.result(timeout=2 * SECONDS)


def beat() -> None:
    """What beat does every few seconds, here at once and two minutes from now."""
    try:
        requeue_lost(at=timezone.now() + timedelta(minutes=2))
        current_app.send_task("dashboards.tasks.refresh_stale", queue="trends")
    except (*LOST, BrokerError, OSError):
        connection.close()  # beat tries again with its next tick


def work_off(job: Job | None = None) -> None:
    """Beat until nothing is left, and the job has ended."""

    def done() -> bool:
        if left().total == 0 and (job is None or not Job.objects.get(pk=job.pk).is_open):
            return True
        beat()
        time.sleep(0.5)
        return False

    wait_for(done, SECONDS, lambda: str(left()))
    assert job is None or Job.objects.get(pk=job.pk).state == Job.State.DONE


def marked_for_rebuild() -> int:
    return StaleMark.objects.filter(reason="rebuild").values("agency").distinct().count()


def assert_all_is_right() -> None:
    """Nothing waits, nothing differs, and every approval is counted."""
    found = verify(at=timezone.now())
    assert (found.pending, found.differences, found.findings) == (0, 0, ())
    horizon = Freshness.objects.get().horizon_on
    row = Trend.objects.get(scope__kind="everything", on=horizon)
    assert (row.agencies, row.reported + row.carried) == (AGENCIES, AGENCIES)
    assert row.reported >= Result.objects.filter(period_label=LABEL).count()


def assert_all_approved() -> None:
    assert Result.objects.filter(period_label=LABEL).count() == APPROVALS
    assert Result.objects.count() == 3 * AGENCIES + APPROVALS


def test_workers_killed_again_and_again_within_a_rebuild_and_approvals(workers: Workers):
    government = Government()
    refresh_all()
    jobs = []
    with stream_of_approvals(government):
        for _ in range(3):
            both = [workers.start("default"), workers.start("trends")]
            jobs.append(request_rebuild(by=None, at=timezone.now()))
            wait_for(lambda: marked_for_rebuild() < AGENCIES, SECONDS, workers.logs)
            for worker in both:
                workers.kill(worker)
            assert left().total > 0, "the rebuild was over before the workers were killed"
    assert_all_approved()
    workers.start()
    for job in jobs:
        work_off(job)
    assert_all_is_right()


@pytest.mark.servers
def test_redis_killed_within_a_rebuild_and_approvals_and_all_it_held_lost(
    own_redis: OwnRedis, workers: Workers
):
    government = Government()
    refresh_all()
    workers.start("default")
    workers.start("trends")
    job = request_rebuild(by=None, at=timezone.now())
    with stream_of_approvals(government) as going_on:
        wait_for(lambda: marked_for_rebuild() < AGENCIES, SECONDS, workers.logs)
        own_redis.stop_at_once()
        assert going_on()
        time.sleep(1)
        own_redis.start()
    assert_all_approved()
    work_off(job)
    assert_all_is_right()


@pytest.mark.servers
def test_postgresql_stopped_at_once_within_a_rebuild_and_approvals(
    own_postgres: OwnPostgres, workers: Workers
):
    government = Government()
    refresh_all()
    workers.start("default")
    workers.start("trends")
    job = request_rebuild(by=None, at=timezone.now())
    with stream_of_approvals(government) as going_on:
        wait_for(lambda: marked_for_rebuild() < AGENCIES, SECONDS, workers.logs)
        own_postgres.stop_at_once()
        assert going_on()
        time.sleep(1)
        own_postgres.start()
        connection.close()
        assert left().total > 0, "the rebuild was over before PostgreSQL was stopped"
        assert Result.objects.filter(period_label=LABEL).count() < APPROVALS
    assert_all_approved()
    work_off(job)
    assert_all_is_right()
