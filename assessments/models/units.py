"""Who answers for whom in a program's rounds, and what a round knows of one agency: a later due day, or that
there is nothing to report."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models.cycles import Cycle
from portal.agencies.models import Agency, Program


class UnitMode(models.TextChoices):
    """How an agency answers in the rounds of a program for one period."""

    OWN = "own", "For itself"
    ROLLED_UP = "rolled_up", "Rolled up from what is below it"
    COVERED = "covered", "Covered by an agency above it"


class ReportingUnit(models.Model):
    """An agency that does not answer for itself in a program's rounds for one period.

    Sparse: without a row an agency answers for itself. Of a period and not of a round, because who is
    counted (n) is one for all questionnaires. Holds for the figures from the period's end until the end
    of the program's next period with a round.
    """

    APART = [choice for choice in UnitMode.choices if choice[0] != "own"]

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="reporting_units")
    period_ends_on = models.DateField()
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="reporting_units")
    mode = models.CharField(max_length=10, choices=APART)
    covered_by = models.ForeignKey(Agency, on_delete=models.CASCADE, null=True, related_name="covers")
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["program", "period_ends_on", "agency"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "period_ends_on", "agency"], name="reporting_unit_once_per_period"
            ),
            models.CheckConstraint(
                condition=Q(mode="rolled_up", covered_by__isnull=True)
                | Q(mode="covered", covered_by__isnull=False),
                name="reporting_unit_covered_by_one_or_rolled_up",
            ),
            models.CheckConstraint(
                condition=Q(covered_by__isnull=True) | ~Q(covered_by=F("agency")),
                name="reporting_unit_not_covered_by_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency}, {self.period_ends_on}: {self.get_mode_display().lower()}"


class Extension(models.Model):
    """An agency may answer in a round until a later day than all others."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="extensions")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="extensions")
    until_on = models.DateField()  # that day included
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["cycle", "agency"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "agency"], name="extension_once_per_agency"),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.agency} in {self.cycle}: until {self.until_on}"


class NothingToReport(models.Model):
    """An agency has confirmed that it has nothing to report in a round."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="nothing_to_report")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="nothing_to_report")
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["cycle", "agency"]
        verbose_name_plural = "nothing to report"
        constraints = [
            models.UniqueConstraint(fields=["cycle", "agency"], name="nothing_to_report_once_per_agency"),
            models.CheckConstraint(condition=~Q(reason=""), name="nothing_to_report_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.agency} in {self.cycle}: nothing to report"
