"""What others learned: case studies, their lessons, and what in a model these speak to."""

from typing import Any

from django.db import models


class Technology(models.Model):
    """A product or technique that a case study names."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "technologies"

    def __str__(self) -> str:
        return self.name


class CaseStudy(models.Model):
    """How one organization went about containers."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    organization = models.CharField(max_length=200, blank=True)
    agency_type = models.CharField(max_length=100, blank=True)
    summary = models.TextField()
    facts: Any = models.JSONField(default=dict)  # heading: text
    technologies = models.ManyToManyField(Technology, related_name="case_studies")
    first_stage = models.PositiveSmallIntegerField(null=True)
    last_stage = models.PositiveSmallIntegerField(null=True)
    source = models.CharField(max_length=300)
    corrections: Any = models.JSONField(default=list)  # [{"slug": …, "note": …}]: faults of the source
    published: Any = models.JSONField(default=dict)  # the file's content as last published, to see changes
    search_text = models.TextField(editable=False)  # all its words and its lessons', in small letters

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "case studies"

    def __str__(self) -> str:
        return self.title


class Lesson(models.Model):
    """One thing a case study teaches."""

    case_study = models.ForeignKey(CaseStudy, on_delete=models.CASCADE, related_name="lessons")
    slug = models.SlugField(max_length=80, unique=True)
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    source = models.CharField(max_length=300)

    class Meta:
        ordering = ["case_study", "number"]

    def __str__(self) -> str:
        return self.title


class LessonLink(models.Model):
    """A lesson speaks to an item of a model, by slug: it outlives the model's versions."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="links")
    model_slug = models.SlugField(max_length=80)
    item_slug = models.SlugField(max_length=80)

    class Meta:
        ordering = ["lesson", "item_slug"]
        indexes = [models.Index(fields=["model_slug", "item_slug"], name="lesson_by_item")]
        constraints = [
            models.UniqueConstraint(fields=["lesson", "model_slug", "item_slug"], name="lesson_link_once")
        ]

    def __str__(self) -> str:
        return f"{self.lesson} → {self.item_slug}"
