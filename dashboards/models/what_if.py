"""What-if runs of many agencies, computed in the background."""

from typing import Any

from django.conf import settings
from django.db import models

from dashboards.models.publications import Publication
from dashboards.models.trends import Scope
from maturity.models import ModelVersion


class WhatIfRun(models.Model):
    """What was asked, and what came of it: counts alone, of agencies whose answers the asker may see."""

    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    job_id = models.BigIntegerField(null=True)
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    # How standings are read: as of a publication, as known before a moment, or (both null) as they are now.
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, null=True, related_name="+")
    approved_before = models.DateTimeField(null=True)
    period_label = models.CharField(max_length=40)
    working = models.PositiveSmallIntegerField(null=True)  # the stage that the agencies work on; null: any
    practices: Any = models.JSONField(default=list)  # slugs
    outcome: Any = models.JSONField(null=True)  # analytics.what_if.Outcome; null until it is computed

    class Meta:
        ordering = ["-asked_at", "-id"]

    def __str__(self) -> str:
        return f"what if of {self.scope}, {self.period_label}"
