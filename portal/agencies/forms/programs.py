"""The forms of programs and their members."""

import calendar
from collections.abc import Iterable
from typing import Any

from django import forms

from portal.access.models import User
from portal.agencies.forms.agencies import NAMING, agency_named
from portal.agencies.forms.fields import DayField, LineField
from portal.agencies.models import Agency
from portal.agencies.text import one_line


class ProgramForm(forms.Form):
    """A program, its calendar and what it asks by default."""

    name = LineField(max_length=200)
    description = forms.CharField(widget=forms.Textarea, required=False, max_length=5000)
    default_model = LineField(
        label="Default questionnaire", required=False, max_length=120, help_text="As in container-adoption@1."
    )
    year_starts_in = forms.TypedChoiceField(
        label="The year starts in",
        coerce=int,
        choices=[(month, calendar.month_name[month]) for month in range(1, 13)],
        initial=10,
        help_text="October for the US federal fiscal year.",
    )


class MembersForm(forms.Form):
    """Agencies that join a program."""

    agencies = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}), max_length=20_000, help_text=f"One on each line. {NAMING}"
    )
    whole_subtree = forms.BooleanField(label="With everything below them", required=False)
    on = DayField(label="Members from")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_agencies(self) -> list[Agency]:
        lines: Iterable[str] = (one_line(line) for line in self.cleaned_data["agencies"].splitlines())
        found: dict[int, Agency] = {}
        faults: list[str] = []
        for line in [line for line in lines if line][:200]:
            try:
                agency = agency_named(line, self.user)
            except forms.ValidationError as error:
                faults.extend(error.messages)
            else:
                found[agency.pk] = agency
        if faults:
            raise forms.ValidationError(faults)
        return list(found.values())


class LeaveForm(forms.Form):
    """An agency that leaves a program."""

    whole_subtree = forms.BooleanField(label="With everything below it", required=False)
    on = DayField(label="No longer a member from")
