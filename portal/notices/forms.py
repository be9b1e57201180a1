"""How a person wishes to be told."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms import BoundField

from portal.notices.kinds import Email, Kind, kinds
from portal.notices.queries import Choice


class SettingsForm(forms.Form):
    """For each kind whether it is shown in the portal, and how it comes by e-mail."""

    def __init__(self, choices: Mapping[str, Choice], data: Any = None) -> None:
        super().__init__(data)
        for slug, kind in kinds().items():
            self.fields[f"{slug}-portal"] = forms.BooleanField(
                label=f"{kind.name}: in the portal", required=False, initial=choices[slug].in_portal
            )
            self.fields[f"{slug}-email"] = forms.ChoiceField(
                label=f"{kind.name}: by e-mail", choices=Email.choices, initial=choices[slug].email
            )
            self.fields[f"{slug}-portal"].widget.attrs["class"] = "usa-checkbox__input"
            self.fields[f"{slug}-email"].widget.attrs["class"] = "usa-select"

    def lines(self) -> Iterator[tuple[Kind, BoundField, BoundField]]:
        """Each kind with its two fields."""
        for slug, kind in kinds().items():
            yield kind, self[f"{slug}-portal"], self[f"{slug}-email"]

    @property
    def choices(self) -> Mapping[str, Choice]:
        """What was chosen; of a valid form."""
        said = self.cleaned_data
        return {slug: Choice(said[f"{slug}-portal"], said[f"{slug}-email"]) for slug in kinds()}
