"""What can be chosen on the pages. Every choice has a default, so a page stands on any address."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q

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
Choices = list[tuple[str, Any]]


class ChoicesForm(forms.Form):
    """A form over the address of a page: a choice that is not there is named, and the default is taken."""

    def __init__(self, data: Mapping[str, Any], defaults: Mapping[str, str]) -> None:
        given = {name: data.get(name) or default for name, default in defaults.items()}
        super().__init__({**{name: data.get(name, "") for name in self.base_fields}, **given})
        self.defaults = defaults

    def chosen(self, name: str) -> Any:
        """What was chosen, or the default where that is not among the choices."""
        self.is_valid()
        value = self.cleaned_data.get(name)
        return self.defaults.get(name, "") if value in {None, ""} else value


class PortfolioForm(ChoicesForm):
    """Which agencies, measured by what, at which points in time."""

    scope = forms.CharField(label="Agencies", widget=forms.Select)
    model = forms.ChoiceField(label="Questionnaire")
    period = forms.ChoiceField(label="Points in time", choices=list(KINDS.items()))
    at = forms.DateField(label="Up to", required=False, widget=forms.Select)
    sort = forms.ChoiceField(choices=SORT_CHOICES, widget=forms.HiddenInput)

    def offer(self, scopes: Iterable[Offer], models: list[MaturityModel]) -> None:
        """Fill in the scopes and models to choose from; a single model is not asked for."""
        groups: dict[str, Choices] = {kind: [] for kind in Scope.Kind.values}
        for one in scopes:
            groups[one.kind].append((one.key, one.name))
        below = [("Programs", Scope.Kind.PROGRAM), ("An agency and those below it", Scope.Kind.SUBTREE)]
        self.fields["scope"].widget.choices = groups[Scope.Kind.EVERYTHING] + [
            (label, groups[kind]) for label, kind in below if groups[kind]
        ]
        self.fields["model"].choices = [  # type: ignore[attr-defined]
            (model.slug, model.name) for model in models
        ]
        if len(models) < 2:
            self.fields["model"].widget = forms.HiddenInput()

    def offer_points(self, points: Iterable[Point], chosen: Point) -> None:
        """Fill in the points in time that one may look back to, the latest first."""
        self.fields["at"].widget.choices = [
            (point.on.isoformat(), point.label) for point in reversed(list(points))
        ]
        self.fields["at"].required = True  # there is always one chosen from here on
        self.data = {**self.data, "at": chosen.on.isoformat()}


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


class AgencyFilterForm(ChoicesForm):
    """Which agencies to list. Every field may be left empty."""

    FILTERS = ("text", "program", "parent", "type", "stages", "state")

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
        stage_count: int,
    ) -> None:
        super().__init__(data, defaults)
        anything: Choices = [("", "Any")]
        programs = Program.objects.visible_to(user).values_list("slug", "name")
        parents = parents_near(user, str(data.get("parent", "")))
        self._choose("program", anything + list(programs))
        self._choose("parent", anything + list(parents.values_list("slug", "name")[:MOST_PARENTS]))
        self._choose("type", anything + list(FIELDS_BY_SLUG["type"].choices.items()))
        self._choose("stages", anything + [(str(n), str(n)) for n in range(stage_count + 1)])
        self._choose("state", anything + list(STATE_WORDS.items()) + [("closed", "Closed")])
        self._choose("model", [(model.slug, model.name) for model in models])
        if len(models) < 2:
            self.fields["model"].widget = forms.HiddenInput()

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


def point_at(points: list[Point], asked: date | None, default: Point) -> Point:
    """The last point on or before the day `asked` for, or the default."""
    return next((point for point in reversed(points) if asked and point.on <= asked), default)
