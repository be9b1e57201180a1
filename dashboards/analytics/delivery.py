"""How far a plan can be relied on, from how planned actions were delivered so far. Pure.

The record is the plan's own test on the past: of the actions due by now, how many were done by their day.
What comes is put between two ends, both scored again from the frozen levels, exactly (analytics.roadmap): all
that is planned is done on time, and as many as so far, those due first before the others. With a record of
too few, or of none in time, a plan tells no more than "no change", and is no forecast.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboards.analytics.roadmap import Ahead, Move, project
from maturity.levels import ModelRules

LEAST_DUE = 4  # actions to judge by, as many as a forecast takes tries


@dataclass(frozen=True)
class Planned:
    """An action that was planned for a day; `done_on` None: it is not done, or was dropped."""

    due_on: date
    done_on: date | None


@dataclass(frozen=True)
class Record:
    """Of so many actions `due` by now so many were done `in_time`, by their day."""

    due: int
    in_time: int

    @property
    def tells(self) -> bool:
        """Whether there is enough to judge by, and it says more than "no change"."""
        return self.due >= LEAST_DUE and self.in_time > 0

    def of(self, count: int) -> int:
        """How many of `count` actions will be done in time if it goes on so, rounded down."""
        return count * self.in_time // self.due


@dataclass(frozen=True)
class Between:
    """A point ahead if as many actions are done on time as so far (`low`; None: no record tells), and if all
    are (`high`)."""

    on: date
    low: Ahead | None
    high: Ahead


def record_of(planned: Iterable[Planned], today: date) -> Record:
    """How the actions whose day is over were delivered."""
    due = [one for one in planned if one.due_on < today]
    return Record(len(due), sum(one.done_on is not None and one.done_on <= one.due_on for one in due))


def plan_ahead(
    rules: ModelRules,
    levels: str,
    done: Sequence[Move],
    still_open: Sequence[Move],
    record: Record,
    days: Sequence[date],
) -> list[Between]:
    """Where a plan leads at each of these days, which are in order. What is `done` counts in any case."""
    high = project(rules, levels, [*done, *still_open], days)
    if not record.tells:
        return [Between(one.on, None, one) for one in high]
    ordered = sorted(still_open, key=lambda move: move.on)
    found = []
    for one in high:
        due = [move for move in ordered if move.on <= one.on]
        low = project(rules, levels, [*done, *due[: record.of(len(due))]], [one.on])
        found.append(Between(one.on, low[0], one))
    return found
