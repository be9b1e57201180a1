"""One row for every background run: state, attempt, progress, heartbeat."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs by who asked for them."""

    def of_person_or_portal(self, person_id: int) -> Self:
        """What this person asked for and what the portal does by itself."""
        return self.filter(Q(requested_by_id=person_id) | Q(requested_by_id__isnull=True))


class Job(models.Model):
    """A background run. Claimed by (state, attempt); only the current attempt may write."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=60)  # what it is, in words
    task = models.CharField(max_length=200)  # the Celery task that runs it, by name
    queue = models.CharField(max_length=40, default="default")
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    done_before = models.PositiveIntegerField(default=0)  # by earlier attempts
    total = models.PositiveIntegerField(default=0)
    cursor = models.JSONField(default=dict)  # where the next slice begins
    message = models.TextField(blank=True)
    requested_by_id = models.BigIntegerField(null=True)
    requested_by_name = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()  # when the workers were last told of it
    started_at = models.DateTimeField(null=True)  # of the current attempt
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["state", "heartbeat_at"], name="job_by_state"),
            models.Index(fields=["-created_at", "-id"], name="job_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    @property
    def percent(self) -> int | None:
        """How much is done, rounded down; None where the total is not known."""
        return min(100 * self.done // self.total, 100) if self.total else None

    def time_left(self, at: datetime) -> timedelta | None:
        """How long it takes from `at` at the speed of this attempt so far; None where nobody can tell."""
        done = self.done - self.done_before
        if self.state != self.State.RUNNING or self.started_at is None or done <= 0 or self.done > self.total:
            return None
        return (at - self.started_at) / done * (self.total - self.done)
