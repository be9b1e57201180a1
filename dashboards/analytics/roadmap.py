"""Where a roadmap leads if all of it is done on time: frozen levels raised and scored again, exactly. Pure.

An action counts from the day it is due; one that is done from today; one that is overdue is counted at the
end of the period that is running, which is the earliest it can still be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dashboards.analytics.what_if import card_of, raise_levels
from maturity.levels import LEVEL_VALUES, Level, ModelRules, decode_levels, value_of
from maturity.scoring import Scorecard, to_millionths


@dataclass(frozen=True)
class Move:
    """What an action moves, from the day `on`: by slug, the level that it brings an item to."""

    on: date
    items: Mapping[str, Level]


@dataclass(frozen=True)
class Ahead:
    """A point ahead with the score in millionths; `items` is how many are above what was approved."""

    on: date
    score: int
    stages_completed: int
    domains: Mapping[str, int | None]  # stages completed; None where it has not begun
    items: int


@dataclass(frozen=True)
class Goal:
    """A stage to be completed by a day, in a domain or (`domain` "") as a whole."""

    stage: int
    by_on: date
    domain: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether a goal is reached in time, and if not when, or what is missing for it at its day.

    `missing`: items that would have to be in place by then beside all that is planned, a smallest set that
    completes the stage, found step by step. `expected`: stages completed by then.
    """

    goal: Goal
    expected: int
    reached_on: date | None
    missing: tuple[str, ...] = field(default=())

    @property
    def in_time(self) -> bool:
        """Whether it is reached by its day."""
        return self.expected >= self.goal.stage


def moves_by(moves: Sequence[Move], on: date) -> dict[str, Level]:
    """By item, the highest level that it is brought to up to the day `on`."""
    wanted: dict[str, Level] = {}
    for move in moves:
        if move.on > on:
            continue
        for slug, level in move.items.items():
            if slug not in wanted or LEVEL_VALUES[wanted[slug]] < LEVEL_VALUES[level]:
                wanted[slug] = level
    return wanted


def project(rules: ModelRules, levels: str, moves: Sequence[Move], days: Sequence[date]) -> list[Ahead]:
    """The score at the end of each of these days. Scored anew only where something moved since the last."""
    found: list[Ahead] = []
    scored: dict[str, Scorecard] = {}
    for day in days:
        raised, count = raise_levels(rules, levels, moves_by(moves, day))
        if raised not in scored:
            scored[raised] = card_of(rules, raised)
        card = scored[raised]
        domains = {domain.slug: domain.stages_completed for domain in card.domains}
        found.append(Ahead(day, to_millionths(card.score), card.stages_completed, domains, count))
    return found


def judge(rules: ModelRules, levels: str, moves: Sequence[Move], goal: Goal) -> Verdict:
    """Whether the goal is reached by its day, with all that is planned up to it."""
    raised, _ = raise_levels(rules, levels, moves_by(moves, goal.by_on))
    expected = _completed(card_of(rules, raised), goal)
    days = sorted({move.on for move in moves if move.on > goal.by_on})
    if expected >= goal.stage:
        return Verdict(goal, expected, goal.by_on)
    later = (day for day in days if _reaches(rules, levels, moves, goal, day))
    return Verdict(goal, expected, next(later, None), missing_for(rules, raised, goal))


def missing_for(rules: ModelRules, levels: str, goal: Goal) -> tuple[str, ...]:
    """Items whose being in place completes the goal's stage, step by step; none where nothing can."""
    taken: list[str] = []
    card = card_of(rules, levels)
    while _completed(card, goal) < goal.stage:
        slug = _next_of_domain(rules, levels, card, goal) if goal.domain else _next(card)
        if slug is None:
            break
        taken.append(slug)
        levels, _ = raise_levels(rules, levels, {slug: Level.IN_PLACE})
        card = card_of(rules, levels)
    return tuple(taken)


def _reaches(rules: ModelRules, levels: str, moves: Sequence[Move], goal: Goal, day: date) -> bool:
    raised, _ = raise_levels(rules, levels, moves_by(moves, day))
    return _completed(card_of(rules, raised), goal) >= goal.stage


def _completed(card: Scorecard, goal: Goal) -> int:
    """Stages completed, of the domain that the goal is about; a stage in which the domain has no practice
    is neither passed nor failed, so that one blank stage more is no obstacle."""
    if not goal.domain:
        return card.stages_completed
    domain = next((one for one in card.domains if one.slug == goal.domain), None)
    if domain is None or domain.percent is None:
        return 0
    done = 0
    for number, _, passes in domain.stages:
        if passes is False:
            break
        done = number
    return done


def _next(card: Scorecard) -> str | None:
    """The first of what holds the stage being worked on: must-haves, floors, then the largest effect."""
    return card.holding[0].slug if card.holding else None


def _next_of_domain(rules: ModelRules, levels: str, card: Scorecard, goal: Goal) -> str | None:
    """Of the domain's first stage that does not pass, a must-have that is not in place, else any practice."""
    domain = next((one for one in card.domains if one.slug == goal.domain), None)
    if domain is None:
        return None
    failing = next((number for number, _, passes in domain.stages if passes is False), None)
    decoded = decode_levels(rules, levels)
    candidates = [
        item
        for item in rules.items
        if item.domain == goal.domain
        and item.stage == failing
        and (value := value_of(decoded[item.slug])) is not None
        and value < 1
    ]
    candidates.sort(key=lambda item: not item.must_have)  # stable: else in the order of the questionnaire
    return candidates[0].slug if candidates else None
