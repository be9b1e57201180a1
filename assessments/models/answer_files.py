"""Answers of many agencies in one file, brought into a round by its program office."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.models.cycles import Cycle


class AnswerFile(models.Model):
    """One file: checked, looked at, then loaded by a worker, agency by agency.

    Its bytes are kept in the database until it is loaded or has expired, because the web processes and the
    workers share no disk. What it brought is in the audit, under its checksum.
    """

    class State(models.TextChoices):
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Waits for your decision"
        LOADING = "loading", "Being loaded"
        LOADED = "loaded", "Loaded"
        REFUSED = "refused", "Cannot be read"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="answer_files")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    checksum = models.CharField(max_length=64)  # SHA-256 of the bytes
    size = models.PositiveIntegerField()  # bytes
    content = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    # What was chosen when it was confirmed.
    partial = models.BooleanField(default=False)  # leave out agencies with wrong rows
    over = models.BooleanField(default=False)  # the file's answers over other ones in the portal
    carry_over = models.BooleanField(default=False)  # new assessments begin with what was approved last
    submit = models.BooleanField(default=False)
    found: Any = models.JSONField(default=dict)  # by checking: answer_files.Findings
    outcome: Any = models.JSONField(default=dict)  # of loading: answer_files.Outcome
    job_id = models.BigIntegerField(null=True)  # of the run that checks or loads it
    uploaded_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    loaded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="loaded") | Q(loaded_at__isnull=False),
                name="answer_file_loaded_has_a_time",
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_under_way(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.state in {self.State.CHECKING, self.State.LOADING}
