"""What can be answered, what it is worth, and the rules of a model that decide a score (DESIGN §2 and §3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


class Level(StrEnum):
    """What was answered, for practices and challenges alike; NOT_YET is for challenges only.

    EXEMPT is never answered: it is what scoring makes of an item while the agency is excused from it.
    """

    NOT_STARTED = "not_started"
    PLANNED = "planned"
    PARTIAL = "partial"
    IN_PLACE = "in_place"
    NOT_APPLICABLE = "not_applicable"
    NOT_YET = "not_yet"
    EXEMPT = "exempt"


ANSWERED = tuple(level for level in Level if level != Level.EXEMPT)  # what may be answered
LEFT_OUT = frozenset({Level.NOT_APPLICABLE, Level.EXEMPT})

# What is left out has no value. NOT_YET counts as not asked, and so 0.
LEVEL_VALUES: dict[Level, Fraction] = {
    Level.NOT_STARTED: Fraction(0),
    Level.PLANNED: Fraction(1, 4),
    Level.PARTIAL: Fraction(1, 2),
    Level.IN_PLACE: Fraction(1),
    Level.NOT_YET: Fraction(0),
}

# One character per level for the levels frozen in a result; None is "unanswered".
LEVEL_CODES: dict[Level | None, str] = {
    Level.NOT_STARTED: "0",
    Level.PLANNED: "1",
    Level.PARTIAL: "2",
    Level.IN_PLACE: "3",
    Level.NOT_APPLICABLE: "x",
    Level.NOT_YET: "y",
    Level.EXEMPT: "e",
    None: "-",
}
LEVELS_BY_CODE: dict[str, Level | None] = {code: level for level, code in LEVEL_CODES.items()}

Levels = Mapping[str, Level | None]  # slug -> level; a slug that is absent is unanswered
IN_LEVELS, IN_POINTS = "levels", "points"  # how the practices of a model are answered


@dataclass(frozen=True)
class Numbers:
    """What was answered in numbers. `points`: by item. `domains`: scores given of whole domains, in units
    of the model's scale; a domain that is absent is missing, which is not 0."""

    points: Mapping[str, int] = field(default_factory=dict)
    domains: Mapping[str, Fraction] = field(default_factory=dict)


NO_NUMBERS = Numbers()


@dataclass(frozen=True)
class Scale:
    """What a score is counted in: `maximum` stages, points, or (`unit` "") of nothing but itself."""

    unit: str
    maximum: int

    @property
    def of(self) -> str:
        """What stands behind a score: "of 5 stages", "of 126 points", "of 100"."""
        return f"of {self.maximum:,} {self.unit}".rstrip()


@dataclass(frozen=True)
class ItemRule:
    """One answerable item: a practice of a domain, or a challenge (which has no domain)."""

    slug: str
    kind: str  # "practice" or "challenge"
    stage: int  # 1 in models whose stages are bands, where it says nothing
    domain: str | None
    must_have: bool = False
    points: int = 0  # the most it is worth, in models of points


@dataclass(frozen=True)
class ModelRules:
    """All of a model that decides a score. The order of `items` is the order of frozen levels."""

    stages: int
    domains: tuple[str, ...]
    items: tuple[ItemRule, ...]
    method: str = "staged"
    share: Fraction = Fraction(4, 5)
    floor: Fraction = Fraction(1, 2)
    # The rest is of models whose stages are bands of the score.
    bands: tuple[Fraction, ...] = ()  # where each stage begins, as a share of the maximum, rising
    scale: Scale | None = None  # None: stages
    answers: str = IN_LEVELS
    weights: tuple[Fraction, ...] = ()  # of the domains, in their order
    takes_domain_scores: bool = False
    known_from: Fraction = Fraction(3, 5)  # share of all weight or points below which the basis is limited

    @property
    def is_staged(self) -> bool:
        """Whether its stages are completed by what is in place, and are not bands of the score."""
        return self.method == "staged"

    @property
    def in_units_of(self) -> Scale:
        """What its score is counted in."""
        return self.scale or Scale("stages", self.stages)


def value_of(level: Level | None) -> Fraction | None:
    """The value of an answer: 0 to 1, 0 if unanswered, None if the item is left out."""
    if level in LEFT_OUT:
        return None
    return LEVEL_VALUES[level] if level else Fraction(0)


def level_of_points(points: int, maximum: int) -> Level:
    """The level that a number of points amounts to, for whoever reads levels alone."""
    if points <= 0:
        return Level.NOT_STARTED
    return Level.IN_PLACE if points >= maximum else Level.PARTIAL


def encode_levels(rules: ModelRules, levels: Levels) -> str:
    """The levels of all items as text, one character an item in the order of the rules."""
    refuse_unknown(rules, levels)
    text = "".join(LEVEL_CODES[levels.get(item.slug)] for item in rules.items)
    decode_levels(rules, text)
    return text


def decode_levels(rules: ModelRules, text: str) -> dict[str, Level | None]:
    """The levels by slug from such text; ValueError says what is wrong with it."""
    if len(text) != len(rules.items):
        raise ValueError(f"{len(text)} level codes for {len(rules.items)} items")
    levels: dict[str, Level | None] = {}
    for position, (item, code) in enumerate(zip(rules.items, text, strict=True)):
        if code not in LEVELS_BY_CODE:
            raise ValueError(f"unknown level code {code!r} at position {position} ({item.slug})")
        levels[item.slug] = LEVELS_BY_CODE[code]
        if levels[item.slug] == Level.NOT_YET and item.kind != "challenge":
            raise ValueError(f"not_yet at position {position} ({item.slug}), which is not a challenge")
    return levels


def refuse_unknown(rules: ModelRules, levels: Levels) -> None:
    unknown = levels.keys() - {item.slug for item in rules.items}
    if unknown:
        raise ValueError(f"levels for items that the model does not have: {', '.join(sorted(unknown))}")
