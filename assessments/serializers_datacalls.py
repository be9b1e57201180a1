"""Data calls as the API shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.models import DataCall, Letter
from assessments.serializers import PersonField


class LetterCountsSerializer(serializers.Serializer[Any]):
    """Lines by state."""

    waiting = serializers.IntegerField(source="n_waiting")
    sending = serializers.IntegerField(source="n_sending")
    sent = serializers.IntegerField(source="n_sent")
    failed = serializers.IntegerField(source="n_failed")
    unsure = serializers.IntegerField(
        source="n_unsure", help_text="interrupted while it was sent: it may have arrived"
    )
    not_needed = serializers.IntegerField(source="n_not_needed", help_text="reported meanwhile")
    nobody = serializers.IntegerField(source="n_nobody", help_text="agencies with nobody to write to")


class DataCallSerializer(serializers.ModelSerializer[DataCall]):
    """An e-mail to the agencies of a round, over those that the caller may know of."""

    cycle = serializers.IntegerField(source="cycle_id", help_text="its id")
    program = serializers.CharField(source="cycle.program.slug", help_text="slug")
    period = serializers.CharField(source="cycle.period_label")
    days = serializers.IntegerField(
        source="plan.days",
        default=None,
        allow_null=True,
        help_text="of a planned reminder: days from the due day, negative before it",
    )
    recipients = serializers.ListField(child=serializers.CharField())
    made_by = PersonField()
    agencies = serializers.IntegerField(source="n_agencies")
    letters = serializers.SerializerMethodField()

    class Meta:
        model = DataCall
        fields = [
            "id", "cycle", "program", "period", "kind", "days", "subject", "text", "recipients", "made_by",
            "made_at", "agencies", "letters",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(LetterCountsSerializer)
    def get_letters(self, call: Any) -> dict[str, int]:
        """By state."""
        return dict(LetterCountsSerializer(call).data)


class LetterSerializer(serializers.ModelSerializer[Letter]):
    """What became of an e-mail to one address of an agency."""

    agency = serializers.CharField(source="agency.slug", help_text="slug")
    name = serializers.SerializerMethodField(help_text="null for who does not run the program")
    address = serializers.SerializerMethodField(help_text="null for who does not run the program")
    reason = serializers.SerializerMethodField(help_text="why it failed; null for who does not run it")

    class Meta:
        model = Letter
        fields = ["id", "agency", "name", "address", "state", "reason", "due_on", "sent_at"]
        read_only_fields = fields

    def get_name(self, letter: Letter) -> str | None:
        """Of the person written to."""
        return self._told(letter.name)

    def get_address(self, letter: Letter) -> str | None:
        """Where it went."""
        return self._told(letter.address)

    def get_reason(self, letter: Letter) -> str | None:
        """What the server of e-mail said."""
        return self._told(letter.reason)

    def _told(self, text: str) -> str | None:
        return text if self.context.get("runs") else None
