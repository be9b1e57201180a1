"""Background work: history under new scoring rules, answers that follow others. Safe to run twice."""

import logging

from celery import shared_task
from django.utils import timezone

from assessments import services_rescoring, services_sharing
from portal.jobs import services as jobs

logger = logging.getLogger(__name__)


@shared_task
def find_rule_changes() -> None:
    """Start re-scoring history where a version was published, or its method changed, since the last look."""
    services_rescoring.find_gaps(at=timezone.now())


@shared_task
def follow_shared_answers() -> None:
    """Bring the answers that follow those of an agency above in line, whatever way those were changed by."""
    services_sharing.follow_all(at=timezone.now())


@shared_task
def rescore_history(*, job_id: int) -> None:
    """Re-score history under the rule that the job names."""
    attempt = jobs.claim(job_id=job_id, at=timezone.now())
    if attempt is not None:
        try:
            services_rescoring.run_rescoring(attempt=attempt, clock=timezone.now)
        except jobs.NotCurrent as error:
            logger.warning("Left to the next attempt: %s", error)
