"""Keeping results under every rule: as approved, and by each rule that came after.

How no result is missed, however approvals, publications and re-scoring meet:
- Whoever saves a result as approved reads the versions of the model after that. Saving it shares a lock on
  the model, which publishing a version takes whole: so either the approval knows the new version, or the
  version is published once the result is there for all to see.
- Re-scoring reads results in the order of their ids and skips those that are there. A slice that is done
  twice changes nothing.
Nothing is ever edited: a rule whose code changes has another name, and results of its own.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.db import transaction

from assessments.models import Result, ScoringRule
from assessments.queries_rules import history_before, successions_to, versions_up_to, without_rule
from assessments.results import can_rescore, rescore
from maturity.models import MaturityModel, ModelVersion
from maturity.queries import succession_of, versions_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import StaleMark
from portal.agencies.services import mark_stale
from portal.audit.services import record
from portal.jobs import services as jobs
from portal.jobs.models import Job

TASK = "assessments.tasks.rescore_history"
REASON = "history re-scored"  # of the stale marks
SLICE = 500  # results scored and written in one transaction


class NotAllowed(Exception):
    """This person may not have history re-scored; says why."""


def save_results(approved: Sequence[Result], at: datetime) -> None:
    """Save new results as approved, and what each newer rule of their models makes of them.

    Call it in the transaction of the approval. In three queries, and one more for each model that has
    several versions.
    """
    if len(approved) == 1:
        approved[0].save(force_insert=True)
    else:
        Result.objects.bulk_create(approved)
    by_model: defaultdict[int, list[Result]] = defaultdict(list)
    for result in approved:
        by_model[result.model_id].append(result)
    for model_id, results in by_model.items():
        versions = versions_of(model_id)
        places = {version.pk: place for place, version in enumerate(versions)}
        first = min(places[result.version_id] for result in results)
        _list_rules(versions, first, [result.pk for result in results], at)
        made = [
            rescored
            for result in results
            for end in range(places[result.version_id] + 1, len(versions))
            if (rescored := _rescored(result, versions[places[result.version_id] : end + 1])) is not None
        ]
        Result.objects.bulk_create(made)


def find_gaps(*, at: datetime) -> list[Job]:
    """List the rules that are not listed yet, and start re-scoring for those whose history waits for it.

    Cheap where nothing is new: one query for each model.
    """
    started = []
    for model in MaturityModel.objects.order_by("pk"):
        versions = versions_of(model.pk)
        with transaction.atomic():
            _list_rules(versions, 0, (), at)
        # A run that failed is not begun again by itself: somebody has to look why.
        waiting = ScoringRule.objects.filter(
            version__in=versions, complete_at__isnull=True, job_id__isnull=True
        )
        named = {version.scoring_rule for version in versions}
        begun = (_start(row.pk, by=None, at=at) for row in waiting.order_by("pk") if row.rule in named)
        started += [job for job in begun if job is not None]
    return started


def request_rescoring(*, version: ModelVersion, by: User | None, at: datetime) -> Job | None:
    """Have history re-scored under the rule of this version; None where a run is at it already.

    `by` None: the portal or its operator. Safe to ask for again: only what is missing is written.
    Raises NotAllowed.
    """
    if by is not None and not by.has_everywhere(Right.RUN_PROGRAM):
        raise NotAllowed("Only program officers and administrators of everything may have history re-scored.")
    versions = versions_up_to(version)
    with transaction.atomic():
        _list_rules(versions, len(versions) - 1, (), at)
        row = ScoringRule.objects.get(version=version, rule=version.scoring_rule)
    return _start(row.pk, by=by, at=at)


def run_rescoring(*, attempt: jobs.Attempt, clock: Callable[[], datetime]) -> None:
    """Re-score history under a rule, as a job. Raises jobs.NotCurrent."""
    row = ScoringRule.objects.select_related("version__model").get(pk=attempt.arguments["rule"])
    if row.rule != row.version.scoring_rule:
        jobs.fail(
            attempt=attempt, at=clock(), message=f"{row.rule} is no longer how {row.version} is scored."
        )
        return
    versions = versions_up_to(row.version)
    total = history_before(versions).count()
    done, after = attempt.cursor.get("done", 0), attempt.cursor.get("after", 0)
    written = attempt.cursor.get("written", 0)
    while True:
        read, made, last = rescore_slice(versions=versions, after=after, at=clock())
        if not read:
            break
        done, written, after = done + read, written + made, last
        cursor = {"done": done, "after": after, "written": written}
        message = f"{done:,} of {total:,} results are scored by version {row.version.version}."
        jobs.heartbeat(
            attempt=attempt, at=clock(), done=done, total=max(total, done), cursor=cursor, message=message
        )
    _complete(row.pk, written, at=clock())
    jobs.finish(attempt=attempt, at=clock(), message=f"{written:,} results are scored by {row.version}.")


@transaction.atomic
def rescore_slice(
    *, versions: Sequence[ModelVersion], after: int, at: datetime, size: int = SLICE
) -> tuple[int, int, int]:
    """Score some results as approved, of ids above `after`, under the rule of the last of `versions`, and
    mark their agencies stale. Returns how many were read and written, and the last id."""
    newest = versions[-1]
    links = successions_to(versions)
    waiting = without_rule(history_before(versions), newest.scoring_rule).filter(pk__gt=after)
    results = list(waiting.select_related("version").order_by("pk")[:size])
    made = [
        rescored
        for result in results
        if can_rescore(result, newest, links[result.version_id])
        and (rescored := rescore(result, newest, links[result.version_id])) is not None
    ]
    # An approval that came meanwhile may have written the same.
    Result.objects.bulk_create(made, ignore_conflicts=True)
    if made:
        mark_stale(agencies=sorted({result.agency_id for result in made}), reason=REASON, at=at)
    return len(results), len(made), results[-1].pk if results else after


def put_in_force(*, at: datetime) -> int:
    """Let the rules hold whose history is re-scored and counted. Returns how many.

    Called when the trends of all scopes are up to date.
    """
    ready = ScoringRule.objects.filter(complete_at__isnull=False, in_force_at__isnull=True)
    if not ready.exists() or StaleMark.objects.filter(reason=REASON).exists():
        return 0
    return ready.update(in_force_at=at)


def _rescored(result: Result, versions: Sequence[ModelVersion]) -> Result | None:
    """What the rule of the last of these versions makes of a result of the first; None where it cannot."""
    link = succession_of(versions)
    return rescore(result, versions[-1], link) if can_rescore(result, versions[-1], link) else None


def _list_rules(versions: Sequence[ModelVersion], first: int, new: Collection[int], at: datetime) -> None:
    """List the rules of versions[first:] that are not; one with nothing to re-score is in force at once.

    `new`: ids of results that are being saved, which are scored by all rules anyway.
    """
    known = set(ScoringRule.objects.filter(version__in=versions).values_list("version_id", "rule"))
    missing = [
        (place, version)
        for place, version in enumerate(versions)
        if place >= first and (version.pk, version.scoring_rule) not in known
    ]
    rows = []
    for place, version in missing:
        history = history_before(versions[: place + 1]).exclude(pk__in=new)
        ready = None if history.exists() else at
        rows.append(
            ScoringRule(
                version=version,
                rule=version.scoring_rule,
                found_at=at,
                complete_at=ready,
                in_force_at=ready,
            )
        )
    ScoringRule.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def _start(rule_id: int, *, by: User | None, at: datetime) -> Job | None:
    """Queue the run for a listed rule, unless one is open."""
    row = ScoringRule.objects.select_for_update(of=("self",)).select_related("version__model").get(pk=rule_id)
    open_states = [Job.State.QUEUED, Job.State.RUNNING]
    if row.job_id is not None and Job.objects.filter(pk=row.job_id, state__in=open_states).exists():
        return None
    kind = f"Re-scoring history by version {row.version.version}"[:60]
    job = jobs.enqueue(kind=kind, task=TASK, arguments={"rule": row.pk}, by=by, at=at)
    row.job_id = job.pk
    row.save(update_fields=["job_id"])
    return job


@transaction.atomic
def _complete(rule_id: int, written: int, *, at: datetime) -> None:
    row = ScoringRule.objects.select_for_update().get(pk=rule_id)
    if row.complete_at is None:
        row.complete_at = at
        row.save(update_fields=["complete_at"])
    record(action="re-score history", obj=row, by=None, at=at, changes={"results": written})
