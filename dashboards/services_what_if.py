"""What-if over more agencies than one waits for: asked for, and computed in the background in slices."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial

from django.db import transaction

from dashboards.analytics.what_if import Outcome, change
from dashboards.models import Scope, WhatIfRun
from dashboards.queries.agencies import AsKnown, Frozen, Reading, members_of
from dashboards.queries.measures import Measure
from dashboards.queries.what_if import participants, rules_for, run_read, with_details
from portal.access.models import User
from portal.jobs import services as jobs

TASK = "dashboards.tasks.what_if"
SLICE = 100  # agencies between two heartbeats


MOST_OPEN = 5  # runs that one person may have under way


class TooManyRuns(Exception):
    """This person has as many runs under way as may be; says so."""


@transaction.atomic
def request_run(
    *,
    scope: Scope,
    measure: Measure,
    on: date,
    read: Reading,
    period_label: str,
    working: int | None,
    practices: Sequence[str],
    by: User,
    at: datetime,
) -> WhatIfRun:
    """Have what-if computed by the workers, for those agencies of `scope` whose answers `by` may see.

    Raises TooManyRuns.
    """
    if jobs.open_jobs_of(by.pk, TASK) >= MOST_OPEN:
        raise TooManyRuns(f"{MOST_OPEN} of yours are being computed: wait until one is done.")
    run = WhatIfRun.objects.create(
        asked_by=by,
        asked_at=at,
        scope=scope,
        version=measure.version,
        on=on,
        publication_id=read.publication if isinstance(read, Frozen) else None,
        approved_before=read.approved_before if isinstance(read, AsKnown) else None,
        period_label=period_label,
        working=working,
        practices=list(practices),
    )
    job = jobs.enqueue(kind="What if", task=TASK, by=by, at=at, arguments={"run": run.pk})
    run.job_id = job.pk
    run.save(update_fields=["job_id"])
    return run


def compute_run(*, attempt: jobs.Attempt, clock: Callable[[], datetime]) -> None:
    """Compute a run slice by slice; what was done is kept, so that another attempt goes on there.

    Raises jobs.NotCurrent.
    """
    runs = WhatIfRun.objects.select_related("version__model", "scope", "asked_by")
    run = runs.filter(pk=attempt.arguments["run"]).first()
    if run is None:
        jobs.fail(attempt=attempt, at=clock(), message="What was asked is there no more.")
        return
    measure = Measure(run.version)
    rules, practices = rules_for(measure), frozenset(run.practices)
    read = run_read(run)
    agencies = with_details(members_of(run.scope, run.on, run.asked_by, read), run.asked_by)
    those = participants(agencies, measure, run.on, run.working, read)
    outcome = Outcome.from_json(attempt.cursor["outcome"]) if "outcome" in attempt.cursor else Outcome()
    last, total = attempt.cursor.get("after", 0), those.count()
    beat = partial(jobs.heartbeat, attempt=attempt, total=total)
    while held := those.after(last, SLICE):
        for one in held:
            outcome.add(change(rules, one, practices))
        last = held[-1].agency_id
        done = min(outcome.before.count, total)
        beat(at=clock(), done=done, cursor={"after": last, "outcome": outcome.as_json()})
    WhatIfRun.objects.filter(pk=run.pk).update(outcome=outcome.as_json())
    jobs.finish(attempt=attempt, at=clock(), message=f"{outcome.before.count:,} agencies are re-scored.")
