"""Which item of an earlier version of a model an item of a newer one stands for. Pure.

An item names its predecessor in the version before with `successor_of`; an item that names none and has
the slug of one of the version before is its own successor. From there:

- A new item has one predecessor at most: the one it names comes before the one that it shares a slug with.
- One old item may have several successors (it was split): each begins with its level.
- Several old items cannot have one successor. Where items were merged, the new one names the one that it
  continues; the others fall away, as everything does that no item of the next version names.
- Over several versions the steps are taken one after another. What was dropped on the way is not found
  again, although a later version may use its slug again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from maturity.levels import Level, Levels, ModelRules, Numbers


@dataclass(frozen=True)
class ItemName:
    """An item of one version, and the slug that it names of the version before ("": none)."""

    slug: str
    successor_of: str = ""


@dataclass(frozen=True)
class Succession:
    """From an earlier version of a model to a newer one.

    `origin`: of each item of the newer version that has one, the predecessor. `added`: the items of the
    newer version without one, in its order. `dropped`: the items of the earlier version that no item of the
    newer one goes back to, in its order. `unknown_stages`: stages of the newer version in which no item has
    a predecessor, so that nothing is known of them from the earlier one.
    """

    origin: Mapping[str, str]
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    unknown_stages: tuple[int, ...]

    @property
    def matched(self) -> int:
        """How many items of the newer version have a predecessor."""
        return len(self.origin)

    @property
    def items(self) -> int:
        """How many items the newer version has."""
        return len(self.origin) + len(self.added)

    @property
    def comparable(self) -> bool:
        """Whether answers to the earlier version can be scored under the newer one.

        Not where a whole stage is new: it would count as complete, or as not begun, and is neither.
        """
        return bool(self.origin) and not self.unknown_stages

    def carry(self, rules: ModelRules, levels: Levels) -> dict[str, Level | None]:
        """The levels of the items of the newer version, of which `rules` are, from answers to the earlier.

        An item without a predecessor was not asked then: it is left out, as what does not apply, and not
        counted as nothing done. NOT_YET, which only a challenge may be, becomes unanswered where the
        successor is a practice; both count 0.
        """
        carried: dict[str, Level | None] = {}
        for item in rules.items:
            origin = self.origin.get(item.slug)
            level = Level.NOT_APPLICABLE if origin is None else levels.get(origin)
            carried[item.slug] = None if level == Level.NOT_YET and item.kind != "challenge" else level
        return carried

    def carry_numbers(self, rules: ModelRules, before: ModelRules, numbers: Numbers) -> Numbers:
        """The numbers of the earlier version, of which the rules are `before`, as the newer one counts them.

        An item that is worth another number of points now has the level that its points amounted to. Scores
        of domains go by their slug, in proportion to the scale.
        """
        worth = {item.slug: item.points for item in before.items}
        points = {
            item.slug: numbers.points[origin]
            for item in rules.items
            if (origin := self.origin.get(item.slug)) in numbers.points
            and origin is not None
            and worth[origin] == item.points
        }
        ratio = Fraction(rules.in_units_of.maximum, before.in_units_of.maximum)
        given = {slug: score * ratio for slug, score in numbers.domains.items() if slug in rules.domains}
        return Numbers(points, given)


def succession(versions: Sequence[Sequence[ItemName]], stages: Mapping[str, int] | None = None) -> Succession:
    """From the first of these versions of a model to the last; each is the one after the version before it.

    `stages`: the stage of each item of the last, for `unknown_stages`; without it none are found.
    """
    first, *later = versions
    origin = {item.slug: item.slug for item in first}
    for items in later:
        origin = _step(origin, items)
    newest, reached = versions[-1], set(origin.values())
    return Succession(
        origin=origin,
        added=tuple(item.slug for item in newest if item.slug not in origin),
        dropped=tuple(item.slug for item in first if item.slug not in reached),
        unknown_stages=_unknown(origin, stages or {}),
    )


def _step(origin: Mapping[str, str], items: Iterable[ItemName]) -> dict[str, str]:
    """The origins of the items of the next version, by those of the version before it."""
    before = ((item.slug, item.successor_of or item.slug) for item in items)
    return {slug: origin[named] for slug, named in before if named in origin}


def _unknown(origin: Mapping[str, str], stages: Mapping[str, int]) -> tuple[int, ...]:
    known = {stage for slug, stage in stages.items() if slug in origin}
    return tuple(sorted(set(stages.values()) - known))
