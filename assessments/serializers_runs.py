"""How instruments and their runs look in the API, and what may be written."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.models import InstrumentRun
from assessments.serializers import LEVELS, PersonField, RevisionField
from assessments.services_runs import LONGEST_NOTE, LONGEST_SUBJECT
from maturity.models import InstrumentEdition
from maturity.serializers import SourceSerializer


class InstrumentSerializer(serializers.ModelSerializer[InstrumentEdition]):
    """An instrument: what it is called, and what it gives."""

    class Meta:
        model = InstrumentEdition
        fields = ["slug", "number", "name", "engine", "edition", "summary", "published_at"]
        read_only_fields = fields


class InstrumentDetailSerializer(InstrumentSerializer):
    """An instrument with its definition: fields, columns, groups of entries, rows, sources."""

    definition = serializers.DictField(child=serializers.JSONField(), read_only=True)

    class Meta(InstrumentSerializer.Meta):
        fields = [*InstrumentSerializer.Meta.fields, "definition"]
        read_only_fields = fields


# --- what a run found -------------------------------------------------------------------------------


class MeasureSerializer(serializers.Serializer[Any]):
    """A number that runs are compared by."""

    slug = serializers.CharField()
    name = serializers.CharField()
    value = serializers.CharField(help_text='decimal text; "" is not known, which is never 0')
    unit = serializers.CharField()
    of = serializers.CharField(help_text="what it is a part of")
    better = serializers.CharField(help_text='which way is good: up, down or ""')


class FindingSerializer(serializers.Serializer[Any]):
    """One thing that a run says."""

    slug = serializers.CharField()
    kind = serializers.CharField(help_text="advice, gap, warning, conflict, blocker, open or strength")
    text = serializers.CharField()
    because = serializers.ListField(child=serializers.CharField())
    entries = serializers.ListField(child=serializers.CharField())
    practices = serializers.ListField(child=serializers.CharField())
    sources = SourceSerializer(many=True)


class TableSerializer(serializers.Serializer[Any]):
    """A result to read row by row."""

    slug = serializers.CharField()
    title = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    kind = serializers.CharField(help_text="plain, heat or matrix")
    summary = serializers.CharField()


class ChartSerializer(serializers.Serializer[Any]):
    """A drawing, of which a table is the same in numbers."""

    kind = serializers.CharField(help_text="quadrant, profile or range")
    title = serializers.CharField()
    table = serializers.CharField(help_text="slug")
    x = serializers.CharField()
    y = serializers.CharField()
    points = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class OfferSerializer(serializers.Serializer[Any]):
    """An answer that a run suggests for an item."""

    item = serializers.CharField(help_text="slug")
    level = serializers.ChoiceField(choices=LEVELS)
    reason = serializers.CharField()
    entries = serializers.ListField(child=serializers.CharField())


class OutcomeSerializer(serializers.Serializer[Any]):
    """All that a run found, fixed when it was finished."""

    headline = serializers.CharField()
    measures = MeasureSerializer(many=True)
    findings = FindingSerializer(many=True)
    tables = TableSerializer(many=True)
    charts = ChartSerializer(many=True)
    offers = OfferSerializer(many=True)
    unanswered = serializers.IntegerField()


class KnownSerializer(serializers.Serializer[Any]):
    """What the portal knew of the agency when the run was finished."""

    levels = serializers.DictField(child=serializers.CharField(), help_text="item to level")
    period_label = serializers.CharField()
    stages_completed = serializers.IntegerField(allow_null=True)
    working_on = serializers.IntegerField(allow_null=True)
    size = serializers.CharField()
    on = serializers.CharField(help_text="the day by which dates were overdue")


# --- runs -------------------------------------------------------------------------------------------


class InstrumentRunSerializer(serializers.ModelSerializer[InstrumentRun]):
    """One run without its answers."""

    edition = serializers.IntegerField(source="edition.edition", read_only=True)
    agency = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    agency_name = serializers.CharField(source="agency.name", read_only=True)
    repeats = serializers.IntegerField(source="repeats_id", read_only=True, allow_null=True)
    started_by = PersonField()
    finished_by = PersonField()
    headline = serializers.SerializerMethodField(help_text="of a finished run")

    class Meta:
        model = InstrumentRun
        fields = [
            "id", "instrument", "edition", "agency", "agency_name", "subject", "run_on", "note", "state",
            "revision", "repeats", "started_at", "started_by", "saved_at", "finished_at", "finished_by",
            "headline",
        ]  # fmt: skip
        read_only_fields = fields

    def get_headline(self, run: InstrumentRun) -> str | None:
        """One sentence; null while it is open."""
        if "headline" in run.__dict__:  # read with the list, which leaves the outcome where it is
            return run.__dict__["headline"] or None
        return run.outcome["headline"] if run.outcome else None


class InstrumentRunDetailSerializer(InstrumentRunSerializer):
    """One run with its answers, and once finished with what it found."""

    answers = serializers.SerializerMethodField()
    known = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()

    class Meta(InstrumentRunSerializer.Meta):
        fields = [*InstrumentRunSerializer.Meta.fields, "answers", "known", "outcome"]
        read_only_fields = fields

    @extend_schema_field(
        {
            "type": "object",
            "properties": {
                "fields": {"type": "object", "additionalProperties": {}},
                "entries": {
                    "type": "object",
                    "additionalProperties": {"type": "object", "additionalProperties": {}},
                },
                "rows": {"type": "array", "items": {"type": "object", "additionalProperties": {}}},
            },
        }
    )
    def get_answers(self, run: InstrumentRun) -> Any:
        """By field, by entry and column, and row by row."""
        return run.answers

    @extend_schema_field(KnownSerializer(allow_null=True))
    def get_known(self, run: InstrumentRun) -> Any:
        """Null while it is open."""
        return run.known

    @extend_schema_field(OutcomeSerializer(allow_null=True))
    def get_outcome(self, run: InstrumentRun) -> Any:
        """Null while it is open."""
        return run.outcome


class RunStartSerializer(serializers.Serializer[Any]):
    """What is needed to start a run."""

    instrument = serializers.CharField(max_length=80, help_text="slug")
    agency = serializers.CharField(max_length=100, help_text="slug")
    subject = serializers.CharField(
        max_length=LONGEST_SUBJECT, required=False, allow_blank=True, default="", help_text="what it is about"
    )
    run_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="today, if not given"
    )
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")
    repeats = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**63 - 1,
        help_text="an earlier run of this agency and instrument, whose answers it begins with",
    )


class RunSaveSerializer(serializers.Serializer[Any]):
    """Parts of a run: what is not given stays. Name the revision here, or send If-Match."""

    answers = serializers.JSONField(
        required=False,
        help_text='{"fields": all of them, "entries": those to change, "rows": all of them}',
    )
    subject = serializers.CharField(max_length=LONGEST_SUBJECT, required=False, allow_blank=True)
    run_on = serializers.DateField(required=False)
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True)
    revision = RevisionField(required=False, help_text="of the run that was read")


class RunFinishSerializer(serializers.Serializer[Any]):
    """Finishing: the revision that was seen."""

    revision = RevisionField(required=False)
