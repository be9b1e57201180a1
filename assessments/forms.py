"""What people fill in: an answer, evidence, and the steps of an assessment's life."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q

from assessments.models import Answer, Assessment, Cycle
from assessments.queries import calendars_of, startable_agencies
from assessments.services_answers import (
    LONGEST_NAME,
    LONGEST_TEXT,
    AnswerFields,
    fields_of,
)
from assessments.words import FIELD_WORDS, LEVEL_WORDS
from maturity.levels import Level
from maturity.models import Domain, Item, ModelVersion
from maturity.scoring import MILLION
from portal.access.models import User
from portal.agencies.forms.fields import DayField
from portal.agencies.models import Agency, AgencyQuerySet
from portal.agencies.periods import Period, following, label, period_of
from portal.agencies.queries import NoSuchAgency, find_agency

QUARTERS_OFFERED = 12
MOST_LISTED = 200  # agencies to choose from; of more, one is named
LONGEST_COMMENT = 5_000


def _text_area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _style(widget: forms.Widget) -> str:
    if isinstance(widget, forms.Textarea):
        return "usa-textarea"
    return "usa-select" if isinstance(widget, forms.Select) else "usa-input"


class AnswerForm(forms.Form):
    """The answer to one item. What an answer must fulfil is for the service to say."""

    level = forms.ChoiceField(required=False)
    holder = forms.ChoiceField(required=False, choices=Answer.Holder.choices)
    holder_name = forms.CharField(required=False, max_length=LONGEST_NAME)
    note = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=_text_area())
    reason = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=_text_area(2))
    planned_on = DayField(required=False)
    review_by = DayField(
        required=False, help_text="After this day no later assessment carries the answer over. Empty: no end."
    )
    points = forms.IntegerField(required=False)
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        item: Item,
        answer: Answer | None,
        data: Mapping[str, Any] | None = None,
        *,
        in_points: bool = False,
    ) -> None:
        initial = {"holder": Answer.Holder.SELF, "revision": 0}
        if answer is not None:
            given = fields_of(answer)
            initial = {name: getattr(given, name) for name in FIELD_WORDS} | {"revision": answer.revision}
        super().__init__(data, initial=initial, auto_id=f"{item.slug}-%s")
        levels = [(level.value, words) for level, words in LEVEL_WORDS[item.kind].items()]
        choices = [*levels, ("", "Take the answer back")]
        self.in_points = in_points
        if in_points:  # a number, or "could never apply": the level follows from it
            choices = [(Level.NOT_APPLICABLE.value, LEVEL_WORDS[item.kind][Level.NOT_APPLICABLE]), ("", "")]
            self.fields["points"].widget.attrs |= {"min": 0, "max": item.points, "inputmode": "numeric"}
            self.fields["points"].help_text = f"0 to {item.points}"
        self.fields["level"].choices = choices  # type: ignore[attr-defined]
        for name, words in FIELD_WORDS.items():
            field = self.fields[name]
            field.label = words
            field.widget.attrs["class"] = _style(field.widget)

    def given(self) -> AnswerFields:
        """What was filled in, of a valid form."""
        values = {name: self.cleaned_data[name] for name in FIELD_WORDS}
        if not self.in_points:
            values["points"] = None
        level = Level(values["level"]) if values["level"] else None
        return AnswerFields(**(values | {"level": level, "holder": values["holder"] or Answer.Holder.SELF}))


class DomainScoresForm(forms.Form):
    """The scores of whole domains, each of which may be left empty: then it is missing."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        domains: Iterable[Domain],
        maximum: int,
        data: Mapping[str, Any] | None = None,
        *,
        scores: Mapping[str, int] | None = None,
        revision: int = 0,
    ) -> None:
        given = {
            slug: (Decimal(score) / MILLION).normalize().__format__("f")
            for slug, score in (scores or {}).items()
        }
        initial = {f"score-{slug}": score for slug, score in given.items()} | {"revision": revision}
        super().__init__(data, initial=initial)
        self.slugs = []
        for domain in domains:
            self.slugs.append(domain.slug)
            field = forms.DecimalField(
                label=domain.name,
                required=False,
                min_value=0,
                max_value=maximum,
                decimal_places=6,
                max_digits=10,
                help_text=f"0 to {maximum:,}; leave it empty where there is none",
                widget=forms.TextInput(attrs={"class": "usa-input", "inputmode": "decimal"}),
            )
            self.fields[f"score-{domain.slug}"] = field

    def given(self) -> dict[str, int | None]:
        """By domain, the score in millionths of a unit, of a valid form; None: missing."""
        found = {slug: self.cleaned_data[f"score-{slug}"] for slug in self.slugs}
        return {slug: None if score is None else int(score * MILLION) for slug, score in found.items()}


class AgencyNameField(forms.CharField):
    """An agency by its name, slug, identifier or path: where there are more than a list can show."""

    def __init__(self, agencies: AgencyQuerySet) -> None:
        super().__init__(max_length=500, help_text="Its name or identifier; or its path: Parent / Child.")
        self.agencies = agencies

    def clean(self, value: Any) -> Agency:
        try:
            return find_agency(super().clean(value), self.agencies)
        except NoSuchAgency as error:
            raise forms.ValidationError(str(error)) from error


