"""How models look in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from maturity.models import Domain, Item, ModelVersion, Stage


class StageSerializer(serializers.ModelSerializer[Stage]):
    """One stage."""

    class Meta:
        model = Stage
        fields = ["number", "slug", "name", "summary", "source", "band"]
        extra_kwargs = {
            "band": {"help_text": "where it begins, as a share of the maximum (1/4); empty: it is completed"}
        }


class DomainSerializer(serializers.ModelSerializer[Domain]):
    """One domain."""

    class Meta:
        model = Domain
        fields = ["number", "slug", "name", "scope", "weight"]
        extra_kwargs = {"weight": {"help_text": "as a fraction; counts in the method of means"}}


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """One published version without its items."""

    key = serializers.CharField(read_only=True)
    model = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    name = serializers.CharField(source="model.name", read_only=True)
    summary = serializers.CharField(source="model.summary", read_only=True)
    unit = serializers.CharField(
        source="scale.unit", read_only=True, help_text="what scores are counted in; empty: nothing"
    )
    maximum = serializers.IntegerField(
        source="scale.maximum", read_only=True, help_text="the highest score there is"
    )
    stages = StageSerializer(many=True, read_only=True)
    domains = DomainSerializer(many=True, read_only=True)

    class Meta:
        model = ModelVersion
        fields = [
            "key", "model", "version", "name", "summary", "edition", "content_hash", "method", "share",
            "floor", "unit", "maximum", "answers", "takes_domain_scores", "known_from", "rhythm",
            "published_at", "stages", "domains",
        ]  # fmt: skip
        extra_kwargs = {
            "method": {"help_text": "staged, points or mean"},
            "share": {"help_text": "as a fraction; empty where stages are bands of the score"},
            "floor": {"help_text": "as a fraction; empty where stages are bands of the score"},
            "answers": {"help_text": "how practices are answered: levels or points"},
            "known_from": {"help_text": "share of weight or points below which the basis is limited"},
            "rhythm": {"help_text": "how often it is usually asked: month, quarter, half or year"},
        }


class SourceSerializer(serializers.Serializer[Any]):
    """Where a statement comes from."""

    slug = serializers.CharField()
    ref = serializers.CharField()


class GuidanceSerializer(serializers.Serializer[Any]):
    """How to answer an item."""

    levels = serializers.DictField(
        child=serializers.CharField(), help_text="by level: not_started, planned, partial, in_place"
    )
    evidence = serializers.ListField(child=serializers.CharField(), help_text="what would show it")
    steps = serializers.ListField(child=serializers.CharField(), help_text="how to begin")
    small = serializers.CharField(help_text="how it reads for a small agency")
    managed = serializers.CharField(help_text="and for one that buys everything as a managed service")


class ItemSerializer(serializers.ModelSerializer[Item]):
    """One practice or challenge."""

    stage = serializers.IntegerField(source="stage.number", read_only=True)
    domain = serializers.SerializerMethodField()
    challenges = serializers.ListField(child=serializers.CharField(), read_only=True)
    sources = SourceSerializer(many=True, read_only=True)
    guidance = serializers.SerializerMethodField()

    class Meta:
        model = Item
        fields = [
            "slug", "kind", "position", "stage", "domain", "title", "text", "question", "action", "outcome",
            "points", "must_have", "must_have_reason", "successor_of", "challenges", "sources",
            "guidance",
        ]  # fmt: skip

    @extend_schema_field(GuidanceSerializer(allow_null=True))
    def get_guidance(self, item: Item) -> dict[str, Any] | None:
        """How to answer it; null where the pack does not say."""
        return item.guidance or None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_domain(self, item: Item) -> str | None:
        """The domain's slug; null for a challenge."""
        return item.domain.slug if item.domain else None
