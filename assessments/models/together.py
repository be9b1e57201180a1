"""Working on one assessment together: who answers what, and what people say to each other about an item."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.models.assessments import Assessment
from maturity.models import Domain, Item

LONGEST_COMMENT = 5_000  # characters
MOST_COMMENTS = 500  # in one thread


class Assignment(models.Model):
    """One part of an assessment is one person's to answer: an item, a domain, or (neither) the challenges.

    An item's own assignment wins over that of its domain or of the challenges.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="assignments")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    assigned_at = models.DateTimeField()

    class Meta:
        ordering = ["assessment", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(item__isnull=True) | Q(domain__isnull=True), name="assignment_of_one_part"
            ),
            models.UniqueConstraint(
                fields=["assessment", "item"], condition=Q(item__isnull=False), name="assigned_item_once"
            ),
            models.UniqueConstraint(
                fields=["assessment", "domain"],
                condition=Q(domain__isnull=False),
                name="assigned_domain_once",
            ),
            models.UniqueConstraint(
                fields=["assessment"],
                condition=Q(item__isnull=True, domain__isnull=True),
                name="assigned_challenges_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part}: {self.person}"

    @property
    def part(self) -> str:
        """Its key: "item:slug", "domain:slug" or "challenges"; item and domain loaded."""
        if self.item is not None:
            return f"item:{self.item.slug}"
        return f"domain:{self.domain.slug}" if self.domain is not None else "challenges"


class Thread(models.Model):
    """What was said about one item of an assessment. Its revision grows with everything done in it."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="threads")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=0)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["assessment", "item__position"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="thread_once_per_item"),
            models.CheckConstraint(
                condition=Q(resolved_by__isnull=True) | Q(resolved_at__isnull=False),
                name="thread_resolved_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment}: {self.item}"

    @property
    def is_open(self) -> bool:
        """Whether something in it waits for somebody."""
        return self.resolved_at is None


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments by what is shown of them."""

    def kept(self) -> Self:
        """Those not removed."""
        return self.filter(removed_at__isnull=True)


class Comment(models.Model):
    """What one person said in a thread. Removed, its place stays, its text does not."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="comments")
    # Made with the form: the same form sent twice is one comment.
    key = models.UUIDField(default=uuid.uuid4)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")  # who were told of it
    revision = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["thread", "id"]
        constraints = [
            models.UniqueConstraint(fields=["thread", "by", "key"], name="comment_once_per_form"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, text__gt="") | Q(removed_at__isnull=False, text=""),
                name="comment_has_text_until_removed",
            ),
        ]

    def __str__(self) -> str:
        return f"comment {self.pk} by {self.by}"
