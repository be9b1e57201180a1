"""What a change of answers, and what a change of the version, does to a score, in exact parts. Pure.

Both walk the same means: of the items of each stage (staged), of all items by their points (points), or of
the domains by their weights and below them of the items (mean).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from maturity.explain_means import HALF, NOTHING, Entry, Share, split_mean
from maturity.levels import LEFT_OUT, NO_NUMBERS, ItemRule, Levels, ModelRules, Numbers, value_of
from maturity.successors import Succession

ONE = Fraction(1)


class Kind(StrEnum):
    """What caused a part of the change. The order is that of causes of equal effect."""

    ANSWER = "answer"  # another level, or other points
    DOMAIN_SCORE = "domain_score"  # another score given of a whole domain, or given instead of answers
    LEFT_OUT = "left_out"  # an item that could never apply from now on; in the mean, not answered any more
    BACK_IN = "back_in"  # an item that applies, or has an answer, again
    DOMAIN_MISSING = "domain_missing"
    DOMAIN_BACK = "domain_back"
    ADDED = "added"  # an item that the earlier version does not have
    DROPPED = "dropped"  # an item that the later version does not have
    MOVED = "moved"  # an item that counts elsewhere, otherwise or more than once in the later version
    WEIGHT = "weight"  # a domain that weighs otherwise in the later version
    METHOD = "method"  # another way to score, or another scale


OF_DOMAINS = frozenset({Kind.DOMAIN_SCORE, Kind.DOMAIN_MISSING, Kind.DOMAIN_BACK, Kind.WEIGHT})


@dataclass(frozen=True)
class Side:
    """One end of the change: the rules, what was answered under them, and the score as it was kept.

    `not_asked`: items that are left out only because the version that was answered does not have them.
    """

    rules: ModelRules
    levels: Levels
    score: int  # millionths of a unit
    numbers: Numbers = NO_NUMBERS
    not_asked: frozenset[str] = frozenset()


Name = tuple[Kind, str]
Parts = dict[Name, Fraction]
METHOD: Name = (Kind.METHOD, "")
Weighed = tuple[Fraction, Fraction]  # weight and value
Naming = Callable[[str, Entry], tuple[Kind, Kind]]  # of an item: kind of its value's part, of its weight's


def answer_parts(before: Side, after: Side) -> Parts:
    """The change of the score between two ends of the same rules, in units of the scale."""

    def naming(slug: str, entry: Entry) -> tuple[Kind, Kind]:
        if entry.weight:
            return Kind.ANSWER, Kind.DROPPED if slug in after.not_asked else Kind.LEFT_OUT
        return Kind.ANSWER, Kind.ADDED if slug in before.not_asked else Kind.BACK_IN

    own = {item.slug: item.slug for item in before.rules.items}
    return _Walk(before, after, own, naming, of_model=False).parts()


def model_parts(before: Side, carried: Side, succession: Succession) -> Parts:
    """The change from answers under their own version to the same answers under a later one.

    Nothing where the versions are not of one method: the whole change is the method's then.
    """
    if before.rules.method != carried.rules.method:
        return {}
    going_on = set(succession.origin.values())

    def naming(slug: str, entry: Entry) -> tuple[Kind, Kind]:
        kind = Kind.MOVED if slug in going_on else Kind.DROPPED
        return kind, kind

    return _Walk(before, carried, succession.origin, naming, of_model=True).parts()


@dataclass(frozen=True)
class _Walk:
    """Two ends of one method. `origin`: the item of the first that an item of the second stands for."""

    before: Side
    after: Side
    origin: Mapping[str, str]
    naming: Naming
    of_model: bool

    def parts(self) -> Parts:
        """By cause, in units of the scale."""
        method = self.before.rules.method
        if method == "staged":
            return self._staged()
        scale = Fraction(self.before.rules.in_units_of.maximum + self.after.rules.in_units_of.maximum) * HALF
        return _times(self._points() if method == "points" else self._mean(), scale)

    def _staged(self) -> Parts:
        """Each stage counts with its completion; one in which nothing applies as complete, one that there
        is not, not at all."""
        found: Parts = {}
        stages, stages_after = self.before.rules.stages, self.after.rules.stages
        for stage in range(1, max(stages, stages_after) + 1):
            shares = self._entries(_of_stage(stage))
            empty = Fraction(stage <= stages), Fraction(stage <= stages_after)
            self._name(found, shares, split_mean(shares, *empty))
        return found

    def _points(self) -> Parts:
        found: Parts = {}
        entries = self._entries(lambda item: True)
        self._name(found, entries, split_mean(entries))
        return found

    def _mean(self) -> Parts:
        """The domains; where the score of one follows from answers both times, those below it."""
        found: Parts = {}
        entries = {slug: self._domain(slug) for slug in self._domains()}
        for slug, share in split_mean(entries).items():
            given = slug in self.before.numbers.domains or slug in self.after.numbers.domains
            if share.by_weight:
                _add(found, (self._domain_kind(entries[slug]), slug), share.by_weight)
            if share.by_value and given:
                kind = Kind.WEIGHT if self.of_model else Kind.DOMAIN_SCORE
                _add(found, (kind, slug), share.by_value)
            elif share.by_value:
                below = self._entries(_of_domain(slug))
                self._name(found, below, split_mean(below), share.lever)
        return found

    def _domain_kind(self, entry: Entry) -> Kind:
        if self.of_model:
            return Kind.WEIGHT
        return Kind.DOMAIN_MISSING if entry.weight else Kind.DOMAIN_BACK

    def _domains(self) -> list[str]:
        return list(dict.fromkeys([*self.before.rules.domains, *self.after.rules.domains]))

    def _domain(self, slug: str) -> Entry:
        below = self._entries(_of_domain(slug)).values()
        before = _domain(self.before, slug, [(one.weight, one.value) for one in below])
        after = _domain(self.after, slug, [(one.weight_after, one.value_after) for one in below])
        return Entry(*before, *after)

    def _entries(self, wanted: Callable[[ItemRule], bool]) -> dict[str, Entry]:
        """The items of one mean, by their slug at the first end. One that stands for several at the second
        weighs as all of them."""
        before = {item.slug: weighed(self.before, item) for item in self.before.rules.items if wanted(item)}
        after: dict[str, Weighed] = {}
        for item in self.after.rules.items:
            slug = self.origin.get(item.slug)
            if slug is not None and wanted(item):
                after[slug] = _together(after.get(slug, (NOTHING, NOTHING)), weighed(self.after, item))
        nothing = (NOTHING, NOTHING)
        slugs = dict.fromkeys([*before, *after])
        return {slug: Entry(*before.get(slug, nothing), *after.get(slug, nothing)) for slug in slugs}

    def _name(
        self, found: Parts, entries: Mapping[str, Entry], shares: Mapping[str, Share], lever: Fraction = ONE
    ) -> None:
        """Add the shares of items under their names."""
        for slug, share in shares.items():
            by_value, by_weight = self.naming(slug, entries[slug])
            _add(found, (by_value, slug), share.by_value * lever)
            _add(found, (by_weight, slug), share.by_weight * lever)


def _of_stage(stage: int) -> Callable[[ItemRule], bool]:
    return lambda item: item.stage == stage


def _of_domain(slug: str) -> Callable[[ItemRule], bool]:
    return lambda item: item.domain == slug


def weighed(side: Side, item: ItemRule) -> Weighed:
    """Weight and value (0 to 1) of an item in the mean that it belongs to; weight 0: it takes no part."""
    level = side.levels.get(item.slug)
    if level in LEFT_OUT:
        return NOTHING, NOTHING
    value = value_of(level) or NOTHING
    if side.rules.method == "points":
        given = side.numbers.points.get(item.slug)
        return Fraction(item.points), value if given is None else Fraction(given, item.points)
    # In a mean, what is not answered is missing and not 0.
    missing = side.rules.method == "mean" and level is None
    return (NOTHING, NOTHING) if missing else (ONE, value)


def _domain(side: Side, slug: str, below: Iterable[Weighed]) -> Weighed:
    """Weight and share of a domain of a mean; weight 0 where it has no score."""
    weight = dict(zip(side.rules.domains, side.rules.weights, strict=True)).get(slug, NOTHING)
    given = side.numbers.domains.get(slug)
    if given is not None:
        return weight, Fraction(given) / side.rules.in_units_of.maximum
    values = [value for part, value in below if part]
    return (weight, sum(values, NOTHING) / len(values)) if values else (NOTHING, NOTHING)


def _together(one: Weighed, other: Weighed) -> Weighed:
    weight = one[0] + other[0]
    return weight, (one[0] * one[1] + other[0] * other[1]) / weight if weight else NOTHING


def _add(found: Parts, name: Name, part: Fraction) -> None:
    if part:
        found[name] = found.get(name, NOTHING) + part


def _times(parts: Parts, factor: Fraction) -> Parts:
    return {name: part * factor for name, part in parts.items()}
