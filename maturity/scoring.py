"""Scoring of the staged model: pure functions over frozen dataclasses, exact fractions (DESIGN §3)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from maturity.levels import LEFT_OUT, ItemRule, Level, Levels, ModelRules, refuse_unknown, value_of

LIMITED_BASIS_BELOW = Fraction(3, 5)  # share of a stage's items that must apply for a full basis
FLOOR_FROM = 2  # a domain is held to its floor at a stage from this many applicable practices
EVIDENCED_FROM = Fraction(1, 2)  # items at this value or more are to have evidence
MILLION = 1_000_000
HUNDREDTH = MILLION // 100


class Reason(StrEnum):
    """Why a gap matters: the first of these that is true. A gap that is only a GAIN holds no stage."""

    MUST_HAVE = "must_have"
    DOMAIN_FLOOR = "domain_floor"
    SHARE = "share"
    GAIN = "gain"


@dataclass(frozen=True)
class Dated:
    """The day of a piece of evidence, and the last day on which it counts (None: without an end)."""

    dated_on: date
    expires_on: date | None = None

    def counts(self, reference: date) -> bool:
        """Whether it backs an answer on the day `reference`: no older than a year, and not expired."""
        fresh = self.dated_on >= year_before(reference)
        return fresh and (self.expires_on is None or self.expires_on >= reference)


@dataclass(frozen=True)
class StageCard:
    number: int
    completion: Fraction  # 0 to 1; 1 where nothing applies
    passes: bool
    items: int  # items that apply
    left_out: int
    at_full: int  # items that apply and have value 1
    share_needed: int  # items that must have value 1 for the share
    must_haves_missing: tuple[str, ...]
    floors_missed: tuple[str, ...]
    limited_basis: bool


@dataclass(frozen=True)
class DomainCard:
    slug: str
    percent: Fraction | None  # of its maximum, 0 to 1; None where no practice of it applies
    stages_completed: int | None  # None is "not begun"
    stages: tuple[tuple[int, Fraction | None, bool | None], ...]  # number, completion, passes; None = blank


@dataclass(frozen=True)
class Gap:
    """An item that applies and is below value 1."""

    slug: str
    stage: int
    value: Fraction
    effect: Fraction  # what the score gains with the item in place
    must_have: bool
    reason: Reason


@dataclass(frozen=True)
class Scorecard:
    """What a score is made of, of one shape for all methods (maturity/methods.py)."""

    score: Fraction  # 0 to the maximum of the model's scale; of the staged method 0 to n stages
    stages_completed: int
    working_on: int | None  # None: all stages are completed
    limited_basis: bool
    stages: tuple[StageCard, ...]
    domains: tuple[DomainCard, ...]
    answered: Fraction  # share of asked items answered, 0 to 1
    holding: tuple[Gap, ...]  # what keeps the stage being worked on from passing, in order of effect
    gaps: tuple[Gap, ...]  # all gaps: of the stage being worked on, of those below, of those above
    known: Fraction = Fraction(1)  # share of all weight (mean) or points that the score rests on


def score(rules: ModelRules, levels: Levels, asked: Set[str] | None = None) -> Scorecard | None:
    """The scorecard of these answers, or None where nothing applies at all.

    `asked` (default: all items) is what the share of answered items is taken over.
    """
    if rules.method != "staged":
        raise ValueError(f"method {rules.method!r} is not the staged method")
    refuse_unknown(rules, levels)
    if all(levels.get(item.slug) in LEFT_OUT for item in rules.items):
        return None
    stages = _stage_cards(rules, levels)
    working_on = _working_on(stages)
    gaps = _gaps(rules, levels, stages, working_on)
    return Scorecard(
        score=sum((card.completion for card in stages), Fraction(0)),
        stages_completed=working_on - 1 if working_on else rules.stages,
        working_on=working_on,
        limited_basis=any(card.limited_basis for card in stages),
        stages=stages,
        domains=_domain_cards(rules, levels),
        answered=_answered(rules, levels, working_on, asked),
        holding=tuple(gap for gap in gaps if gap.stage == working_on and gap.reason != Reason.GAIN),
        gaps=gaps,
    )


def asked_items(rules: ModelRules, levels: Levels) -> frozenset[str]:
    """The items to ask: those of all stages up to and including the one being worked on."""
    last = _working_on(_stage_cards(rules, levels)) or rules.stages
    return frozenset(item.slug for item in rules.items if item.stage <= last)


def not_yet_allowed(rules: ModelRules, levels: Levels, slug: str) -> bool:
    """Whether "not yet relevant" may be said of this item: a challenge above the stage being worked on."""
    item = next(item for item in rules.items if item.slug == slug)
    working_on = _working_on(_stage_cards(rules, levels))
    return item.kind == "challenge" and working_on is not None and item.stage > working_on


def evidence_share(
    levels: Levels, evidence: Mapping[str, Iterable[Dated]], reference: date
) -> Fraction | None:
    """Share of items at 0.5 or more with evidence that counts: no older than a year at `reference`, and
    not expired by then.

    `evidence` is that of each item, `reference` the period's end or the approval if that is earlier. None
    where no item is at 0.5 or more: there is nothing to back.
    """
    claimed = [slug for slug, level in levels.items() if (value_of(level) or 0) >= EVIDENCED_FROM]
    if not claimed:
        return None
    backed = sum(any(one.counts(reference) for one in evidence.get(slug, ())) for slug in claimed)
    return Fraction(backed, len(claimed))


def to_millionths(value: Fraction) -> int:
    """A fraction as integer millionths, half-up, but never up to a whole that was not reached."""
    rounded = floor(value * MILLION + Fraction(1, 2))
    return rounded - 1 if rounded % MILLION == 0 and rounded > value * MILLION else rounded


def to_hundredths(millionths: int) -> int:
    """Millionths (0 or more) as hundredths, half-up, but never up to a whole that was not reached."""
    hundredths = (millionths + HUNDREDTH // 2) // HUNDREDTH
    return hundredths - 1 if hundredths % 100 == 0 and hundredths * HUNDREDTH > millionths else hundredths


def format_hundredths(millionths: int) -> str:
    """Millionths with two places, rounded as by to_hundredths ("0.99")."""
    hundredths = to_hundredths(abs(millionths))
    sign = "-" if millionths < 0 and hundredths else ""
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}"


def format_percent(millionths: int) -> str:
    """A share in whole percent, half-up, but 0% and 100% only where it is none and all."""
    percent = to_hundredths(millionths)
    return f"{percent or int(millionths > 0)}%"


def _working_on(stages: Iterable[StageCard]) -> int | None:
    """The first stage that does not pass, which is the one after the completed ones; None if all pass."""
    return next((card.number for card in stages if not card.passes), None)


def _applicable(items: Iterable[ItemRule], levels: Levels) -> list[ItemRule]:
    return [item for item in items if levels.get(item.slug) not in LEFT_OUT]


def _completion(items: list[ItemRule], levels: Levels) -> Fraction:
    """The mean of the values of these (applicable) items; 1 where there are none."""
    if not items:
        return Fraction(1)
    counts = Counter(levels.get(item.slug) for item in items)
    return sum((value_of(level) or 0) * count for level, count in counts.items()) / Fraction(len(items))


def _at_full(items: Iterable[ItemRule], levels: Levels) -> int:
    return sum(levels.get(item.slug) == Level.IN_PLACE for item in items)


def _missing_must_haves(items: Iterable[ItemRule], levels: Levels) -> tuple[str, ...]:
    return tuple(item.slug for item in items if item.must_have and levels.get(item.slug) != Level.IN_PLACE)


def _stage_cards(rules: ModelRules, levels: Levels) -> tuple[StageCard, ...]:
    by_stage: dict[int, list[ItemRule]] = {number: [] for number in range(1, rules.stages + 1)}
    for item in rules.items:
        by_stage[item.stage].append(item)
    return tuple(_stage_card(rules, number, items, levels) for number, items in by_stage.items())


def _stage_card(rules: ModelRules, number: int, all_items: list[ItemRule], levels: Levels) -> StageCard:
    """One stage: it passes on its share, its must-haves and the floor of each of its domains."""
    items = _applicable(all_items, levels)
    at_full, needed = _at_full(items, levels), ceil(rules.share * len(items))
    missing, floors = _missing_must_haves(items, levels), _missed_floors(rules, items, levels)
    return StageCard(
        number=number,
        completion=_completion(items, levels),
        passes=at_full >= needed and not missing and not floors,
        items=len(items),
        left_out=len(all_items) - len(items),
        at_full=at_full,
        share_needed=needed,
        must_haves_missing=missing,
        floors_missed=floors,
        limited_basis=not items or len(items) < LIMITED_BASIS_BELOW * len(all_items),
    )


def _missed_floors(rules: ModelRules, items: Iterable[ItemRule], levels: Levels) -> tuple[str, ...]:
    """Domains with enough applicable practices among these items, too few of them at value 1."""
    practices: dict[str | None, list[ItemRule]] = {}
    for item in items:
        if item.kind == "practice":
            practices.setdefault(item.domain, []).append(item)
    return tuple(
        slug
        for slug in rules.domains
        if len(own := practices.get(slug, [])) >= FLOOR_FROM
        and _at_full(own, levels) < rules.floor * len(own)
    )


def _domain_cards(rules: ModelRules, levels: Levels) -> tuple[DomainCard, ...]:
    cells: dict[tuple[str | None, int], list[ItemRule]] = {}
    for item in _applicable(rules.items, levels):
        if item.kind == "practice":
            cells.setdefault((item.domain, item.stage), []).append(item)
    return tuple(
        _domain_card(
            slug, [(s, cells.get((slug, s), [])) for s in range(1, rules.stages + 1)], rules.share, levels
        )
        for slug in rules.domains
    )


def _domain_card(
    slug: str, cells: list[tuple[int, list[ItemRule]]], share: Fraction, levels: Levels
) -> DomainCard:
    """A domain over its practices; a stage in which it has none that applies is blank."""
    stages: list[tuple[int, Fraction | None, bool | None]] = []
    for number, items in cells:
        if not items:
            stages.append((number, None, None))
            continue
        enough = _at_full(items, levels) >= share * len(items)
        stages.append((number, _completion(items, levels), enough and not _missing_must_haves(items, levels)))
    completed = None
    for number, _, passes in stages:
        if passes is False:
            break
        completed = number if passes else completed
    values = [completion for _, completion, _ in stages if completion is not None]
    percent = sum(values, Fraction(0)) / len(values) if values else None
    return DomainCard(slug=slug, percent=percent, stages_completed=completed, stages=tuple(stages))


def _answered(rules: ModelRules, levels: Levels, working_on: int | None, asked: Set[str] | None) -> Fraction:
    """Share of asked items answered. NOT_YET is "not asked" above the stage being worked on; at or below
    it, it is what was said in an earlier round and no longer an answer. 1 where nothing is asked."""
    count = answered = 0
    for item in rules.items:
        level = levels.get(item.slug)
        above = working_on is not None and item.stage > working_on
        if (asked is not None and item.slug not in asked) or (level == Level.NOT_YET and above):
            continue
        count += 1
        answered += level is not None and level != Level.NOT_YET
    return Fraction(answered, count) if count else Fraction(1)


def _gaps(
    rules: ModelRules, levels: Levels, stages: tuple[StageCard, ...], working_on: int | None
) -> tuple[Gap, ...]:
    """All gaps in order: stage being worked on, stages below, stages above; within a stage by reason
    (must-haves, domains under their floor, the share), then by effect, then in the order of the items."""
    gaps = []
    for item in rules.items:
        value = value_of(levels.get(item.slug))
        if value is None or value == 1:
            continue
        card = stages[item.stage - 1]
        effect = (1 - value) / card.items
        gaps.append(Gap(item.slug, item.stage, value, effect, item.must_have, _reason(item, card)))
    ranks = {reason: rank for rank, reason in enumerate(Reason)}
    first = working_on or 0
    return tuple(
        sorted(gaps, key=lambda g: (g.stage != first, g.stage > first, g.stage, ranks[g.reason], -g.effect))
    )


def _reason(item: ItemRule, card: StageCard) -> Reason:
    if item.must_have:
        return Reason.MUST_HAVE
    if item.kind == "practice" and item.domain in card.floors_missed:
        return Reason.DOMAIN_FLOOR
    return Reason.SHARE if card.at_full < card.share_needed else Reason.GAIN


def year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
