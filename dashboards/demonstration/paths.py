"""How invented agencies move through the stages: pure, from a seed.

An agency follows one path; its progress at a quarter is a number from 0 to the number of stages. An item is
in place once progress has passed the point at which this agency comes to it, which lies within the item's
stage; shortly before, it is planned, then partly done.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

from maturity.levels import Level, ModelRules
from maturity.scoring import asked_items


class Path(StrEnum):
    """The kinds of story an agency can have."""

    STEADY = "steady"
    SWIFT = "swift"
    STUCK = "stuck"
    FALLING_BACK = "falling_back"
    LATE = "late"  # reports every other quarter
    SILENT = "silent"  # stopped reporting
    NEVER = "never"  # has not reported yet
    NOT_ADOPTING = "not_adopting"


WEIGHTS = {
    Path.STEADY: 46,
    Path.SWIFT: 14,
    Path.STUCK: 14,
    Path.FALLING_BACK: 6,
    Path.LATE: 8,
    Path.SILENT: 5,
    Path.NEVER: 3,
    Path.NOT_ADOPTING: 4,
}
PARTLY, PLANNED = 0.12, 0.3  # how far before its point an item is partly done, and planned


@dataclass(frozen=True)
class Story:
    """One agency's path: where it began, how much it gains a quarter, and how it differs from others."""

    path: Path
    seed: int
    start: float
    gain: float

    def progress(self, quarter: int, stages: int) -> float:
        """Progress at this quarter (0 is the first of the demonstration), 0 to `stages`."""
        moved = self.start + self.gain * quarter
        if self.path is Path.STUCK:
            moved = self.start + self.gain * min(quarter, 4)
        elif self.path is Path.FALLING_BACK and quarter > 6:
            moved = self.start + self.gain * 6 - 0.12 * (quarter - 6)
        return max(0.05, min(moved, float(stages)))

    def reports(self, quarter: int) -> bool:
        """Whether the agency reports this quarter."""
        chance = random.Random(f"{self.seed}-{quarter}")  # noqa: S311 - a story, not a secret
        match self.path:
            case Path.NEVER | Path.NOT_ADOPTING:
                return False
            case Path.SILENT:
                return quarter < 6
            case Path.LATE:
                return quarter % 2 == 0
            case _:
                return quarter >= self.seed % 4 and chance.random() > 0.05


def draw_story(number: int, seed: int) -> Story:
    """The story of agency `number` in the government made from `seed`."""
    chance = random.Random(f"{seed}-{number}")  # noqa: S311
    path = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    gain = {Path.SWIFT: chance.uniform(0.2, 0.3), Path.STUCK: chance.uniform(0.1, 0.2)}.get(
        path, chance.uniform(0.05, 0.15)
    )
    return Story(path, chance.randrange(1_000_000), chance.uniform(0.2, 1.4), gain)


def levels_at(story: Story, quarter: int, rules: ModelRules) -> dict[str, Level]:
    """What this agency answers at this quarter, item by item, as far as it is asked."""
    progress = story.progress(quarter, rules.stages)
    levels = {item.slug: _level(story, item.slug, item.stage, item.kind, progress) for item in rules.items}
    asked = asked_items(rules, levels)
    return {slug: level for slug, level in levels.items() if slug in asked}


def _level(story: Story, slug: str, stage: int, kind: str, progress: float) -> Level:
    chance = random.Random(f"{story.seed}-{slug}")  # noqa: S311
    if kind == "practice" and chance.random() < 0.02:
        return Level.NOT_APPLICABLE
    ahead = progress - (stage - 1 + chance.uniform(0.05, 0.98))
    if ahead >= 0:
        return Level.IN_PLACE
    if ahead >= -PARTLY:
        return Level.PARTIAL
    return Level.PLANNED if ahead >= -PLANNED else Level.NOT_STARTED
