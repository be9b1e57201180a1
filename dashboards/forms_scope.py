"""What the pages of a scope let one choose besides scope, questionnaire and points in time."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms

from dashboards.charts.scale import ScoreScale
from dashboards.forms import SORT_CHOICES, ScopeForm
from dashboards.points import Point
from dashboards.queries.domains import APPLIES, BANDS
from dashboards.queries.open_items import LEVEL_KEYS
from dashboards.queries.quality import AGES, BASES, NEVER, QUALITY_SORTS, SHARES
from dashboards.standings import STATE_WORDS
from dashboards.transitions import MOVES

DOMAIN_SORTS = ("agency", "state", "domain")
STUCK = "stuck"
PLACE = r"^(\d{1,2}|not_reporting|not_adopting|not_counted)$"


def _sorts(keys: Iterable[str]) -> list[tuple[str, str]]:
    return [(sign + key, sign + key) for key in keys for sign in ("", "-")]


def _part_of(parts: Sequence[object]) -> forms.TypedChoiceField:
    """Which of these parts of a scale, counted from 0."""
    numbers = [(str(number), str(number)) for number in range(len(parts))]
    return forms.TypedChoiceField(
        required=False, choices=numbers, coerce=int, empty_value=None, widget=forms.HiddenInput
    )


class SinceForm(ScopeForm):
    """With a second point in time, from which change is measured."""

    since = forms.DateField(label="Compared with", required=False, widget=forms.Select)

    def offer_since(self, points: Iterable[Point], chosen: Point | None) -> None:
        """Fill in the earlier points, the latest first."""
        self.fields["since"].widget.choices = [
            (point.on.isoformat(), point.label) for point in reversed(list(points))
        ]
        self.fields["since"].required = True
        self.data = {**self.data, "since": chosen.on.isoformat() if chosen else ""}


class StageForm(ScopeForm):
    """With a stage to look at closely."""

    stage = forms.IntegerField(label="Stage", required=False, min_value=1, max_value=100, widget=forms.Select)

    def offer_stages(self, names: Iterable[tuple[int, str]], chosen: int, scale: ScoreScale) -> None:
        """Fill in number and name of the stages."""
        self.fields["stage"].widget.choices = [(number, f"{number}. {name}") for number, name in names]
        self["stage"].label = scale.step.capitalize()
        self.fields["stage"].required = True
        self.data = {**self.data, "stage": str(chosen)}


class QualityForm(ScopeForm):
    """With the order of the table, and which agencies it lists."""

    DEFAULTS = {"sort": "agency"}

    sort = forms.ChoiceField(choices=_sorts(QUALITY_SORTS), widget=forms.HiddenInput)
    state = forms.ChoiceField(
        required=False, choices=[*STATE_WORDS.items(), (NEVER, "Never reported")], widget=forms.HiddenInput
    )


class DomainForm(ScopeForm):
    """With the order of the table, and the part of the scale whose agencies it lists."""

    DEFAULTS = {"sort": "agency"}

    sort = forms.ChoiceField(choices=_sorts(DOMAIN_SORTS), widget=forms.HiddenInput)
    band = forms.TypedChoiceField(
        required=False,
        choices=[(str(band), str(band)) for band in range(BANDS)] + [(APPLIES, APPLIES)],
        coerce=lambda band: band if band == APPLIES else int(band),
        empty_value=None,
        widget=forms.HiddenInput,
    )


class DrillForm(ScopeForm):
    """Which agencies of a scope to list. Whatever is left empty leaves nothing out."""

    DEFAULTS = {"sort": "agency"}
    FILTERS = (
        "stages", "exactly", "state", "scored", "since", "was", "now", "move", "item", "level", "missing",
        "target", "answered", "evidenced", "age", "basis",
    )  # fmt: skip

    sort = forms.ChoiceField(choices=SORT_CHOICES, widget=forms.HiddenInput)
    stages = forms.IntegerField(required=False, min_value=1, max_value=100, widget=forms.HiddenInput)
    exactly = forms.IntegerField(required=False, min_value=0, max_value=100, widget=forms.HiddenInput)
    state = forms.ChoiceField(required=False, choices=list(STATE_WORDS.items()), widget=forms.HiddenInput)
    since = forms.DateField(required=False, widget=forms.HiddenInput)
    was = forms.RegexField(PLACE, required=False, widget=forms.HiddenInput)
    now = forms.RegexField(PLACE, required=False, widget=forms.HiddenInput)
    move = forms.ChoiceField(
        required=False,
        choices=[*MOVES.items(), (STUCK, "Stuck for four quarters or more")],
        widget=forms.HiddenInput,
    )
    item = forms.SlugField(required=False, max_length=80, widget=forms.HiddenInput)
    level = forms.ChoiceField(
        required=False, choices=[(key, key) for key in LEVEL_KEYS], widget=forms.HiddenInput
    )

    scored = forms.ChoiceField(required=False, choices=[("yes", "yes")], widget=forms.HiddenInput)
    missing = forms.SlugField(required=False, max_length=80, widget=forms.HiddenInput)
    target = forms.ChoiceField(required=False, choices=[("reached", "reached")], widget=forms.HiddenInput)
    answered = _part_of(SHARES)
    evidenced = _part_of(SHARES)
    age = _part_of(AGES)
    basis = forms.ChoiceField(required=False, choices=list(BASES.items()), widget=forms.HiddenInput)

    @property
    def filters(self) -> dict[str, Any]:
        """What was asked for, by field."""
        found = {name: self.chosen(name) for name in self.FILTERS}
        return {name: value for name, value in found.items() if value not in {None, ""}}


def earlier(points: Iterable[Point], asked: date | None, now: Point) -> tuple[list[Point], Point | None]:
    """The points before `now`, and the one on or before the day `asked` for, else the last of them."""
    before = [point for point in points if point.on < now.on]
    fits = [point for point in before if asked is not None and point.on <= asked]
    return before, next(iter((fits or before)[-1:]), None)
