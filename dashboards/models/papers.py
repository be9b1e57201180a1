"""What a program says at its briefings, the reports that are made, and when they are made by themselves."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dashboards.models.publications import Publication
from dashboards.models.trends import Scope
from maturity.models import MaturityModel
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, Program
from portal.jobs.models import Job


class Briefing(models.Model):
    """What a program's officers say on the one page of a period."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="briefings")
    period_ends_on = models.DateField()
    period_label = models.CharField(max_length=20)
    sentence = models.CharField(max_length=300, blank=True)  # empty: the generated one
    decisions = models.TextField(blank=True)  # a line each
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["program", "-period_ends_on"]
        constraints = [
            models.UniqueConstraint(fields=["program", "period_ends_on"], name="briefing_once_per_period")
        ]

    def __str__(self) -> str:
        return f"{self.program} {self.period_label}"

    @property
    def decision_lines(self) -> list[str]:
        """The decisions asked."""
        return [line.strip() for line in self.decisions.splitlines() if line.strip()]


class ReportSchedule(models.Model):
    """A program has a report made and sent by itself."""

    class When(models.TextChoices):
        PUBLICATION = "publication", "After each publication"
        WEEKLY = "weekly", "Every week, of the last published period"
        MONTHLY = "monthly", "Every month, of the last published period"

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="report_schedules")
    kind = models.CharField(max_length=20)  # Report.Kind, without one agency's
    format = models.CharField(max_length=4)
    when = models.CharField(max_length=12, choices=When.choices)
    recipients: "models.ManyToManyField[User, Any]" = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+"
    )
    attach = models.BooleanField(default=False)  # else only a link is sent
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["program", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.program}, {self.get_when_display().lower()}"

    def get_kind_display(self) -> str:
        """The kind in words."""
        return str(Report.Kind(self.kind).label)


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports by whom they are for."""

    def visible_to(self, user: User) -> Self:
        """Those about what `user` may see now: their own, those made by schedule, and of programs they run.

        What is about a scope is for who may see its trend; with an agency's details, for who may see those.
        """
        agencies = Agency.objects.filter(user.agencies_with(Right.SEE))
        detailed = Agency.objects.filter(user.agencies_with(Right.SEE_DETAILS))
        about = Q(scope__in=Scope.objects.visible_to(user))
        about |= Q(agency__in=agencies, details=False) | Q(agency__in=detailed)
        run = Program.objects.filter(user.programs_with(Right.RUN_PROGRAM))
        theirs = Q(requested_by=user) | Q(schedule__isnull=False)
        theirs |= Q(scope__program__in=run) | Q(scope__cohort__program__in=run)
        return self.filter(about, theirs)

    def with_list_relations(self) -> Self:
        """With what a list shows, in one query."""
        return self.select_related(
            "scope__program",
            "scope__agency",
            "scope__cohort",
            "agency",
            "model",
            "job",
            "requested_by",
            "schedule",
        )


class Report(models.Model):
    """A file that a worker makes; what it may say is what every reader of its scope may see."""

    class Kind(models.TextChoices):
        ONE_PAGE = "one_page", "One page"
        TALKING_POINTS = "talking_points", "Talking points"
        FULL = "full", "Full report"
        AGENCY = "agency", "One agency"

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        PPTX = "pptx", "PowerPoint"
        XLSX = "xlsx", "Excel"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    format = models.CharField(max_length=4, choices=Format.choices)
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, null=True, related_name="reports")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, null=True, related_name="reports")
    model = models.ForeignKey(MaturityModel, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=20)
    on = models.DateField()  # a quarter end
    year_starts_in = models.PositiveSmallIntegerField()
    details = models.BooleanField(default=False)  # of an agency: holds what only its own people may see
    marking = models.CharField(max_length=60, blank=True)  # PUBLISHED revision 1, PROVISIONAL; once made
    # Whose figures it holds; none of what is provisional. Corrections tell of the reports of earlier ones.
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, null=True, related_name="reports")
    # All whose rows it shows: of earlier quarters too, and of other programs' rounds; once made.
    publications: "models.ManyToManyField[Publication, Any]" = models.ManyToManyField(
        Publication, related_name="shown_in"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    schedule = models.ForeignKey(ReportSchedule, on_delete=models.SET_NULL, null=True, related_name="reports")
    occasion = models.CharField(max_length=40, blank=True)  # of a schedule, so that it is made once
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    file = models.CharField(max_length=200, blank=True)  # its name in the storage "reports"
    named: Any = models.JSONField(default=list)  # slugs of the agencies that the file names
    checksum = models.CharField(max_length=64, blank=True)  # SHA-256
    size = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)  # the file, when it was kept long enough

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="report_by_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "occasion"],
                condition=Q(schedule__isnull=False),
                name="report_once_per_occasion",
            ),
            models.CheckConstraint(
                condition=Q(kind="agency", agency__isnull=False, scope__isnull=True)
                | (~Q(kind="agency") & Q(scope__isnull=False, agency__isnull=True)),
                name="report_is_about_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.about}, {self.on}"

    @property
    def about(self) -> str:
        """The name of its scope or agency."""
        return str(self.scope or self.agency)

    @property
    def is_ready(self) -> bool:
        """Whether there is a file to download."""
        return self.made_at is not None and self.removed_at is None


# Reports that are of a scope, as choices.
SCOPE_KINDS = [(kind.value, kind.label) for kind in Report.Kind if kind != Report.Kind.AGENCY]


class ReportDelivery(models.Model):
    """A report of a schedule was sent to a person, once; `sent` False: they may no longer see it."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sent = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["report", "person"]
        constraints = [models.UniqueConstraint(fields=["report", "person"], name="report_sent_once")]

    def __str__(self) -> str:
        return f"{self.report} to {self.person}"
