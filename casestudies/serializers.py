"""How case studies look in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from casestudies.models import CaseStudy, Lesson


class LessonSerializer(serializers.ModelSerializer[Lesson]):
    """One lesson with the slugs of what it speaks to."""

    items = serializers.SerializerMethodField()

    class Meta:
        model = Lesson
        fields = ["slug", "number", "title", "text", "source", "items"]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_items(self, lesson: Lesson) -> list[str]:
        """Slugs of practices and challenges."""
        return [link.item_slug for link in lesson.links.all()]


class CaseStudySerializer(serializers.ModelSerializer[CaseStudy]):
    """One case study with its lessons."""

    state = serializers.ChoiceField(
        choices=CaseStudy.State.choices,
        source="state_shown",
        read_only=True,
        help_text="that a published one is being changed, only who may see its drafts is told",
    )
    technologies = serializers.SlugRelatedField[Any](slug_field="name", many=True, read_only=True)
    facts = serializers.DictField(child=serializers.CharField(), read_only=True)
    lessons = LessonSerializer(many=True, read_only=True)
    organization = serializers.CharField(
        source="organization_shown", read_only=True, help_text='"" where it did not agree to be named'
    )
    contact = serializers.CharField(
        source="contact_shown", read_only=True, help_text="who may be asked; as organization"
    )
    body = serializers.CharField(read_only=True, help_text="Markdown")

    class Meta:
        model = CaseStudy
        fields = [
            "slug", "title", "state", "organization", "agency_type", "summary", "body", "facts",
            "technologies", "first_stage", "last_stage", "dated", "link", "source", "licence", "contact",
            "published_at", "lessons",
        ]  # fmt: skip
