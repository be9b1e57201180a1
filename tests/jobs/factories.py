"""Jobs as services.enqueue makes them."""

from typing import Any

from portal.access.models import User
from portal.jobs.models import Job
from portal.jobs.services import enqueue
from tests.factories import NOW


def make_job(by: User | None = None, **fields: Any) -> Job:
    """A waiting job, asked for by `by` or by the portal itself; other fields are set afterwards."""
    job = enqueue(kind="Count to ten", task="tests.count", by=by, at=NOW)
    Job.objects.filter(pk=job.pk).update(**fields)
    job.refresh_from_db()
    return job
