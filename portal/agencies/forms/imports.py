"""The forms of an import: the file, and which of its columns is what."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile

from portal.access.models import User
from portal.access.rules import Right
from portal.agencies import profile
from portal.agencies.import_reading import (
    COLUMNS,
    KEY_COLUMNS,
    VALUE_COLUMNS,
    check_columns,
)
from portal.agencies.models import Program
from portal.agencies.sheets import MOST_BYTES, UnreadableFile


class UploadForm(forms.Form):
    """A list of agencies as a file."""

    file = forms.FileField(
        label="CSV file",
        help_text="UTF-8, with a header, at most 10 MB. In a spreadsheet: save as “CSV UTF-8”.",
    )
    program = forms.ModelChoiceField(
        Program.objects.none(),
        required=False,
        to_field_name="slug",
        empty_label="None",
        help_text="All agencies of the file join it.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programs = Program.objects.filter(user.programs_with(Right.RUN_PROGRAM))
        field = cast("forms.ModelChoiceField[Program]", self.fields["program"])
        field.queryset = programs
        field.required = not user.has_everywhere(Right.RUN_PROGRAM)
        if field.required:
            field.empty_label = "Choose one"
            if programs.count() == 1:
                self.initial["program"] = self.initial.get("program") or programs[0].slug

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            size = f"{(file.size or 0) / 2**20:.0f} MB"
            raise forms.ValidationError(
                f"The file has {size}; 10 MB are the most. Split it and upload the parts."
            )
        return file


class ColumnsForm(forms.Form):
    """Which column of an uploaded file is what."""

    partial = forms.BooleanField(label="Read the good rows in even if others are wrong", required=False)

    def __init__(self, *args: Any, header: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Not in this file"), *((heading, heading) for heading in header if heading)]
        for key, label in COLUMNS.items():
            self.fields[key] = forms.ChoiceField(label=label, choices=choices, required=key == "name")
        self.order_fields([*COLUMNS, "partial"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                check_columns(self.columns)
            except UnreadableFile as error:
                raise forms.ValidationError([problem.reason for problem in error.problems]) from error
        return cleaned

    @property
    def columns(self) -> dict[str, str]:
        """Our field to the file's column."""
        return {key: self.cleaned_data[key] for key in COLUMNS if self.cleaned_data.get(key)}

    @property
    def main_fields(self) -> list[forms.BoundField]:
        """The fields that say which agency a row speaks of, and what every list has."""
        return [self[key] for key in (*KEY_COLUMNS, *VALUE_COLUMNS, "type")]

    @property
    def profile_fields(self) -> list[forms.BoundField]:
        """The rest of the profile."""
        return [self[entry.slug] for entry in profile.FIELDS if entry.slug != "type"]
