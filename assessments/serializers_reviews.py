"""How reviews, decisions on items and what the checks find look in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.consistency import Severity
from assessments.models import ItemDecision, ReviewReply
from assessments.review_plan import Why
from assessments.serializers import LEVELS, PersonField, RevisionField
from assessments.services_answers import LONGEST_TEXT
from assessments.services_reviewing import SETTABLE

KINDS = ItemDecision.Kind.choices
TOLD = [choice for choice in KINDS if choice[0] != ItemDecision.Kind.AGREED]
MOST_ITEMS = 1_000


class CheckFindingSerializer(serializers.Serializer[Any]):
    """What one rule found."""

    rule = serializers.CharField(help_text="slug of the rule, see the page on review")
    severity = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in Severity],
        help_text="confirmation: the reviewer confirms it in writing",
    )
    words = serializers.CharField()
    advice = serializers.CharField()
    items = serializers.ListField(child=serializers.CharField(), help_text="slugs")


class FindingsSerializer(serializers.Serializer[Any]):
    """What all rules find in one assessment."""

    findings = CheckFindingSerializer(many=True)


class ReplySerializer(serializers.ModelSerializer[ReviewReply]):
    """What was said to a question or another level."""

    by = PersonField()

    class Meta:
        model = ReviewReply
        fields = ["id", "text", "by", "at"]
        read_only_fields = fields


class ReplyWriteSerializer(serializers.Serializer[Any]):
    """A reply."""

    text = serializers.CharField(max_length=LONGEST_TEXT)


class DecisionSerializer(serializers.ModelSerializer[ItemDecision]):
    """What a reviewer says of one item; `kind` null and `revision` 0 where nobody said anything yet."""

    item = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    kind = serializers.SerializerMethodField()
    level = serializers.SerializerMethodField(help_text="that the reviewer set")
    answered = serializers.SerializerMethodField(help_text="what the agency had said")
    by = PersonField()
    at = serializers.DateTimeField(read_only=True, allow_null=True)
    replies = ReplySerializer(many=True, read_only=True)

    class Meta:
        model = ItemDecision
        fields = [
            "item", "kind", "text", "level", "points", "planned_on", "answered", "answered_points", "current",
            "submission", "revision", "by", "at", "sent_at", "replies",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=KINDS, allow_null=True))
    def get_kind(self, row: ItemDecision) -> str | None:
        """Null: nothing was said."""
        return row.kind or None

    @extend_schema_field(serializers.ChoiceField(choices=LEVELS, allow_null=True))
    def get_level(self, row: ItemDecision) -> str | None:
        """Null of questions and agreements."""
        return row.level or None

    @extend_schema_field(serializers.ChoiceField(choices=LEVELS, allow_null=True))
    def get_answered(self, row: ItemDecision) -> str | None:
        """Null: nothing."""
        return row.answered or None


class ToldDecisionSerializer(DecisionSerializer):
    """A question or another level, with the assessment that it is of."""

    assessment = serializers.IntegerField(source="assessment_id", read_only=True)
    agency = serializers.CharField(source="assessment.agency.slug", read_only=True)
    period = serializers.CharField(source="assessment.period_label", read_only=True)

    class Meta(DecisionSerializer.Meta):
        fields = ["id", "assessment", "agency", "period", *DecisionSerializer.Meta.fields]
        read_only_fields = fields


class DecisionWriteSerializer(serializers.Serializer[Any]):
    """A decision on one item as a whole. Name the decision's revision here, or send If-Match."""

    submission = RevisionField(help_text="the assessment's revision that was reviewed")
    kind = serializers.ChoiceField(choices=KINDS)
    text = serializers.CharField(
        max_length=LONGEST_TEXT,
        required=False,
        allow_blank=True,
        default="",
        help_text="the question, or why the level is another",
    )
    level = serializers.ChoiceField(
        choices=[(level.value, level.value) for level in SETTABLE],
        required=False,
        allow_null=True,
        default=None,
        help_text="of kind set; in models of points null, or not_applicable",
    )
    points = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=1000
    )
    planned_on = serializers.DateField(required=False, allow_null=True, default=None)
    revision = RevisionField(required=False, help_text="of the decision that was read; 0 for a first one")


class AgreeSerializer(serializers.Serializer[Any]):
    """Agreeing with many items at once, or with the block."""

    submission = RevisionField(help_text="the assessment's revision that was reviewed")
    items = serializers.ListField(
        child=serializers.CharField(max_length=80), default=list, max_length=MOST_ITEMS, help_text="slugs"
    )
    block = serializers.BooleanField(default=False)


class AgreedSerializer(serializers.Serializer[Any]):
    """What came of it."""

    agreed = serializers.IntegerField()
    left = serializers.IntegerField(help_text="items that were decided on already, and stay as they are")


class ObstacleSerializer(serializers.Serializer[Any]):
    """What stands in the way of an approval."""

    kind = serializers.ChoiceField(
        choices=[(kind, kind) for kind in ("undecided", "asked", "block", "confirmation")]
    )
    message = serializers.CharField()
    count = serializers.IntegerField()


class ReviewItemSerializer(serializers.Serializer[Any]):
    """One item of a review."""

    item = serializers.CharField(help_text="slug")
    why = serializers.ListField(
        child=serializers.ChoiceField(choices=[(one.value, one.value) for one in Why]),
        help_text="why it comes up alone; empty: it is of the block",
    )
    verdict = serializers.ChoiceField(choices=KINDS, allow_null=True, help_text="null: to be decided")
    before = serializers.ChoiceField(choices=LEVELS, allow_null=True, help_text="as approved last")
    level = serializers.ChoiceField(choices=LEVELS, allow_null=True, help_text="as answered now")
    decision_revision = serializers.IntegerField()


class ReviewSerializer(serializers.Serializer[Any]):
    """The review of what was submitted last, with all of its items in the model's order."""

    assessment = serializers.IntegerField()
    submission = serializers.IntegerField(help_text="the assessment's revision that it is of")
    compared_with = serializers.IntegerField(
        allow_null=True, help_text="assessment approved last; null: this is the first"
    )
    one_by_one = serializers.IntegerField()
    undecided = serializers.IntegerField()
    asked = serializers.IntegerField()
    differing = serializers.IntegerField()
    block_open = serializers.BooleanField()
    obstacles = ObstacleSerializer(many=True)
    findings = CheckFindingSerializer(many=True)
    items = ReviewItemSerializer(many=True)
