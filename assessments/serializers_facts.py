"""The facts of a period over the API."""

from typing import Any

from rest_framework import serializers

from assessments.models import PeriodFacts
from assessments.models.facts import LONGEST_STATEMENT
from assessments.serializers import RevisionField
from assessments.services_facts import AMOUNTS, COUNTS, LARGEST_COUNT, LONGEST_MINUTES, NAMES, STATEMENTS


class FactsSerializer(serializers.ModelSerializer[PeriodFacts]):
    """What is told of a period; null is not told, which is never 0. Amounts are decimal text, US dollars."""

    saved_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="null: nothing is told")

    class Meta:
        model = PeriodFacts
        fields = [*NAMES, "revision", "saved_at"]
        read_only_fields = fields


class FactsWriteSerializer(serializers.Serializer[Any]):
    """The facts as a whole: what is not given is not told. Name the revision here, or send If-Match."""

    revision = RevisionField(required=False, help_text="of the facts that were read; 0 for the first")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One field for each fact."""
        found = dict(super().get_fields())
        common: dict[str, Any] = {"required": False, "allow_null": True, "default": None}
        for name in COUNTS:
            found[name] = serializers.IntegerField(min_value=0, max_value=LARGEST_COUNT, **common)
        for name in AMOUNTS:
            found[name] = serializers.DecimalField(14, 2, min_value=0, **common)
        found["minutes"] = serializers.IntegerField(min_value=1, max_value=LONGEST_MINUTES, **common)
        for name in STATEMENTS:
            found[name] = serializers.CharField(
                max_length=LONGEST_STATEMENT, required=False, allow_blank=True, default=""
            )
            if name != "calculation":
                found[f"publish_{name}"] = serializers.BooleanField(required=False, default=False)
        return found
