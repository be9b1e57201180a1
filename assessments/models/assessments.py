"""One agency's answers for one period, what they rest on, and the steps of their life."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models.attestation import Attested, attestation_rules
from assessments.models.carried import Carried, carried_rules
from assessments.models.kinds import RoundKind
from assessments.models.rights import agencies_of
from maturity.levels import ANSWERED
from maturity.models import Domain, Item, ModelVersion
from maturity.scoring import format_hundredths
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    """Assessments by what a person may do with them."""

    def visible_to(self, user: User) -> Self:
        """Those whose answers `user` may see: the agency's people, its reviewers and program officers."""
        return self.filter(agency__in=agencies_of(user, Right.SEE_DETAILS))

    def editable_by(self, user: User) -> Self:
        """Drafts and returned ones that `user` may answer."""
        return self.open_for_answers().filter(agency__in=agencies_of(user, Right.ANSWER))

    def reviewable_by(self, user: User) -> Self:
        """Submitted ones that `user` may approve or return, but for having worked on them."""
        submitted = self.filter(state=Assessment.State.SUBMITTED)
        return submitted.filter(agency__in=agencies_of(user, Right.REVIEW))

    def open_for_answers(self) -> Self:
        """Drafts and returned ones."""
        return self.filter(state__in=[Assessment.State.DRAFT, Assessment.State.RETURNED])

    def with_list_relations(self) -> Self:
        """With what a list shows, in one query."""
        return self.select_related("agency", "version__model")


class Assessment(Attested):
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
    kind = models.CharField(max_length=10, choices=RoundKind.choices, default=RoundKind.FULL)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.PORTAL)
    revision = models.PositiveIntegerField(default=1)
    amends = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="amended_by"
    )  # the approved one that this replaces; each is replaced once at most, so corrections form a chain
    amendment_reason = models.TextField(blank=True)
    # The approved one whose answers it began with; an amendment begins with those of what it amends.
    began_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True)
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
            *attestation_rules(),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.period_label}"

    @property
    def is_open(self) -> bool:
        """Whether answers may be changed."""
        return self.state in {self.State.DRAFT, self.State.RETURNED}


class Answer(Carried):
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
        max_length=20, choices=[(level.value, level.value) for level in ANSWERED], blank=True
    )
    holder = models.CharField(max_length=10, choices=Holder.choices, default=Holder.SELF)
    holder_name = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    reason = models.TextField(blank=True)  # why it could never apply
    # Until when "could never apply" is to be taken as said: later assessments do not carry it over.
    review_by = models.DateField(null=True, blank=True)
    planned_on = models.DateField(null=True, blank=True)
    points = models.PositiveSmallIntegerField(null=True, blank=True)  # in models answered in points
    revision = models.PositiveIntegerField(default=1)  # 0: nothing was saved yet but evidence
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField()
    # It was planned for this day, which lies two periods back, and so came back as not started.
    lapsed_on = models.DateField(null=True, blank=True)

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
            models.CheckConstraint(
                condition=Q(lapsed_on__isnull=True) | Q(carried_from__isnull=False),
                name="answer_lapsed_was_carried",
            ),
            *carried_rules("answer"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.level or 'not answered'}"


class DomainScore(Carried):
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
            models.UniqueConstraint(fields=["assessment", "domain"], name="domain_score_once_per_domain"),
            *carried_rules("domain_score"),
        ]

    def __str__(self) -> str:
        return f"{self.domain}: {'missing' if self.score is None else format_hundredths(self.score)}"


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
