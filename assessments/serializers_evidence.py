"""Evidence over the API: what it is, what is said of it, what it is used for."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.models import Evidence
from assessments.serializers import EvidenceFieldsSerializer, EvidenceSerializer, RevisionField


class AssessmentEvidenceSerializer(EvidenceSerializer):
    """A piece of evidence with the items that it is used for."""

    items = serializers.SerializerMethodField()

    class Meta(EvidenceSerializer.Meta):
        fields = [*EvidenceSerializer.Meta.fields, "items"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_items(self, evidence: Evidence) -> list[str]:
        """Slugs, in the order of the model; the uses are loaded."""
        items = sorted((use.answer.item for use in evidence.uses.all()), key=lambda item: item.position)
        return [item.slug for item in items]


class EvidenceUploadSerializer(EvidenceFieldsSerializer):
    """A file with what is said of it, and the item that it is for."""

    item = serializers.CharField(max_length=100, help_text="slug of the item; add further ones afterwards")
    file = serializers.FileField(
        max_length=1_000, allow_empty_file=True, help_text="its type is told by its content"
    )


class EvidenceChangeSerializer(EvidenceFieldsSerializer):
    """What is said of evidence, as a whole; its kind, its file and its run stay. An empty owner stays, too.

    Name the revision here, or send If-Match."""

    url = serializers.CharField(max_length=1_000, required=False, allow_blank=True, default="")
    statement = serializers.CharField(max_length=5_000, required=False, allow_blank=True, default="")
    revision = RevisionField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """As it is: what must hold is for the service to say."""
        return attrs
