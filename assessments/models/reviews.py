"""The review of an assessment: what comes up one by one, what reviewers say of it, what agencies reply."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models.assessments import Assessment
from assessments.models.rights import agencies_of
from maturity.levels import ANSWERED
from maturity.models import Item
from portal.access.models import User
from portal.access.rules import Right


class Review(models.Model):
    """The review of what was submitted last: its plan, which is made with the submission and kept, what was
    agreed with as a block, and how far it is. The counts follow from the decisions and are kept for lists.
    """

    assessment = models.OneToOneField(Assessment, on_delete=models.CASCADE, related_name="review")
    submission = models.PositiveIntegerField()  # the assessment's revision that it is of
    planned_at = models.DateTimeField()
    seed = models.CharField(max_length=64)  # of the draw; shown to nobody
    before = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, null=True, related_name="+"
    )  # what was approved last; null: this is the first
    # [[slug, [why, …], what stands for the answer]] in the model's order (assessments.review_plan.Planned)
    plan: Any = models.JSONField(default=list)
    # What the checks found when it was submitted (assessments.consistency.Finding)
    findings: Any = models.JSONField(default=list)
    block: Any = models.JSONField(default=dict)  # {slug: what stands for the answer} agreed with as a block
    block_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    block_at = models.DateTimeField(null=True)
    confirmation = models.TextField(blank=True)  # of a move of more than one stage, in the reviewer's words
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    one_by_one = models.PositiveIntegerField(default=0)
    undecided = models.PositiveIntegerField(default=0)  # of these
    asked = models.PositiveIntegerField(default=0)  # open questions
    differing = models.PositiveIntegerField(default=0)  # levels set by a reviewer
    block_open = models.BooleanField(default=True)
    needs_confirmation = models.BooleanField(default=False)

    class Meta:
        ordering = ["assessment"]

    def __str__(self) -> str:
        return f"Review of {self.assessment}"


class ItemDecisionQuerySet(models.QuerySet["ItemDecision"]):
    """Decisions by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of a reviewer's agencies; an agency's own people see them once they were sent to them."""
        seen = self.filter(assessment__agency__in=agencies_of(user, Right.SEE_DETAILS))
        mine = Q(assessment__agency__in=agencies_of(user, Right.REVIEW))
        return seen.filter(mine | Q(sent_at__isnull=False))

    def disagreements(self) -> Self:
        """Levels that a reviewer set: those that hold, and those that the agency was told before."""
        told = Q(current=True) | Q(sent_at__isnull=False)
        return self.filter(told, kind=ItemDecision.Kind.SET)


class ItemDecision(models.Model):
    """What a reviewer says of one item. It is never changed: another decision is another row, and the one
    before it stays, no longer current.

    `said` stands for the answer with its evidence as it was; `answered` and `answered_points` are what the
    agency had said. An agreement and a level hold as long as the answer is the same; a question is open in
    the submission that it was asked in.
    """

    class Kind(models.TextChoices):
        AGREED = "agreed", "Agreed"
        ASKED = "asked", "Question to the agency"
        SET = "set", "Another level"

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="item_decisions")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)  # the question, or why the level is another
    level = models.CharField(max_length=20, choices=[(one.value, one.value) for one in ANSWERED], blank=True)
    points = models.PositiveSmallIntegerField(null=True)
    planned_on = models.DateField(null=True)
    answered = models.CharField(max_length=20, blank=True)
    answered_points = models.PositiveSmallIntegerField(null=True)
    said = models.CharField(max_length=64)
    submission = models.PositiveIntegerField()  # the assessment's revision that was reviewed
    revision = models.PositiveIntegerField(default=1)
    current = models.BooleanField(default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)  # when the agency got it: returned, or approved

    objects = ItemDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["assessment", "item__position", "revision"]
        indexes = [
            models.Index(F("at").desc(), F("id").desc(), name="disagreement_by_time", condition=Q(kind="set"))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "item"], condition=Q(current=True), name="decision_one_current"
            ),
            models.UniqueConstraint(
                fields=["assessment", "item", "revision"], name="decision_once_per_revision"
            ),
            models.CheckConstraint(condition=Q(kind="agreed") | ~Q(text=""), name="decision_says_why"),
            models.CheckConstraint(
                condition=(Q(kind="set") & ~Q(level=""))
                | (~Q(kind="set") & Q(level="", points__isnull=True)),
                name="decision_level_is_set",
            ),
            models.CheckConstraint(
                condition=~Q(level="planned") | Q(planned_on__isnull=False),
                name="decision_planned_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_kind_display()}"


class ReviewReply(models.Model):
    """What the agency, or a reviewer in turn, says to a question or to another level. Never changed."""

    decision = models.ForeignKey(ItemDecision, on_delete=models.CASCADE, related_name="replies")
    text = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["decision", "id"]
        verbose_name_plural = "review replies"

    def __str__(self) -> str:
        return f"Reply to {self.decision}"
