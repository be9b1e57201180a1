"""What can be answered, what it is worth, and the rules of a model that decide a score (DESIGN §2 and §3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Level(StrEnum):
    """What was answered, for practices and challenges alike; NOT_YET is for challenges only."""

    NOT_STARTED = "not_started"
    PLANNED = "planned"
    PARTIAL = "partial"
    IN_PLACE = "in_place"
    NOT_APPLICABLE = "not_applicable"
    NOT_YET = "not_yet"


# NOT_APPLICABLE has no value: it leaves the item out. NOT_YET counts as not asked, and so 0.
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
    None: "-",
}
LEVELS_BY_CODE: dict[str, Level | None] = {code: level for level, code in LEVEL_CODES.items()}

Levels = Mapping[str, Level | None]  # slug -> level; a slug that is absent is unanswered


@dataclass(frozen=True)
class ItemRule:
    """One answerable item: a practice of a domain, or a challenge (which has no domain)."""

    slug: str
    kind: str  # "practice" or "challenge"
    stage: int
    domain: str | None
    must_have: bool = False


@dataclass(frozen=True)
class ModelRules:
    """All of a model that decides a score. The order of `items` is the order of frozen levels."""

    stages: int
    domains: tuple[str, ...]
    items: tuple[ItemRule, ...]
    method: str = "staged"
    share: Fraction = Fraction(4, 5)
    floor: Fraction = Fraction(1, 2)


def value_of(level: Level | None) -> Fraction | None:
    """The value of an answer: 0 to 1, 0 if unanswered, None if the item is left out."""
    if level == Level.NOT_APPLICABLE:
        return None
    return LEVEL_VALUES[level] if level else Fraction(0)


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
