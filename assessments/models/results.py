"""What scoring made of approved assessments, and by which rule."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from assessments.models.assessments import Assessment
from assessments.models.rights import agencies_of
from maturity.models import ModelVersion
from maturity.scoring import format_hundredths
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency


class ResultQuerySet(models.QuerySet["Result"]):
    """Results by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of agencies whose scores `user` may see."""
        return self.filter(agency__in=agencies_of(user, Right.SEE))

    def as_approved(self) -> Self:
        """Those that approval wrote by the rule of the version that was answered: one per assessment."""
        return self.filter(rescores__isnull=True)


class Result(models.Model):
    """What scoring made of an approved assessment, with the item levels frozen in it. Never edited.

    Each assessment has one as it was approved, and one under each rule that came after (`rescores`), in
    which the levels are those of the items that followed. `version` is the one whose rule scored it.
    Scores are integer millionths: `score` of one unit of the model's scale (a stage, a
    point), shares and percents of one.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="results")
    method = models.CharField(max_length=64)  # the scoring rule, "staged-1@1"
    # The result as approved, whose frozen levels this one scores anew; null: this is the one as approved.
    rescores = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="rescored")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="results")
    model = models.ForeignKey("maturity.MaturityModel", on_delete=models.PROTECT, related_name="results")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="results")
    period_starts_on = models.DateField()
    period_ends_on = models.DateField()
    period_label = models.CharField(max_length=20)
    approved_at = models.DateTimeField()
    score = models.PositiveIntegerField()
    stages_completed = models.PositiveSmallIntegerField()  # or bands reached
    stage_count = models.PositiveSmallIntegerField()
    limited_basis = models.BooleanField(default=False)
    answered = models.PositiveIntegerField()
    evidenced = models.PositiveIntegerField()
    # Answers carried from earlier that nobody confirmed: how many, and their share of all answers given.
    unconfirmed_items = models.PositiveSmallIntegerField(default=0, db_default=0)
    unconfirmed = models.PositiveIntegerField(default=0, db_default=0)
    stages: Any = models.JSONField()  # [{"number", "completion", "passes", "items", "left_out", …}]
    # {slug: {"percent": millionths | null, "stages_completed": n | null}}, with "score" (millionths of a
    # unit) where it was given of the whole domain
    domains: Any = models.JSONField()
    # One code per item in the version's order (maturity.levels); "" where only domain scores were given.
    levels = models.CharField(max_length=1000, blank=True)
    points: Any = models.JSONField(null=True)  # {slug: points} of models answered in points

    objects = ResultQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "-period_ends_on", "-approved_at"]
        indexes = [
            models.Index(fields=["agency", "model", "method", "period_ends_on"], name="result_by_agency")
        ]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "method"], name="result_once_per_method"),
            models.UniqueConstraint(
                fields=["assessment"], condition=Q(rescores__isnull=True), name="result_approved_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.period_label}: {format_hundredths(self.score)}"


class ScoringRule(models.Model):
    """A rule that results are scored by, and how far history is scored under it.

    A rule comes into force when all history is re-scored and counted: until then the pages show the line
    of the rule before it. A rule that is not listed was there before there were lists, and is in force.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="scoring_rules")
    rule = models.CharField(max_length=64)  # "staged-1@2"
    found_at = models.DateTimeField()
    complete_at = models.DateTimeField(null=True)  # every earlier result has one under this rule
    in_force_at = models.DateTimeField(null=True)  # and all of them are in the trends
    job_id = models.BigIntegerField(null=True)  # of the run that re-scores history

    class Meta:
        ordering = ["version", "found_at"]
        constraints = [
            models.UniqueConstraint(fields=["version", "rule"], name="rule_once_per_version"),
            models.CheckConstraint(
                condition=Q(in_force_at__isnull=True) | Q(complete_at__isnull=False),
                name="rule_in_force_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version.model.slug} {self.rule}"


class SelfDeclarationQuerySet(models.QuerySet["SelfDeclaration"]):
    """Declared stages by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of agencies whose scores `user` may see."""
        return self.filter(agency__in=agencies_of(user, Right.SEE))


class SelfDeclaration(models.Model):
    """A stage that somebody declared without answers (an old spreadsheet); never mixed with computed ones."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="self_declarations")
    model = models.ForeignKey("maturity.MaturityModel", on_delete=models.PROTECT, related_name="+")
    period_starts_on = models.DateField()
    period_ends_on = models.DateField()
    period_label = models.CharField(max_length=20)
    stage = models.PositiveSmallIntegerField()
    note = models.TextField(blank=True)
    imported_at = models.DateTimeField()

    objects = SelfDeclarationQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "period_ends_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "model", "period_ends_on"], name="declared_once_per_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.period_label}: declared {self.stage}"
