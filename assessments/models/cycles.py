"""Reporting rounds, and what agencies say of their figures before they are published."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models.kinds import RoundKind
from maturity.models import ModelVersion
from portal.access.models import User
from portal.agencies.models import Agency, Program


class CycleQuerySet(models.QuerySet["Cycle"]):
    """Cycles by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of programs that `user` may know of."""
        return self.filter(program__in=Program.objects.visible_to(user))


class Cycle(models.Model):
    """A reporting round: a program asks its agencies for one model version for one period."""

    class State(models.TextChoices):
        COLLECTING = "collecting", "Collecting"
        PREVIEW = "preview", "In preview"
        PUBLISHED = "published", "Published"

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="cycles")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="cycles")
    kind = models.CharField(max_length=10, choices=RoundKind.choices, default=RoundKind.FULL)
    period_starts_on = models.DateField()
    period_ends_on = models.DateField()
    period_label = models.CharField(max_length=20)
    due_on = models.DateField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.COLLECTING)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)  # since then nobody starts or submits for it any more
    published_at = models.DateTimeField(null=True)
    preview_ends_on = models.DateField(null=True)  # until when agencies look at their figures

    objects = CycleQuerySet.as_manager()

    class Meta:
        ordering = ["-period_ends_on", "program"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "version", "period_ends_on"], name="cycle_once_per_period"
            ),
            models.CheckConstraint(
                condition=Q(period_starts_on__lt=F("period_ends_on")), name="cycle_period_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} {self.period_label}"

    @property
    def is_closed(self) -> bool:
        """Whether it is locked: nobody starts or submits for it but those who were given leave."""
        return self.closed_at is not None or self.state != self.State.COLLECTING

    @property
    def state_words(self) -> str:
        """The state as people read it."""
        if self.state == self.State.COLLECTING and self.closed_at is not None:
            return "Closed"
        return self.get_state_display()


class PreviewReply(models.Model):
    """What an agency, or its program office in answer, says of its figures before they are published."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="preview_replies")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="preview_replies")
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["cycle", "agency", "id"]
        verbose_name_plural = "preview replies"

    def __str__(self) -> str:
        return f"{self.cycle}, {self.agency}"


class PreviewLook(models.Model):
    """Somebody of an agency has seen its figures in preview."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="preview_looks")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="preview_looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()  # for the first time

    class Meta:
        ordering = ["cycle", "agency", "id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "agency", "by"], name="preview_looked_at_once")
        ]

    def __str__(self) -> str:
        return f"{self.cycle}, {self.agency}: {self.by}"
