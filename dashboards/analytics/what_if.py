"""What changes if practices are put in place: exact re-scoring of frozen levels. Pure.

Counts and histograms are those of the trends, so medians agree with every other page, and slices of a long
run can be added up.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboards.trends import Spread, spread
from maturity.levels import (
    LEFT_OUT,
    LEVEL_CODES,
    LEVEL_VALUES,
    LEVELS_BY_CODE,
    Level,
    ModelRules,
    decode_levels,
    value_of,
)
from maturity.scoring import Scorecard, score, to_hundredths, to_millionths

FINE = frozenset(LEVEL_CODES[level] for level in (Level.IN_PLACE, *LEFT_OUT))


@dataclass(frozen=True)
class Held:
    """An agency's latest approved result. `score` in millionths, `levels` as frozen in the result."""

    agency_id: int
    slug: str
    name: str
    score: int
    stages_completed: int
    levels: str


@dataclass(frozen=True)
class Changed:
    """An agency before and after; `items` is how many of the chosen practices it still lacked."""

    held: Held
    score: int
    stages_completed: int
    items: int

    @property
    def completes_more(self) -> bool:
        """Whether it completes a stage that it had not."""
        return self.stages_completed > self.held.stages_completed

    @property
    def gain(self) -> int:
        """What the score gains, in millionths."""
        return self.score - self.held.score


@dataclass
class Tally:
    """Agencies by stages completed, and their scores by hundredths."""

    stages: Counter[int] = field(default_factory=Counter)
    histogram: Counter[int] = field(default_factory=Counter)

    def add(self, score: int, stages_completed: int) -> None:
        """Count one agency."""
        self.stages[stages_completed] += 1
        self.histogram[to_hundredths(score)] += 1

    @property
    def count(self) -> int:
        """All agencies counted."""
        return self.stages.total()

    @property
    def spread(self) -> Spread | None:
        """The median and quartiles; None of nobody."""
        return spread({str(place): count for place, count in self.histogram.items()})

    def completed(self, stage: int) -> int:
        """Agencies with at least this many stages completed."""
        return sum(count for number, count in self.stages.items() if number >= stage)


@dataclass
class Outcome:
    """A set of agencies before and after."""

    before: Tally = field(default_factory=Tally)
    after: Tally = field(default_factory=Tally)
    changed: int = 0  # agencies that lacked any of the practices

    def add(self, one: Changed) -> None:
        """Count one agency."""
        self.before.add(one.held.score, one.held.stages_completed)
        self.after.add(one.score, one.stages_completed)
        self.changed += one.items > 0

    def as_json(self) -> dict[str, Any]:
        """The same as plain data, for the cursor and the outcome of a background run."""
        found: dict[str, Any] = {"changed": self.changed}
        for name, tally in (("before", self.before), ("after", self.after)):
            found[name] = {
                "stages": {str(key): count for key, count in tally.stages.items()},
                "histogram": {str(key): count for key, count in tally.histogram.items()},
            }
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Outcome":
        """The outcome that `as_json` wrote."""
        return cls(_tally(data["before"]), _tally(data["after"]), data["changed"])


def raise_levels(rules: ModelRules, levels: str, wanted: Mapping[str, Level]) -> tuple[str, int]:
    """The levels with these items brought to at least this, and how many were below. What can never apply
    stays, and what is there already is never lowered."""
    codes = list(levels)
    count = 0
    for place, item in enumerate(rules.items):
        level = wanted.get(item.slug)
        now = value_of(LEVELS_BY_CODE[codes[place]])
        if level is not None and now is not None and now < LEVEL_VALUES[level]:
            codes[place] = LEVEL_CODES[level]
            count += 1
    return "".join(codes), count


def put_in_place(rules: ModelRules, levels: str, chosen: Collection[str]) -> tuple[str, int]:
    """The levels with the chosen items in place, and how many were not yet. What can never apply stays."""
    return raise_levels(rules, levels, dict.fromkeys(chosen, Level.IN_PLACE))


def change(rules: ModelRules, held: Held, chosen: Collection[str]) -> Changed:
    """One agency with the chosen items in place. Scored anew only where that changes a level."""
    levels, count = put_in_place(rules, held.levels, chosen)
    if not count:
        return Changed(held, held.score, held.stages_completed, 0)
    card = card_of(rules, levels)
    return Changed(held, to_millionths(card.score), card.stages_completed, count)


def lacking(rules: ModelRules, agencies: Iterable[Held]) -> Counter[str]:
    """For each practice how many of these agencies lack it that have come as far as its stage.

    Those to whom it can never apply do not lack it.
    """
    counts: Counter[str] = Counter()
    practices = [
        (place, item.slug, item.stage) for place, item in enumerate(rules.items) if item.kind == "practice"
    ]
    for one in agencies:
        codes, working_on = one.levels, one.stages_completed + 1
        counts.update(
            slug for place, slug, stage in practices if stage <= working_on and codes[place] not in FINE
        )
    return counts


def suggestion(rules: ModelRules, levels: str) -> tuple[str, ...]:
    """A smallest set of items whose being in place completes the stage being worked on, greedily.

    Each step takes the first of what holds the stage (scoring: must-haves, then domains under their floor,
    then the share; the largest effect first) and scores anew. All must-haves are needed anyway, every item
    of a domain counts as one for its floor and every item as one for the share, so that no smaller set does.
    Empty where all stages are completed.
    """
    card = card_of(rules, levels)
    goal, taken = card.working_on, []
    while goal is not None and card.working_on == goal and card.holding:
        taken.append(card.holding[0].slug)
        levels, _ = put_in_place(rules, levels, taken[-1:])
        card = card_of(rules, levels)
    return tuple(taken)


def card_of(rules: ModelRules, levels: str) -> Scorecard:
    """The scorecard of frozen levels. Raises ValueError where nothing applies."""
    card = score(rules, decode_levels(rules, levels))
    if card is None:
        raise ValueError("nothing applies in levels that were scored before")
    return card


def _tally(data: Mapping[str, Mapping[str, int]]) -> Tally:
    stages = Counter({int(key): count for key, count in data["stages"].items()})
    return Tally(stages, Counter({int(key): count for key, count in data["histogram"].items()}))
