"""What it adds up to: standings over time, the scopes they are added up in, the trends."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from assessments.models import Result
from maturity.models import MaturityModel
from portal.access.models import User
from portal.agencies.models import Agency, Program


class StandingQuerySet(models.QuerySet["Standing"]):
    """Standings by day and by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of agencies that `user` may know of."""
        return self.filter(agency__in=Agency.objects.visible_to(user))


class Standing(models.Model):
    """How an agency stands from one month end to another, both included.

    One row for as long as nothing changes. Where no row covers a month end the agency is not reporting
    then. `until_on` is never after the horizon to which standings were brought up to date.
    """

    class State(models.TextChoices):
        REPORTED = "reported", "Reported"
        CARRIED = "carried", "Carried forward"
        NOT_ADOPTING = "not_adopting", "Not adopting"

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="standings")
    model = models.ForeignKey(MaturityModel, on_delete=models.CASCADE, related_name="+")
    method = models.CharField(max_length=20)
    from_on = models.DateField()
    until_on = models.DateField()
    state = models.CharField(max_length=12, choices=State.choices)
    result = models.ForeignKey(Result, on_delete=models.CASCADE, null=True, related_name="+")
    score = models.PositiveIntegerField(null=True)  # millionths, as in the result
    stages_completed = models.PositiveSmallIntegerField(null=True)
    domains: Any = models.JSONField(default=dict)  # {slug: percent in millionths}
    limited_basis = models.BooleanField(default=False)

    objects = StandingQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "model", "from_on"]
        indexes = [
            models.Index(fields=["model", "method", "until_on", "from_on", "agency"], name="standing_by_day"),
            models.Index(fields=["agency", "model", "method", "from_on"], name="standing_by_agency"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(from_on__lte=F("until_on")), name="standing_in_order"),
            models.CheckConstraint(
                condition=Q(state="not_adopting") | Q(result__isnull=False, score__isnull=False),
                name="standing_has_a_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.from_on} to {self.until_on}"


class Scope(models.Model):
    """What a trend is taken over: everything, a program, or an agency with its subtree."""

    class Kind(models.TextChoices):
        EVERYTHING = "everything", "Everything"
        PROGRAM = "program", "Program"
        SUBTREE = "subtree", "Agency and below"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    program = models.OneToOneField(Program, on_delete=models.CASCADE, null=True, related_name="scope")
    agency = models.OneToOneField(Agency, on_delete=models.CASCADE, null=True, related_name="scope")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="everything"), name="scope_everything_once"),
            models.CheckConstraint(
                condition=Q(kind="everything", program__isnull=True, agency__isnull=True)
                | Q(kind="program", program__isnull=False, agency__isnull=True)
                | Q(kind="subtree", program__isnull=True, agency__isnull=False),
                name="scope_is_of_one_kind",
            ),
        ]

    def __str__(self) -> str:
        return str(self.program or self.agency or "All agencies")


class ScopeMember(models.Model):
    """An agency is counted in a scope's trend from one day until another, as last applied to the trends."""

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="members")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="scope_memberships")
    from_on = models.DateField(null=True)  # null: ever since
    until_on = models.DateField(null=True)  # null: to this day; the last day is part of it

    class Meta:
        ordering = ["scope", "agency", "from_on"]
        indexes = [models.Index(fields=["agency"], name="scope_by_agency")]

    def __str__(self) -> str:
        return f"{self.agency} in {self.scope}"


class Trend(models.Model):
    """The standings of a scope at one month end, added up: counts, integer sums and a histogram."""

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="trends")
    model = models.ForeignKey(MaturityModel, on_delete=models.CASCADE, related_name="+")
    method = models.CharField(max_length=20)
    on = models.DateField()  # a month end
    agencies = models.PositiveIntegerField(default=0)  # n: all members then
    reported = models.PositiveIntegerField(default=0)
    carried = models.PositiveIntegerField(default=0)
    not_adopting = models.PositiveIntegerField(default=0)
    limited = models.PositiveIntegerField(default=0)  # with a value, on a limited basis
    score_sum = models.BigIntegerField(default=0)  # millionths
    by_stage: Any = models.JSONField(default=dict)  # {"0": {"reported": 3, "carried": 1}, …}
    histogram: Any = models.JSONField(default=dict)  # {hundredths of the score: agencies}
    domains: Any = models.JSONField(default=dict)  # {slug: {"n", "sum", "histogram" of whole percents}}
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["scope", "model", "on"]
        constraints = [models.UniqueConstraint(fields=["scope", "model", "method", "on"], name="trend_once_per_month")]

    def __str__(self) -> str:
        return f"{self.scope} {self.on}"


class Freshness(models.Model):
    """Up to what the standings and trends are computed; one row."""

    horizon_on = models.DateField()  # the last month end that has points
    computed_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    differences = models.PositiveIntegerField(default=0)  # that the last check found

    class Meta:
        verbose_name_plural = "freshness"

    def __str__(self) -> str:
        return f"up to {self.horizon_on}"
