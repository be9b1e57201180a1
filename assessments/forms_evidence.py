"""What people fill in about evidence: a new piece, what is said of one, and which of many to list."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q

from assessments.evidence_content import ENDINGS
from assessments.models import Evidence
from assessments.services_answers import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    LONGEST_TEXT,
    EvidenceFields,
)
from assessments.services_evidence import Upload
from portal.agencies.forms.fields import DayField


class EvidenceForm(forms.Form):
    """A link, a statement or a file: dated, owned, perhaps with an end. What it must fulfil is for the
    service to say."""

    kind = forms.ChoiceField(choices=Evidence.OFFERED, widget=forms.RadioSelect, initial=Evidence.Kind.LINK)
    title = forms.CharField(max_length=LONGEST_NAME, help_text="In a few words: what it is.")
    url = forms.CharField(
        label="Address of the link",
        required=False,
        max_length=LONGEST_ADDRESS,
        widget=forms.TextInput(attrs={"class": "usa-input"}),
        help_text="It is shown as a link; the portal never opens it.",
    )
    statement = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 3}),
    )
    file = forms.FileField(
        required=False,
        max_length=1_000,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"class": "usa-file-input"}),
    )
    dated_on = DayField(label="Dated", help_text="The day it was true or was written.")
    expires_on = DayField(
        label="Expires", required=False, help_text="The last day on which it counts. Empty: no end."
    )
    independence = forms.ChoiceField(
        label="How independent it is",
        required=False,
        choices=Evidence.Independence.choices,
        initial=Evidence.Independence.SELF,
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    owner_name = forms.CharField(
        label="Owner",
        required=False,
        max_length=LONGEST_NAME,
        help_text="Who keeps it true: a user name, an e-mail address or a name. Empty: you.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields[
            "file"
        ].help_text = (
            f"PDF, image, Office or OpenDocument file, or text; {settings.EVIDENCE_FILE_MB} MB at the most."
        )
        self.fields["file"].widget.attrs["accept"] = ",".join(
            ending for endings in ENDINGS.values() for ending in endings
        )

    def given(self) -> EvidenceFields:
        """What was filled in, of a valid form, but for the file."""
        values = {
            name: value for name, value in self.cleaned_data.items() if name not in {"file", "revision"}
        }
        values["independence"] = values["independence"] or Evidence.Independence.SELF
        return EvidenceFields(**values)

    def upload(self) -> Upload | None:
        """The file that was sent, of a valid form; None where there is none."""
        sent = self.cleaned_data["file"]
        return Upload(sent.file, sent.name, sent.size) if sent else None


class EvidenceEditForm(EvidenceForm):
    """What is said of evidence; its kind, its file and its run stay."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, evidence: Evidence, data: Any = None) -> None:
        names = ("title", "url", "statement", "dated_on", "expires_on", "independence", "revision")
        initial = {name: getattr(evidence, name) for name in names} | {"owner_name": evidence.owned_by}
        super().__init__(data, initial=initial)
        kept = {Evidence.Kind.LINK: {"url"}, Evidence.Kind.STATEMENT: {"statement"}}.get(
            Evidence.Kind(evidence.kind), set()
        )
        for name in {"kind", "file", "url", "statement"} - kept:
            del self.fields[name]
        if evidence.kind == Evidence.Kind.RUN:
            self.fields["dated_on"].disabled = True
        self.fields["owner_name"].help_text = "A user name, an e-mail address or a name."
        self.of_kind = evidence.kind

    def given(self) -> EvidenceFields:
        """What was filled in, of a valid form."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "revision"}
        values["independence"] = values["independence"] or Evidence.Independence.SELF
        return EvidenceFields(kind=self.of_kind, **values)


class ExpiryFilterForm(forms.Form):
    """Which evidence to list; every field may be left empty."""

    agency = forms.CharField(label="Agency", required=False, max_length=200)
    program = forms.ChoiceField(label="Program", required=False)
    when = forms.ChoiceField(
        label="Expiry",
        required=False,
        choices=[
            ("", "Expired or within 90 days"),
            ("expired", "Expired"),
            ("soon", "Within 90 days"),
            ("all", "Any"),
        ],
    )

    def __init__(self, programs: list[tuple[str, str]], data: Any) -> None:
        super().__init__(data)
        self.fields["program"].choices = [("", "Any"), *programs]  # type: ignore[attr-defined]

    def matches(self) -> Q:
        """The agency that was named, as a filter on Evidence; nothing matches a form that is not valid."""
        if not self.is_valid():
            return Q(pk__in=[])
        name = self.cleaned_data["agency"].strip()
        if not name:
            return Q()
        agency = "assessment__agency__"
        return (
            Q(**{f"{agency}name__icontains": name})
            | Q(**{f"{agency}abbreviation__iexact": name})
            | Q(**{f"{agency}slug": name})
        )
