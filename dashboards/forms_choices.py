"""What every page asks alike: which point in time, and with which knowledge the numbers are read.

Every choice has a default, so a page stands on any address.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from dashboards.points import Point
from dashboards.queries.known import LATEST, NUMBERS_WORDS, PUBLISHED, Knowledge, Numbers, as_known_on

EARLIEST = date(1990, 1, 1)
Choices = list[tuple[str, Any]]


class ChoicesForm(forms.Form):
    """A form over the address of a page: a choice that is not there is named, and the default is taken."""

    def __init__(self, data: Mapping[str, Any], defaults: Mapping[str, str]) -> None:
        given = {name: data.get(name) or default for name, default in defaults.items()}
        super().__init__({**{name: data.get(name, "") for name in self.base_fields}, **given})
        self.defaults = defaults
        self.given = {name for name in self.base_fields if data.get(name)}

    def chosen(self, name: str) -> Any:
        """What was chosen, or the default where that is not among the choices."""
        self.is_valid()
        value = self.cleaned_data.get(name)
        return self.defaults.get(name, "") if value in {None, ""} else value


class KnowledgeForm(ChoicesForm):
    """Which point in time, and with which knowledge its numbers are read."""

    at = forms.DateField(label="Up to", required=False, widget=forms.Select)
    numbers = forms.ChoiceField(
        label="Numbers", choices=[(kind.value, words) for kind, words in NUMBERS_WORDS.items()]
    )
    known_on = forms.DateField(
        label="Known on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        error_messages={"invalid": "write the day as year-month-day: 2026-10-31"},
    )

    def __init__(self, data: Mapping[str, Any], defaults: Mapping[str, str]) -> None:
        super().__init__(data, defaults)
        if "known_on" in self.given and "numbers" not in self.given:
            # A day alone asks for what was known on it, and the picker shows so.
            self.data = {**self.data, "numbers": Numbers.KNOWN.value}

    def ask_no_knowledge(self) -> None:
        """Leave out what numbers are read with, where there are only the latest."""
        for name in ("numbers", "known_on"):
            self.fields[name].widget = forms.HiddenInput()
            self.fields[name].disabled = True

    def clean_known_on(self) -> date | None:
        """No day to come."""
        day: date | None = self.cleaned_data["known_on"]
        if day is not None and not EARLIEST <= day <= timezone.localdate():
            raise forms.ValidationError("take a day since 1990 that is not in the future")
        return day

    def clean(self) -> dict[str, Any]:
        """Asked for as known on a day without a day: as published."""
        given = super().clean() or {}
        asked = given.get("numbers") == Numbers.KNOWN
        if asked and not given.get("known_on") and "known_on" not in self.errors:
            self.add_error("known_on", "choose the day")
        return given

    def knowledge(self) -> Knowledge:
        """What the numbers are read with."""
        day = self.chosen("known_on") or None
        numbers = self.chosen("numbers")
        if day is not None and numbers == Numbers.KNOWN:
            return as_known_on(day)
        return LATEST if numbers == Numbers.LATEST else PUBLISHED

    def offer_points(self, points: Iterable[Point], chosen: Point) -> None:
        """Fill in the points in time that one may look back to, the latest first."""
        self.fields["at"].widget.choices = [
            (point.on.isoformat(), point.label) for point in reversed(list(points))
        ]
        self.fields["at"].required = True  # there is always one chosen from here on
        self.data = {**self.data, "at": chosen.on.isoformat()}
