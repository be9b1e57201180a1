"""The forms of a file of answers: the file, and what to do where it is not plain."""

from django import forms
from django.core.files.uploadedfile import UploadedFile

from assessments.services_answer_files import MOST_BYTES, Choices


class AnswerFileForm(forms.Form):
    """A file with the answers of agencies of one round."""

    file = forms.FileField(
        label="File of answers",
        help_text=f"CSV or JSON in UTF-8, at most {MOST_BYTES // 2**20} MB.",
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            size = f"{(file.size or 0) / 2**20:.0f} MB"
            raise forms.ValidationError(
                f"The file has {size}; {MOST_BYTES // 2**20} MB are the most. Split it by agency."
            )
        return file


class ChoicesForm(forms.Form):
    """What to do with a file that was checked."""

    partial = forms.BooleanField(
        label="Leave out the agencies with wrong rows and load the others", required=False
    )
    over = forms.BooleanField(
        label="Where the portal has another answer, take the one of the file",
        help_text="Otherwise the portal's answer stays. Either way the audit log keeps what was there.",
        required=False,
    )
    carry_over = forms.BooleanField(
        label="Begin new assessments with the answers last approved",
        help_text="For a file that holds only what changed.",
        required=False,
    )
    submit = forms.BooleanField(
        label="Submit what is complete",
        help_text="For agencies of which the file says who vouches for it (attested_by).",
        required=False,
    )

    def given(self) -> Choices:
        """What was chosen."""
        return Choices(**self.cleaned_data)
