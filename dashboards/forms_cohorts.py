"""The forms in which agencies are chosen by their profile: to look at now, or to keep as a group."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.forms.fields import LineField
from portal.agencies.models import Agency, Cohort, Program
from portal.agencies.profile import ProfileField
from portal.agencies.profile_filter import (
    FIELDS_TO_FILTER_BY,
    Condition,
    InvalidFilter,
    ProfileFilter,
    choices_of,
    filter_as_json,
    read_filter,
)
from portal.agencies.queries import NoSuchAgency, find_agency

NARROWS = {*FIELDS_TO_FILTER_BY, "within"}  # the parameters of an address that choose agencies
Values = Mapping[str, Any]


class ProfileFilterForm(forms.Form):
    """A filter over profile fields, and a place in the tree. Nothing is asked for where all is left empty."""

    within = LineField(
        label="Within", required=False, max_length=300,
        help_text="An agency: it and everything below it. Its name, identifier, or path “Parent / Child”.",
    )  # fmt: skip

    def __init__(self, data: Values | None = None, *, user: User, **options: Any) -> None:
        super().__init__(None if data is None else values_of(data), **options)
        self.user = user
        for entry in FIELDS_TO_FILTER_BY.values():
            self.fields[entry.slug] = _field(entry)
        self.conditions: ProfileFilter = ()

    @property
    def heads(self) -> list[forms.BoundField]:
        """The fields that are about the whole."""
        return [bound for bound in self if bound.name not in NARROWS]

    @property
    def filters(self) -> list[forms.BoundField]:
        """The fields that choose agencies."""
        return [bound for bound in self if bound.name in NARROWS]

    def clean_within(self) -> Agency | None:
        """The agency that is named, among those that one may see."""
        words = self.cleaned_data["within"]
        if not words:
            return None
        try:
            return find_agency(words, Agency.objects.visible_to(self.user))
        except NoSuchAgency as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        found: list[Condition] = []
        for slug in FIELDS_TO_FILTER_BY:
            try:
                found += read_filter({slug: cleaned.get(slug) or ""})
            except InvalidFilter as error:
                label = f"{self.fields[error.field].label}: "
                self.add_error(error.field, str(error).removeprefix(label))
        self.conditions = tuple(found)
        return cleaned

    @property
    def as_json(self) -> dict[str, str]:
        """The conditions as they are kept, once the form is valid."""
        return filter_as_json(self.conditions)

    @property
    def within_agency(self) -> Agency | None:
        """The agency that is named, once the form is valid."""
        found: Agency | None = self.cleaned_data.get("within")
        return found


class CohortForm(ProfileFilterForm):
    """A group of agencies that is kept. `program` is asked for a new one only: it decides who sees it."""

    name = LineField(max_length=200)
    program = forms.ChoiceField(
        label="Program",
        help_text="The group is made of its members and seen by its people; its officers change it.",
    )

    def __init__(self, *args: Any, cohort: Cohort | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields(["name", "program", *(name for name in self.fields if name != "within"), "within"])
        if cohort is not None:
            del self.fields["program"]
            return
        self.programs = {one.slug: one for one in _programs_of(self.user)}
        offered = [(slug, one.name) for slug, one in self.programs.items()]
        if self.user.has_everywhere(Right.RUN_PROGRAM):
            offered.append(("all", "No program: of all agencies"))
        self.fields["program"].choices = offered  # type: ignore[attr-defined]
        if len(offered) == 1:
            self.fields["program"].initial = offered[0][0]

    @property
    def chosen_program(self) -> Program | None:
        """The program chosen; None: of all agencies."""
        return self.programs.get(self.cleaned_data["program"])

    @staticmethod
    def start_of(data: Values) -> dict[str, Any]:
        """What an address fills in: the filter, and the program of `scope`."""
        kind, _, slug = str(data.get("scope", "")).partition(":")
        start = {name: value for name, value in values_of(data).items() if name in NARROWS}
        return start | ({"program": slug} if kind == "program" else {})

    @staticmethod
    def initial_of(cohort: Cohort) -> dict[str, Any]:
        """A cohort as the form shows it."""
        within = {"within": cohort.within.slug} if cohort.within is not None else {}
        return {"name": cohort.name} | values_of(filter_as_json(cohort.filter) | within)


class PickForm(ProfileFilterForm):
    """Which agencies to look at without keeping them; `scope` as in the address of the portfolio."""

    scope = forms.ChoiceField(label="Agencies")

    def __init__(self, *args: Any, scopes: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["scope"].choices = scopes  # type: ignore[attr-defined]
        self.order_fields(["scope", *(name for name in self.fields if name != "scope")])


def values_of(data: Values) -> dict[str, Any]:
    """What an address or a form says, with the words of each field as a list, commas between them or not."""
    found: dict[str, Any] = {}
    for name in data:
        entry = FIELDS_TO_FILTER_BY.get(name)
        given = data.getlist(name) if isinstance(data, QueryDict) else data[name]
        parts = [given] if isinstance(given, str) else list(given)
        if entry is not None and entry.kind != "number":
            found[name] = [word.strip() for part in parts for word in part.split(",") if word.strip()]
        else:
            found[name] = parts[-1] if parts else ""
    return found


def is_narrowed(data: Values) -> bool:
    """Whether an address chooses agencies by their profile or place."""
    return any(data.get(name) for name in NARROWS)


class _Words(forms.MultipleChoiceField):
    """Words of which read_filter says what is wrong with them, and what would be right."""

    def valid_value(self, value: str) -> bool:
        return True


def _field(entry: ProfileField) -> forms.Field:
    if entry.kind == "number":
        said = f"{entry.hint} Write 10..500, 10.. or ..500, or one number.".strip()
        if entry.highest < 100:
            said = f"{entry.hint} Write {entry.lowest}..{entry.highest}, or one number.".strip()
        return LineField(label=entry.label, required=False, max_length=30, help_text=said)
    return _Words(
        label=entry.label,
        required=False,
        choices=list(choices_of(entry).items()),
        widget=forms.CheckboxSelectMultiple,
    )


def _programs_of(user: User) -> list[Program]:
    return list(Program.objects.filter(user.programs_with(Right.RUN_PROGRAM)).order_by("name"))
