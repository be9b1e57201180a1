"""What an agency means to do: targets, actions that move practices, and milestones."""

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models.rights import agencies_of
from maturity.levels import Level
from maturity.models import MaturityModel
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency

# The levels that an action can bring an item to, and what they are called.
RAISED_TO = [
    (Level.IN_PLACE.value, "In place"),
    (Level.PARTIAL.value, "For some of our systems"),
    (Level.PLANNED.value, "Planned"),
]


class PlanQuerySet(models.QuerySet[Any]):
    """Parts of roadmaps by what a person may know of. A plan is a detail, like an answer."""

    def visible_to(self, user: User) -> Self:
        """Those of agencies whose answers `user` may see."""
        return self.filter(agency__in=agencies_of(user, Right.SEE_DETAILS))


class TargetQuerySet(PlanQuerySet):
    """Targets by whether they hold."""

    def in_force(self) -> Self:
        """Those that were not replaced or withdrawn."""
        return self.filter(ended_at__isnull=True)


class Target(models.Model):
    """A stage that an agency wants to have completed by a day, as a whole or in one domain.

    A row is never changed but ended: another target is another row, so that history stays.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="targets")
    model = models.ForeignKey(MaturityModel, on_delete=models.PROTECT, related_name="+")
    domain = models.SlugField(max_length=80, blank=True)  # "" is the agency as a whole
    stage = models.PositiveSmallIntegerField()
    by_on = models.DateField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "domain", "-set_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "model", "domain"],
                condition=Q(ended_at__isnull=True),
                name="target_one_in_force",
            ),
            models.CheckConstraint(condition=Q(stage__gte=1), name="target_is_a_stage"),
        ]

    def __str__(self) -> str:
        where = f" in {self.domain}" if self.domain else ""
        return f"{self.agency}: stage {self.stage}{where} by {self.by_on}"


class Milestone(models.Model):
    """A point on the way that actions lead to."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="milestones")
    title = models.CharField(max_length=200)
    due_on = models.DateField()
    revision = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "due_on", "id"]

    def __str__(self) -> str:
        return self.title


class ActionQuerySet(PlanQuerySet):
    """Actions by how far they are."""

    def still_open(self) -> Self:
        """Neither done nor dropped."""
        return self.filter(status__in=Action.OPEN)

    def overdue(self, today: date) -> Self:
        """Those that should be done by now and are not."""
        return self.still_open().filter(due_on__lt=today)

    def with_list_relations(self) -> Self:
        """With what a list shows, in two queries."""
        return self.select_related("agency", "model", "milestone").prefetch_related("items")


class Action(models.Model):
    """Something that an agency does to move practices. It is dropped with a reason, and never deleted."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        UNDER_WAY = "under_way", "Under way"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    OPEN = (Status.PLANNED, Status.UNDER_WAY)

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="actions")
    model = models.ForeignKey(MaturityModel, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    steps = models.TextField(blank=True)
    owner = models.CharField(max_length=200)  # a person or an office
    due_on = models.DateField()
    cost = models.DecimalField(max_digits=14, decimal_places=2, null=True)  # in the portal's currency
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLANNED)
    reason = models.CharField(max_length=500, blank=True)  # why it was dropped
    done_on = models.DateField(null=True)
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, null=True, related_name="actions")
    recommended = models.BooleanField(default=False)  # made from what the questionnaire recommends
    revision = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    changed_at = models.DateTimeField()

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "due_on", "id"]
        indexes = [
            models.Index(fields=["agency", "model"], name="action_by_agency"),
            models.Index(
                F("due_on"), F("agency"), name="action_open_by_due",
                condition=Q(status__in=["planned", "under_way"]),
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=(Q(status="dropped") & ~Q(reason="")) | (~Q(status="dropped") & Q(reason="")),
                name="action_dropped_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="done", done_on__isnull=False)
                | (~Q(status="done") & Q(done_on__isnull=True)),
                name="action_done_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=0), name="action_cost_is_none_or_more"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Neither done nor dropped."""
        return self.status in self.OPEN

    def is_overdue(self, today: date) -> bool:
        """Whether it should be done by now and is not."""
        return self.is_open and self.due_on < today


class ActionItem(models.Model):
    """An item that an action moves, by slug so that it outlasts versions, and the level it brings it to."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="items")
    item = models.SlugField(max_length=80)
    level = models.CharField(max_length=20, choices=RAISED_TO)

    class Meta:
        ordering = ["action", "id"]
        constraints = [models.UniqueConstraint(fields=["action", "item"], name="action_item_once")]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_level_display()}"
