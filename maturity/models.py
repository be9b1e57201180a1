"""What is measured: models in versions, with stages, domains and items (practices and challenges)."""

from fractions import Fraction
from typing import Any, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Concat

from maturity.levels import IN_LEVELS, Scale
from maturity.methods import METHOD_VERSIONS, METHOD_WORDS, rule_name


class MaturityModel(models.Model):
    """A maturity model (on the screen: questionnaire); its content is in its versions."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    summary = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    """Versions with the rule that they score by."""

    def with_rule(self) -> Self:
        """With `rule`: the same as `scoring_rule`, for use in queries."""
        methods = Case(
            *(When(method=method, then=Value(name)) for method, name in METHOD_VERSIONS.items()),
            default=F("method"),
            output_field=models.CharField(),
        )
        return self.annotate(rule=Concat(methods, Value("@"), F("version")))


class ModelVersion(models.Model):
    """A published version: what decides a score is fixed by its hash; texts come in numbered editions."""

    model = models.ForeignKey(MaturityModel, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=40)
    edition = models.PositiveIntegerField(default=1)
    content_hash = models.CharField(max_length=64)  # of what decides a score
    text_hash = models.CharField(max_length=64)  # of the whole pack
    method = models.CharField(max_length=20)  # one of maturity.methods.METHODS
    share = models.CharField(max_length=20)  # as a fraction, "4/5"; "" where stages are bands
    floor = models.CharField(max_length=20)
    stage_count = models.PositiveSmallIntegerField()
    # What the score is counted in: unit and maximum; of the staged method the number of stages.
    unit = models.CharField(max_length=20, default="stages", blank=True)
    maximum = models.PositiveSmallIntegerField(default=0)
    answers = models.CharField(max_length=10, default=IN_LEVELS)  # how practices are answered
    takes_domain_scores = models.BooleanField(default=False)  # scores of whole domains may be given
    known_from = models.CharField(max_length=20, default="3/5")  # share below which the basis is limited
    rhythm = models.CharField(max_length=10, default="quarter")  # how often it is usually asked
    about: Any = models.JSONField(default=dict)
    sources: Any = models.JSONField(default=list)
    published_at = models.DateTimeField()

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["model", "-published_at"]
        constraints = [models.UniqueConstraint(fields=["model", "version"], name="version_once_per_model")]

    def __str__(self) -> str:
        return f"{self.model.name} {self.version}"

    @property
    def is_staged(self) -> bool:
        """Whether its stages are completed by what is in place, and are not bands of the score."""
        return self.method == "staged"

    @property
    def scale(self) -> Scale:
        """What its score is counted in."""
        return Scale("stages", self.stage_count) if self.is_staged else Scale(self.unit, self.maximum)

    @property
    def method_words(self) -> str:
        """What its method is called on the screen."""
        return METHOD_WORDS.get(self.method, self.method)

    @property
    def key(self) -> str:
        """How files and the API name it: container-adoption@1."""
        return f"{self.model.slug}@{self.version}"

    @property
    def scoring_rule(self) -> str:
        """What it scores by, as results name it: the method's version and its own ("staged-1@1")."""
        return rule_name(self.method, self.version)


class Stage(models.Model):
    """One step of the journey, 1..n."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="stages")
    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    # Where a band begins, as a share of the maximum ("1/4"); "" of stages that are completed.
    band = models.CharField(max_length=20, blank=True)
    summary = models.TextField(blank=True)
    source = models.CharField(max_length=300, blank=True)
    corrections: Any = models.JSONField(default=list)  # [{"slug": …, "note": …}]: faults of the source

    class Meta:
        ordering = ["version", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="stage_number_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def from_percent(self) -> str:
        """Where a band begins, in percent of the maximum: "12.5"; "" of stages that are completed."""
        return f"{float(Fraction(self.band) * 100):g}" if self.band else ""


class Domain(models.Model):
    """A field of work that practices belong to."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="domains")
    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    scope = models.TextField(blank=True)
    weight = models.CharField(max_length=20, default="1")  # as a fraction, in the method of means

    class Meta:
        ordering = ["version", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "slug"], name="domain_slug_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def weight_words(self) -> str:
        """Its weight as a decimal number."""
        return f"{float(Fraction(self.weight)):g}"


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
    points = models.PositiveSmallIntegerField(default=0)  # the most it is worth, in models of points
    must_have = models.BooleanField(default=False)
    must_have_reason = models.TextField(blank=True)
    successor_of = models.CharField(max_length=80, blank=True)  # an item's slug in the version before
    challenges: Any = models.JSONField(default=list)  # slugs of the challenges this practice answers
    sources: Any = models.JSONField(default=list)  # [{"slug": …, "ref": …}]
    # How to answer it: {"levels": {level: text}, "evidence": […], "steps": […], "small", "managed"}, or {}
    guidance: Any = models.JSONField(default=dict)
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


class InstrumentEdition(models.Model):
    """The definition of an instrument, as published; what a run was made with stays as it was."""

    slug = models.SlugField(max_length=80)
    edition = models.PositiveIntegerField()
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    engine = models.CharField(max_length=20)
    summary = models.TextField()
    definition: Any = models.JSONField()  # maturity.instruments.definitions.Instrument as plain JSON
    text_hash = models.CharField(max_length=64)
    is_current = models.BooleanField(default=True)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["number", "-edition"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "edition"], name="instrument_edition_once"),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(is_current=True), name="instrument_has_one_current_edition"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LibrarySource(models.Model):
    """A document that the library rests on; entries cite it by `ref`."""

    ref = models.CharField(max_length=20, unique=True)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=300, blank=True)
    dated = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.title


class LibrarySection(models.Model):
    """A part of the library, with its shelves; these name it by its slug."""

    slug = models.SlugField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    summary = models.TextField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class LibraryShelf(models.Model):
    """A group of entries of the library: the glossary, one comparison, the questions and answers."""

    slug = models.SlugField(max_length=80, unique=True)  # the group's in the content inventory
    section = models.SlugField(max_length=80)  # the part of the library that it stands in
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=200)
    summary = models.TextField()
    shape = models.CharField(max_length=20, default="list")  # list, table, steps, questions, figure
    columns: Any = models.JSONField(default=list)  # headings of the facts of its entries, in order

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "library shelves"

    def __str__(self) -> str:
        return self.name


class LibraryEntry(models.Model):
    """One thing that the sources say, in our words, with where they say it."""

    shelf = models.ForeignKey(LibraryShelf, on_delete=models.CASCADE, related_name="entries")
    slug = models.SlugField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    facts: Any = models.JSONField(default=dict)  # heading: text
    source = models.CharField(max_length=300, blank=True)
    link = models.URLField(max_length=500, blank=True)
    see: Any = models.JSONField(default=list)  # slugs of related entries, practices, challenges
    dated = models.CharField(max_length=40, blank=True)  # of a statement that time may have overtaken
    corrections: Any = models.JSONField(default=list)  # [{"slug": …, "note": …}]: faults of the source
    figure: Any = models.JSONField(default=dict)  # what maturity.library.figures draws, or {}
    search_text = models.TextField(editable=False, default="")  # all its words in small letters

    class Meta:
        ordering = ["shelf", "position"]
        verbose_name_plural = "library entries"

    def __str__(self) -> str:
        return self.title
