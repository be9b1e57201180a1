"""The numbers a leader looks for first, with what each is taken over, in words. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboards.trends import Statistics
from maturity.scoring import format_hundredths


@dataclass(frozen=True)
class StageChange:
    """Of the agencies with a value at both ends: how many had, and have, completed at least this stage."""

    stage: int
    before: int
    now: int

    @property
    def difference(self) -> int:
        return self.now - self.before


@dataclass(frozen=True)
class Comparison:
    """Two points in time, over the agencies that have a value at both."""

    both: int
    risen: int
    fallen: int
    stages: tuple[StageChange, ...]

    @property
    def unchanged(self) -> int:
        return self.both - self.risen - self.fallen


@dataclass(frozen=True)
class StageStep:
    """One step of the ladder: how many of the agencies with a value have completed at least this stage."""

    stage: int
    name: str
    completed: int
    of: int
    change: str  # in words, with what it is taken over
    difference: int | None

    @property
    def percent(self) -> int:
        """For drawing; the numbers beside it are exact."""
        return self.completed * 100 // self.of if self.of else 0


def count_change(groups: Iterable[tuple[int, int, int, int]], stage_count: int) -> Comparison:
    """The comparison of (stages then, stages now, sign of the score's change, agencies) groups."""
    counts = list(groups)
    return Comparison(
        both=sum(n for *_, n in counts),
        risen=sum(n for _, _, sign, n in counts if sign > 0),
        fallen=sum(n for _, _, sign, n in counts if sign < 0),
        stages=tuple(
            StageChange(
                stage,
                before=sum(n for then, _, _, n in counts if then >= stage),
                now=sum(n for _, now, _, n in counts if now >= stage),
            )
            for stage in range(1, stage_count + 1)
        ),
    )


def stage_steps(
    known: Statistics, names: Iterable[tuple[int, str]], comparison: Comparison | None
) -> tuple[StageStep, ...]:
    """The ladder, from stage 1 up. `names`: number and name of each stage."""
    changes = {change.stage: change for change in comparison.stages} if comparison else {}
    return tuple(
        StageStep(
            stage=number,
            name=name,
            completed=sum(count.total for count in known.stages if count.stage >= number),
            of=known.with_value,
            change=change_words(changes.get(number), comparison.both if comparison else 0),
            difference=changes[number].difference if comparison and comparison.both else None,
        )
        for number, name in names
    )


def frontier(steps: tuple[StageStep, ...]) -> StageStep:
    """The first step that fewer than half of the agencies have taken, else the last."""
    return next((step for step in steps if step.completed * 2 < step.of), steps[-1])


def change_words(change: StageChange | None, both: int) -> str:
    """ "up 4 among the 90 with a score both times", or why nothing can be said."""
    if change is None or not both:
        return "no agency has a score both times"
    moved = change.difference
    said = f"up {moved}" if moved > 0 else f"down {-moved}" if moved < 0 else "unchanged"
    return f"{said} among the {both:,} with a score both times"


def movement_words(comparison: Comparison | None) -> str:
    """How many scores rose, fell and stayed, over those with a score both times."""
    if comparison is None or not comparison.both:
        return "No agency has a score both times."
    return (
        f"Of the {comparison.both:,} with a score both times, {comparison.risen:,} rose, "
        f"{comparison.fallen:,} fell and {comparison.unchanged:,} stayed."
    )


def spread_words(known: Statistics) -> str:
    """In which range the middle half of the agencies lies."""
    if known.spread is None:
        return ""
    low, high = known.spread.lower_quartile, known.spread.upper_quartile
    return f"the middle half lies between {format_hundredths(low)} and {format_hundredths(high)}"


def missing_words(known: Statistics) -> str:
    """Who has not reported, each kind apart."""
    parts = [
        (known.carried, "carried forward from an earlier assessment"),
        (known.not_reporting, "not reporting"),
        (known.not_adopting, "decided not to adopt"),
    ]
    said = [f"{count:,} {words}" for count, words in parts if count]
    return ", ".join(said) if said else "nobody is missing"
