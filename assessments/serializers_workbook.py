"""How a workbook that came back looks in the API, and how it is decided."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from assessments.serializers import EvidenceWriteSerializer
from assessments.services_workbook_decisions import Comparison, Line
from assessments.workbook.content import FIELDS

ANSWER = {
    "type": "object",
    "properties": {
        name: {"type": ["integer", "null"] if name == "points" else ["string", "null"]} for name in FIELDS
    },
}


class WorkbookUploadSerializer(serializers.Serializer[Any]):
    """The workbook, as multipart/form-data."""

    file = serializers.FileField(help_text=".xlsx, at most 10 MB", use_url=False)


class WorkbookLineSerializer(serializers.Serializer[Line]):
    """One item that the workbook would change."""

    item = serializers.CharField(source="item.slug", help_text="slug")
    sheet = serializers.CharField(source="edit.sheet")
    revision = serializers.IntegerField(help_text="of the portal's answer now")
    changed = serializers.ListField(
        child=serializers.CharField(), help_text="fields that nobody touched in the portal since the export"
    )
    conflicts = serializers.ListField(
        child=serializers.CharField(), help_text="fields that were changed on both sides"
    )
    exported = serializers.SerializerMethodField(help_text="as it left")
    portal = serializers.SerializerMethodField(help_text="as the portal has it now")
    workbook = serializers.SerializerMethodField(help_text="as the workbook has it")
    evidence = EvidenceWriteSerializer(allow_null=True, help_text="that would be added")

    @extend_schema_field(ANSWER)
    def get_exported(self, line: Line) -> dict[str, Any]:
        return _plain(line.exported)

    @extend_schema_field(ANSWER)
    def get_portal(self, line: Line) -> dict[str, Any]:
        return _plain(line.now)

    @extend_schema_field(ANSWER)
    def get_workbook(self, line: Line) -> dict[str, Any]:
        return _plain(line.given)


def _plain(said: Any) -> dict[str, Any]:
    return {name: getattr(said, name) for name in FIELDS}


class WorkbookFaultSerializer(serializers.Serializer[Any]):
    """What is not taken, and what would be right."""

    sheet = serializers.CharField()
    cell = serializers.CharField(allow_blank=True)
    item = serializers.CharField(source="slug", allow_blank=True, help_text="slug, where it is known")
    message = serializers.CharField()


@extend_schema_serializer(component_name="WorkbookComparison")
class ComparisonSerializer(serializers.Serializer[Comparison]):
    """A workbook beside the portal as it is now; nothing of it is saved."""

    exported_at = serializers.DateTimeField(source="upload.exported_at")
    exported_by = serializers.CharField(source="upload.exported_by")
    expires_at = serializers.DateTimeField(source="upload.expires_at")
    fingerprint = serializers.CharField(help_text="stands for this comparison; name it with the decisions")
    same = serializers.IntegerField(help_text="items of the workbook that change nothing")
    lines = WorkbookLineSerializer(many=True)
    faults = WorkbookFaultSerializer(many=True)
    gone = serializers.ListField(
        child=serializers.CharField(), help_text="exported items whose rows are in the workbook no more"
    )


class DecisionsSerializer(serializers.Serializer[Any]):
    """What of the workbook that one uploaded last counts."""

    fingerprint = serializers.CharField(max_length=64)
    take = serializers.DictField(
        child=serializers.ChoiceField(choices=["portal", "workbook"]),
        required=False,
        default=dict,
        help_text="by item slug, of each conflict, whose answer counts",
    )


class AppliedSerializer(serializers.Serializer[Any]):
    """What was saved."""

    answers = serializers.IntegerField(help_text="saved")
    evidence = serializers.IntegerField(help_text="pieces added")
    kept = serializers.IntegerField(help_text="conflicts decided for the portal")
