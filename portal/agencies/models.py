"""The agency tree and its profile, programs, adoption decisions, stale marks."""

import uuid
from datetime import date
from typing import Any, Protocol, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.agencies.profile_filter import ProfileFilter, filter_from_json


class Reader(Protocol):
    """Whoever reads: a person of portal.access, who knows which agencies they may know of."""

    def visible_agencies(self) -> Q: ...

    def visible_programs(self) -> Q: ...

    def visible_cohorts(self) -> Q: ...


def in_force(on: date, prefix: str = "") -> Q:
    """Dated rows (from_on, until_on; the last day is part of it) that hold on the day `on`."""
    open_ended = Q(**{f"{prefix}until_on__isnull": True}) | Q(**{f"{prefix}until_on__gte": on})
    return Q(**{f"{prefix}from_on__lte": on}) & open_ended


class AgencyQuerySet(models.QuerySet["Agency"]):
    """Filters by what a person may know of and by place in the tree."""

    def visible_to(self, reader: Reader) -> Self:
        """The agencies that `reader` may know of."""
        return self.filter(reader.visible_agencies())

    def within(self, root: "Agency") -> Self:
        """`root` and everything below it."""
        return self.filter(path__startswith=root.path)

    def of_type(self, choice: str) -> Self:
        """The agencies whose profile says this type now."""
        rows = ProfileValue.objects.filter(field="type", choice=choice, until_on__isnull=True)
        return self.filter(pk__in=rows.values("agency_id"))

    def open_on(self, on: date) -> Self:
        """The agencies that exist on the day `on`."""
        return self.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=on))


class Agency(models.Model):
    """A node of the tree: department, component or office."""

    slug = models.SlugField(max_length=100, unique=True)  # never changes
    name = models.CharField(max_length=300)
    abbreviation = models.CharField(max_length=40, blank=True)
    identifier = models.CharField(max_length=100, null=True, blank=True, unique=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    path = models.CharField(max_length=500, unique=True)  # "/1/12/": own id last; a subtree is a prefix
    depth = models.PositiveSmallIntegerField(default=0)  # 0 at the top
    website = models.URLField(max_length=500, blank=True)
    notes = models.TextField(blank=True)
    closed_on = models.DateField(null=True, blank=True)
    demonstration = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(default=timezone.now)  # of these fields or the profile

    objects = AgencyQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "agencies"
        indexes = [
            models.Index(fields=["name", "id"], name="agency_by_name"),
            models.Index(fields=["path"], name="agency_by_path", opclasses=["varchar_pattern_ops"]),
            # Every page asks whether there is any.
            models.Index(fields=["id"], condition=Q(demonstration=True), name="agency_demonstration"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(parent=F("id")), name="agency_not_its_own_parent")]

    def __str__(self) -> str:
        return self.name

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids from the top down to the parent."""
        return [int(part) for part in self.path.strip("/").split("/")[:-1]]


class Contact(models.Model):
    """A person to turn to at an agency; need not have a log-in."""

    class Role(models.TextChoices):
        EXECUTIVE = "executive", "Responsible executive"
        LEAD = "lead", "Lead"
        BACKUP = "backup", "Backup"

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(max_length=10, choices=Role.choices)
    name = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["role", "name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_role_display()})"


class ProfileValue(models.Model):
    """What one field of an agency's profile (profile.py) holds during a time; the open one is current."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="profile_values")
    field = models.CharField(max_length=40)
    value: Any = models.JSONField()
    choice = models.CharField(max_length=100, blank=True)  # the value of a one-choice field, to filter by
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["agency", "field", "from_on"]
        indexes = [models.Index(fields=["field", "choice", "agency"], name="profile_by_choice")]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "field"],
                condition=Q(until_on__isnull=True),
                name="profile_one_current_value",
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency}: {self.field}"


