"""How the board of a round looks in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.models import UnitMode
from assessments.queries_cycles import ALL_STATUSES, APART, STATUSES, BoardLine, Totals
from assessments.serializers import MillionthsField


class RollupSerializer(serializers.Serializer[Any]):
    """What the agencies below one that is rolled up come to."""

    reported = serializers.IntegerField(help_text="agencies below it with an approved assessment")
    asked = serializers.IntegerField(help_text="agencies below it that are asked")
    lowest = MillionthsField(
        allow_null=True, help_text="score; null where none reported or you may not see all"
    )
    median = MillionthsField(allow_null=True)
    incomplete = serializers.BooleanField(help_text="under 75 % of them reported")


class UnitSerializer(serializers.Serializer[Any]):
    """One agency in a reporting round. Reasons are for those who may see the agency's details."""

    agency = serializers.SlugField(source="agency.slug")
    agency_name = serializers.CharField(source="agency.name")
    status = serializers.ChoiceField(choices=list((STATUSES | APART).items()))
    answers = serializers.SerializerMethodField(help_text="for itself, rolled up or covered")
    covered_by = serializers.SlugField(source="covered_by.slug", default=None, allow_null=True)
    late = serializers.BooleanField()
    percent = serializers.IntegerField(
        allow_null=True, help_text="of what is asked, answered; null where it is not known to you"
    )
    assessment = serializers.IntegerField(source="assessment_id", allow_null=True)
    due_on = serializers.DateField(source="until", help_text="with an extension the later day")
    extended_until = serializers.DateField(source="extension.until_on", default=None, allow_null=True)
    extension_reason = serializers.SerializerMethodField()
    nothing_reason = serializers.SerializerMethodField()
    rollup = RollupSerializer(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=UnitMode.choices))
    def get_answers(self, line: BoardLine) -> str:
        """How it answers."""
        return line.status if line.status in APART else UnitMode.OWN.value

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_extension_reason(self, line: BoardLine) -> str | None:
        """Why it has a later day."""
        return line.extension.reason if line.extension and line.details else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_nothing_reason(self, line: BoardLine) -> str | None:
        """Why there is nothing to report."""
        return line.nothing.reason if line.nothing and line.details else None


class TotalSerializer(serializers.Serializer[Any]):
    """How many agencies have a status."""

    status = serializers.ChoiceField(choices=list(ALL_STATUSES.items()))
    agencies = serializers.IntegerField()


class TotalsSerializer(serializers.Serializer[Any]):
    """The totals of a board, as far as the caller may know of the agencies."""

    asked = serializers.IntegerField(help_text="units that answer for themselves: the n of the round")
    by_status = serializers.SerializerMethodField(help_text="adds up to asked")
    among = serializers.SerializerMethodField(help_text="of these, late and extended ones")
    apart = serializers.SerializerMethodField(help_text="rolled up or covered: counted nowhere")

    @extend_schema_field(TotalSerializer(many=True))
    def get_by_status(self, totals: Totals) -> Any:
        """Each status, also of nobody."""
        return _counts(totals.by_status)

    @extend_schema_field(TotalSerializer(many=True))
    def get_among(self, totals: Totals) -> Any:
        """Counted among the others."""
        return _counts(totals.among)

    @extend_schema_field(TotalSerializer(many=True))
    def get_apart(self, totals: Totals) -> Any:
        """Beside the others."""
        return _counts(totals.apart)


def _counts(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"status": status, "agencies": count} for status, count in counts.items()]
