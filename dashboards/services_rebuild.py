"""Computing everything again from the sources, by as many workers as there are, in slices.

The stale marks and the scopes that wait for a recount are the list of what is left to do. So a rebuild that
was broken off goes on where it was, whoever takes it up, and beginning it twice does no harm.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from dashboards.models import Scope
from dashboards.services import lock_all_scopes, recount_scopes, refresh_stale
from dashboards.services_bulk import insert_rows
from dashboards.services_cohorts import mark_cohorts
from portal.agencies.models import Agency, StaleMark
from portal.audit import services as audit
from portal.jobs import services as jobs
from portal.jobs.models import Job

logger = logging.getLogger(__name__)
TASK = "dashboards.tasks.rebuild"
HELP_TASK = "dashboards.tasks.refresh_stale"  # works off what is left, for some seconds
HELPERS = 3  # called at a time; who is not free within HELP_SECONDS is not needed any more
HELP_SECONDS = 8.0
PAUSE = 0.2  # seconds, while other workers are at the rest


@dataclass(frozen=True)
class Left:
    """What waits to be brought up to date."""

    agencies: int
    scopes: int

    @property
    def total(self) -> int:
        return self.agencies + self.scopes


def left() -> Left:
    """What waits to be brought up to date now."""
    agencies = StaleMark.objects.order_by().values("agency").distinct().count()
    return Left(agencies, Scope.objects.filter(recount=True).count())


@transaction.atomic
def begin_rebuild(*, at: datetime) -> int:
    """Have everything computed again from the sources: mark every agency, and every scope for a recount.

    What is shown stays until it is replaced, scope by scope. Returns the number of agencies.
    """
    lock_all_scopes()
    Scope.objects.update(recount=True)
    # Standings of agencies that are there no more went with them; all others are computed again.
    agencies = list(Agency.objects.order_by("pk").values_list("pk", flat=True))
    marks = [StaleMark(agency_id=pk, reason="rebuild", marked_at=at) for pk in agencies]
    insert_rows(marks)
    return len(agencies)


def work_off(*, clock: Callable[[], datetime]) -> Iterator[Left]:
    """Bring up to date what waits for it, one slice at a time, until nothing is left; says what is left."""
    mark_cohorts(at=clock())
    while (rest := left()).total:
        yield rest
        if not refresh_stale(at=clock()) and not recount_scopes(at=clock()):
            time.sleep(PAUSE)


@transaction.atomic
def request_rebuild(*, by: audit.Actor | None, at: datetime) -> Job:
    """Begin a rebuild that the workers carry out."""
    begin_rebuild(at=at)
    return jobs.enqueue(kind="Rebuild of all standings and trends", task=TASK, by=by, at=at)


def run_rebuild(*, attempt: jobs.Attempt, clock: Callable[[], datetime]) -> None:
    """Carry out a rebuild that has begun, as a job, helped by other workers. Raises jobs.NotCurrent."""
    total = attempt.cursor.get("total", 0)
    next_call = time.monotonic()
    for rest in work_off(clock=clock):
        total = max(total, rest.total)
        if time.monotonic() >= next_call:
            _call_helpers()
            next_call = time.monotonic() + HELP_SECONDS
        jobs.heartbeat(
            attempt=attempt,
            at=clock(),
            done=total - rest.total,
            total=total,
            cursor={"total": total},
            message=f"{rest.agencies} agencies and {rest.scopes} trends are left.",
        )
    jobs.heartbeat(attempt=attempt, at=clock(), done=total, total=total)
    jobs.finish(attempt=attempt, at=clock(), message="All standings and trends are computed again.")


def _call_helpers() -> None:
    """Have other workers of the same queue take slices for a while, as many as are free.

    Not those of the queue for trends, where single approvals would wait behind this.
    """
    try:
        for _ in range(HELPERS):
            current_app.send_task(HELP_TASK, queue="default", expires=HELP_SECONDS)
    except (OperationalError, OSError) as error:
        logger.warning("No message for other workers (%s); this one goes on alone.", error)