class StartForm(forms.Form):
    """For whom, with what, and for which period an assessment is started."""

    agency: "forms.ModelChoiceField[Agency]" = forms.ModelChoiceField(queryset=Agency.objects.none())
    version = forms.ModelChoiceField(
        label="Questionnaire", queryset=ModelVersion.objects.select_related("model")
    )
    period = forms.ChoiceField(label="Period")
    carry_over = forms.BooleanField(
        label="Begin from what was approved last",
        required=False,
        initial=True,
        help_text="The answers and evidence last approved for an earlier period are carried over, each "
        "marked “not confirmed” until somebody says that it still holds or answers it anew; also from an "
        "earlier version of the questionnaire, where a question goes on. What was planned and is two "
        "quarters overdue comes back as “not started”.",
    )

    def __init__(
        self, user: User, today: date, *args: Any, asking: Cycle | None = None, **options: Any
    ) -> None:
        """`asking`: the round that it is started for, whose questionnaire and period are proposed."""
        super().__init__(*args, **options)
        versions = ModelVersion.objects.select_related("model").order_by("-published_at", "-pk")
        agencies = startable_agencies(user).open_on(today)
        if agencies[: MOST_LISTED + 1].count() > MOST_LISTED:
            self.fields["agency"] = AgencyNameField(agencies)
        else:
            self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]
        if self.initial.get("agency") is None and len(only := agencies[:2]) == 1:
            self.initial["agency"] = only[0]
        self.fields["version"].queryset = versions  # type: ignore[attr-defined]
        self.fields["version"].initial = asking.version if asking is not None else versions.first()
        self.periods = _recent_quarters(today, calendars_of(agencies, today))
        rounds = Cycle.objects.visible_to(user).filter(period_starts_on__lte=today)
        for cycle in rounds.exclude(state=Cycle.State.PUBLISHED).order_by("-period_ends_on")[:MOST_LISTED]:
            self._offer(cycle)
        if asking is not None:
            self.fields["period"].initial = self._offer(asking)
        choices = [(key, _in_words(*found)) for key, found in self.periods.items()]
        self.fields["period"].choices = choices  # type: ignore[attr-defined]

    def _offer(self, cycle: Cycle) -> str:
        """The key of the period of a round, which is among the choices then: it may be a half or a month."""
        found = (Period(cycle.period_starts_on, cycle.period_ends_on), cycle.period_label)
        for key, offered in self.periods.items():
            if offered == found:
                return key
        key = f"{cycle.period_starts_on}/{cycle.period_ends_on}/{cycle.period_label}"
        self.periods[key] = found
        return key

    def given_period(self) -> tuple[Period, str]:
        """The period chosen, of a valid form, and what it is called."""
        return self.periods[self.cleaned_data["period"]]


def _recent_quarters(today: date, calendars: list[int]) -> dict[str, tuple[Period, str]]:
    """By key, the current quarter and those before it with their names, in each of these calendars (the
    month in which the year starts); the latest first."""
    found = {}
    for month in calendars:
        current = period_of(today, year_starts_in=month)
        for back in range(QUARTERS_OFFERED):
            period = following(current, -back)
            found[f"{period.starts_on}/{month}"] = (period, label(period, month))
    return dict(sorted(found.items(), key=lambda pair: pair[1][0], reverse=True))


def _in_words(period: Period, name: str) -> str:
    return f"{name} ({period.starts_on:%B %Y} to {period.ends_on:%B %Y})"


class ReviewForm(forms.Form):
    """A reviewer's decision on what they read at this revision."""

    decision = forms.ChoiceField(choices=[("approve", "Approve"), ("return", "Return to the agency")])
    comment = forms.CharField(
        label="Comment to the agency",
        required=False,
        max_length=LONGEST_COMMENT,
        widget=_text_area(4),
        help_text="Needed to return it, unless you asked questions: say what to change.",
    )
    confirmation = forms.CharField(
        label="Your confirmation in writing",
        required=False,
        max_length=LONGEST_COMMENT,
        widget=_text_area(3),
        help_text="Say how you know that the move of more than one stage is real. It is kept.",
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class AmendForm(forms.Form):
    """Why an approved assessment is corrected."""

    reason = forms.CharField(
        label="What is to be corrected, and why", max_length=LONGEST_COMMENT, widget=_text_area(4)
    )


class AssessmentFilterForm(forms.Form):
    """What to list; every field may be left empty."""

    agency = forms.CharField(label="Agency", required=False, max_length=200)
    state = forms.ChoiceField(label="State", required=False)
    period = forms.ChoiceField(label="Period", required=False)

    def __init__(self, periods: list[tuple[str, str]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        anything = [("", "Any")]
        self.fields["state"].choices = anything + Assessment.State.choices  # type: ignore[attr-defined]
        self.fields["period"].choices = anything + periods  # type: ignore[attr-defined]

    def matches(self) -> Q:
        """What was chosen, as a filter on Assessment; nothing matches a form that is not valid."""
        if not self.is_valid():
            return Q(pk__in=[])
        given = self.cleaned_data
        found = Q()
        if given["agency"]:
            name = given["agency"]
            found &= Q(agency__name__icontains=name) | Q(agency__abbreviation__icontains=name)
        if given["state"]:
            found &= Q(state=given["state"])
        if given["period"]:
            found &= Q(period_label=given["period"])
        return found
