"""What a program officer fills in to open a reporting round."""

from typing import Any

from django import forms
from django.utils import timezone

from assessments.models import Cycle, RoundKind
from assessments.queries_cycles import programs_run_by
from assessments.services_units import AS_BEFORE
from maturity.models import ModelVersion
from portal.access.models import User
from portal.agencies.models import Program
from portal.agencies.periods import Period, following, label, parse_label

UNITS = [
    (AS_BEFORE, "As in the program's last round"),
    ("own", "Each agency for itself"),
    ("roll_up", "Agencies with others below them are rolled up from these"),
    ("cover", "The topmost agencies answer for all below them"),
]


class PreviewForm(forms.Form):
    """Until when agencies look at their own figures before they are published."""

    ends_on = forms.DateField(
        label="The preview ends on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        error_messages={"invalid": "Write the date as year-month-day: 2027-03-31."},
        help_text="Agencies see their own figures until then, and may reply.",
    )


class CycleForm(forms.Form):
    """Who is asked, with what, for which period, and by when."""

    program = forms.ModelChoiceField(queryset=Program.objects.none())
    version = forms.ModelChoiceField(label="Questionnaire", queryset=ModelVersion.objects.none())
    period = forms.CharField(
        max_length=20, help_text="As FY27 Q1, FY27 H1, FY27 or 2026-10, in the program's calendar."
    )
    due_on = forms.DateField(
        label="Due on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        error_messages={"invalid": "Write the date as year-month-day: 2027-03-31."},
    )

    kind = forms.ChoiceField(
        label="What is asked",
        choices=RoundKind.choices,
        widget=forms.RadioSelect,
        required=False,
        initial=RoundKind.FULL.value,
    )
    units = forms.ChoiceField(
        label="Reporting units",
        choices=UNITS,
        widget=forms.RadioSelect,
        required=False,
        initial=AS_BEFORE,
        help_text="Who answers for whom. Single agencies are changed on the page of the round afterwards.",
    )

    def clean_kind(self) -> str:
        """A full assessment, where nothing else is said."""
        return self.cleaned_data["kind"] or RoundKind.FULL.value

    def clean_units(self) -> str:
        """As before, where nothing else is said."""
        return self.cleaned_data["units"] or AS_BEFORE

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        programs = Program.objects.filter(pk__in=programs_run_by(user))
        versions = ModelVersion.objects.select_related("model").order_by("-published_at", "-pk")
        self.fields["program"].queryset = programs  # type: ignore[attr-defined]
        if len(programs) == 1:
            self.fields["program"].initial = programs[0]
            self._propose(programs[0])
        self.fields["version"].queryset = versions  # type: ignore[attr-defined]
        self.fields["version"].initial = versions.first()
        for name in ("kind", "units"):  # one is chosen already, so that nobody reads "(optional)"
            self.fields[name].proposed = True  # type: ignore[attr-defined]
        self.given_period: Period | None = None

    def _propose(self, program: Program) -> None:
        """What follows the last round of the program, where it has begun: the next period, due as long
        after its end."""
        last = Cycle.objects.filter(program=program).order_by("-period_ends_on", "-pk").first()
        if last is None:
            return
        period = following(Period(last.period_starts_on, last.period_ends_on))
        if period.starts_on > timezone.localdate():
            return
        self.fields["period"].initial = label(period, program.year_starts_in)
        self.fields["due_on"].initial = period.ends_on + (last.due_on - last.period_ends_on)

    def clean(self) -> dict[str, Any]:
        """The period in the calendar of the program, under the name that it has there."""
        given = super().clean() or {}
        if "program" in given and "period" in given:
            month = given["program"].year_starts_in
            try:
                self.given_period = parse_label(given["period"], month)
            except ValueError as error:
                self.add_error("period", str(error))
            else:
                given["period_label"] = label(self.given_period, month)
        return given
