"""How models look in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from maturity.models import Domain, Item, ModelVersion, Stage


class StageSerializer(serializers.ModelSerializer[Stage]):
    """One stage."""

    class Meta:
        model = Stage
        fields = ["number", "slug", "name", "summary", "source"]


class DomainSerializer(serializers.ModelSerializer[Domain]):
    """One domain."""

    class Meta:
        model = Domain
        fields = ["number", "slug", "name", "scope"]


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """One published version without its items."""

    key = serializers.CharField(read_only=True)
    model = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    name = serializers.CharField(source="model.name", read_only=True)
    summary = serializers.CharField(source="model.summary", read_only=True)
    stages = StageSerializer(many=True, read_only=True)
    domains = DomainSerializer(many=True, read_only=True)

    class Meta:
        model = ModelVersion
        fields = [
            "key", "model", "version", "name", "summary", "edition", "content_hash", "method", "share",
            "floor", "published_at", "stages", "domains",
        ]  # fmt: skip


class SourceSerializer(serializers.Serializer[Any]):
    """Where a statement comes from."""

    slug = serializers.CharField()
    ref = serializers.CharField()


class ItemSerializer(serializers.ModelSerializer[Item]):
    """One practice or challenge."""

    stage = serializers.IntegerField(source="stage.number", read_only=True)
    domain = serializers.SerializerMethodField()
    challenges = serializers.ListField(child=serializers.CharField(), read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = Item
        fields = [
            "slug", "kind", "position", "stage", "domain", "title", "text", "question", "action", "outcome",
            "must_have", "must_have_reason", "successor_of", "challenges", "sources",
        ]  # fmt: skip

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_domain(self, item: Item) -> str | None:
        """The domain's slug; null for a challenge."""
        return item.domain.slug if item.domain else None
