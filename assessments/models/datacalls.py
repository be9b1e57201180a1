"""Data calls of a reporting round: who was asked or reminded, when, by whom, with which text."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.models.cycles import Cycle
from portal.access.models import User
from portal.agencies.models import Agency


class ReminderPlan(models.Model):
    """A reminder that goes by itself to who has not reported, so many days before or after they are due."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="reminder_plans")
    days = models.SmallIntegerField()  # from the due day: negative before, 0 on the day, positive after
    subject = models.CharField(max_length=200)
    text = models.TextField()
    recipients: Any = models.JSONField(default=list)  # of DataCall.RECIPIENTS
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["cycle", "days"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "days"], name="reminder_once_a_day"),
            models.CheckConstraint(condition=Q(days__gte=-90, days__lte=90), name="reminder_within_90_days"),
        ]

    def __str__(self) -> str:
        return f"{self.cycle}: {self.when}"

    @property
    def when(self) -> str:
        """When it goes, in words."""
        if not self.days:
            return "on the due day"
        number = abs(self.days)
        return (
            f"{number} day{'' if number == 1 else 's'} {'before' if self.days < 0 else 'after'} the due day"
        )


class DataCallQuerySet(models.QuerySet["DataCall"]):
    """Data calls by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those of rounds that `user` may know of."""
        return self.filter(cycle__in=Cycle.objects.visible_to(user))


class DataCall(models.Model):
    """An e-mail to the agencies of a round: the call itself, or a reminder. Never changed once it is made."""

    class Kind(models.TextChoices):
        CALL = "call", "Data call"
        REMINDER = "reminder", "Reminder"

    # To whom at an agency; the first three are contacts of its profile, who need no log-in.
    RECIPIENTS = {
        "executive": "Responsible executive",
        "lead": "Lead (contact)",
        "backup": "Backup",
        "portal_lead": "Agency leads with a log-in",
        "portal_contributor": "Contributors with a log-in",
    }

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="data_calls")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    plan = models.ForeignKey(ReminderPlan, on_delete=models.SET_NULL, null=True, related_name="data_calls")
    key = models.UUIDField(default=uuid.uuid4, unique=True)  # of the form: sent twice, it is made once
    subject = models.CharField(max_length=200)
    text = models.TextField()
    recipients: Any = models.JSONField(default=list)  # of RECIPIENTS
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )  # none: by itself
    made_at = models.DateTimeField()
    asked_at = models.DateTimeField()  # when it was made, or somebody last had it tried again
    job_id = models.BigIntegerField(null=True)  # the run that sends it, or sent it last

    objects = DataCallQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.cycle}"


class LetterQuerySet(models.QuerySet["Letter"]):
    """Letters by their state and by what a person may know of."""

    def visible_to(self, user: User) -> Self:
        """Those to agencies that `user` may know of."""
        calls = DataCall.objects.visible_to(user)
        return self.filter(call__in=calls, agency__in=Agency.objects.visible_to(user))


class Letter(models.Model):
    """One e-mail of a data call: to one address, about one agency. Claimed before it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        UNSURE = "unsure", "Interrupted: may have been sent"
        NOT_NEEDED = "not_needed", "Not needed: reported meanwhile"
        NOBODY = "nobody", "Nobody to write to"

    AGAIN = (State.FAILED, State.UNSURE)  # may be tried again, by a person

    call = models.ForeignKey(DataCall, on_delete=models.CASCADE, related_name="letters")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(ReminderPlan, on_delete=models.SET_NULL, null=True, related_name="letters")
    due_on = models.DateField()  # when this agency was due, as the letter says
    name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=254, blank=True)  # none: there was nobody to write to
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=300, blank=True)  # why it failed
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["call", "agency__name", "address", "id"]
        indexes = [
            models.Index(
                fields=["call"],
                condition=Q(state__in=["waiting", "sending"]),
                name="letter_not_sent",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["call", "agency", "address"], name="letter_once_per_address"),
            # However often the reminders run, and however many clocks there are.
            models.UniqueConstraint(
                fields=["plan", "agency", "due_on", "address"],
                condition=Q(plan__isnull=False),
                name="letter_once_per_reminder",
            ),
            models.CheckConstraint(
                condition=Q(state="nobody", address="") | (~Q(state="nobody") & ~Q(address="")),
                name="letter_has_an_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency}: {self.address or self.get_state_display()}"
