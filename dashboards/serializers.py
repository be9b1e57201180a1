"""Standings and trends as the API shows them, and what may be asked for.

The serializers of rows describe them for the schema; the lists, which are long, are written without them.
"""

from datetime import date
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from assessments.serializers import MillionthsField
from dashboards.points import KINDS
from dashboards.queries.known import (
    LATEST,
    NUMBERS_WORDS,
    PUBLISHED,
    Knowledge,
    Numbers,
    as_known_on,
)
from dashboards.standings import NOT_REPORTING, STATE_WORDS
from portal.agencies.periods import month_end
from portal.agencies.profile import ProfileField
from portal.agencies.profile_filter import FIELDS_TO_FILTER_BY, choices_of

EARLIEST = date(1990, 1, 1)
SCOPE = r"^(everything|(program|cohort|agency):[-a-zA-Z0-9_]{1,100})$"
CALENDAR = r"^program:[-a-zA-Z0-9_]{1,100}$"
NUMBERS = r"^([0-9]{1,8}(\.\.([0-9]{1,8})?)?|\.\.[0-9]{1,8})$"
RULE_HELP = "a scoring rule such as staged-1@1; without it the one in force, which scores all history"
MODEL_HELP = "slug; without it the default of the program, or the first by name"


class MonthEndField(serializers.DateField):
    """The last day of a month."""

    def to_internal_value(self, value: Any) -> Any:
        day = super().to_internal_value(value)
        if day != month_end(day):
            raise serializers.ValidationError(f"{day} is not the end of a month; that is {month_end(day)}.")
        return day


class KnowledgeQuery(serializers.Serializer[dict[str, Any]]):
    """With which knowledge, as of when."""

    numbers = serializers.ChoiceField(
        required=False,
        choices=[(kind.value, words) for kind, words in NUMBERS_WORDS.items()],
        help_text="published (the default): as published, and the latest where nothing is published; "
        "latest: provisional; known: as known on the day `known_on`",
    )
    known_on = serializers.DateField(
        required=False, help_text="with what had been approved by the end of this day; implies numbers=known"
    )
    as_of = serializers.DateField(
        required=False, help_text="as of this day in the past: no month end after it"
    )

    def validate_known_on(self, day: date) -> date:
        if day > timezone.localdate():
            raise serializers.ValidationError(f"{day} is still to come.")
        return self.validate_as_of(day)

    def validate_as_of(self, day: date) -> date:
        if day < EARLIEST:
            raise serializers.ValidationError(f"Nothing is known of the time before {EARLIEST}.")
        return day

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        numbers = attrs.get("numbers")
        if numbers == Numbers.KNOWN and "known_on" not in attrs:
            raise serializers.ValidationError({"known_on": "Say as known on which day."})
        if "known_on" in attrs and numbers not in {None, Numbers.KNOWN}:
            raise serializers.ValidationError({"known_on": f"Cannot be asked for with numbers={numbers}."})
        return attrs


def knowledge_of(wanted: dict[str, Any]) -> Knowledge:
    """The knowledge that a validated KnowledgeQuery asks for."""
    if "known_on" in wanted:
        return as_known_on(wanted["known_on"])
    return LATEST if wanted.get("numbers") == Numbers.LATEST else PUBLISHED


class StandingQuery(KnowledgeQuery):
    """Which standings."""

    agency = serializers.CharField(required=False, max_length=100, help_text="slug")
    program = serializers.CharField(
        required=False, max_length=100, help_text="slug; agencies that are members at `on`"
    )
    model = serializers.CharField(required=False, max_length=80, help_text=MODEL_HELP)
    on = MonthEndField(
        required=False,
        help_text="a month end; without it the latest that is published, or the end of the quarter that runs",
    )
    state = serializers.ChoiceField(required=False, choices=list(STATE_WORDS.items()))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "on" in attrs and "as_of" in attrs:
            raise serializers.ValidationError({"as_of": "Say either `on` or `as_of`."})
        return super().validate(attrs)


class TrendQuery(KnowledgeQuery):
    """Which trend."""

    scope = serializers.RegexField(
        SCOPE,
        default="everything",
        help_text="everything, program:slug, cohort:slug or agency:slug (with all below it)",
        error_messages={"invalid": "Say everything, program:SLUG, cohort:SLUG or agency:SLUG."},
    )
    model = serializers.CharField(required=False, max_length=80, help_text=MODEL_HELP)
    granularity = serializers.ChoiceField(choices=list(KINDS.items()), default="quarter")
    calendar = serializers.RegexField(
        CALENDAR,
        required=False,
        help_text="program:slug; the calendar of that program instead of the scope's own",
        error_messages={"invalid": "Say program:SLUG."},
    )
    year_starts_in = serializers.IntegerField(
        required=False, min_value=1, max_value=12, help_text="a month, instead of the scope's own calendar"
    )
    within = serializers.CharField(
        required=False,
        max_length=100,
        help_text="slug; of the scope only that agency and everything below it, as far as you may see them",
    )
    to = serializers.DateField(required=False, help_text="no point after this day")
    rule = serializers.CharField(required=False, max_length=64, help_text=RULE_HELP)

    def get_fields(self) -> dict[str, Any]:
        """With `from`, which no attribute may be called, and the fields of the profile to filter by."""
        first = serializers.DateField(required=False, help_text="no point before this day")
        fields = {slug: filter_field(entry) for slug, entry in FIELDS_TO_FILTER_BY.items()}
        return {**super().get_fields(), "from": first, **fields}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "to" in attrs and "from" in attrs and attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": f"{attrs['to']} is before {attrs['from']}."})
        if "calendar" in attrs and "year_starts_in" in attrs:
            raise serializers.ValidationError({"year_starts_in": "Give a calendar or a month, not both."})
        return super().validate(attrs)


