"""How results, declared stages and cycles look in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.models import Cycle, Result, SelfDeclaration
from assessments.queries_review import set_levels
from assessments.results import frozen_levels, scorecard_of
from assessments.serializers import FROZEN_LEVELS, LEVELS, PERIOD_FIELDS, MillionthsField
from maturity import scoring
from maturity.queries import rules_of


class StageResultSerializer(serializers.Serializer[Any]):
    """One stage of a result."""

    number = serializers.IntegerField()
    completion = MillionthsField(help_text="0 to 1")
    passes = serializers.BooleanField()
    items = serializers.IntegerField(help_text="that apply")
    left_out = serializers.IntegerField()
    at_full = serializers.IntegerField(help_text="items in place")
    share_needed = serializers.IntegerField(help_text="items that must be in place")
    limited_basis = serializers.BooleanField()


class DomainResultSerializer(serializers.Serializer[Any]):
    """One domain of a result; nulls where none of its practices applies or it is not begun."""

    slug = serializers.CharField()
    percent = MillionthsField(allow_null=True, help_text="0 to 1, of its maximum")
    stages_completed = serializers.IntegerField(allow_null=True)
    score = MillionthsField(allow_null=True, help_text="where it was given of the whole domain")


class ResultSerializer(serializers.ModelSerializer[Result]):
    """What scoring made of one approved assessment."""

    agency = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    model = serializers.CharField(source="version.key", read_only=True, help_text="slug@version")
    period = serializers.CharField(source="period_label", read_only=True)
    assessment = serializers.IntegerField(source="assessment_id", read_only=True)
    amends = serializers.IntegerField(
        source="assessment.amends_id", read_only=True, allow_null=True, help_text="assessment it replaces"
    )
    rescores = serializers.IntegerField(
        source="rescores_id",
        read_only=True,
        allow_null=True,
        help_text="the result as approved whose answers this one scores by a later rule",
    )
    score = MillionthsField(read_only=True, help_text="0 to the maximum of the model's scale")
    unit = serializers.CharField(source="version.scale.unit", read_only=True)
    maximum = serializers.IntegerField(source="version.scale.maximum", read_only=True)
    answered = MillionthsField(read_only=True, help_text="share of asked items answered, 0 to 1")
    evidenced = MillionthsField(
        read_only=True, help_text="share of claimed items with recent evidence, 0 to 1"
    )
    unconfirmed = MillionthsField(
        read_only=True, help_text="share of answers carried from earlier and not confirmed, 0 to 1"
    )
    kind = serializers.CharField(source="assessment.kind", read_only=True, help_text="full or check_in")
    stages = StageResultSerializer(many=True, read_only=True)
    domains = serializers.SerializerMethodField()

    class Meta:
        model = Result
        fields = [
            "id", "agency", "assessment", "amends", "rescores", "model", "method", *PERIOD_FIELDS,
            "approved_at", "score", "unit", "maximum", "stages_completed", "stage_count", "limited_basis",
            "answered", "evidenced", "unconfirmed", "unconfirmed_items", "kind", "stages", "domains",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(DomainResultSerializer(many=True))
    def get_domains(self, result: Result) -> Any:
        """In the order of the model."""
        cards = [{"slug": slug, "score": None} | card for slug, card in result.domains.items()]
        return DomainResultSerializer(cards, many=True).data


class GapSerializer(serializers.Serializer[Any]):
    """An item that applies and is not in place."""

    item = serializers.CharField(source="slug", help_text="slug")
    stage = serializers.IntegerField()
    effect = serializers.SerializerMethodField(help_text="what closing it adds to the score")
    must_have = serializers.BooleanField()
    reason = serializers.ChoiceField(choices=[(reason.value, reason.value) for reason in scoring.Reason])

    def get_effect(self, gap: scoring.Gap) -> float:
        """To six places."""
        return scoring.to_millionths(gap.effect) / scoring.MILLION


class ItemLevelSerializer(serializers.Serializer[Any]):
    """The level of one item, frozen in a result."""

    item = serializers.CharField(help_text="slug")
    level = serializers.ChoiceField(choices=FROZEN_LEVELS, allow_null=True)
    points = serializers.IntegerField(allow_null=True)
    set_by_reviewer = serializers.BooleanField(help_text="see disagreements")
    answered = serializers.ChoiceField(choices=LEVELS, allow_null=True, help_text="by the agency")


class ResultDetailSerializer(ResultSerializer):
    """A result with its item levels and gaps, null for those who may see scores but not answers."""

    levels = serializers.SerializerMethodField()
    gaps = serializers.SerializerMethodField(help_text="in order of effect")

    class Meta(ResultSerializer.Meta):
        fields = [*ResultSerializer.Meta.fields, "levels", "gaps"]
        read_only_fields = fields

    @extend_schema_field(ItemLevelSerializer(many=True, allow_null=True))
    def get_levels(self, result: Result) -> Any:
        """In the order of the model."""
        if not self.context["details"]:
            return None
        levels = frozen_levels(rules_of(result.version), result)
        points = result.points or {}
        sets = set_levels(result.assessment_id) if result.rescores_id is None else {}
        return [
            {
                "item": slug,
                "level": level,
                "points": points.get(slug),
                "set_by_reviewer": slug in sets,
                "answered": (sets[slug].answered or None) if slug in sets else level,
            }
            for slug, level in levels.items()
        ]

    @extend_schema_field(GapSerializer(many=True, allow_null=True))
    def get_gaps(self, result: Result) -> Any:
        """All of them."""
        if not self.context["details"]:
            return None
        card = scorecard_of(rules_of(result.version), result)
        return GapSerializer(card.gaps if card is not None else (), many=True).data


class SelfDeclarationSerializer(serializers.ModelSerializer[SelfDeclaration]):
    """A stage that an agency declared without answers; no computed figure rests on it."""

    agency = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    model = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, help_text="slug")
    period = serializers.CharField(source="period_label", read_only=True)

    class Meta:
        model = SelfDeclaration
        fields = ["id", "agency", "model", *PERIOD_FIELDS, "stage", "note", "imported_at"]
        read_only_fields = fields


class CycleSerializer(serializers.ModelSerializer[Cycle]):
    """A reporting round of a program."""

    program = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    model = serializers.CharField(source="version.key", read_only=True, help_text="slug@version")
    period = serializers.CharField(source="period_label", read_only=True)

    class Meta:
        model = Cycle
        fields = [
            "id", "program", "model", "kind", *PERIOD_FIELDS, "due_on", "state", "opened_at", "closed_at",
            "preview_ends_on", "published_at",
        ]  # fmt: skip
        read_only_fields = fields
