"""What others learned: case studies, their lessons, and what in a model these speak to."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When

from casestudies.content import Content, content_from_json, in_one_line
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency


class Technology(models.Model):
    """A product or technique that a case study names."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "technologies"

    def __str__(self) -> str:
        return self.name


class CaseStudyQuerySet(models.QuerySet["CaseStudy"]):
    """Case studies by who may read, change or judge them."""

    def public(self) -> Self:
        """Those that everybody with a log-in may read."""
        return self.filter(is_public=True)

    def visible_to(self, user: User) -> Self:
        """The public ones, and those that `user` may see in whatever state."""
        return self.filter(Q(is_public=True) | _inside(user))

    def inside_to(self, user: User) -> Self:
        """Those of which `user` may see drafts, comments and whose they are: of agencies whose answers they
        may see; where there is no agency their own, and once submitted those of whoever publishes."""
        return self.filter(_inside(user))

    def with_state_shown(self, user: User) -> Self:
        """Each with `state_shown`: its state for those who may see its drafts, "published" for others."""
        published = Value(CaseStudy.State.PUBLISHED.value)
        return self.annotate(state_shown=Case(When(_inside(user), then=F("state")), default=published))

    def editable_by(self, user: User) -> Self:
        """Those that `user` may write; never those of a pack."""
        written = self.exclude(origin=CaseStudy.Origin.PACK)
        if user.has_everywhere(Right.PUBLISH_CASES):
            return written
        found = Q(agency__in=_agencies(user, Right.WRITE_CASES))
        if user.has_anywhere(Right.WRITE_CASES):
            found |= Q(agency__isnull=True, author=user.pk)
        return written.filter(found)

    def reviewable_by(self, user: User) -> Self:
        """Those in review that `user` may return; to publish takes `publishable_by`."""
        waiting = self.filter(state=CaseStudy.State.IN_REVIEW)
        if user.has_everywhere(Right.PUBLISH_CASES):
            return waiting
        return waiting.filter(_of_no_agency(user) | Q(agency__in=_agencies(user, Right.REVIEW)))

    def publishable_by(self, user: User) -> Self:
        """Those in whatever state that `user` may publish or withdraw, but for having written them.

        What belongs to no agency is for all who publish anywhere: somebody else than its author has to.
        """
        written = self.exclude(origin=CaseStudy.Origin.PACK)
        if user.has_everywhere(Right.PUBLISH_CASES):
            return written
        return written.filter(_of_no_agency(user) | Q(agency__in=_agencies(user, Right.PUBLISH_CASES)))

    def unmatched(self) -> Self:
        """Those whose file names an agency that nobody has matched yet."""
        return self.filter(agency__isnull=True).exclude(agency_name_given="")


def _inside(user: User) -> Q:
    if user.has_everywhere(Right.PUBLISH_CASES):
        return Q(pk__isnull=False)
    own = Q(agency__isnull=True, author=user.pk)
    submitted = _of_no_agency(user) & (~Q(state="draft") | Q(is_public=True))
    return ~Q(origin="pack") & (own | submitted | Q(agency__in=_agencies(user, Right.SEE_DETAILS)))


def _of_no_agency(user: User) -> Q:
    """Those of organizations outside, for who may publish; for others none."""
    return Q(agency__isnull=True) if user.has_anywhere(Right.PUBLISH_CASES) else Q(pk__in=[])


def _agencies(user: User, right: Right) -> Any:
    return Agency.objects.filter(user.agencies_with(right)).order_by().values("pk")


