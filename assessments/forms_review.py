"""What reviewers fill in: a decision on one item, on many, on the whole; and what agencies reply."""

from collections.abc import Mapping
from typing import Any

from django import forms

from assessments.models import ItemDecision
from assessments.services_answers import LONGEST_TEXT
from assessments.services_reviewing import SETTABLE, Verdict
from assessments.words import LEVEL_WORDS
from maturity.levels import Level
from maturity.models import Item
from portal.agencies.forms.fields import DayField


def _text_area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "class": "usa-textarea"})


class DecisionForm(forms.Form):
    """What a reviewer says of one item. What a decision must fulfil is for the service to say."""

    kind = forms.ChoiceField(choices=ItemDecision.Kind.choices, initial=ItemDecision.Kind.ASKED)
    text = forms.CharField(
        label="Your question, or why you set another level",
        required=False,
        max_length=LONGEST_TEXT,
        widget=_text_area(),
        help_text="The agency reads it.",
    )
    level = forms.ChoiceField(
        label="Level that you set", required=False, widget=forms.Select(attrs={"class": "usa-select"})
    )
    points = forms.IntegerField(
        label="Points that you set",
        required=False,
        widget=forms.NumberInput(attrs={"class": "usa-input", "inputmode": "numeric"}),
    )
    planned_on = DayField(label="Planned for", required=False, help_text="Where you set “planned”.")
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    submission = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        item: Item,
        data: Mapping[str, Any] | None = None,
        *,
        in_points: bool = False,
        standing: ItemDecision | None = None,
        revision: int = 0,
        submission: int = 0,
    ) -> None:
        initial: dict[str, Any] = {"revision": revision, "submission": submission}
        if standing is not None and standing.kind != ItemDecision.Kind.AGREED:
            told = ("kind", "text", "level", "points", "planned_on")
            initial |= {name: getattr(standing, name) for name in told}
        super().__init__(data, initial=initial, auto_id=f"{item.slug}-%s")
        self.fields["planned_on"].widget.attrs["class"] = "usa-input"
        offered = [Level.NOT_APPLICABLE] if in_points else SETTABLE
        words = [(level.value, LEVEL_WORDS[item.kind][level]) for level in offered]
        self.fields["level"].choices = [("", "Choose a level"), *words]  # type: ignore[attr-defined]
        if in_points:
            del self.fields["planned_on"]
            self.fields["points"].help_text = f"0 to {item.points}"
        else:
            del self.fields["points"]

    def given(self) -> Verdict:
        """What was filled in, of a valid form; a question has no level, whatever was chosen."""
        values = self.cleaned_data
        if values["kind"] != ItemDecision.Kind.SET:
            return Verdict(values["kind"], values["text"])
        level = Level(values["level"]) if values["level"] else None
        return Verdict(values["kind"], values["text"], level, values.get("points"), values.get("planned_on"))


class AgreeForm(forms.Form):
    """Agreeing with many items as they were seen: those named, or the block."""

    submission = forms.IntegerField(min_value=0)
    block = forms.BooleanField(required=False)


class ReplyForm(forms.Form):
    """What the agency, or a reviewer, says to a question or another level."""

    text = forms.CharField(label="Reply", max_length=LONGEST_TEXT, widget=_text_area(2))