class ProgramQuerySet(models.QuerySet["Program"]):
    """Programs by what a person may know of."""

    def visible_to(self, reader: Reader) -> Self:
        """The programs that `reader` may know of."""
        return self.filter(reader.visible_programs())

    def with_member(self, agency: Agency, on: date) -> Self:
        """The programs that `agency` is in on the day `on`."""
        members = ProgramMembership.objects.filter(in_force(on), agency=agency)
        return self.filter(pk__in=members.values("program_id"))


class Program(models.Model):
    """A program office's agencies, with a default model and a calendar."""

    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    default_model = models.CharField(max_length=120, blank=True)  # "container-adoption@1"
    year_starts_in = models.PositiveSmallIntegerField(default=10)  # month; 10: the US federal fiscal year
    demonstration = models.BooleanField(default=False)
    agencies: "models.ManyToManyField[Agency, ProgramMembership]" = models.ManyToManyField(
        Agency, through="ProgramMembership", related_name="programs"
    )

    objects = ProgramQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year_starts_in__gte=1, year_starts_in__lte=12),
                name="program_year_starts_in_a_month",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProgramMembership(models.Model):
    """An agency belongs to a program from one day until another."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="program_memberships")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["program", "agency", "from_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "agency"], condition=Q(until_on__isnull=True), name="membership_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency} in {self.program}"


class AdoptionDecision(models.Model):
    """An agency decided not to adopt containers; counted apart while it holds."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="adoption_decisions")
    reason = models.TextField()
    review_on = models.DateField()
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["agency", "from_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=Q(until_on__isnull=True), name="adoption_decision_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agency} does not adopt"


class CohortQuerySet(models.QuerySet["Cohort"]):
    """Cohorts by what a person may know of."""

    def visible_to(self, reader: Reader) -> Self:
        """The cohorts that `reader` may know of."""
        return self.filter(reader.visible_cohorts())


class Cohort(models.Model):
    """Agencies that are alike by their profile; on the screen: an agency group.

    Members at a month end are those whose profile then in force fits, among the program's members then
    (no program: among all), and within the subtree as it is today.
    """

    slug = models.SlugField(max_length=100, unique=True)  # never changes
    name = models.CharField(max_length=200)
    program = models.ForeignKey(Program, on_delete=models.CASCADE, null=True, related_name="cohorts")
    within = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    conditions: Any = models.JSONField(default=dict)  # profile_filter.filter_as_json
    created_at = models.DateTimeField()
    # The agencies concerned are yet to be marked stale, which is done once the change is committed: what
    # changed about an agency at the same time would be missed before.
    unmarked = models.BooleanField(default=True)

    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["id"], condition=Q(unmarked=True), name="cohort_to_mark")]
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="cohort_name_once_in_a_program"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(program__isnull=True), name="cohort_name_once_over_all"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def filter(self) -> ProfileFilter:
        """Which profiles fit."""
        return filter_from_json(self.conditions)


class StaleMark(models.Model):
    """This agency's standings and the trends of its scopes are to be brought up to date.

    A row and not a message: a lost broker loses nothing. Deleted by id in the transaction that did it.
    """

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="stale_marks")
    reason = models.CharField(max_length=100)
    marked_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.agency}: {self.reason}"


class AgencyImport(models.Model):
    """A list of agencies that somebody read in: first uploaded and looked at, then applied or left to expire.

    The bytes are kept in the database between preview and confirmation, because the web processes share
    no disk; they are dropped when the import is applied or has expired.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by_id = models.BigIntegerField(null=True)  # the person, who lives in an app above; null: the command line
    by_name = models.CharField(max_length=300)
    file_name = models.CharField(max_length=300)
    checksum = models.CharField(max_length=64)  # SHA-256 of the bytes
    content = models.BinaryField(null=True)
    columns: Any = models.JSONField(default=dict)  # our field: the file's column
    program = models.ForeignKey(Program, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    partial = models.BooleanField(default=False)
    uploaded_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    summary: Any = models.JSONField(default=dict)  # the counts of the report, once applied

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return f"import of {self.file_name}"
