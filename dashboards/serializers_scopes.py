"""Transitions and open items as the API shows them, and what may be asked for."""

from typing import Any

from rest_framework import serializers

from dashboards.serializers import MODEL_HELP, SCOPE, MonthEndField
from maturity.models import Item

SCOPE_HELP = "everything, program:slug or agency:slug (with all below it)"
PLACE_HELP = "stages completed, or not_reporting, not_adopting, not_counted (not in the scope then)"


class ScopeQuery(serializers.Serializer[dict[str, Any]]):
    """Which scope, measured by what."""

    scope = serializers.RegexField(
        SCOPE,
        default="everything",
        help_text=SCOPE_HELP,
        error_messages={"invalid": "Say everything, program:SLUG or agency:SLUG."},
    )
    model = serializers.CharField(required=False, max_length=80, help_text=MODEL_HELP)


class TransitionQuery(ScopeQuery):
    """Between which points."""

    to = MonthEndField(required=False, help_text="a month end; without it the latest")

    def get_fields(self) -> dict[str, Any]:
        """With `from`, which no attribute may be called."""
        first = MonthEndField(required=False, help_text="a month end; without it three months before `to`")
        return {**super().get_fields(), "from": first}


class OpenItemsQuery(ScopeQuery):
    """Which items, when."""

    kind = serializers.ChoiceField(choices=Item.Kind.choices, default=Item.Kind.CHALLENGE.value)
    on = MonthEndField(required=False, help_text="a month end; without it the latest")


class FlowSerializer(serializers.Serializer[dict[str, Any]]):
    """So many agencies went from one place to another."""

    was = serializers.CharField(help_text=PLACE_HELP)
    now = serializers.CharField(help_text=PLACE_HELP)
    agencies = serializers.IntegerField()


class TransitionsSerializer(serializers.Serializer[dict[str, Any]]):
    """All flows of a scope between two month ends."""

    scope = serializers.CharField()
    model = serializers.CharField(help_text="slug")
    to = serializers.DateField()
    agencies = serializers.IntegerField(help_text="counted at either point")
    with_value_at_both = serializers.IntegerField(help_text="over these change is taken")
    risen = serializers.IntegerField(help_text="with more stages completed")
    fallen = serializers.IntegerField(help_text="with fewer")
    unchanged = serializers.IntegerField()
    flows = FlowSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """With `from`, which no attribute may be called."""
        return {**super().get_fields(), "from": serializers.DateField()}


class OpenItemSerializer(serializers.Serializer[dict[str, Any]]):
    """One item that agencies have open."""

    item = serializers.CharField(help_text="slug")
    title = serializers.CharField()
    stage = serializers.IntegerField()
    must_have = serializers.BooleanField()
    open = serializers.IntegerField(
        allow_null=True, help_text="agencies; null where the number would tell of single ones"
    )
    levels = serializers.DictField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="agencies by level, with unanswered; null for callers who may not see item levels",
    )


class OpenItemsSerializer(serializers.Serializer[dict[str, Any]]):
    """The items that agencies of a scope have open, the most frequent first."""

    scope = serializers.CharField()
    model = serializers.CharField(help_text="slug")
    on = serializers.DateField()
    agencies = serializers.IntegerField(help_text="whose item levels are known")
    items = OpenItemSerializer(many=True)
