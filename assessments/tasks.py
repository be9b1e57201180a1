"""Background work: history under new scoring rules, files of answers, data calls and reminders, evidence and
exemptions that end, answers that follow others. Safe to run twice."""

import logging
from collections.abc import Callable

from celery import shared_task
from django.utils import timezone

from assessments import (
    services_answer_files,
    services_datacalls,
    services_datacalls_email,
    services_evidence_files,
    services_evidence_notices,
    services_rescoring,
    services_sharing,
)
from portal.jobs import services as jobs

logger = logging.getLogger(__name__)


@shared_task
def find_rule_changes() -> None:
    """Start re-scoring history where a version was published, or its method changed, since the last look."""
    services_rescoring.find_gaps(at=timezone.now())


@shared_task
def tell_of_ends() -> None:
    """Tell people of evidence and exemptions that end within 30 days, once."""
    services_evidence_notices.tell_of_ends(at=timezone.now())


@shared_task
def remove_unnamed_files() -> None:
    """Remove bytes of evidence that nothing names: of uploads that were never finished, or of none."""
    services_evidence_files.remove_unnamed(at=timezone.now())


@shared_task
def follow_shared_answers() -> None:
    """Bring the answers that follow those of an agency above in line, whatever way those were changed by."""
    services_sharing.follow_all(at=timezone.now())


@shared_task
def rescore_history(*, job_id: int) -> None:
    """Re-score history under the rule that the job names."""
    _run(job_id, services_rescoring.run_rescoring)


@shared_task
def check_answer_file(*, job_id: int) -> None:
    """Say what loading the file that the job names would do."""
    _run(job_id, services_answer_files.check_file)


@shared_task
def load_answer_file(*, job_id: int) -> None:
    """Load the file that the job names."""
    _run(job_id, services_answer_files.load_file)


@shared_task
def drop_answer_files() -> None:
    """Drop the files of answers that nobody confirmed in time."""
    services_answer_files.drop_expired(at=timezone.now())


@shared_task
def send_data_call(*, job_id: int) -> None:
    """Send the letters of the data call that the job names."""
    _run(job_id, services_datacalls_email.run_sending)


@shared_task
def send_waiting_letters() -> None:
    """Take up data calls of which something waits and nobody is about it."""
    services_datacalls.send_waiting(at=timezone.now())


@shared_task
def make_due_reminders() -> None:
    """Make the reminders whose day has come."""
    services_datacalls.make_due_reminders(at=timezone.now())


def _run(job_id: int, run: Callable[..., None]) -> None:
    """Run a job with `run(attempt=…, clock=…)`, unless somebody else has it."""
    attempt = jobs.claim(job_id=job_id, at=timezone.now())
    if attempt is not None:
        try:
            run(attempt=attempt, clock=timezone.now)
        except jobs.NotCurrent as error:
            logger.warning("Left to the next attempt: %s", error)
