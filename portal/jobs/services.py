"""The life of a job: asked for, claimed, kept alive, ended; queued again when its worker was lost.

A message to the workers is only a hint. The row decides: whoever turns it from waiting to running has
the job, and an attempt that was given up for lost cannot write any more.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.urls import reverse
from kombu.exceptions import OperationalError

from portal.audit import services as audit
from portal.jobs.models import Job, JobQuerySet
from portal.notices.services import Note, notify

logger = logging.getLogger(__name__)
LOST_AFTER = timedelta(seconds=60)  # without a heartbeat a worker is given up, and a message without a claim
MOST_ATTEMPTS = 5  # a job that ends its worker each time does not do so forever


class NotCurrent(Exception):
    """This attempt was given up for lost and another has begun: stop, and write nothing more."""


@dataclass(frozen=True)
class Attempt:
    """The right to run a job, and to write to it until another attempt begins."""

    job_id: int
    number: int
    arguments: dict[str, Any]
    cursor: dict[str, Any]


@transaction.atomic
def enqueue(
    *,
    kind: str,
    task: str,
    by: audit.Actor | None,
    at: datetime,
    arguments: dict[str, Any] | None = None,
    queue: str = "default",
) -> Job:
    """Have `task` run in the background, called with the keyword argument `job_id`.

    The workers are told once this is committed. `by` None: the portal itself.
    """
    job = Job.objects.create(
        kind=kind,
        task=task,
        queue=queue,
        arguments=arguments or {},
        requested_by_id=by.pk if by is not None else None,
        requested_by_name=by.get_username() if by is not None else audit.SYSTEM,
        created_at=at,
        sent_at=at,
    )
    audit.record(action="job requested", obj=job, by=by, at=at)
    transaction.on_commit(partial(_send, job))
    return job


def open_jobs_of(person_id: int, task: str) -> int:
    """How many jobs of this kind that a person asked for have not ended."""
    states = [Job.State.QUEUED, Job.State.RUNNING]
    return Job.objects.filter(requested_by_id=person_id, task=task, state__in=states).count()


def claim(*, job_id: int, at: datetime) -> Attempt | None:
    """Take a waiting job; None when somebody else has it or it has ended."""
    job = Job.objects.filter(pk=job_id, state=Job.State.QUEUED).first()
    if job is None:
        return None
    number = job.attempt + 1
    taken = Job.objects.filter(pk=job_id, state=Job.State.QUEUED, attempt=job.attempt).update(
        state=Job.State.RUNNING, attempt=number, started_at=at, heartbeat_at=at, done_before=job.done
    )
    return Attempt(job_id, number, job.arguments, job.cursor) if taken else None


def heartbeat(
    *,
    attempt: Attempt,
    at: datetime,
    done: int,
    total: int,
    cursor: dict[str, Any] | None = None,
    message: str = "",
) -> None:
    """Say that the job is alive and how far it is. Call it between slices, outside of transactions.

    Raises NotCurrent.
    """
    fields: dict[str, Any] = {"heartbeat_at": at, "done": done, "total": total, "message": message}
    _write(attempt, **fields if cursor is None else fields | {"cursor": cursor})


def finish(*, attempt: Attempt, at: datetime, message: str) -> None:
    """The job is done. Raises NotCurrent."""
    _write(attempt, state=Job.State.DONE, heartbeat_at=at, finished_at=at, message=message)


def fail(*, attempt: Attempt, at: datetime, message: str) -> None:
    """The job cannot be done; `message` says why and what to do. Raises NotCurrent."""
    with transaction.atomic():
        _write(attempt, state=Job.State.FAILED, heartbeat_at=at, finished_at=at, message=message)
        _tell_of_failure([attempt.job_id], at)


def requeue_lost(*, at: datetime) -> int:
    """Queue jobs again whose worker fell silent, and send word again of those that nobody claimed.

    Returns how many.
    """
    silent_since = at - LOST_AFTER
    lost = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=silent_since)
    _give_up(lost.filter(attempt__gte=MOST_ATTEMPTS), at)
    lost.update(
        state=Job.State.QUEUED,
        sent_at=silent_since - LOST_AFTER,
        message="Its worker was lost; it is tried again.",
    )
    sent = 0
    for job in Job.objects.filter(state=Job.State.QUEUED, sent_at__lt=silent_since).order_by("pk"):
        # Of several clocks only one sends.
        if Job.objects.filter(pk=job.pk, sent_at=job.sent_at).update(sent_at=at):
            _send(job)
            sent += 1
    return sent


@transaction.atomic
def _give_up(jobs: JobQuerySet, at: datetime) -> None:
    ids = list(jobs.select_for_update().values_list("pk", flat=True))
    if ids:
        message = f"Given up: its worker was lost {MOST_ATTEMPTS} times. The workers' logs may say why."
        Job.objects.filter(pk__in=ids).update(state=Job.State.FAILED, finished_at=at, message=message)
        _tell_of_failure(ids, at)


def _tell_of_failure(ids: Collection[int], at: datetime) -> None:
    """Tell whoever asked for these jobs; what the portal does by itself is its operator's to look after."""
    failed = Job.objects.filter(pk__in=ids, requested_by_id__isnull=False)
    path = reverse("jobs:job-list")
    notes = [
        Note(about=job.kind, path=path, key=str(job.pk), people=[job.requested_by_id])
        for job in failed
        if job.requested_by_id is not None
    ]
    notify(kind="job-failed", notes=notes, at=at)


def _write(attempt: Attempt, **fields: Any) -> None:
    current = Job.objects.filter(pk=attempt.job_id, state=Job.State.RUNNING, attempt=attempt.number)
    if not current.update(**fields):
        raise NotCurrent(f"attempt {attempt.number} of job {attempt.job_id} is not the current one")


def _send(job: Job) -> None:
    try:
        current_app.send_task(job.task, kwargs={"job_id": job.pk}, queue=job.queue)
    except (OperationalError, OSError) as error:
        logger.warning("No message for %s (%s); it is sent again within minutes.", job, error)
