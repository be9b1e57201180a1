"""What was published: which figures, when, by whom, and what they were before a correction.

An agency has, at any month end and under any measure, one published standing at most, and a scope one
published row that is the sum of those of its published members. A correction adds rows and marks those that
it replaces; nothing is ever changed or deleted, so every revision can be read as it was.
"""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models import Cycle, Result
from dashboards.models.trends import Scope, Standing, TrendSums
from maturity.models import MaturityModel
from portal.access.models import User
from portal.agencies.models import Agency


class PublicationQuerySet(models.QuerySet["Publication"]):
    """Publications by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of rounds that `user` may know of. Their figures: of scopes visible to the user only."""
        return self.filter(cycle__in=Cycle.objects.visible_to(user))


class Publication(models.Model):
    """The figures of a reporting round were made final: revision 1 when the round was published, one more
    for each correction. Ids rise in the order in which publications came to hold."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="publications")
    revision = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)  # of a correction

    objects = PublicationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "revision"], name="publication_once_per_revision"),
            models.CheckConstraint(
                condition=Q(revision=1) | (Q(revision__gt=1) & ~Q(reason="")), name="correction_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle}, revision {self.revision}"

    @property
    def is_correction(self) -> bool:
        """Whether it changed figures that had been published before."""
        return self.revision > 1


class FrozenQuerySet(models.QuerySet[Any]):
    """Published rows by the publication as of which they are read."""

    def as_of(self, publication: int | None) -> Self:
        """Those that held when this publication (its id) was the last one; None: that hold now."""
        return self.filter(held(publication))

    def over(self, first: date, last: date) -> Self:
        """Those that say something about the time from one month end to another."""
        return self.filter(from_on__lte=last, until_on__gte=first)

    def on(self, day: date) -> Self:
        """Those that speak of the month end `day`."""
        return self.over(day, day)


def held(publication: int | None, prefix: str = "") -> Q:
    """Published rows that held as of this publication (its id); None: that hold now."""
    if publication is None:
        return Q(**{f"{prefix}replaced_by__isnull": True})
    later = Q(**{f"{prefix}replaced_by__isnull": True}) | Q(**{f"{prefix}replaced_by__gt": publication})
    return Q(**{f"{prefix}publication__lte": publication}) & later


class PublishedStanding(models.Model):
    """How an agency stands from one month end to another, as published; "not reporting" is said as well."""

    class State(models.TextChoices):
        REPORTED = Standing.State.REPORTED.value, "Reported"
        CARRIED = Standing.State.CARRIED.value, "Carried forward"
        NOT_ADOPTING = Standing.State.NOT_ADOPTING.value, "Not adopting"
        NOT_REPORTING = "not_reporting", "Not reporting"

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="published_standings")
    model = models.ForeignKey(MaturityModel, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=64)
    from_on = models.DateField()
    until_on = models.DateField()
    state = models.CharField(max_length=13, choices=State.choices)
    result = models.ForeignKey(Result, on_delete=models.PROTECT, null=True, related_name="+")
    score = models.PositiveIntegerField(null=True)  # millionths, as in the result
    stages_completed = models.PositiveSmallIntegerField(null=True)
    domains: Any = models.JSONField(default=dict)  # {slug: percent in millionths of one}
    limited_basis = models.BooleanField(default=False)
    rescored = models.BooleanField(default=False)  # approved under another rule and scored anew by this one
    target_stage = models.PositiveSmallIntegerField(null=True)  # of its profile, at `from_on`
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="standings")
    replaced_by = models.ForeignKey(
        Publication, on_delete=models.PROTECT, null=True, related_name="replaced_standings"
    )

    objects = FrozenQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "model", "from_on", "publication_id"]
        indexes = [
            models.Index(
                fields=["model", "method", "until_on", "from_on", "agency", "score", "stages_completed"],
                condition=Q(replaced_by__isnull=True),
                name="published_by_day",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "model", "method", "from_on"],
                condition=Q(replaced_by__isnull=True),
                name="published_standing_once",
            ),
            models.CheckConstraint(condition=Q(from_on__lte=F("until_on")), name="published_in_order"),
            models.CheckConstraint(
                condition=Q(state__in=["not_adopting", "not_reporting"], result__isnull=True)
                | Q(state__in=["reported", "carried"], result__isnull=False, score__isnull=False),
                name="published_has_a_result_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.from_on} to {self.until_on}, published"


class PublishedMember(models.Model):
    """An agency is counted in a scope's published figures at the month ends from one to another."""

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="published_members")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="published_scope_memberships")
    from_on = models.DateField()
    until_on = models.DateField()
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="members")
    replaced_by = models.ForeignKey(
        Publication, on_delete=models.PROTECT, null=True, related_name="replaced_members"
    )

    objects = FrozenQuerySet.as_manager()

    class Meta:
        ordering = ["scope", "agency", "from_on", "publication_id"]
        indexes = [models.Index(fields=["scope", "until_on", "from_on"], name="published_members")]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "scope", "from_on"],
                condition=Q(replaced_by__isnull=True),
                name="published_member_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency} in {self.scope}, published"


class PublishedTrendQuerySet(models.QuerySet["PublishedTrend"]):
    """Published trends by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of scopes whose trend `user` may see."""
        return self.filter(scope__in=Scope.objects.visible_to(user))


class PublishedTrend(TrendSums):
    """A scope at a month end as published. Of several, that of the latest publication is shown.

    A point of a scope is published exactly when it has such a row.
    """

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="trends")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="published_trends")
    model = models.ForeignKey(MaturityModel, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=64)
    on = models.DateField()  # a month end
    computed_at = models.DateTimeField()

    objects = PublishedTrendQuerySet.as_manager()

    class Meta:
        ordering = ["scope", "model", "on", "publication_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "model", "method", "on", "publication"], name="published_trend_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.on}, published"
