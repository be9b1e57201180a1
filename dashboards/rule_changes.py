"""What a change of the scoring rule does to a line, and how a change of a score is split. Pure.

A score of each agency is known twice: as it was published, by the rule of its time, and by the rule in force
now. Of a change from one point in time to another:

    published  =  published now − published then
    real       =  now − then, both by the rule in force
    methodical =  published − real

so that real + methodical = published, exact in integer millionths.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    """One agency at two points in time, in millionths; then and now by the rule in force."""

    published_then: int
    published_now: int
    then: int
    now: int

    @property
    def published(self) -> int:
        """The change as it was published."""
        return self.published_now - self.published_then

    @property
    def real(self) -> int:
        """The change under the same rule at both ends."""
        return self.now - self.then

    @property
    def methodical(self) -> int:
        """What of the published change comes from the scoring and not from the agency."""
        return self.published - self.real


@dataclass(frozen=True)
class Moves:
    """How many agencies rose, fell and stayed."""

    risen: int = 0
    fallen: int = 0
    unchanged: int = 0

    @property
    def all(self) -> int:
        return self.risen + self.fallen + self.unchanged

    @property
    def words(self) -> str:
        """ "4 rose, 0 fell, 20 stayed"."""
        return f"{self.risen:,} rose, {self.fallen:,} fell, {self.unchanged:,} stayed"


@dataclass(frozen=True)
class RuleComparison:
    """The same agencies at two points in time, as published and under the same rule.

    `touched`: agencies whose change is not all real. `left_out`: agencies with a published score both
    times of which the earlier cannot be scored by the rule in force, so that nothing can be compared.
    """

    published: Moves
    same_rule: Moves
    touched: int
    left_out: int = 0


@dataclass(frozen=True)
class Marker:
    """Where the rule of a line changes: from the point at `place` on agencies answer under the new one."""

    place: int
    before: str  # the point before it, in words
    after: str
    old: str  # the rules, in words
    new: str

    @property
    def words(self) -> str:
        """ "The scoring changed between FY26 Q4 and FY27 Q1, from version 1 to version 2"."""
        return f"The scoring changed between {self.before} and {self.after}, from {self.old} to {self.new}"


@dataclass(frozen=True)
class OldLine:
    """A line as it was published: by a former rule, at the points at which that was the rule."""

    rule: str  # in words
    scores: tuple[int | None, ...]  # one for each point of the chart


def name_rule(version: str, former: str = "") -> str:
    """A rule in words: "version 2"; of a method as it formerly was, with that ("version 2 (staged-1)")."""
    return f"version {version} ({former.partition('@')[0]})" if former else f"version {version}"


def count_moves(groups: Iterable[tuple[int, int, int, int]], left_out: int = 0) -> RuleComparison:
    """The comparison of (sign of the published change, of the real, of the methodical, agencies) groups."""
    counts = list(groups)

    def moves(which: int) -> Moves:
        by_sign = {sign: sum(row[3] for row in counts if row[which] == sign) for sign in (1, -1, 0)}
        return Moves(by_sign[1], by_sign[-1], by_sign[0])

    touched = sum(n for _, _, methodical, n in counts if methodical)
    return RuleComparison(moves(0), moves(1), touched, left_out)


def changed_at(own: Sequence[int], known: Sequence[bool]) -> int | None:
    """The place of the first point from which on some values were answered under the rule itself.

    `own`: at each point, how many were; `known`: whether anybody had a value then, under whichever rule.
    A single correction of an old period does not move it. None where the line begins with the rule, or
    the change lies before the first point.
    """
    place = len(own)
    while place and own[place - 1]:
        place -= 1
    return place if 0 < place < len(own) and any(known[:place]) else None


def statement(before: str, after: str, found: RuleComparison) -> str:
    """What must be said wherever two points on both sides of a change of rule are compared."""
    said = f"The scoring changed between {before} and {after}."
    if found.published.all:
        said += f" As published: {found.published.words}. Under the same rule: {found.same_rule.words}."
    if found.left_out:
        agencies = "1 agency" if found.left_out == 1 else f"{found.left_out:,} agencies"
        said += f" {agencies} cannot be compared: the answers given then cannot be scored by the new rule."
    elif not found.published.all:
        said += " No agency has a score both times."
    return said