class CaseStudy(models.Model):
    """How one organization went about containers.

    Its columns and lessons are what readers are shown. What is being written of a published one is in
    `draft` alone until it is published again; of one that is not public, in both.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        RETURNED = "returned", "Returned"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Origin(models.TextChoices):
        PACK = "pack", "Comes with the portal"
        PERSON = "person", "Written here"
        FILE = "file", "From a file"

    slug = models.SlugField(max_length=100, unique=True)
    title = models.CharField(max_length=200)
    organization = models.CharField(max_length=200, blank=True)
    agency_type = models.CharField(max_length=100, blank=True)
    summary = models.TextField()
    facts: Any = models.JSONField(default=dict)  # heading: text
    technologies = models.ManyToManyField(Technology, related_name="case_studies")
    first_stage = models.PositiveSmallIntegerField(null=True)
    last_stage = models.PositiveSmallIntegerField(null=True)
    source = models.CharField(max_length=300, blank=True)
    corrections: Any = models.JSONField(default=list)  # [{"slug": …, "note": …}]: faults of the source
    published: Any = models.JSONField(default=dict)  # the file's content as last published, to see changes
    search_text = models.TextField(editable=False)  # all its words and its lessons', in small letters

    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.PACK)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PUBLISHED)
    is_public = models.BooleanField(default=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="case_studies")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    writers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")  # all who ever wrote at it
    agency_name_given = models.CharField(max_length=200, blank=True)  # by a file; "" once it is matched
    body = models.TextField(blank=True)  # Markdown
    dated = models.CharField(max_length=40, blank=True)
    link = models.CharField(max_length=500, blank=True)
    licence = models.CharField(max_length=100, blank=True)
    contact = models.CharField(max_length=300, blank=True)  # who may be asked
    may_be_named = models.BooleanField(default=False)  # its organization agreed to be named to all readers
    draft: Any = models.JSONField(default=dict)  # content.Content as it is being written; {} of a pack
    revision = models.PositiveIntegerField(default=1)
    file_key = models.CharField(max_length=300, blank=True)  # which file it came from
    file_hash = models.CharField(max_length=64, blank=True)
    file_revision = models.PositiveIntegerField(null=True)  # its revision when it was read in last
    updated_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    objects = CaseStudyQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "case studies"
        indexes = [
            models.Index(fields=["title"], condition=Q(is_public=True), name="case_study_public"),
            models.Index(fields=["state"], name="case_study_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["file_key"], condition=~Q(file_key=""), name="case_study_file_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(is_public=True), name="case_study_published_is_public"
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | Q(is_public=False), name="case_study_withdrawn_is_not"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def organization_shown(self) -> str:
        """Its organization, where readers may be told."""
        return self.organization if self.is_named else ""

    @property
    def line(self) -> str:
        """Whose it is, as far as readers may be told, and which stages it is about."""
        return in_one_line(self.organization_shown, self.agency_type, self.first_stage, self.last_stage)

    @property
    def contact_shown(self) -> str:
        """Who may be asked, where readers may be told."""
        return self.contact if self.is_named else ""

    @property
    def is_named(self) -> bool:
        """Whether readers may be told whose it is: packs name what their sources name."""
        return self.may_be_named or self.origin == self.Origin.PACK

    @property
    def content(self) -> Content | None:
        """What is being written; None of a pack's."""
        return content_from_json(self.draft) if self.draft else None

    @property
    def content_published(self) -> Content | None:
        """What was published last; None of a pack's, and of one that never was."""
        written = self.origin != self.Origin.PACK and self.published
        return content_from_json(self.published) if written else None

    @property
    def is_open(self) -> bool:
        """Whether it may be written now."""
        return self.state != self.State.IN_REVIEW


class CaseStudyStep(models.Model):
    """A case study came into a state: by whom, when, and with what comment."""

    case_study = models.ForeignKey(CaseStudy, on_delete=models.CASCADE, related_name="steps")
    state = models.CharField(max_length=10, choices=CaseStudy.State.choices)
    revision = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["case_study", "id"]

    def __str__(self) -> str:
        return f"{self.case_study}: {self.get_state_display()}"


class Lesson(models.Model):
    """One thing a case study teaches."""

    case_study = models.ForeignKey(CaseStudy, on_delete=models.CASCADE, related_name="lessons")
    slug = models.SlugField(max_length=120, unique=True)
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    source = models.CharField(max_length=300, blank=True)

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
