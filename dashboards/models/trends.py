"""Standings of agencies, the scopes they are added up in, and their trends."""

from datetime import date, datetime
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from assessments.models import Result
from maturity.models import MaturityModel
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, Cohort, Program, in_force


class StandingQuerySet(models.QuerySet["Standing"]):
    """Standings by day and by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of agencies that `user` may know of."""
        return self.filter(agency__in=Agency.objects.visible_to(user))

    def of_model(self, model: MaturityModel | int, method: str) -> Self:
        """Those of a model and scoring rule, and the decisions not to adopt, which are of no model.

        At any month end an agency has one such row, or none when it is not reporting.
        """
        return self.filter(Q(model=model, method=method) | Q(model__isnull=True))

    def on(self, day: date) -> Self:
        """Those that hold at the month end `day` (of the present: Freshness.horizon_on)."""
        return self.filter(in_force(day))

    def up_to(self, day: date) -> Self:
        """Those that begin on or before `day`: without what is only known to come (ageing)."""
        return self.filter(from_on__lte=day)


class StandingManager(models.Manager.from_queryset(StandingQuerySet)):  # type: ignore[misc]
    """The standings that are known to this day."""

    def get_queryset(self) -> Any:
        """Those, and none that were known otherwise once."""
        return super().get_queryset().filter(known_at(None))


def known_at(approved_before: datetime | None, prefix: str = "") -> Q:
    """Standings as known by the results approved before a moment; None: by all of them.

    Of decisions not to adopt, which hold whoever knew of them, see versions.
    """
    still = Q(**{f"{prefix}known_until__isnull": True})
    if approved_before is None:
        return still
    then = still | Q(**{f"{prefix}known_until__gte": approved_before})
    return Q(**{f"{prefix}known_from__lt": approved_before}) & then


class Standing(models.Model):
    """How an agency stands from one month end to another, both included, as it was known from one approval
    to another: the first is counted in, the last not.

    One row for as long as nothing changes. Where no row covers a month end the agency is not reporting
    then. Rows run ahead of today, because when a result will be carried forward and when it will lapse
    is known from the start: ask with `on` or `up_to`. Written by services.refresh alone.

    `objects` are those known to this day. A path from another model ("agency__standings") leads to all.
    """

    class State(models.TextChoices):
        REPORTED = "reported", "Reported"
        CARRIED = "carried", "Carried forward"
        NOT_ADOPTING = "not_adopting", "Not adopting"

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="standings")
    # None while not adopting: the decision is about containers as such, whatever the model.
    model = models.ForeignKey(MaturityModel, on_delete=models.CASCADE, null=True, related_name="+")
    method = models.CharField(max_length=64, blank=True)  # the scoring rule
    from_on = models.DateField()
    until_on = models.DateField(null=True)  # null: without end, of decisions not to adopt only
    state = models.CharField(max_length=12, choices=State.choices)
    result = models.ForeignKey(Result, on_delete=models.CASCADE, null=True, related_name="+")
    score = models.PositiveIntegerField(null=True)  # millionths, as in the result
    stages_completed = models.PositiveSmallIntegerField(null=True)
    domains: Any = models.JSONField(default=dict)  # {slug: percent in millionths of one}
    limited_basis = models.BooleanField(default=False)
    rescored = models.BooleanField(default=False)  # approved under another rule and scored anew by this one
    known_from = models.DateTimeField(null=True)  # null: ever, of decisions not to adopt only
    known_until = models.DateTimeField(null=True)  # null: to this day

    objects = StandingManager()
    versions = StandingQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "model", "from_on"]
        indexes = [
            # The last two so that scores of all agencies at a day are compared and sorted in the index alone.
            models.Index(
                fields=["model", "method", "until_on", "from_on", "agency", "score", "stages_completed"],
                condition=Q(known_until__isnull=True),
                name="standing_by_day",
            ),
            # What was known otherwise once, of the latest first.
            models.Index(
                fields=["model", "method", "known_until", "until_on", "from_on"],
                condition=Q(known_until__isnull=False),
                name="standing_known_until",
            ),
            models.Index(
                fields=["model", "method", "known_from"],
                condition=Q(known_until__isnull=True),
                name="standing_known_from",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "model", "method", "from_on"],
                condition=Q(known_until__isnull=True),
                name="standing_once",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(from_on__lte=F("until_on")), name="standing_in_order"
            ),
            models.CheckConstraint(
                condition=Q(known_until__isnull=True) | Q(known_from__lt=F("known_until")),
                name="standing_known_in_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="not_adopting",
                    model__isnull=True,
                    result__isnull=True,
                    score__isnull=True,
                    known_from__isnull=True,
                )
                | Q(
                    state__in=["reported", "carried"],
                    model__isnull=False,
                    result__isnull=False,
                    score__isnull=False,
                    stages_completed__isnull=False,
                    until_on__isnull=False,
                    known_from__isnull=False,
                ),
                name="standing_has_a_result_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.from_on} to {self.until_on or 'further notice'}"


# What a scope of this kind is of.
SCOPE_FIELD = {"program": "program_id", "subtree": "agency_id", "cohort": "cohort_id"}


class ScopeQuerySet(models.QuerySet["Scope"]):
    """Scopes by whose trend a person may see."""

    def visible_to(self, user: User) -> Self:
        """Those in which `user` may see every agency that was ever counted, and those of their own programs.

        Not those with one hidden agency: its standing would follow from the difference of two trends. A
        cohort is shown to the people of its program alone, see User.visible_cohorts.
        """
        if user.has_everywhere(Right.SEE):
            return self.all()
        members = ScopeMember.objects.filter(scope=OuterRef("pk"))
        hidden = members.exclude(agency__in=Agency.objects.visible_to(user))
        own = Program.objects.filter(user.programs_with(Right.SEE))
        seen = Exists(members) & ~Exists(hidden) & ~Q(kind=Scope.Kind.COHORT)
        return self.filter(seen | Q(program__in=own) | Q(cohort__program__in=own))


