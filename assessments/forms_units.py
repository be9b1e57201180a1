"""What people fill in about the agencies of a round: who answers for whom, a later day, nothing to report."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from assessments.services_extensions import LONGEST_REASON
from portal.agencies.models import Agency

LARGEST_ID = 2**63 - 1


def _reason(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=help_text,
        error_messages={"required": "Say why."},
    )


class ReopenForm(forms.Form):
    """Why a round is opened again."""

    reason = _reason("Why it is opened again")


class NothingForm(forms.Form):
    """Why there is nothing to report."""

    reason = _reason("Why there is nothing to report", "The program office reads it.")


class ExtensionForm(forms.Form):
    """Until when, and why. Not needed to take one back."""

    until_on = forms.DateField(
        label="New due day",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        error_messages={"invalid": "Write the date as year-month-day: 2027-03-31."},
    )
    reason = _reason("Reason", "The agency's people and those who see its details can read it.")


def chosen_lines(texts: list[str]) -> dict[int, date | None]:
    """The chosen lines of a board as they were seen: by agency, until when it had leave. Raises
    ValidationError for what no board sends."""
    found: dict[int, date | None] = {}
    for text in texts:
        pk, _, until = text.partition(":")
        try:
            number = int(pk)
            found[number] = date.fromisoformat(until) if until else None
        except ValueError as error:
            raise ValidationError("These are no lines of a board.") from error
        if not 0 < number <= LARGEST_ID:
            raise ValidationError("These are no lines of a board.")
    return found


class UnitsForm(forms.Form):
    """How the chosen agencies, or all of the round, answer."""

    change = forms.ChoiceField(
        label="They answer",
        choices=[
            ("own", "for themselves"),
            ("roll_up", "not themselves: rolled up from the agencies below them"),
            ("cover", "for themselves and all agencies below them"),
        ],
        widget=forms.RadioSelect,
    )
    everyone = forms.BooleanField(label="All agencies of the round, not only the chosen ones", required=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=32, required=False)
    unit = forms.ModelMultipleChoiceField(
        queryset=Agency.objects.none(), required=False, widget=forms.MultipleHiddenInput
    )

    def __init__(self, agencies: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["unit"].queryset = agencies  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Somebody has to be chosen."""
        given = super().clean() or {}
        if not given.get("everyone") and not given.get("unit") and "unit" not in self.errors:
            self.add_error(None, "Choose at least one agency in the table, or all agencies of the round.")
        return given
