"""What is filled in for a commitment."""

from typing import Any

from django import forms

from dashboards.models import Commitment
from dashboards.queries.commitments import owners_of, programs_of_agency
from dashboards.services_commitments import LONGEST, CommitmentWords
from portal.access.models import User
from portal.agencies.models import Program


def _day(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        error_messages={"invalid": "Write the date as year-month-day: 2027-03-31."},
        **options,
    )


class CommitmentForm(forms.Form):
    """What somebody promised, by when, and what became of it."""

    text = forms.CharField(label="Commitment", max_length=LONGEST["text"])
    owner = forms.CharField(max_length=LONGEST["owner"], help_text="A person or an office.")
    person = forms.ModelChoiceField(
        label="Owner's log-in",
        queryset=User.objects.none(),
        required=False,
        help_text="Who is told when it is overdue; otherwise the agency's leads are.",
    )
    due_on = _day("Due on", required=False)
    program = forms.ModelChoiceField(
        label="Also on the one page of",
        queryset=Program.objects.none(),
        required=False,
        empty_label="No program",
        help_text="Made to the leadership of this program: whoever reads its one page then reads this.",
    )
    made_on = _day("Made on", required=False, help_text="Today, if it is left empty.")
    status = forms.ChoiceField(choices=Commitment.Status.choices, initial=Commitment.Status.OPEN)
    closed_on = _day("Kept or dropped on", required=False, help_text="Today, if it is left empty.")
    reason = forms.CharField(
        label="Why it is dropped",
        required=False,
        max_length=LONGEST["reason"],
        help_text="Only of one that is dropped.",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, row: Commitment, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].queryset = owners_of(row)  # type: ignore[attr-defined]
        if row.agency is not None:
            self.fields["program"].queryset = programs_of_agency(row.agency)  # type: ignore[attr-defined]
            self.fields["due_on"].required = True
        else:
            del self.fields["program"], self.fields["made_on"]

    @staticmethod
    def start_of(row: Commitment) -> dict[str, Any]:
        """What the form begins with."""
        names = ("text", "owner", "person", "due_on", "program", "made_on", "status", "closed_on", "reason")
        return {name: getattr(row, name) for name in names} | {"revision": row.revision}

    def words(self) -> CommitmentWords:
        """What was written; of a valid form."""
        return CommitmentWords(
            **{name: value for name, value in self.cleaned_data.items() if name != "revision"}
        )
