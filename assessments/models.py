"""What an agency answered: cycles, assessments, answers, evidence, what became of them, results."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from maturity.levels import Level
from maturity.models import Domain, Item, ModelVersion
from maturity.scoring import format_hundredths
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, Program


def _agencies(user: User, right: Right) -> models.QuerySet[Agency]:
    return Agency.objects.filter(user.agencies_with(right))


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
    period_starts_on = models.DateField()
    period_ends_on = models.DateField()
    period_label = models.CharField(max_length=20)
    due_on = models.DateField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.COLLECTING)
    opened_at = models.DateTimeField()
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


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    """Assessments by what a person may do with them."""

    def visible_to(self, user: User) -> Self:
        """Those whose answers `user` may see: the agency's people, its reviewers and program officers."""
        return self.filter(agency__in=_agencies(user, Right.SEE_DETAILS))

    def editable_by(self, user: User) -> Self:
        """Drafts and returned ones that `user` may answer."""
        return self.open_for_answers().filter(agency__in=_agencies(user, Right.ANSWER))

    def reviewable_by(self, user: User) -> Self:
        """Submitted ones that `user` may approve or return, but for having worked on them."""
        submitted = self.filter(state=Assessment.State.SUBMITTED)
        return submitted.filter(agency__in=_agencies(user, Right.REVIEW))

    def open_for_answers(self) -> Self:
        """Drafts and returned ones."""
        return self.filter(state__in=[Assessment.State.DRAFT, Assessment.State.RETURNED])

    def with_list_relations(self) -> Self:
        """With what a list shows, in one query."""
        return self.select_related("agency", "version__model")


class Assessment(models.Model):
    """One agency, one model version, one period. Approved is final; a correction is an amendment."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        RETURNED = "returned", "Returned"
        APPROVED = "approved", "Approved"

    class Origin(models.TextChoices):
        PORTAL = "portal", "Answered in the portal"
        IMPORT = "import", "Imported"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="assessments")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="assessments")
    period_starts_on = models.DateField()
    period_ends_on = models.DateField()
    period_label = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.PORTAL)
    revision = models.PositiveIntegerField(default=1)
    amends = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="amended_by"
    )  # the approved one that this replaces; each is replaced once at most, so corrections form a chain
    amendment_reason = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True)
    attested_by = models.CharField(max_length=200, blank=True)  # who vouches for it, by name
    # Everybody who ever answered, brought or took away evidence, or submitted: none of them approves it,
    # whoever wrote over their work since.
    workers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-period_ends_on", "agency__name", "-id"]
        indexes = [models.Index(fields=["agency", "period_ends_on"], name="assessment_by_agency")]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "version", "period_ends_on"],
                condition=Q(amends__isnull=True),
                name="assessment_once_per_period",
            ),
            models.CheckConstraint(
                condition=Q(period_starts_on__lt=F("period_ends_on")), name="assessment_period_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_at__isnull=False), name="approved_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.period_label}"

    @property
    def is_open(self) -> bool:
        """Whether answers may be changed."""
        return self.state in {self.State.DRAFT, self.State.RETURNED}


class Answer(models.Model):
    """What an agency says of one item.

    Level "" is "not answered": taken back, or so far only with evidence. The row stays, so that its
    revision never starts again and nobody's older page can overwrite what came after it.
    """

    class Holder(models.TextChoices):
        SELF = "self", "We do ourselves"
        PARENT = "parent", "Our parent's platform"
        PROVIDER = "provider", "A provider"

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="answers")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="answers")
    level = models.CharField(
        max_length=20, choices=[(level.value, level.value) for level in Level], blank=True
    )
    holder = models.CharField(max_length=10, choices=Holder.choices, default=Holder.SELF)
    holder_name = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    reason = models.TextField(blank=True)  # why it could never apply
    planned_on = models.DateField(null=True, blank=True)
    points = models.PositiveSmallIntegerField(null=True, blank=True)  # in models answered in points
    revision = models.PositiveIntegerField(default=1)  # 0: nothing was saved yet but evidence
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ["assessment", "item__position"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="answer_once_per_item"),
            models.CheckConstraint(
                condition=Q(holder="self") | ~Q(holder_name=""), name="answer_names_who_else_meets_it"
            ),
            models.CheckConstraint(
                condition=~Q(level="planned") | Q(planned_on__isnull=False), name="answer_planned_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(level="not_applicable") | ~Q(reason=""), name="answer_left_out_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.level or 'not answered'}"


class DomainScore(models.Model):
    """The score given of a whole domain, in a model that takes such. Millionths of a unit of its scale.

    Null is "missing": taken back. The row stays, so that its revision never starts again.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="domain_scores")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="+")
    score = models.PositiveIntegerField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["assessment", "domain__number"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "domain"], name="domain_score_once_per_domain")
        ]

    def __str__(self) -> str:
        return f"{self.domain}: {'missing' if self.score is None else format_hundredths(self.score)}"


class Evidence(models.Model):
    """What an answer rests on: a link or a statement, dated."""

    class Kind(models.TextChoices):
        LINK = "link", "Link"
        STATEMENT = "statement", "Statement"

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=1000, blank=True)
    statement = models.TextField(blank=True)
    dated_on = models.DateField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["answer", "-dated_on", "id"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="link") & ~Q(url="")) | (Q(kind="statement") & ~Q(statement="")),
                name="evidence_holds_what_it_says",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Step(models.Model):
    """One step in the life of an assessment: opened, submitted, returned, approved; with the comment."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField(max_length=10, choices=Assessment.State.choices)  # that it led to
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["assessment", "at", "id"]

    def __str__(self) -> str:
        return f"{self.assessment} → {self.state}"


class ResultQuerySet(models.QuerySet["Result"]):
    """Results by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of agencies whose scores `user` may see."""
        return self.filter(agency__in=_agencies(user, Right.SEE))

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
        return self.filter(agency__in=_agencies(user, Right.SEE))


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
