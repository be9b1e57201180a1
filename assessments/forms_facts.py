"""The form of a period's facts."""

from collections.abc import Mapping
from typing import Any

from django import forms

from assessments.models import PeriodFacts
from assessments.models.facts import LONGEST_STATEMENT
from assessments.services_facts import NAMES, Facts, facts_of

GROUPS = (
    ("Systems", ("systems", "suitable", "containers", "clusters")),
    ("People and money", ("trained", "spending", "savings", "calculation")),
    (
        "In your words",
        (
            "progress",
            "publish_progress",
            "blockers",
            "publish_blockers",
            "help_needed",
            "publish_help_needed",
        ),
    ),
    ("This assessment", ("minutes",)),
)


def _number(label: str, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=False, min_value=0)


def _amount(label: str) -> forms.DecimalField:
    field = forms.DecimalField(
        label=label,
        help_text="In US dollars, of this period alone.",
        required=False,
        min_value=0,
        max_digits=15,
        decimal_places=2,
    )
    field.widget.attrs["inputmode"] = "decimal"
    return field


def _words(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text or f"At most {LONGEST_STATEMENT} characters.",
        required=False,
        max_length=LONGEST_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _consent(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


class FactsForm(forms.Form):
    """All facts of a period. Whether they can be is for the service to say."""

    systems = _number("Systems in scope", "All that this assessment speaks for.")
    suitable = _number("Suitable for containers", "Of those in scope.")
    containers = _number("In containers in production", "Of those that are suitable.")
    clusters = _number("Clusters")
    trained = _number("People trained", "Who completed a course in this period.")
    spending = _amount("Spending on containers")
    savings = _amount("Documented savings")
    calculation = _words("How the savings were calculated")
    progress = _words("Progress")
    publish_progress = _consent("May be published")
    blockers = _words("What blocks us")
    publish_blockers = _consent("May be published")
    help_needed = _words("Help needed")
    publish_help_needed = _consent("May be published")
    minutes = _number("Minutes spent on this assessment", "By all together. Only the median is shown.")
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, row: PeriodFacts | None, data: Mapping[str, Any] | None = None) -> None:
        told = facts_of(row)
        initial = {name: getattr(told, name) for name in NAMES}
        super().__init__(data, initial=initial | {"revision": row.revision if row else 0})

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(heading, [self[name] for name in names]) for heading, names in GROUPS]

    def given(self) -> Facts:
        """What was filled in."""
        return Facts(**{name: self.cleaned_data[name] for name in NAMES})
