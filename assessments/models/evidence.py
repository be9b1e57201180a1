"""What answers rest on: files, links, statements and runs; and where the bytes of files are."""

from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from assessments.models.assessments import Answer, Assessment
from assessments.models.rights import agencies_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency

EXPIRES_SOON = timedelta(days=90)


class StoredBytes(models.Model):
    """Bytes in the evidence storage, once for each checksum, whoever brought them.

    The row comes before the bytes and goes with them: bytes that no file names, and that nobody brought for
    a while, are removed. Nothing shows these rows: they would tell who else has the same bytes.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    brought_at = models.DateTimeField()  # last; while it is recent, nobody removes them

    class Meta:
        verbose_name_plural = "stored bytes"
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="stored_bytes_are_some")]

    def __str__(self) -> str:
        return self.sha256

    @property
    def stored_name(self) -> str:
        """Where the evidence storage keeps them: by checksum, in folders that stay small."""
        return f"{self.sha256[:2]}/{self.sha256}"


class EvidenceFile(models.Model):
    """A file of an agency, under the name and as the type that it is given out as."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="evidence_files")
    stored = models.ForeignKey(StoredBytes, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)  # with the ending of what it is
    media_type = models.CharField(max_length=100)  # by content
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "stored", "name"], name="evidence_file_once_in_an_agency"
            )
        ]

    def __str__(self) -> str:
        return self.name


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Evidence by who may see it, and by when it expires."""

    def visible_to(self, user: User) -> Self:
        """That of agencies whose answers `user` may see."""
        return self.filter(assessment__agency__in=agencies_of(user, Right.SEE_DETAILS))

    def current(self) -> Self:
        """That of the latest assessment of each agency and model; what was copied from it is not twice."""
        later = Assessment.objects.filter(
            agency=OuterRef("assessment__agency"), version__model=OuterRef("assessment__version__model")
        ).order_by()
        after = later.filter(
            Q(period_ends_on__gt=OuterRef("assessment__period_ends_on"))
            | Q(period_ends_on=OuterRef("assessment__period_ends_on"), pk__gt=OuterRef("assessment_id"))
        )
        return self.filter(~Exists(after))

    def expiring(self, on: date) -> Self:
        """That which has expired on the day `on`, or will within 90 days."""
        return self.filter(expires_on__lte=on + EXPIRES_SOON)


class Evidence(models.Model):
    """A file, a link, a statement or the finished run of an instrument, dated: what the answers to one or
    several items of one assessment rest on."""

    class Kind(models.TextChoices):
        FILE = "file", "File"
        LINK = "link", "Link"
        STATEMENT = "statement", "Statement"
        RUN = "run", "Run of an instrument"

    class Independence(models.TextChoices):
        SELF = "self", "Our own word"
        INTERNAL = "internal", "Checked inside the agency"
        EXTERNAL = "external", "Checked by somebody outside"

    # What people type in; a run is named by taking what it found, a file is uploaded.
    TYPED = [choice for choice in Kind.choices if choice[0] in {"link", "statement"}]
    OFFERED = [choice for choice in Kind.choices if choice[0] != "run"]

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="evidence")
    answers: "models.ManyToManyField[Answer, EvidenceUse]" = models.ManyToManyField(
        Answer, through="EvidenceUse", related_name="evidence"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=1000, blank=True)
    statement = models.TextField(blank=True)
    file = models.ForeignKey(
        EvidenceFile, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    run = models.ForeignKey(
        "InstrumentRun", on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    dated_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)  # the last day on which it counts
    independence = models.CharField(max_length=10, choices=Independence.choices, default=Independence.SELF)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    owner_name = models.CharField(max_length=200, blank=True)  # of somebody who has no account here
    revision = models.PositiveIntegerField(default=1)
    copied_from = models.BigIntegerField(null=True, blank=True)  # the evidence it was copied from at first
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField()

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["assessment", "-dated_on", "id"]
        verbose_name_plural = "evidence"
        indexes = [models.Index(fields=["expires_on"], name="evidence_by_expiry")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="link", run__isnull=True, file__isnull=True) & ~Q(url=""))
                | (Q(kind="statement", run__isnull=True, file__isnull=True) & ~Q(statement=""))
                | Q(kind="file", run__isnull=True, file__isnull=False)
                | Q(kind="run", run__isnull=False, file__isnull=True),
                name="evidence_holds_what_it_says",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(owner_name=""), name="evidence_has_one_owner"
            ),
            models.UniqueConstraint(fields=["assessment", "run"], name="evidence_names_a_run_once"),
            models.UniqueConstraint(fields=["assessment", "file"], name="evidence_names_a_file_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def owned_by(self) -> str:
        """Whose it is, by name; "" where nobody was named."""
        return str(self.owner) if self.owner is not None else self.owner_name

    def has_expired(self, on: date) -> bool:
        """Whether it no longer counts on the day `on`."""
        return self.expires_on is not None and self.expires_on < on


class EvidenceUse(models.Model):
    """That an answer rests on a piece of evidence, both of one assessment; and who said so."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="uses")
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="evidence_uses")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["evidence", "id"]
        constraints = [
            models.UniqueConstraint(fields=["evidence", "answer"], name="evidence_used_once_for_an_answer")
        ]

    def __str__(self) -> str:
        return f"{self.answer}: {self.evidence}"
