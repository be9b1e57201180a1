"""Which agencies went from where to where between two points in time. Pure.

A place is what an agency counts as at a point: a number of stages completed ("0", "1", …), or one of the
words below for an agency without a value.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dashboards.standings import NOT_REPORTING, State

NOT_COUNTED = "not_counted"  # not a member of the scope at that point: not yet, or no longer
WITHOUT_VALUE = (NOT_REPORTING, State.NOT_ADOPTING.value, NOT_COUNTED)
MOVES = {"risen": "Completed more stages", "fallen": "Completed fewer stages", "same": "As many as before"}


@dataclass(frozen=True)
class Flow:
    """So many agencies went from one place to another."""

    was: str
    now: str
    n: int

    @property
    def move(self) -> str | None:
        """One of MOVES; None where there is no value at both ends."""
        if self.was in WITHOUT_VALUE or self.now in WITHOUT_VALUE:
            return None
        step = int(self.now) - int(self.was)
        return "risen" if step > 0 else "fallen" if step < 0 else "same"


@dataclass(frozen=True)
class Transitions:
    """All flows of a scope between two points. `places`: in order, those of stages first."""

    places: tuple[str, ...]
    flows: tuple[Flow, ...]

    def n(self, was: str, now: str) -> int:
        """How many went from `was` to `now`."""
        return next((flow.n for flow in self.flows if (flow.was, flow.now) == (was, now)), 0)

    def total(self, *, was: str | None = None, now: str | None = None) -> int:
        """How many there were at a place before, or are now; all of them if neither is given."""
        return sum(flow.n for flow in self.flows if was in {None, flow.was} and now in {None, flow.now})

    def moved(self, move: str) -> int:
        """How many made this move (one of MOVES), of those with a value at both ends."""
        return sum(flow.n for flow in self.flows if flow.move == move)

    @property
    def both(self) -> int:
        """Agencies with a value at both ends: whom all change is taken over."""
        return sum(flow.n for flow in self.flows if flow.move)

    @property
    def gained(self) -> int:
        """By how many stages the rises add up, over those with a value at both ends."""
        return sum(max(0, int(flow.now) - int(flow.was)) * flow.n for flow in self.flows if flow.move)

    @property
    def given_up(self) -> int:
        """By how many stages the falls add up."""
        return sum(max(0, int(flow.was) - int(flow.now)) * flow.n for flow in self.flows if flow.move)


def transitions(groups: Iterable[tuple[str, str, int]], stage_count: int) -> Transitions:
    """The transitions of (place before, place now, agencies) groups."""
    counts: Counter[tuple[str, str]] = Counter()
    for was, now, n in groups:
        counts[was, now] += n
    seen = {place for pair in counts for place in pair} - set(WITHOUT_VALUE)
    # More stages than the version of today has: results of an older one.
    most = max([stage_count, *map(int, seen)])
    places = (*map(str, range(most + 1)), *WITHOUT_VALUE)
    order = {place: number for number, place in enumerate(places)}
    flows = sorted(counts.items(), key=lambda item: (order[item[0][0]], order[item[0][1]]))
    return Transitions(places, tuple(Flow(was, now, n) for (was, now), n in flows if n))
