"""The forms of one agency."""

from datetime import date
from typing import Any

from django import forms

from portal.access.models import User
from portal.access.rules import Right
from portal.agencies import profile
from portal.agencies.forms.fields import DayField, LineField
from portal.agencies.import_reading import MOST_CHARACTERS
from portal.agencies.models import Agency, Contact, Program
from portal.agencies.queries import NoSuchAgency, find_agency

NAMING = "Its name, identifier, or path “Parent / Child”."


def agency_named(text: str, user: User) -> Agency:
    """The agency that `text` names among those that `user` may change. Raises ValidationError."""
    try:
        return find_agency(text, Agency.objects.filter(user.agencies_with(Right.RUN_PROGRAM)))
    except NoSuchAgency as error:
        raise forms.ValidationError(str(error)) from error


class ParentForm(forms.Form):
    """Where an agency belongs in the tree; the field is left empty for the top."""

    parent = LineField(
        label="Parent", required=False, max_length=300, help_text=f"{NAMING} Empty: at the top."
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_parent(self) -> Agency | None:
        text = self.cleaned_data["parent"]
        return agency_named(text, self.user) if text else None


class AgencyForm(forms.Form):
    """What an agency is called and where it is found."""

    name = LineField(max_length=MOST_CHARACTERS["name"])
    abbreviation = LineField(required=False, max_length=MOST_CHARACTERS["abbreviation"])
    identifier = LineField(
        required=False,
        max_length=MOST_CHARACTERS["identifier"],
        help_text="The key by which your other lists name this agency.",
    )
    website = forms.URLField(
        required=False, max_length=MOST_CHARACTERS["website"], assume_scheme="https", label="Website"
    )
    notes = forms.CharField(required=False, max_length=MOST_CHARACTERS["notes"], widget=forms.Textarea)


class NewAgencyForm(ParentForm, AgencyForm):
    """A new agency: also where it belongs, and which program it joins."""

    program = forms.ModelChoiceField(
        Program.objects.none(), required=False, to_field_name="slug", empty_label="None"
    )
    field_order = ("name", "parent", "program", "abbreviation", "identifier", "website", "notes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programs = Program.objects.filter(self.user.programs_with(Right.RUN_PROGRAM))
        self.fields["program"].queryset = programs  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.user.has_everywhere(Right.RUN_PROGRAM):
            parent = cleaned["parent"]
            roots = [grant.agency_path for grant in self.user.grants if grant.gives(Right.RUN_PROGRAM)]
            mine = parent is not None and any(root and parent.path.startswith(root) for root in roots)
            if cleaned["program"] is None and not mine:
                raise forms.ValidationError(
                    "Choose the program that the agency joins: you run programs, not all."
                )
        return cleaned


class ProfileForm(forms.Form):
    """All fields of the profile, and the day from which they hold."""

    on = DayField(label="Holds from")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for entry in profile.FIELDS:
            self.fields[entry.slug] = _form_field(entry)

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError("Give today or an earlier day.")
        return on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for entry in profile.FIELDS:
            if entry.slug in cleaned:
                try:
                    cleaned[entry.slug] = profile.validate(entry, cleaned[entry.slug])
                except profile.InvalidValue as error:
                    self.add_error(entry.slug, str(error))
        return cleaned

    @property
    def values(self) -> dict[str, object]:
        """What was entered, by the slug of the field."""
        return {entry.slug: self.cleaned_data[entry.slug] for entry in profile.FIELDS}

    @staticmethod
    def initial_of(values: dict[str, profile.Value], on: date) -> dict[str, object]:
        """Stored values as the form shows them."""
        shown = {
            key: ("yes" if value else "no") if isinstance(value, bool) else value
            for key, value in values.items()
        }
        return {**shown, "on": on}


def _form_field(entry: profile.ProfileField) -> forms.Field:
    common: dict[str, Any] = {"label": entry.label, "help_text": entry.hint, "required": False}
    choices = list(entry.choices.items())
    if entry.kind == "choice":
        return forms.ChoiceField(choices=[("", "Not given"), *choices], **common)
    if entry.kind == "yes-no":
        return forms.ChoiceField(choices=[("", "Not given"), ("yes", "Yes"), ("no", "No")], **common)
    if entry.kind == "multi":
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
    if entry.kind == "number":
        return forms.CharField(
            widget=forms.TextInput(attrs={"inputmode": "numeric"}), max_length=20, **common
        )
    return forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), max_length=profile.MOST_CHARACTERS, **common
    )


class ContactForm(forms.ModelForm):
    """A person to turn to."""

    name = LineField(max_length=200)
    title = LineField(max_length=200, required=False)
    phone = LineField(max_length=60, required=False)

    class Meta:
        model = Contact
        fields = ("role", "name", "title", "email", "phone")


class CloseForm(forms.Form):
    """From when an agency exists no longer."""

    on = DayField(label="Closed from", help_text="The first day on which it exists no longer.")


class DecisionForm(forms.Form):
    """The decision not to adopt containers."""

    reason = forms.CharField(widget=forms.Textarea, max_length=5000)
    on = DayField(label="Holds from")
    review_on = DayField(label="Look at it again on")
