"""What people fill in around a run: for whom it is started, what it is about, a file, an offer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from assessments.forms import MOST_LISTED, AgencyNameField
from assessments.models import InstrumentRun
from assessments.services_runs import LONGEST_NOTE, LONGEST_SUBJECT, About
from maturity.instruments.definitions import Instrument
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.forms.fields import DayField
from portal.agencies.models import Agency

LARGEST_FILE = 4 * 1024 * 1024


class RunAboutForm(forms.Form):
    """What a run is about. What it must fulfil is for the service to say."""

    subject = forms.CharField(required=False, max_length=LONGEST_SUBJECT)
    run_on = DayField(label="Date", help_text="The day that the answers speak of.")
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Who took part, what was looked at, anything that a reader should know.",
    )

    def __init__(self, instrument: Instrument, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not instrument.subject:
            del self.fields["subject"]
        else:
            self.fields["subject"].label = instrument.subject
            self.fields["subject"].required = True

    def given(self) -> About:
        """What was filled in, of a valid form."""
        said = self.cleaned_data
        return About(run_on=said["run_on"], subject=said.get("subject", ""), note=said["note"])


class RunStartForm(RunAboutForm):
    """For which agency a run is started; with the answers of an earlier one, if there is one to repeat."""

    agency: "forms.ModelChoiceField[Agency]" = forms.ModelChoiceField(queryset=Agency.objects.none())
    field_order = ("agency", "subject", "run_on", "note")

    def __init__(self, instrument: Instrument, user: User, today: date, *args: Any, **options: Any) -> None:
        super().__init__(instrument, *args, **options)
        agencies = Agency.objects.filter(user.agencies_with(Right.ANSWER)).open_on(today).order_by("name")
        some = list(agencies[: MOST_LISTED + 1])
        if len(some) > MOST_LISTED:
            self.fields["agency"] = AgencyNameField(agencies)
            self.order_fields(self.field_order)
        else:
            self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]
            if len(some) == 1:
                self.fields["agency"].initial = some[0]
        self.fields["run_on"].initial = today


class RunFileForm(forms.Form):
    """A file that a tool wrote."""

    file = forms.FileField(label="File", help_text="JSON, at most 4 MB. It is read and not kept.")

    def clean_file(self) -> bytes:
        """Its content."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError("This file is larger than 4 MB; a report of the tool is far smaller.")
        return bytes(file.read())


class OfferForm(forms.Form):
    """One thing that a run suggests, taken as the answer or as evidence only."""

    run = forms.IntegerField(min_value=1)
    item = forms.SlugField(max_length=80)
    revision = forms.IntegerField(min_value=0)
    take = forms.ChoiceField(choices=[("answer", "Answer"), ("evidence", "Evidence only")])
    over = forms.BooleanField(required=False)
    planned_on = DayField(required=False)


class RunFilterForm(forms.Form):
    """What to list of an instrument's runs; every field may be left empty."""

    agency = forms.CharField(label="Agency", required=False, max_length=200)
    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "Any"), *InstrumentRun.State.choices]
    )

    @property
    def is_filtered(self) -> bool:
        """Whether anything was chosen."""
        return any(self.data.get(name) for name in self.fields)


def errors_in(form: forms.Form) -> Mapping[str, str]:
    """By field, the first thing that is wrong with it."""
    return {name: str(found[0]) for name, found in form.errors.items()}
