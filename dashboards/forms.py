"""What can be chosen on the pages. Every choice has a default, so a page stands on any address."""

from calendar import month_name
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q

from dashboards.charts.scale import ScoreScale
from dashboards.forms_choices import Choices, KnowledgeForm
from dashboards.models import Scope
from dashboards.points import KINDS, Point
from dashboards.queries.agencies import SORTS, parents_near
from dashboards.queries.scopes import Offer
from dashboards.standings import STATE_WORDS
from maturity.models import MaturityModel
from portal.access.models import User
from portal.agencies.models import Agency, Program
from portal.agencies.profile import FIELDS_BY_SLUG
from portal.agencies.queries import members_on

SORT_CHOICES = [(sign + key, sign + key) for key in SORTS for sign in ("", "-")]
MOST_PARENTS = 500


class ScopeForm(KnowledgeForm):
    """Which agencies, measured by what, at which points in time. Pages that ask more build on it."""

    DEFAULTS: dict[str, str] = {}  # of the fields that a page adds
    field_order = ("scope", "model", "period", "calendar", "year_starts_in", "at", "numbers", "known_on")
    KEEPS_RHYTHM = False  # whether the points in time are those that the model is asked at, whatever is asked

    scope = forms.CharField(label="Agencies", widget=forms.Select)
    model = forms.ChoiceField(label="Questionnaire")
    period = forms.ChoiceField(label="Points in time", choices=list(KINDS.items()))
    calendar = forms.ChoiceField(label="Calendar", required=False)
    year_starts_in = forms.IntegerField(
        label="Year starts in", required=False, min_value=1, max_value=12, widget=forms.HiddenInput
    )

    def offer(self, scopes: Iterable[Offer], models: list[MaturityModel]) -> None:
        """Fill in the scopes and models to choose from; a single model is not asked for."""
        groups: dict[str, Choices] = {kind: [] for kind in Scope.Kind.values}
        for one in scopes:
            groups[one.kind].append((one.key, one.name))
        below = [
            ("Programs", Scope.Kind.PROGRAM),
            ("Agency groups", Scope.Kind.COHORT),
            ("An agency and those below it", Scope.Kind.SUBTREE),
        ]
        self.fields["scope"].widget.choices = groups[Scope.Kind.EVERYTHING] + [
            (label, groups[kind]) for label, kind in below if groups[kind]
        ]
        self.fields["model"].choices = [  # type: ignore[attr-defined]
            (model.slug, model.name) for model in models
        ]
        if len(models) < 2:
            self.fields["model"].widget = forms.HiddenInput()

    def offer_calendars(self, programs: Iterable[Program], usual: int) -> None:
        """Fill in the calendars of these programs; where all begin in the month `usual` none is asked for."""
        known = list(programs)
        own = ("", f"Year from {month_name[usual]}")
        named = [
            (f"program:{one.slug}", f"{one} (year from {month_name[one.year_starts_in]})") for one in known
        ]
        self.fields["calendar"].choices = [own, *named]  # type: ignore[attr-defined]
        self.starts = {f"program:{one.slug}": one.year_starts_in for one in known}
        if all(one.year_starts_in == usual for one in known):
            self.fields["calendar"].widget = forms.HiddenInput()

    def year_start(self, usual: int) -> int:
        """The month in which the years of the chosen calendar begin."""
        start: int = self.starts.get(self.chosen("calendar")) or self.chosen("year_starts_in") or usual
        return start

    def other_calendar(self) -> dict[str, str]:
        """What an address says of the calendar; nothing where it is the usual one."""
        chosen = {name: str(self.chosen(name)) for name in ("calendar", "year_starts_in")}
        return {name: value for name, value in chosen.items() if value}


class PortfolioForm(ScopeForm):
    """The same, and the order of the agencies."""

    DEFAULTS = {"sort": "agency"}

    sort = forms.ChoiceField(choices=SORT_CHOICES, widget=forms.HiddenInput)


class WhatIfForm(ScopeForm):
    """The same, and on which stage the agencies work."""

    DEFAULTS = {"working": ""}

    working = forms.IntegerField(
        label="Working on", required=False, min_value=1, max_value=100, widget=forms.Select
    )

    def offer_stages(self, stages: Iterable[tuple[int, str]]) -> None:
        """Fill in the stages, by number and name."""
        choices: Choices = [("", "Any stage")]
        choices += [(str(number), f"Stage {number}, {name}") for number, name in stages]
        self.fields["working"].widget.choices = choices


class MethodChangesForm(ScopeForm):
    """The same, the point in time to compare with, and which agencies to list."""

    DEFAULTS = {"show": "all"}

    since = forms.DateField(label="Compared with", required=False, widget=forms.Select)
    show = forms.ChoiceField(
        label="List", choices=[("all", "All agencies"), ("changed", "Those whose score changed")]
    )

    def offer_since(self, points: Iterable[Point], chosen: Point) -> None:
        """Fill in the points in time that one may compare with, the latest first."""
        self.fields["since"].widget.choices = [
            (point.on.isoformat(), point.label) for point in reversed(list(points))
        ]
        self.fields["since"].required = True
        self.data = {**self.data, "since": chosen.on.isoformat()}


