"""Background work: bringing standings and trends up to date, and checking them. All safe to run twice."""

import logging
import time

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from dashboards import (
    services,
    services_alarm,
    services_check,
    services_cohorts,
    services_overdue,
    services_peers,
    services_publications,
    services_rebuild,
    services_reports,
    services_rules,
    services_schedules,
    services_what_if,
)
from portal.jobs import services as jobs

logger = logging.getLogger(__name__)
SECONDS = 8.0  # after which a run leaves the rest to the next one, so that single approvals get their turn


@shared_task
def refresh_agency(*, agency_id: int | None = None) -> None:
    """Bring one agency that was marked up to date; without an id, all that were."""
    if agency_id is None:
        refresh_stale()
    else:
        services.refresh_agency(agency_id=agency_id, at=timezone.now())


@shared_task
def refresh_stale() -> None:
    """Bring up to date what was marked and no message came for, and scopes that wait to be counted anew."""
    services.extend_horizon(at=timezone.now())
    services_cohorts.mark_cohorts(at=timezone.now())
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if not services.refresh_stale(at=timezone.now()) and not services.recount_scopes(at=timezone.now()):
            if services_rules.put_rules_in_force(at=timezone.now()):
                # So that what is published next has something to be compared with that does not move.
                services_publications.freeze_published(at=timezone.now())
            return


@shared_task
def refresh_horizon() -> None:
    """Add the month ends that came within the horizon, and freeze those that published rounds speak for."""
    services.extend_horizon(at=timezone.now())
    services_publications.freeze_published(at=timezone.now())


@shared_task
def rebuild(*, job_id: int) -> None:
    """Carry out a rebuild that was asked for."""
    attempt = jobs.claim(job_id=job_id, at=timezone.now())
    if attempt is not None:
        try:
            services_rebuild.run_rebuild(attempt=attempt, clock=timezone.now)
        except jobs.NotCurrent as error:
            logger.warning("Left to the next attempt: %s", error)


@shared_task
def what_if(*, job_id: int) -> None:
    """Compute a what-if that was asked for."""
    attempt = jobs.claim(job_id=job_id, at=timezone.now())
    if attempt is not None:
        try:
            services_what_if.compute_run(attempt=attempt, clock=timezone.now)
        except jobs.NotCurrent as error:
            logger.warning("Left to the next attempt: %s", error)


@shared_task
def form_peer_groups() -> None:
    """Form the peer groups of what was published since the last time."""
    services_peers.form_waiting(clock=timezone.now)


@shared_task
def verify_nightly() -> None:
    """Recompute everything from the results, and raise the alarm on any difference."""
    found = services_check.verify(at=timezone.now())
    for finding in found.findings:
        logger.error("Trends are wrong: %s", finding)
    if found.differences:
        logger.error("The check found %s differences; `rebuild_trends` computes all anew.", found.differences)
        services_alarm.raise_alarm(found)


@shared_task
def make_report(*, job_id: int) -> None:
    """Make a report that was asked for, and send it if a schedule asked."""
    attempt = jobs.claim(job_id=job_id, at=timezone.now())
    if attempt is not None:
        try:
            report = services_reports.run_report(attempt=attempt, clock=timezone.now)
        except jobs.NotCurrent as error:
            logger.warning("Left to the next attempt: %s", error)
        else:
            if report is not None:
                services_schedules.deliver(report=report, at=timezone.now())


@shared_task
def make_due_reports() -> None:
    """Ask for the reports that are due, and send what could not be sent before."""
    services_schedules.request_due(at=timezone.now())
    services_schedules.deliver_waiting(at=timezone.now())


@shared_task
def remove_old_reports() -> None:
    """Remove the files of reports that were kept long enough."""
    services_reports.remove_old_files(at=timezone.now(), days=settings.REPORT_DAYS)


@shared_task
def tell_overdue() -> None:
    """Tell those responsible what is overdue, before the daily digests go."""
    services_overdue.tell_overdue(at=timezone.now())
