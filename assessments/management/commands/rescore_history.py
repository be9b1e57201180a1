"""`python manage.py rescore_history`: what was approved before, by the rules that came after."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assessments.models import ScoringRule
from assessments.services_rescoring import find_gaps, request_rescoring, run_rescoring
from maturity.models import ModelVersion
from maturity.queries import version_named
from portal.jobs import services as jobs
from portal.jobs.models import Job


class Command(BaseCommand):
    """Only what is missing is written, so it is safe to repeat and to break off."""

    help = (
        "Score all approved assessments by the rules published after them. The portal does so by itself "
        "within a minute of a publication; this is for those who will not wait, or after a failure."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which rule, and who does it."""
        parser.add_argument("version", nargs="?", help="container-adoption@2; without it all that wait")
        parser.add_argument("--in-background", action="store_true", help="leave it to the workers")

    def handle(self, *args: Any, **options: Any) -> None:
        started = self._asked_for(options["version"]) if options["version"] else self._waiting()
        if not started:
            self.stdout.write("Nothing waits to be re-scored, or a worker is at it.")
        for job in started:
            if options["in_background"]:
                self.stdout.write(f"Job {job.pk} is waiting for a worker.")
                continue
            attempt = jobs.claim(job_id=job.pk, at=timezone.now())
            if attempt is None:
                self.stdout.write(f"A worker has taken job {job.pk}.")
                continue
            run_rescoring(attempt=attempt, clock=timezone.now)
            self.stdout.write(Job.objects.get(pk=job.pk).message)

    def _waiting(self) -> list[Job]:
        started = find_gaps(at=timezone.now())
        for row in ScoringRule.objects.filter(complete_at__isnull=True).select_related("version__model"):
            if row.rule == row.version.scoring_rule:
                job = request_rescoring(version=row.version, by=None, at=timezone.now())
                started += [job] if job is not None else []
        return started

    def _asked_for(self, key: str) -> list[Job]:
        try:
            version = version_named(key)
        except ModelVersion.DoesNotExist as error:
            raise CommandError(str(error)) from error
        job = request_rescoring(version=version, by=None, at=timezone.now())
        return [job] if job is not None else []
