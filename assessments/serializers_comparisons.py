"""Why a score moved, as the API tells it. All amounts are whole millionths of a unit of the model's scale, so
that they add up."""

from typing import Any

from rest_framework import serializers

from assessments.queries_compare import Comparison, ItemRow
from assessments.queries_compare_ends import End
from maturity.explain import OF_DOMAINS, Cause, Group, Kind

LARGEST_ID = 2**63 - 1


class ComparisonQuery(serializers.Serializer[dict[str, Any]]):
    """Which two results are compared."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python."""
        told = {
            "from": "id of the earlier result",
            "to": "id of the later result, of the same agency and model",
        }
        return {
            name: serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text=words)
            for name, words in told.items()
        }


class EndSerializer(serializers.Serializer[Any]):
    """One of the two results."""

    result = serializers.IntegerField()
    assessment = serializers.IntegerField()
    period = serializers.CharField()
    model = serializers.CharField(help_text="slug@version")
    method = serializers.CharField()
    score_millionths = serializers.IntegerField()


class GroupTotalSerializer(serializers.Serializer[Any]):
    """What the causes of one group add up to."""

    group = serializers.ChoiceField(choices=[(group.value, group.value) for group in Group])
    effect_millionths = serializers.IntegerField()


class CauseSerializer(serializers.Serializer[Any]):
    """One cause of the change; `item` and `domain` null where it is of neither."""

    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind])
    group = serializers.ChoiceField(choices=[(group.value, group.value) for group in Group])
    item = serializers.CharField(allow_null=True, help_text="slug")
    domain = serializers.CharField(allow_null=True, help_text="slug")
    effect_millionths = serializers.IntegerField()


class ItemChangeSerializer(serializers.Serializer[Any]):
    """One item at both ends, in words; of those that changed."""

    item = serializers.CharField(help_text="slug")
    model = serializers.CharField(help_text="slug@version that the item is of")
    before = serializers.CharField()
    after = serializers.CharField()
    effect_millionths = serializers.IntegerField()


class ComparisonSerializer(serializers.Serializer[Any]):
    """The change from one result to another. `groups` add up to `change_millionths` where `explained`;
    `causes` do so for those who may see answers; others see those of whole domains and of the method."""

    agency = serializers.CharField(help_text="slug")
    after = EndSerializer()
    before = EndSerializer()
    unit = serializers.CharField(help_text="of the later scale")
    change_millionths = serializers.IntegerField()
    explained = serializers.BooleanField(help_text="false where a result has no answers to single items")
    same_rule = serializers.BooleanField(help_text="whether the later rule can score both")
    groups = GroupTotalSerializer(many=True)
    causes = CauseSerializer(many=True, help_text="in order of effect")
    items = ItemChangeSerializer(
        many=True, allow_null=True, help_text="null for those who may not see answers"
    )


def told(found: Comparison) -> dict[str, Any]:
    """A comparison of two results as ComparisonSerializer has it."""
    explanation = found.explanation
    return {
        "agency": found.after.assessment.agency.slug,
        "before": _end(found.before),
        "after": _end(found.after),
        "unit": found.after.version.scale.unit,
        "change_millionths": found.change,
        "explained": explanation is not None,
        "same_rule": explanation is not None and explanation.compared,
        "groups": [{"group": group.value, "effect_millionths": total} for group, total in found.groups],
        "causes": [_cause(cause) for cause in found.causes],
        "items": [_item(row) for row in found.items if row.changed] if found.details else None,
    }


def _end(end: End) -> dict[str, Any]:
    result = end.result
    return {
        "result": result.pk if result else None,
        "assessment": end.assessment.pk,
        "period": end.assessment.period_label,
        "model": end.version.key,
        "method": result.method if result else None,
        "score_millionths": end.score,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    of_domain = cause.kind in OF_DOMAINS
    return {
        "kind": cause.kind.value,
        "group": cause.group.value,
        "item": None if of_domain or not cause.key else cause.key,
        "domain": cause.key if of_domain else None,
        "effect_millionths": cause.effect,
    }


def _item(row: ItemRow) -> dict[str, Any]:
    return {
        "item": row.item.slug,
        "model": row.version.key,
        "before": row.before.words,
        "after": row.after.words,
        "effect_millionths": row.effect,
    }
