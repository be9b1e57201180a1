"""The filters of the audit."""

from pathlib import Path
from typing import cast

from django import forms
from django.apps import apps
from django.conf import settings

from portal.agencies.forms.fields import DayField

OUR_FOLDERS = {settings.BASE_DIR, settings.BASE_DIR / "portal"}


def kinds() -> list[tuple[str, str]]:
    """The kinds of objects of our own apps, by name: from the code and not from the rows, which are many."""
    ours = [config for config in apps.get_app_configs() if Path(config.path).parent in OUR_FOLDERS]
    models = [model for config in ours for model in config.get_models()]
    return sorted(
        ((m._meta.label_lower, str(m._meta.verbose_name).capitalize()) for m in models), key=lambda k: k[1]
    )


class AuditFilterForm(forms.Form):
    """What to look for; every field may be left empty."""

    person = forms.CharField(label="Who (username)", required=False, max_length=300)
    action = forms.CharField(
        label="What (begins with)",
        required=False,
        max_length=60,
        help_text="Such as “role” or “agency.moved”.",
    )
    kind = forms.ChoiceField(label="Kind of thing", required=False)
    key = forms.CharField(label="Its number", required=False, max_length=60)
    from_on = DayField(label="From", required=False)
    until_on = DayField(label="Until", required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        cast(forms.ChoiceField, self.fields["kind"]).choices = [("", "Any"), *kinds()]

    def clean_until_on(self) -> object:
        """Not before the first day."""
        first, last = self.cleaned_data.get("from_on"), self.cleaned_data["until_on"]
        if first and last and last < first:
            raise forms.ValidationError("The last day is before the first.")
        return last
