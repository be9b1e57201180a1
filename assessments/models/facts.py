"""The facts of a period: what an agency tells of itself in numbers and in a few words, beside its answers."""

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q

from assessments.models.assessments import Assessment

LONGEST_STATEMENT = 500


class PeriodFacts(models.Model):
    """The facts that one assessment tells of its period. Null is "not told", which is never 0.

    `spending` and `savings` are in the portal's currency, of the period alone. The statements are for those
    who may see answers; those marked so may be published.
    """

    assessment = models.OneToOneField(Assessment, on_delete=models.CASCADE, related_name="facts")
    systems = models.PositiveIntegerField(null=True)  # in scope
    suitable = models.PositiveIntegerField(null=True)  # of them, for containers
    containers = models.PositiveIntegerField(null=True)  # of these, in containers in production
    clusters = models.PositiveIntegerField(null=True)
    trained = models.PositiveIntegerField(null=True)  # people, in this period
    spending = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    savings = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    calculation = models.TextField(blank=True, validators=[MaxLengthValidator(LONGEST_STATEMENT)])
    progress = models.TextField(blank=True, validators=[MaxLengthValidator(LONGEST_STATEMENT)])
    blockers = models.TextField(blank=True, validators=[MaxLengthValidator(LONGEST_STATEMENT)])
    help_needed = models.TextField(blank=True, validators=[MaxLengthValidator(LONGEST_STATEMENT)])
    publish_progress = models.BooleanField(default=False)
    publish_blockers = models.BooleanField(default=False)
    publish_help_needed = models.BooleanField(default=False)
    minutes = models.PositiveIntegerField(null=True)  # spent on the assessment, by all together
    revision = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["assessment"]
        verbose_name_plural = "facts of periods"
        constraints = [
            models.CheckConstraint(
                condition=Q(suitable__isnull=True) | Q(systems__isnull=True) | Q(suitable__lte=F("systems")),
                name="facts_suitable_among_systems",
            ),
            models.CheckConstraint(
                condition=Q(containers__isnull=True)
                | Q(suitable__isnull=True)
                | Q(containers__lte=F("suitable")),
                name="facts_containers_among_suitable",
            ),
            models.CheckConstraint(
                condition=Q(savings__isnull=True) | ~Q(calculation=""), name="facts_savings_are_calculated"
            ),
        ]

    def __str__(self) -> str:
        return f"Facts of {self.assessment}"
