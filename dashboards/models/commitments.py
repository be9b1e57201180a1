"""What a program or an agency promised to leadership, carried on until it is closed."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from assessments.models import Action
from dashboards.models.papers import Briefing
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, Program


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    """Commitments by what a person may know of, and by whether they hold."""

    def visible_to(self, user: User) -> Self:
        """Those of programs `user` sees as a whole, of agencies whose details they see, and their own."""
        programs = Program.objects.filter(user.programs_with(Right.SEE)).order_by().values("pk")
        agencies = Agency.objects.filter(user.agencies_with(Right.SEE_DETAILS)).order_by().values("pk")
        own = Q(person=user.pk, person__is_active=True) if user.pk else Q(pk__in=[])
        return self.filter(Q(briefing__program__in=programs) | Q(agency__in=agencies) | own)

    def overdue(self, today: date) -> Self:
        """Open ones that were due before today."""
        return self.filter(status=Commitment.Status.OPEN, due_on__lt=today)

    def with_list_relations(self) -> Self:
        """What a list of them shows."""
        return self.select_related("briefing__program", "agency", "program", "person")

    def by_due(self) -> Self:
        """The earliest due first, those without a day last."""
        return self.order_by(F("due_on").asc(nulls_last=True), "pk")


class Commitment(models.Model):
    """Somebody promised something; shown at the next briefings until it is kept or dropped."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        KEPT = "kept", "Kept"
        DROPPED = "dropped", "Dropped"

    # One of the two: a program's, made at a briefing, or an agency's.
    briefing = models.ForeignKey(
        Briefing, on_delete=models.CASCADE, null=True, blank=True, related_name="commitments"
    )
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="commitments"
    )
    # Of an agency's: the program whose one page carries it too, and when it was made.
    program = models.ForeignKey(Program, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    made_on = models.DateField(null=True, blank=True)
    text = models.CharField(max_length=160)
    owner = models.CharField(max_length=80)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )  # the owner, where they have a log-in: who is told
    due_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    reason = models.CharField(max_length=300, blank=True)  # why it was dropped
    closed_on = models.DateField(null=True, blank=True)  # kept or dropped
    revision = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    changed_at = models.DateTimeField()

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["due_on"], condition=Q(status="open"), name="commitment_open_by_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(briefing__isnull=False, agency__isnull=True, program__isnull=True)
                | Q(briefing__isnull=True, agency__isnull=False, made_on__isnull=False),
                name="commitment_of_a_briefing_or_an_agency",
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_on__isnull=True)
                | (~Q(status="open") & Q(closed_on__isnull=False)),
                name="commitment_closed_has_a_day",
            ),
            models.CheckConstraint(
                condition=(Q(status="dropped") & ~Q(reason="")) | (~Q(status="dropped") & Q(reason="")),
                name="commitment_dropped_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def of(self) -> str:
        """Whose it is: an agency or a program."""
        return str(self.agency or (self.briefing and self.briefing.program))

    @property
    def is_open(self) -> bool:
        """Neither kept nor dropped."""
        return self.status == self.Status.OPEN

    def is_overdue(self, today: date) -> bool:
        """Whether it should be kept by now and is not."""
        return self.is_open and self.due_on is not None and self.due_on < today


class OverdueTold(models.Model):
    """When those responsible were last told that an action or a commitment is overdue, and since when."""

    action = models.OneToOneField(Action, on_delete=models.CASCADE, null=True, related_name="+")
    commitment = models.OneToOneField(Commitment, on_delete=models.CASCADE, null=True, related_name="+")
    due_on = models.DateField()
    told_on = models.DateField()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "overdue told"
        constraints = [
            models.CheckConstraint(
                condition=Q(action__isnull=True, commitment__isnull=False)
                | Q(action__isnull=False, commitment__isnull=True),
                name="overdue_told_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action or self.commitment}: told on {self.told_on}"
