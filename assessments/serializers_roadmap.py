"""Actions of roadmaps as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from assessments.models import RAISED_TO, Action, ActionItem
from assessments.serializers import PersonField, RevisionField
from assessments.services_roadmap import LONGEST_LINE, LONGEST_REASON, LONGEST_STEPS, MOST_ITEMS


class ActionItemSerializer(serializers.ModelSerializer[ActionItem]):
    """An item and the level that the action brings it to."""

    item = serializers.CharField(max_length=80, help_text="slug")
    level = serializers.ChoiceField(choices=RAISED_TO)

    class Meta:
        model = ActionItem
        fields = ["item", "level"]


class RoadmapActionSerializer(serializers.ModelSerializer[Action]):
    """One action of a roadmap."""

    agency = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    model = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    milestone = serializers.IntegerField(source="milestone_id", read_only=True, allow_null=True)
    milestone_title = serializers.CharField(
        source="milestone.title", read_only=True, default=None, allow_null=True
    )
    items = ActionItemSerializer(many=True, read_only=True)
    changed_by = PersonField()

    class Meta:
        model = Action
        fields = [
            "id", "agency", "model", "title", "steps", "owner", "due_on", "cost", "status", "reason",
            "done_on", "milestone", "milestone_title", "recommended", "items", "revision", "made_at",
            "changed_at", "changed_by",
        ]  # fmt: skip
        read_only_fields = fields


class ActionWriteSerializer(serializers.Serializer[Any]):
    """What can be said of an action; what is not given stays."""

    title = serializers.CharField(max_length=LONGEST_LINE)
    owner = serializers.CharField(max_length=LONGEST_LINE, help_text="a person or an office")
    due_on = serializers.DateField()
    steps = serializers.CharField(max_length=LONGEST_STEPS, allow_blank=True, required=False)
    cost = serializers.DecimalField(
        max_digits=14,
        decimal_places=2,
        min_value=0,
        allow_null=True,
        required=False,
        help_text="in the portal's currency",
    )
    status = serializers.ChoiceField(choices=Action.Status.choices, required=False)
    reason = serializers.CharField(
        max_length=LONGEST_REASON, allow_blank=True, required=False, help_text="why it is dropped"
    )
    milestone = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, allow_null=True, required=False, help_text="its id"
    )
    items = serializers.ListField(
        child=ActionItemSerializer(),
        max_length=MOST_ITEMS,
        required=False,
        help_text="all of them: what is not named is not moved any more",
    )


class ActionStartSerializer(ActionWriteSerializer):
    """A new action of an agency."""

    agency = serializers.CharField(max_length=100, help_text="slug")
    model = serializers.CharField(max_length=80, help_text="slug of the questionnaire")


class ActionChangeSerializer(ActionWriteSerializer):
    """Parts of an action. Name the revision here, or send If-Match."""

    title = serializers.CharField(max_length=LONGEST_LINE, required=False)
    owner = serializers.CharField(max_length=LONGEST_LINE, required=False)
    due_on = serializers.DateField(required=False)
    revision = RevisionField(required=False, help_text="of the action that was read")
