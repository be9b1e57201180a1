"""What an officer fills in for a data call or a reminder."""

from typing import Any
from uuid import uuid4

from django import forms

from assessments.merge_fields import FIELDS
from assessments.models import DataCall
from assessments.services_datacalls import FURTHEST, LONGEST_SUBJECT, LONGEST_TEXT, BadWords, Words, checked


class WordsForm(forms.Form):
    """Subject and text with merge fields, and who at each agency is written to."""

    subject = forms.CharField(max_length=LONGEST_SUBJECT)
    text = forms.CharField(
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Fields to use: " + ", ".join(f"{{{name}}}" for name in FIELDS) + ".",
    )
    recipients = forms.MultipleChoiceField(
        label="To whom at each agency",
        choices=list(DataCall.RECIPIENTS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text="Those with an e-mail address; nobody is sent the same e-mail of an agency twice.",
    )

    @staticmethod
    def start_of(words: Words) -> dict[str, Any]:
        """What the form begins with."""
        return {"subject": words.subject, "text": words.text, "recipients": list(words.recipients)}

    def clean(self) -> dict[str, Any]:
        """With its merge fields checked."""
        given = super().clean() or {}
        if {"subject", "text", "recipients"} <= given.keys():
            try:
                checked(self.words_of(given))
            except BadWords as error:
                for name, message in error.errors.items():
                    self.add_error(name, message)
        return given

    @staticmethod
    def words_of(given: dict[str, Any]) -> Words:
        """What was written."""
        return Words(given["subject"], given["text"], tuple(given["recipients"]))


class CallForm(WordsForm):
    """One that is sent now."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class PlanForm(WordsForm):
    """One that goes by itself."""

    days = forms.IntegerField(
        label="Days from the due day",
        min_value=-FURTHEST,
        max_value=FURTHEST,
        help_text="-7 is a week before, 0 the day itself, 3 three days after. "
        "It goes to those who have not reported by then.",
    )
    field_order = ("days", "subject", "text", "recipients")
