"""What is filled in for roadmaps. What it must fulfil is for the service to say."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from assessments.models import RAISED_TO, Action, Milestone, Target
from assessments.services_roadmap import LONGEST_LINE, LONGEST_REASON, LONGEST_STEPS, ActionFields
from dashboards.queries.measures import Measure
from portal.agencies.forms.fields import DayField, LineField

WHOLE = "-"  # a target that is not of a domain, as the form names it
ITEM = "item-"  # before the slug, in the names of the choices of levels


def _milestones(rows: Sequence[Milestone]) -> list[tuple[str, str]]:
    return [("", "None"), *((str(row.pk), f"{row.title} ({row.due_on})") for row in rows)]


def _number(said: str) -> int | None:
    return int(said) if said else None


class ActionForm(forms.Form):
    """One action. The items that it moves are beside it, see items_of."""

    title = LineField(max_length=LONGEST_LINE, label="Action")
    owner = LineField(max_length=LONGEST_LINE, help_text="The person or office that sees to it.")
    due_on = DayField(label="Due on")
    status = forms.ChoiceField(choices=Action.Status.choices)
    reason = LineField(
        max_length=LONGEST_REASON,
        required=False,
        label="Why it is dropped",
        help_text="Only for an action that is dropped.",
    )
    cost = forms.DecimalField(
        required=False,
        max_digits=14,
        decimal_places=2,
        min_value=0,
        help_text="What it costs in all. Leave it empty if nobody knows yet.",
    )
    milestone = forms.ChoiceField(required=False)
    steps = forms.CharField(
        required=False,
        max_length=LONGEST_STEPS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What is to be done, a line each.",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, milestones: Sequence[Milestone], currency: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["milestone"].choices = _milestones(milestones)  # type: ignore[attr-defined]
        self.fields["cost"].label = f"Cost ({currency})"

    def given(self, items: Mapping[str, str]) -> ActionFields:
        """What was filled in, of a valid form, with the items chosen."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "revision"}
        return ActionFields(**said | {"milestone": _number(said["milestone"]), "items": items})

    @staticmethod
    def start_of(action: Action) -> dict[str, Any]:
        """What an action says now."""
        names = ("title", "owner", "due_on", "status", "reason", "cost", "steps", "revision")
        return {name: getattr(action, name) for name in names} | {"milestone": action.milestone_id or ""}


def items_of(data: Mapping[str, Any]) -> dict[str, str]:
    """The levels chosen by item, of what was posted; what says nothing is left out."""
    return {
        name.removeprefix(ITEM): str(level) for name, level in data.items() if name.startswith(ITEM) and level
    }


class GapsForm(forms.Form):
    """Who sees to the actions that are made from gaps, and until when."""

    owner = LineField(max_length=LONGEST_LINE, help_text="The person or office that sees to them.")
    due_on = DayField(label="Due on", help_text="Each action can be given a day of its own afterwards.")
    milestone = forms.ChoiceField(required=False)

    def __init__(self, milestones: Sequence[Milestone], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["milestone"].choices = _milestones(milestones)  # type: ignore[attr-defined]

    def given(self) -> dict[str, Any]:
        """What was filled in, of a valid form."""
        return self.cleaned_data | {"milestone": _number(self.cleaned_data["milestone"])}


class TargetForm(forms.Form):
    """A stage to be completed by a day. `seen`: the targets in force when the form was shown."""

    domain = forms.ChoiceField(label="Of")
    stage = forms.TypedChoiceField(coerce=int, label="Stage to be completed")
    by_on = DayField(label="By")
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=5_000)

    def __init__(self, measure: Measure, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        stages = [(stage.number, f"{stage.number}. {stage.name}") for stage in measure.stages]
        self.fields["domain"].choices = [(WHOLE, "The agency as a whole"), *measure.domains]  # type: ignore[attr-defined]
        self.fields["stage"].choices = stages  # type: ignore[attr-defined]

    @property
    def chosen_domain(self) -> str:
        """Its slug; "" as a whole. Of a valid form."""
        said: str = self.cleaned_data["domain"]
        return "" if said == WHOLE else said

    @property
    def replaces(self) -> int | None:
        """The target of this domain that was in force when the form was shown. Of a valid form."""
        for pair in self.cleaned_data["seen"].split(","):
            domain, _, pk = pair.partition("=")
            if domain == self.chosen_domain and pk.isascii() and pk.isdigit() and len(pk) < 19:
                return int(pk)
        return None

    @staticmethod
    def seen_of(targets: Sequence[Target]) -> str:
        """The targets in force, as the form keeps them."""
        return ",".join(f"{target.domain}={target.pk}" for target in targets)


class MilestoneForm(forms.Form):
    """A point on the way."""

    title = LineField(max_length=LONGEST_LINE, label="Milestone")
    due_on = DayField(label="Due on")
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)


LEVEL_CHOICES = [("", "Not part of it"), *RAISED_TO]
