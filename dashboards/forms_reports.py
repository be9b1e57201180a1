"""What is filled in for briefings, reports and their schedules."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from dashboards.forms import ScopeForm
from dashboards.models import SCOPE_KINDS, Report, ReportSchedule
from dashboards.points import KINDS
from portal.access.models import Membership, User
from portal.agencies.models import Program

MOST_DECISIONS, LONGEST_DECISION = 4, 160
MOST_RECIPIENTS = 200


def _day(label: str) -> forms.DateField:
    """A day that may be left open."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        error_messages={"invalid": "Write the date as year-month-day: 2027-03-31."},
    )


class OnePageForm(ScopeForm):
    """Which agencies, measured by what, at the end of which quarter."""

    KEEPS_RHYTHM = True

    period = forms.ChoiceField(choices=list(KINDS.items()), widget=forms.HiddenInput)


class ReportForm(forms.Form):
    """What to make of what is looked at."""

    kind = forms.ChoiceField(label="Report", choices=SCOPE_KINDS)
    format = forms.ChoiceField(label="As", choices=Report.Format.choices)


class BriefingForm(forms.Form):
    """The program's own words on the one page."""

    sentence = forms.CharField(
        label="Sentence at the top",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 300}),
        help_text="Leave it empty for the generated one, which follows the numbers.",
    )
    decisions = forms.CharField(
        label="Decisions asked",
        required=False,
        max_length=(LONGEST_DECISION + 2) * MOST_DECISIONS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=f"A line each, {MOST_DECISIONS} at most, up to {LONGEST_DECISION} characters.",
    )

    def clean_sentence(self) -> str:
        """In one line."""
        return " ".join(self.cleaned_data["sentence"].split())

    def clean_decisions(self) -> list[str]:
        """The lines, as many and as long as the page holds."""
        lines = [" ".join(line.split()) for line in self.cleaned_data["decisions"].splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > MOST_DECISIONS:
            raise forms.ValidationError(f"The page holds {MOST_DECISIONS} decisions; these are {len(lines)}.")
        for line in lines:
            if len(line) > LONGEST_DECISION:
                raise forms.ValidationError(
                    f"“{line[:30]}…” is {len(line)} characters long; {LONGEST_DECISION} fit."
                )
        return lines


class ScheduleForm(forms.Form):
    """Which report is made and sent when, and to whom."""

    kind = forms.ChoiceField(label="Report", choices=SCOPE_KINDS)
    format = forms.ChoiceField(label="As", choices=Report.Format.choices)
    when = forms.ChoiceField(choices=ReportSchedule.When.choices, widget=forms.RadioSelect)
    recipients = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="People with a role in the program. Whether each may see it is checked when it is sent.",
    )
    attach = forms.BooleanField(
        label="Attach the file to the e-mail",
        required=False,
        help_text="Otherwise a link is sent, which asks for the log-in.",
    )
    active = forms.BooleanField(label="Active", required=False, initial=True)

    def __init__(self, program: Program, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["recipients"].queryset = people_of(program)  # type: ignore[attr-defined]


def people_of(program: Program) -> Any:
    """Who has a role in the program, or in everything, today."""
    roles = Membership.objects.in_force(timezone.localdate())
    roles = roles.filter(Q(program=program) | Q(program=None, agency=None))
    ids = roles.order_by().values("user_id")
    return User.objects.filter(pk__in=ids, is_active=True).order_by("name", "username")
