"""Runs of instruments: what an agency filled in beside the questionnaire, and what it came to."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.fields.json import KT

from assessments.models.rights import agencies_of
from maturity.models import InstrumentEdition
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency


class InstrumentRunQuerySet(models.QuerySet["InstrumentRun"]):
    """Runs by what a person may do with them. A run is a detail, like an answer."""

    def kept(self) -> Self:
        """Without those that were discarded."""
        return self.filter(removed_at__isnull=True)

    def visible_to(self, user: User) -> Self:
        """Those of agencies whose answers `user` may see."""
        return self.kept().filter(agency__in=agencies_of(user, Right.SEE_DETAILS))

    def editable_by(self, user: User) -> Self:
        """Open ones of agencies that `user` may answer for."""
        open_ones = self.kept().filter(state=InstrumentRun.State.OPEN)
        return open_ones.filter(agency__in=agencies_of(user, Right.ANSWER))

    def finished(self) -> Self:
        """Those whose outcome is fixed."""
        return self.filter(state=InstrumentRun.State.FINISHED)

    def latest_finished(self) -> Self:
        """Of these, the last finished run of each agency, instrument and subject."""
        later = InstrumentRun.objects.filter(
            agency=OuterRef("agency"),
            instrument=OuterRef("instrument"),
            subject=OuterRef("subject"),
            state=InstrumentRun.State.FINISHED,
        ).order_by("-run_on", "-finished_at", "-pk")
        return self.finished().filter(pk=Subquery(later.values("pk")[:1]))

    def with_list_relations(self) -> Self:
        """With what a list shows, in one query; without what may be long."""
        found = self.select_related("agency", "edition", "started_by", "finished_by")
        return found.defer("answers", "outcome", "known", "touched", "edition__definition").annotate(
            headline=KT("outcome__headline")
        )


class InstrumentRun(models.Model):
    """One use of an instrument by an agency. While open it is filled in; finished it never changes: a
    correction is a new run that repeats it.

    `answers` are as maturity.instruments.definitions says. `touched` holds, by part ("fields", "rows",
    "entries.<slug>"), the revision in which that part was saved last, so that a save is refused only where
    somebody else changed the same.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        FINISHED = "finished", "Finished"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="instrument_runs")
    instrument = models.SlugField(max_length=80)  # the edition's, so that editions share one history
    edition = models.ForeignKey(InstrumentEdition, on_delete=models.PROTECT, related_name="runs")
    subject = models.CharField(max_length=200, blank=True)  # "" is the agency itself
    answers: Any = models.JSONField(default=dict)
    touched: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    revision = models.PositiveIntegerField(default=1)
    run_on = models.DateField()  # the day that it speaks of
    note = models.TextField(blank=True)
    repeats = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="repeated_by"
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    started_at = models.DateTimeField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    saved_at = models.DateTimeField(null=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    finished_at = models.DateTimeField(null=True)
    known: Any = models.JSONField(null=True)  # maturity.instruments.outcomes.Known, as it was when finished
    outcome: Any = models.JSONField(null=True)  # maturity.instruments.outcomes.Outcome
    removed_at = models.DateTimeField(null=True)  # an open one that was discarded

    objects = InstrumentRunQuerySet.as_manager()

    class Meta:
        ordering = ["-run_on", "-id"]
        indexes = [
            models.Index(
                F("agency"), F("instrument"), F("subject"), F("run_on").desc(), name="run_by_agency",
                condition=Q(state="finished"),
            ),
            models.Index(fields=["instrument", "state", "run_on"], name="run_by_instrument"),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", finished_at__isnull=True)
                | Q(state="finished", finished_at__isnull=False, outcome__isnull=False),
                name="run_finished_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(state="open"), name="run_finished_stays"
            ),
        ]

    def __str__(self) -> str:
        about = f" ({self.subject})" if self.subject else ""
        return f"{self.edition.name}{about}, {self.agency}"

    @property
    def is_open(self) -> bool:
        """Whether it may be filled in."""
        return self.state == self.State.OPEN and self.removed_at is None
