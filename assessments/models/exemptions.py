"""Items that an agency is excused from for a time."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models.rights import agencies_of
from maturity.models import Item
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency


class ExemptionQuerySet(models.QuerySet["Exemption"]):
    """Exemptions by who may see them, and by whether they hold."""

    def visible_to(self, user: User) -> Self:
        """Those of agencies whose answers `user` may see."""
        return self.filter(agency__in=agencies_of(user, Right.SEE_DETAILS))

    def in_force(self, on: date) -> Self:
        """Those that excuse from their item on the day `on`."""
        found = self.filter(state=Exemption.State.APPROVED, from_on__lte=on, until_on__gte=on)
        return found.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on))

    def over(self, on: date) -> Self:
        """Those that held once and do not on the day `on`."""
        found = self.filter(state=Exemption.State.APPROVED)
        return found.filter(Q(until_on__lt=on) | Q(ended_on__lte=on))


class Exemption(models.Model):
    """An item applies to an agency, which is excused from it for a time: asked for, then approved or not.

    `item` is the one it was asked for; it goes on to the items that follow it in later versions. Nothing
    that was approved is changed by it: a result keeps what held at the end of its period.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Waits for approval"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="exemptions")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="exemptions")
    reason = models.TextField()
    from_on = models.DateField()
    until_on = models.DateField()  # the last day on which it holds
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    revision = models.PositiveIntegerField(default=1)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(blank=True)
    ended_on = models.DateField(null=True)  # earlier than it was to: from this day on it holds no longer
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    end_reason = models.TextField(blank=True)

    objects = ExemptionQuerySet.as_manager()

    class Meta:
        ordering = ["agency__name", "-until_on", "-id"]
        indexes = [models.Index(fields=["agency", "state", "until_on"], name="exemption_by_agency")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="exemption_has_a_reason"),
            models.CheckConstraint(condition=Q(from_on__lte=F("until_on")), name="exemption_days_in_order"),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="exemption_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=F("requested_by")),
                name="exemption_approved_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(state="approved"), name="exemption_ended_was_approved"
            ),
            models.UniqueConstraint(
                fields=["agency", "item"], condition=Q(state="asked"), name="exemption_asked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency}: {self.item}"

    @property
    def last_on(self) -> date:
        """The day on which it ends, or ended."""
        return self.until_on if self.ended_on is None else min(self.until_on, self.ended_on)

    def is_over(self, on: date) -> bool:
        """Whether it was approved and holds no longer on the day `on`."""
        ended = self.ended_on is not None and self.ended_on <= on
        return self.state == self.State.APPROVED and (ended or self.until_on < on)

    def is_in_force(self, on: date) -> bool:
        """Whether it excuses from the item on the day `on`."""
        holds = self.state == self.State.APPROVED and self.from_on <= on <= self.until_on
        return holds and (self.ended_on is None or on < self.ended_on)
