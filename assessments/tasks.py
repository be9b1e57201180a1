"""Background work: history under new scoring rules, data calls and reminders. All safe to run twice."""

import logging

from celery import shared_task
from django.utils import timezone

from assessments import services_datacalls, services_datacalls_email, services_rescoring
from portal.jobs import services as jobs

logger = logging.getLogger(__name__)


@shared_task
def find_rule_changes() -> None:
    """Start re-scoring history where a version was published, or its method changed, since the last look."""
    services_rescoring.find_gaps(at=timezone.now())


@shared_task
def rescore_history(*, job_id: int) -> None:
    """Re-score history under the rule that the job names."""
    attempt = jobs.claim(job_id=job_id, at=timezone.now())
    if attempt is not None:
        try:
            services_rescoring.run_rescoring(attempt=attempt, clock=timezone.now)
        except jobs.NotCurrent as error:
            logger.warning("Left to the next attempt: %s", error)


@shared_task
def send_data_call(*, job_id: int) -> None:
    """Send the letters of the data call that the job names."""
    attempt = jobs.claim(job_id=job_id, at=timezone.now())
    if attempt is not None:
        try:
            services_datacalls_email.run_sending(attempt=attempt, clock=timezone.now)
        except jobs.NotCurrent as error:
            logger.warning("Left to the next attempt: %s", error)


@shared_task
def send_waiting_letters() -> None:
    """Take up data calls of which something waits and nobody is about it."""
    services_datacalls.send_waiting(at=timezone.now())


@shared_task
def make_due_reminders() -> None:
    """Make the reminders whose day has come."""
    services_datacalls.make_due_reminders(at=timezone.now())