class Scope(models.Model):
    """What a trend is taken over: everything, a program, a cohort, or an agency with its subtree.

    Each agency with others below it has a scope, of which it is itself a member.
    """

    class Kind(models.TextChoices):
        EVERYTHING = "everything", "Everything"
        PROGRAM = "program", "Program"
        SUBTREE = "subtree", "Agency and below"
        COHORT = "cohort", "Agency group"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    program = models.OneToOneField(Program, on_delete=models.CASCADE, null=True, related_name="scope")
    agency = models.OneToOneField(Agency, on_delete=models.CASCADE, null=True, related_name="scope")
    cohort = models.OneToOneField(Cohort, on_delete=models.CASCADE, null=True, related_name="scope")
    # Its trends are to be added up anew: until then the differences of single agencies pass it by.
    recount = models.BooleanField(default=False)

    objects = ScopeQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], condition=Q(recount=True), name="scope_to_recount")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="everything"), name="scope_everything_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="everything", program__isnull=True, agency__isnull=True, cohort__isnull=True)
                | Q(kind="program", program__isnull=False, agency__isnull=True, cohort__isnull=True)
                | Q(kind="subtree", program__isnull=True, agency__isnull=False, cohort__isnull=True)
                | Q(kind="cohort", program__isnull=True, agency__isnull=True, cohort__isnull=False),
                name="scope_is_of_one_kind",
            ),
        ]

    def __str__(self) -> str:
        return str(self.program or self.cohort or self.agency or "All agencies")

    @property
    def office(self) -> Program | None:
        """The program whose calendar, questionnaire and reporting rounds hold here, if it is one's."""
        return self.cohort.program if self.cohort is not None else self.program

    @property
    def key(self) -> tuple[str, int]:
        """Its kind, and the id of its program, agency or cohort (0 for everything)."""
        return self.kind, self.program_id or self.agency_id or self.cohort_id or 0


class ScopeMemberQuerySet(models.QuerySet["ScopeMember"]):
    """Members by day."""

    def on(self, day: date) -> Self:
        """Those counted at the month end `day`."""
        begun = Q(from_on__isnull=True) | Q(from_on__lte=day)
        return self.filter(begun, Q(until_on__isnull=True) | Q(until_on__gte=day))


class ScopeMember(models.Model):
    """An agency is counted in a scope's trend at the month ends from one to another, both included.

    As last applied to the trends, which may lag behind the tree and the programs for a moment.
    Written by services.refresh alone.
    """

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="members")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="scope_memberships")
    from_on = models.DateField(null=True)  # null: ever since
    until_on = models.DateField(null=True)  # null: to this day

    objects = ScopeMemberQuerySet.as_manager()

    class Meta:
        ordering = ["scope", "agency", "from_on"]
        indexes = [
            models.Index(fields=["agency"], name="scope_by_agency"),
            models.Index(fields=["scope", "agency"], name="scope_members"),
        ]

    def __str__(self) -> str:
        return f"{self.agency} in {self.scope}"


class TrendQuerySet(models.QuerySet["Trend"]):
    """Trends by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of scopes whose trend `user` may see."""
        return self.filter(scope__in=Scope.objects.visible_to(user))


class TrendSums(models.Model):
    """What the standings of a scope at a month end add up to: counts, integer sums and histograms."""

    agencies = models.PositiveIntegerField(default=0)  # n: all members then
    reported = models.PositiveIntegerField(default=0)
    carried = models.PositiveIntegerField(default=0)
    not_adopting = models.PositiveIntegerField(default=0)
    limited = models.PositiveIntegerField(default=0)  # with a value, on a limited basis
    rescored = models.PositiveIntegerField(default=0)  # with a value that was approved under another rule
    score_sum = models.BigIntegerField(default=0)  # millionths
    by_stage: Any = models.JSONField(default=dict)  # {"0": {"reported": 3, "carried": 1}, …}
    histogram: Any = models.JSONField(default=dict)  # {hundredths of the score: agencies}
    domains: Any = models.JSONField(default=dict)  # {slug: {"n", "sum", "histogram" of whole percents}}

    class Meta:
        abstract = True


class Trend(TrendSums):
    """The standings of a scope at one month end, added up: counts, integer sums and a histogram.

    Rows run without a gap from the first month end at which a member has a value to Freshness.horizon_on.
    What can be said of one (mean, median, quartiles, agencies by stage): trends.statistics.
    """

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="trends")
    model = models.ForeignKey(MaturityModel, on_delete=models.CASCADE, related_name="+")
    method = models.CharField(max_length=64)  # the scoring rule
    on = models.DateField()  # a month end
    computed_at = models.DateTimeField()

    objects = TrendQuerySet.as_manager()

    class Meta:
        ordering = ["scope", "model", "on"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "model", "method", "on"], name="trend_once_per_month")
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.on}"


class Freshness(models.Model):
    """Up to what the standings and trends are computed; one row, and none before the first result.

    Agencies with a stale mark, and scopes to recount, are not yet up to date.
    """

    horizon_on = models.DateField()  # the last month end that trends have a row for: "now" on every page
    computed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)  # the latest approval that is counted
    verified_at = models.DateTimeField(null=True)
    differences = models.PositiveIntegerField(default=0)  # that the last check found
    findings: Any = models.JSONField(default=list)  # the first of them in words

    class Meta:
        verbose_name_plural = "freshness"

    def __str__(self) -> str:
        return f"up to {self.horizon_on}"
