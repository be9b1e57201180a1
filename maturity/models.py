"""What is measured: models in versions, with stages, domains and items (practices and challenges)."""

from typing import Any

from django.db import models
from django.db.models import Q


class MaturityModel(models.Model):
    """A maturity model (on the screen: questionnaire); its content is in its versions."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    summary = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ModelVersion(models.Model):
    """A published version: what decides a score is fixed by its hash; texts come in numbered editions."""

    model = models.ForeignKey(MaturityModel, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=40)
    edition = models.PositiveIntegerField(default=1)
    content_hash = models.CharField(max_length=64)  # of what decides a score
    text_hash = models.CharField(max_length=64)  # of the whole pack
    method = models.CharField(max_length=20)  # staged
    share = models.CharField(max_length=20)  # as a fraction, "4/5"
    floor = models.CharField(max_length=20)
    stage_count = models.PositiveSmallIntegerField()
    about: Any = models.JSONField(default=dict)
    sources: Any = models.JSONField(default=list)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["model", "-published_at"]
        constraints = [models.UniqueConstraint(fields=["model", "version"], name="version_once_per_model")]

    def __str__(self) -> str:
        return f"{self.model.name} {self.version}"

    @property
    def key(self) -> str:
        """How files and the API name it: container-adoption@1."""
        return f"{self.model.slug}@{self.version}"


class Stage(models.Model):
    """One step of the journey, 1..n."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="stages")
    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    source = models.CharField(max_length=300, blank=True)
    corrections: Any = models.JSONField(default=list)  # [{"slug": …, "note": …}]: faults of the source

    class Meta:
        ordering = ["version", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="stage_number_once")]

    def __str__(self) -> str:
        return self.name


class Domain(models.Model):
    """A field of work that practices belong to."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="domains")
    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    scope = models.TextField(blank=True)

    class Meta:
        ordering = ["version", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "slug"], name="domain_slug_once")]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """One answerable thing: a practice (has a domain) or a challenge (has none)."""

    class Kind(models.TextChoices):
        PRACTICE = "practice", "Practice"
        CHALLENGE = "challenge", "Challenge"

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()  # its place in frozen item levels, from 0
    slug = models.SlugField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="items")
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, null=True, related_name="items")
    title = models.CharField(max_length=120)
    text = models.TextField()  # the practice, or the challenge
    question = models.TextField()
    action = models.TextField(blank=True)  # the recommended next step
    outcome = models.TextField(blank=True)  # challenges: what solving it brings
    must_have = models.BooleanField(default=False)
    must_have_reason = models.TextField(blank=True)
    successor_of = models.CharField(max_length=80, blank=True)  # an item's slug in the version before
    challenges: Any = models.JSONField(default=list)  # slugs of the challenges this practice answers
    sources: Any = models.JSONField(default=list)  # [{"slug": …, "ref": …}]
    corrections: Any = models.JSONField(default=list)  # [{"slug": …, "note": …}]: faults of the sources

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "slug"], name="item_slug_once"),
            models.UniqueConstraint(fields=["version", "position"], name="item_position_once"),
            models.CheckConstraint(
                condition=Q(kind="practice", domain__isnull=False) | Q(kind="challenge", domain__isnull=True),
                name="practices_have_a_domain",
            ),
        ]

    def __str__(self) -> str:
        return self.title
