"""Who vouches for an assessment that is handed in."""

from collections.abc import Mapping
from typing import Any

from django import forms

from assessments.models import Capacity
from assessments.services_answers import LONGEST_NAME
from assessments.services_attesting import Attestation

MYSELF, OTHER, STANDING = "myself", "other", "standing"


class SubmitForm(forms.Form):
    """Who attests, in which capacity, and that they did."""

    attests = forms.ChoiceField(label="Who attests", widget=forms.RadioSelect)
    attested_by = forms.CharField(
        label="Name of the person who attests",
        required=False,
        max_length=LONGEST_NAME,
        help_text="Where you submit for somebody. It is kept with the assessment and shown to its readers.",
    )
    attested_as = forms.ChoiceField(
        label="In which capacity",
        choices=Capacity.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is the responsible executive or a delegate."},
    )
    delegation = forms.CharField(
        label="Reference of the delegation",
        required=False,
        max_length=LONGEST_NAME,
        help_text="For a delegate: the order or letter that delegates it, and its date.",
    )
    confirmed = forms.BooleanField(
        label="The person who attests has seen the answers and makes this statement",
        error_messages={"required": "Confirm that the person who attests has seen the answers."},
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    seal = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, reader: str, data: Mapping[str, Any] | None = None, *, standing: str = "", **options: Any
    ) -> None:
        """`reader`: who fills it in, by name. `standing`: who attested before, where that still holds."""
        super().__init__(data, **options)
        choices = [(MYSELF, f"I attest myself, under this log-in ({reader})")]
        choices.append((OTHER, "The person named below has attested; I submit for them"))
        if standing:
            choices.insert(0, (STANDING, f"{standing} attested it under their own log-in"))
        self.fields["attests"].choices = choices  # type: ignore[attr-defined]
        way = (data or {}).get("attests", "")
        self.fields["attests"].required = data is None or "attests" in data  # else for somebody
        if way == STANDING:  # it says all the rest
            self.fields["attested_as"].required = self.fields["confirmed"].required = False
        self.fields["attests"].initial = choices[0][0] if standing else OTHER

    def clean(self) -> dict[str, Any]:
        """Each way of attesting needs its own."""
        given = super().clean() or {}
        given["attests"] = given.get("attests") or OTHER
        if given["attests"] == STANDING or "attests" in self.errors:
            return given
        if given["attests"] == OTHER and not given.get("attested_by") and "attested_by" not in self.errors:
            self.add_error("attested_by", "Name the person who attests.")
        if given.get("attested_as") == Capacity.DELEGATE and not given.get("delegation"):
            self.add_error("delegation", "Give the reference of the delegation.")
        return given

    def given(self) -> Attestation:
        """Who vouches, of a valid form."""
        given = self.cleaned_data
        if given["attests"] == STANDING:
            return Attestation(standing=True)
        return Attestation(
            name=given["attested_by"],
            capacity=given["attested_as"],
            delegation=given["delegation"],
            myself=given["attests"] == MYSELF,
        )
