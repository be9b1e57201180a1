"""Standings and trends as the API shows them, and what may be asked for.

The serializers of rows describe them for the schema; the lists, which are long, are written without them.
"""

from typing import Any

from rest_framework import serializers

from assessments.serializers import MillionthsField
from dashboards.points import KINDS
from dashboards.standings import NOT_REPORTING, STATE_WORDS
from portal.agencies.periods import month_end

SCOPE = r"^(everything|(program|agency):[-a-zA-Z0-9_]{1,100})$"
MODEL_HELP = "slug; without it the default of the program, or the first by name"


class MonthEndField(serializers.DateField):
    """The last day of a month."""

    def to_internal_value(self, value: Any) -> Any:
        day = super().to_internal_value(value)
        if day != month_end(day):
            raise serializers.ValidationError(f"{day} is not the end of a month; that is {month_end(day)}.")
        return day


class StandingQuery(serializers.Serializer[dict[str, Any]]):
    """Which standings."""

    agency = serializers.CharField(required=False, max_length=100, help_text="slug")
    program = serializers.CharField(
        required=False, max_length=100, help_text="slug; agencies that are members at `on`"
    )
    model = serializers.CharField(required=False, max_length=80, help_text=MODEL_HELP)
    on = MonthEndField(
        required=False, help_text="a month end; without it the latest, the end of the quarter that runs"
    )
    state = serializers.ChoiceField(required=False, choices=list(STATE_WORDS.items()))


class TrendQuery(serializers.Serializer[dict[str, Any]]):
    """Which trend."""

    scope = serializers.RegexField(
        SCOPE,
        default="everything",
        help_text="everything, program:slug or agency:slug (with all below it)",
        error_messages={"invalid": "Say everything, program:SLUG or agency:SLUG."},
    )
    model = serializers.CharField(required=False, max_length=80, help_text=MODEL_HELP)
    granularity = serializers.ChoiceField(choices=list(KINDS.items()), default="quarter")
    to = serializers.DateField(required=False, help_text="no point after this day")

    def get_fields(self) -> dict[str, Any]:
        """With `from`, which no attribute may be called."""
        first = serializers.DateField(required=False, help_text="no point before this day")
        return {**super().get_fields(), "from": first}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "to" in attrs and "from" in attrs and attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": f"{attrs['to']} is before {attrs['from']}."})
        return attrs


class StandingSerializer(serializers.Serializer[dict[str, Any]]):
    """How one agency stands at one month end. The score is in stages."""

    agency = serializers.CharField(help_text="slug")
    name = serializers.CharField()
    model = serializers.CharField(help_text="slug")
    on = serializers.DateField(help_text="the month end")
    state = serializers.ChoiceField(
        choices=list(STATE_WORDS.items()), help_text=f"{NOT_REPORTING}: counted, but without a value"
    )
    score = MillionthsField(allow_null=True)
    stages_completed = serializers.IntegerField(allow_null=True)
    stage_count = serializers.IntegerField(allow_null=True)
    limited_basis = serializers.BooleanField(help_text="too little applies; kept out of comparisons")
    period = serializers.CharField(allow_null=True, help_text="the assessed one, such as FY27 Q1")
    age_months = serializers.IntegerField(
        allow_null=True, help_text="from the end of the assessed period to `on`"
    )


class StageCountSerializer(serializers.Serializer[dict[str, Any]]):
    """How many agencies have completed exactly this many stages."""

    stages_completed = serializers.IntegerField()
    reported = serializers.IntegerField()
    carried = serializers.IntegerField()


class TrendSerializer(serializers.Serializer[dict[str, Any]]):
    """A scope at one month end. Scores are in stages, null where nobody has a value."""

    scope = serializers.CharField()
    model = serializers.CharField(help_text="slug")
    on = serializers.DateField(help_text="the month end")
    period = serializers.CharField(help_text="what the period is called; with “so far” while it runs")
    agencies = serializers.IntegerField(help_text="all that are counted")
    reported = serializers.IntegerField()
    carried = serializers.IntegerField(help_text="with a value of an earlier period")
    not_reporting = serializers.IntegerField()
    not_adopting = serializers.IntegerField()
    limited = serializers.IntegerField(help_text="with a value, on a limited basis")
    mean = MillionthsField(allow_null=True)
    lower_quartile = MillionthsField(allow_null=True)
    median = MillionthsField(allow_null=True)
    upper_quartile = MillionthsField(allow_null=True)
    by_stage = StageCountSerializer(many=True)
    provisional = serializers.BooleanField(help_text="false once the reporting round is published")
    computed_at = serializers.DateTimeField()
