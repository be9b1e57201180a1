"""What people fill in around a workbook: the file, and of each conflict, which answer counts."""

from collections.abc import Iterable, Mapping

from django import forms

from assessments.workbook.package import MOST_BYTES

PORTAL, WORKBOOK = "portal", "workbook"


class WorkbookForm(forms.Form):
    """A workbook that comes back."""

    file = forms.FileField(
        label="Workbook",
        help_text="The .xlsx file that you downloaded here and filled in, at most 10 MB. You see what would "
        "change before anything is saved.",
    )

    def clean_file(self) -> bytes:
        """Its content."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"This file has {file.size / 2**20:.0f} MB; 10 MB are the most.")
        return bytes(file.read())


def decided(data: Mapping[str, str], slugs: Iterable[str]) -> dict[str, bool]:
    """By item slug, whether the workbook's answer counts; what nobody decided is not in it."""
    said = {slug: data.get(f"take-{slug}") for slug in slugs}
    return {slug: value == WORKBOOK for slug, value in said.items() if value in {PORTAL, WORKBOOK}}
