"""Transitions and open items as the API shows them, and what may be asked for."""

from typing import Any

from rest_framework import serializers

from dashboards.queries.known import Numbers
from dashboards.serializers import MODEL_HELP, SCOPE, KnowledgeQuery, MonthEndField
from maturity.models import Item

SCOPE_HELP = "everything, program:slug or agency:slug (with all below it)"
PLACE_HELP = "stages completed, or not_reporting, not_adopting, not_counted (not in the scope then)"


class ScopeQuery(KnowledgeQuery):
    """Which scope, measured by what, with which knowledge. `DAY`: what names the month end asked for."""

    DAY = "on"

    scope = serializers.RegexField(
        SCOPE,
        default="everything",
        help_text=SCOPE_HELP,
        error_messages={"invalid": "Say everything, program:SLUG or agency:SLUG."},
    )
    model = serializers.CharField(required=False, max_length=80, help_text=MODEL_HELP)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.DAY in attrs and "as_of" in attrs:
            raise serializers.ValidationError({"as_of": f"Say either `{self.DAY}` or `as_of`."})
        return super().validate(attrs)


class KnowledgeSerializer(serializers.Serializer[dict[str, Any]]):
    """With which knowledge the numbers are."""

    numbers = serializers.ChoiceField(choices=[kind.value for kind in Numbers])
    known_on = serializers.DateField(allow_null=True, help_text="of numbers=known")
    provisional = serializers.BooleanField(
        help_text="true where the point is not published, or the latest numbers were asked for"
    )
    reported = serializers.IntegerField(help_text="agencies of the scope that reported")
    counted = serializers.IntegerField(help_text="of how many that are counted in it then")
    figure = serializers.CharField(
        help_text="identifies the answer: see /api/v1/figures/{identifier}/; empty where one end of it is "
        "published and the other could still move"
    )


class TransitionQuery(ScopeQuery):
    """Between which points."""

    DAY = "to"

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


class TransitionsSerializer(KnowledgeSerializer):
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


class OpenItemsSerializer(KnowledgeSerializer):
    """The items that agencies of a scope have open, the most frequent first."""

    scope = serializers.CharField()
    model = serializers.CharField(help_text="slug")
    on = serializers.DateField()
    agencies = serializers.IntegerField(help_text="whose item levels are known")
    items = OpenItemSerializer(many=True)
