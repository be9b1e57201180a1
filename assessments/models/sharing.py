"""Answers that an agency gives for a platform it shares with those below it, and those that follow them."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models

from assessments.models.assessments import Answer


class SharedAnswer(models.Model):
    """An answer that its agency offers to every agency below it, as met by one shared platform."""

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="shared")
    platform = models.CharField(max_length=200)
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    offered_at = models.DateTimeField()

    class Meta:
        ordering = ["platform", "answer"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(platform=""), name="shared_answer_names_its_platform")
        ]

    def __str__(self) -> str:
        return f"{self.answer} ({self.platform})"


class Following(models.Model):
    """An answer that was taken from an agency above and follows it while its assessment is open.

    It stays when the assessment is submitted, as the record of what the answer rests on.
    """

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="following")
    source = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="followers")
    answer_revision = models.PositiveIntegerField()  # of the answer, as it was last brought in line
    source_revision = models.PositiveIntegerField()
    # [{"kind", "title", "dated_on", "expires_on"}]: what the source rests on, as it was then.
    evidence: Any = models.JSONField(default=list)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    taken_at = models.DateTimeField()
    followed_at = models.DateTimeField()  # when it was last brought in line

    class Meta:
        ordering = ["answer"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(source=models.F("answer")), name="answer_does_not_follow_itself"
            )
        ]

    def __str__(self) -> str:
        return f"{self.answer} follows {self.source.assessment}"

    @property
    def rests_on(self) -> list[tuple[str, date]]:
        """What the source rests on: titles and dates."""
        return [(row["title"], _day(row["dated_on"])) for row in self.evidence]


def inherited_evidence(answer: Answer) -> list[tuple[date, date | None]]:
    """Of the evidence that an answer has from the one it follows, the day and until when it counts; it
    counts as its own.

    One query, unless `following` was loaded with the answer.
    """
    following = getattr(answer, "following", None)
    return (
        [(_day(row["dated_on"]), _until(row)) for row in following.evidence] if following is not None else []
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _until(row: dict[str, str | None]) -> date | None:
    expires_on = row.get("expires_on")
    return _day(expires_on) if expires_on else None
