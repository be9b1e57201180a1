"""What people fill in about exemptions: asking for one, deciding on it, ending it; which to list."""

from typing import Any

from django import forms
from django.db.models import Q

from assessments.models import Exemption
from assessments.services_answers import LONGEST_TEXT
from assessments.services_exemptions import ExemptionFields
from portal.agencies.forms.fields import DayField


class ExemptionForm(forms.Form):
    """Why an agency is to be excused from an item, and for how long."""

    reason = forms.CharField(
        label="Why the agency is to be excused from it",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
        help_text="It applies to you, but for a time it is not asked of you. What could never apply is said "
        "in the answer itself.",
    )
    from_on = DayField(label="From")
    until_on = DayField(
        label="Until", help_text="The last day on which it holds. Then the item is asked again."
    )

    def given(self) -> ExemptionFields:
        """What was filled in, of a valid form."""
        return ExemptionFields(**self.cleaned_data)


class DecisionForm(forms.Form):
    """What somebody does with an exemption that they read at this revision. Not all may do all of it."""

    DECISIONS = (
        ("approve", "Approve"),
        ("decline", "Decline"),
        ("withdraw", "Withdraw"),
        ("end", "End it today"),
    )

    decision = forms.ChoiceField(choices=DECISIONS)
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 3}),
        help_text="Needed to decline it, or to end it early: say why.",
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, exemption: Exemption, offered: list[str], data: Any = None) -> None:
        super().__init__(data, initial={"revision": exemption.revision})
        choices = [(key, words) for key, words in self.DECISIONS if key in offered]
        self.fields["decision"].choices = choices  # type: ignore[attr-defined]
        self.fields["decision"].widget = forms.RadioSelect(choices=choices)


class ExemptionFilterForm(forms.Form):
    """Which exemptions to list; every field may be left empty."""

    agency = forms.CharField(label="Agency", required=False, max_length=200)
    show = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[
            ("", "All"),
            ("asked", "Waiting for approval"),
            ("force", "In force"),
            ("over", "Ended"),
            ("declined", "Declined or withdrawn"),
        ],
    )

    def matches(self) -> Q:
        """The agency that was named, as a filter on Exemption; nothing matches a form that is not valid."""
        if not self.is_valid():
            return Q(pk__in=[])
        name = self.cleaned_data["agency"].strip()
        if not name:
            return Q()
        named = Q(agency__name__icontains=name) | Q(agency__abbreviation__iexact=name)
        return named | Q(agency__slug=name)
