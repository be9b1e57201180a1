"""Form fields of all apps: a line of people's text, and a day."""

from typing import Any

from django import forms

from portal.agencies.text import fault_of, one_line


class LineField(forms.CharField):
    """One line of people's text, cleaned as an import cleans a cell."""

    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "")

    def run_validators(self, value: str) -> None:
        if reason := fault_of(value, self.max_length or 300):
            raise forms.ValidationError(f"This {reason}.")


class DayField(forms.DateField):
    """A day, by the browser's own date picker; typed by hand also as Americans write it."""

    default_error_messages = {"invalid": "Write the date as year-month-day: 2027-03-31."}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d", "%m/%d/%Y"],
            **options,
        )