def filter_field(entry: ProfileField) -> serializers.RegexField:
    """How a field of the profile is filtered by: words with commas between them, or numbers."""
    if entry.kind == "number":
        pattern, said = NUMBERS, "10..500, 10.., ..500 or 10"
    else:
        words = "|".join(choices_of(entry))
        pattern, said = f"^({words})(,({words}))*$", f"one or several of {', '.join(choices_of(entry))}"
    help_text = f"only agencies with this {entry.label}, as far as you may see them: {said}"
    wrong = f"{entry.label}: write {said}."
    return serializers.RegexField(
        pattern, required=False, help_text=help_text, error_messages={"invalid": wrong}
    )


class StandingSerializer(serializers.Serializer[dict[str, Any]]):
    """How one agency stands at one month end. The score is in units of the model's scale."""

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
    unit = serializers.CharField(help_text="what scores are counted in: stages, points; empty: nothing")
    maximum = serializers.IntegerField(help_text="the highest score there is")
    limited_basis = serializers.BooleanField(help_text="too little applies; kept out of comparisons")
    period = serializers.CharField(allow_null=True, help_text="the assessed one, such as FY27 Q1")
    age_months = serializers.IntegerField(
        allow_null=True, help_text="from the end of the assessed period to `on`"
    )


class StageCountSerializer(serializers.Serializer[dict[str, Any]]):
    """How many agencies have completed exactly this many stages (or reached so many bands)."""

    stages_completed = serializers.IntegerField()
    reported = serializers.IntegerField()
    carried = serializers.IntegerField()


class TrendSerializer(serializers.Serializer[dict[str, Any]]):
    """A scope at one month end. Scores are in units of the model's scale, null where nobody has a value."""

    scope = serializers.CharField()
    filter = serializers.CharField(
        help_text="by which it was filtered, as in the address: size=large&cfo_act=yes; or nothing"
    )
    model = serializers.CharField(help_text="slug")
    unit = serializers.CharField(help_text="what scores are counted in: stages, points; empty: nothing")
    maximum = serializers.IntegerField(help_text="the highest score there is")
    on = serializers.DateField(help_text="the month end")
    period = serializers.CharField(help_text="what the period is called; with “so far” while it runs")
    agencies = serializers.IntegerField(help_text="all that are counted")
    reported = serializers.IntegerField()
    carried = serializers.IntegerField(help_text="with a value of an earlier period")
    not_reporting = serializers.IntegerField()
    not_adopting = serializers.IntegerField()
    limited = serializers.IntegerField(help_text="with a value, on a limited basis")
    rule = serializers.CharField(
        help_text="what scores the row: the rule in force, or the one that it was published by"
    )
    rescored = serializers.IntegerField(help_text="with a value that was approved under another rule")
    rule_changed = serializers.BooleanField(
        help_text="from this row on agencies answer under the rule, or the row before is by another one"
    )
    mean = MillionthsField(allow_null=True)
    lower_quartile = MillionthsField(allow_null=True)
    median = MillionthsField(allow_null=True)
    upper_quartile = MillionthsField(allow_null=True)
    by_stage = StageCountSerializer(many=True)
    provisional = serializers.BooleanField(
        help_text="true where the point is not published, or the latest numbers were asked for"
    )
    revision = serializers.IntegerField(
        allow_null=True, help_text="of the published figures; more than 1: they were corrected"
    )
    figure = serializers.CharField(
        help_text="identifies the row: see /api/v1/figures/{identifier}/; nothing of a filtered trend"
    )
    computed_at = serializers.DateTimeField()


class MethodChangeQuery(serializers.Serializer[dict[str, Any]]):
    """Which two points in time of a scope are compared."""

    scope = serializers.RegexField(
        SCOPE, default="everything", help_text="everything, program:slug or agency:slug (with all below it)"
    )
    model = serializers.CharField(required=False, max_length=80, help_text=MODEL_HELP)
    since = MonthEndField(help_text="a month end: the earlier point")
    on = MonthEndField(help_text="a month end: the later point")
    changed = serializers.BooleanField(default=False, help_text="only agencies whose score changed")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["on"] <= attrs["since"]:
            raise serializers.ValidationError({"on": f"{attrs['on']} is not after {attrs['since']}."})
        return attrs


class MethodChangeSerializer(serializers.Serializer[dict[str, Any]]):
    """The change of one agency's score in its parts, in stages. `real` and `methodical` add up to
    `published`; null where the earlier answers cannot be scored by the rule."""

    agency = serializers.CharField(help_text="slug")
    name = serializers.CharField()
    published_then = MillionthsField(allow_null=True, help_text="by the rule of its time")
    published_now = MillionthsField(allow_null=True)
    then = MillionthsField(allow_null=True, help_text="by the rule in force")
    now = MillionthsField(allow_null=True)
    published = MillionthsField(allow_null=True, help_text="the change as published")
    real = MillionthsField(allow_null=True, help_text="the change by the same rule at both ends")
    methodical = MillionthsField(allow_null=True, help_text="what comes from the method")