class RowsForm(forms.Form):
    """Which agencies of a portfolio its table lists. What cannot be chosen is not looked for."""

    stages = forms.IntegerField(required=False, min_value=1, max_value=100)  # completed, or more
    state = forms.ChoiceField(required=False, choices=list(STATE_WORDS.items()))

    def chosen(self) -> dict[str, Any]:
        """What was chosen, by field."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def matches(self) -> Q:
        """The agencies with standings that fit."""
        chosen = self.chosen()
        found = Q(state=chosen["state"]) if "state" in chosen else Q()
        return found & Q(now__stages_completed__gte=chosen["stages"]) if "stages" in chosen else found


class AgencyFilterForm(KnowledgeForm):
    """Which agencies to list. Every field may be left empty."""

    FILTERS = ("text", "program", "parent", "type", "stages", "state")
    field_order = (*FILTERS, "model", "at", "numbers", "known_on")

    text = forms.CharField(label="Name", required=False, max_length=200)
    program = forms.ChoiceField(label="Program", required=False)
    parent = forms.ChoiceField(label="Within", required=False)
    type = forms.ChoiceField(label="Type", required=False)
    stages = forms.TypedChoiceField(label="Stages completed", required=False, coerce=int, empty_value=None)
    state = forms.ChoiceField(label="State", required=False)
    model = forms.ChoiceField(label="Questionnaire", required=False)
    sort = forms.ChoiceField(choices=SORT_CHOICES, widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Mapping[str, Any],
        defaults: Mapping[str, str],
        *,
        user: User,
        models: list[MaturityModel],
        scale: ScoreScale | None,
    ) -> None:
        super().__init__(data, defaults)
        anything: Choices = [("", "Any")]
        programs = Program.objects.visible_to(user).values_list("slug", "name")
        parents = parents_near(user, str(data.get("parent", "")))
        self._choose("program", anything + list(programs))
        self._choose("parent", anything + list(parents.values_list("slug", "name")[:MOST_PARENTS]))
        self._choose("type", anything + list(FIELDS_BY_SLUG["type"].choices.items()))
        self._choose("stages", anything + _stages(scale))
        if scale is not None:
            self.fields["stages"].label = scale.many
        self._choose("state", anything + list(STATE_WORDS.items()) + [("closed", "Closed")])
        self._choose("model", [(model.slug, model.name) for model in models])
        if len(models) < 2:
            self.fields["model"].widget = forms.HiddenInput()
        self.fields["at"].label = "As of"

    def _choose(self, name: str, choices: Choices) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def is_filtered(self) -> bool:
        """Whether anything was asked for that leaves agencies out."""
        return any(self.chosen(name) not in {None, ""} for name in self.FILTERS)

    def matches(self, on: date, reader: User) -> Q:
        """The agencies that fit, standings aside; those that are closed only when asked for."""
        chosen = {name: self.chosen(name) for name in self.FILTERS}
        closed = chosen["state"] == "closed"
        found = Q(closed_on__lte=on) if closed else Q(closed_on__isnull=True) | Q(closed_on__gt=on)
        for word in chosen["text"].split()[:10]:
            found &= Q(name__icontains=word) | Q(abbreviation__icontains=word)
        if chosen["program"]:
            found &= Q(pk__in=members_on(chosen["program"], on, reader))
        if chosen["parent"]:
            root = (
                Agency.objects.visible_to(reader)
                .filter(slug=chosen["parent"])
                .values_list("path", flat=True)
                .first()
            )
            found &= Q(path__startswith=root)
        if chosen["type"]:
            found &= Q(pk__in=Agency.objects.of_type(chosen["type"]).values("pk"))
        return found

    def matching_standings(self) -> Q:
        """The agencies with standings that fit."""
        state, stages = self.chosen("state"), self.chosen("stages")
        found = Q(state=state) if state and state != "closed" else Q()
        return found if stages in {None, ""} else found & Q(now__stages_completed=stages)


class AgencyForm(KnowledgeForm):
    """What the page of one agency is about. A single model is not asked for."""

    field_order = ("model", "at", "numbers", "known_on")

    model = forms.ChoiceField(label="Questionnaire")

    def __init__(
        self, data: Mapping[str, Any], defaults: Mapping[str, str], *, models: list[MaturityModel]
    ) -> None:
        super().__init__(data, defaults)
        self.fields["model"].choices = [  # type: ignore[attr-defined]
            (model.slug, model.name) for model in models
        ]
        if len(models) < 2:
            self.fields["model"].widget = forms.HiddenInput()
        self.fields["at"].label = "As of"


def _stages(scale: ScoreScale | None) -> Choices:
    """How many stages or bands one may ask for; a band by its name as well."""
    if scale is None:
        return []
    numbers = range(scale.stage_count + 1)
    return [(str(n), str(n) if scale.staged or not n else f"{n}: {scale.band(n)}") for n in numbers]


def point_at(points: list[Point], asked: date | None, default: Point) -> Point:
    """The last point on or before the day `asked` for, or the default."""
    return next((point for point in reversed(points) if asked and point.on <= asked), default)
