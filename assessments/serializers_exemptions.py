"""Exemptions over the API."""

from typing import Any

from rest_framework import serializers

from assessments.models import Exemption
from assessments.serializers import PersonField, RevisionField
from assessments.services_answers import LONGEST_TEXT


class ExemptionSerializer(serializers.ModelSerializer[Exemption]):
    """An item that an agency is, was or asks to be excused from for a time."""

    agency = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    model = serializers.CharField(source="item.version.key", read_only=True)
    item = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    requested_by = PersonField()
    decided_by = PersonField()
    ended_by = PersonField()

    class Meta:
        model = Exemption
        fields = [
            "id", "agency", "model", "item", "reason", "from_on", "until_on", "state", "revision",
            "requested_by", "requested_at", "decided_by", "decided_at", "decision_note", "ended_on",
            "ended_by", "end_reason",
        ]  # fmt: skip
        read_only_fields = fields


class ExemptionAskSerializer(serializers.Serializer[Any]):
    """Asking for one."""

    agency = serializers.CharField(max_length=100, help_text="slug")
    model = serializers.CharField(max_length=100, help_text="slug@version, as container-adoption@1")
    item = serializers.CharField(max_length=100, help_text="slug")
    reason = serializers.CharField(max_length=LONGEST_TEXT)
    from_on = serializers.DateField()
    until_on = serializers.DateField(help_text="the last day on which it holds; not past")


class ExemptionRevisionSerializer(serializers.Serializer[Any]):
    """The revision that was read."""

    revision = RevisionField(help_text="of the exemption that was read")


class DecisionSerializer(ExemptionRevisionSerializer):
    """With a note, which a decline needs."""

    note = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class EndSerializer(ExemptionRevisionSerializer):
    """Ending an approved one: why."""

    reason = serializers.CharField(max_length=LONGEST_TEXT)
