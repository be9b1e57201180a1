"""Groups of like agencies in a published period, and what may be told of them. Pure.

What keeps the values of single agencies from being worked out (docs/peers.md says what does not):

- Groups are disjoint: no group lies within another, so none can be subtracted from another.
- Every agency of a group is told the same figures, its own value included in all of them.
- A group has at least LEAST_OTHERS agencies besides any one of them, and so has each domain that is told of.
- Quartiles alone are told, rounded to tenths of a stage (of other
  scales to a fiftieth of the maximum), whole stages and steps of five percent, never the
  lowest or highest value, and never how many have done what.
- A position is taken from the rounded figures, so that it tells nothing more than they do.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import floor

LEAST_OTHERS = 5
LEAST_MEMBERS = LEAST_OTHERS + 1
SCORE_STEP = 100_000  # millionths of a stage: a tenth
DOMAIN_STEP = 50_000  # millionths of one: five percent
STAGE_STEP = 1


class Kind(StrEnum):
    """What the agencies of a group have in common, in the order in which groups are looked for."""

    TYPE_AND_SIZE = "type_and_size"
    SIZE = "size"
    TYPE = "type"
    ALL = "all"


@dataclass(frozen=True)
class Candidate:
    """An agency with a value in a published period, and its profile then; "" where nothing is filled in.

    `score` in millionths of a stage, `domains` in millionths of one.
    """

    agency_id: int
    type: str
    size: str
    score: int
    stages_completed: int
    domains: Mapping[str, int]


@dataclass(frozen=True)
class Group:
    """Like agencies. `type` and `size` are what they have in common, "" where that is nothing."""

    kind: Kind
    type: str
    size: str
    members: tuple[Candidate, ...]


@dataclass(frozen=True)
class Middle:
    """The middle half of a group, rounded: lower quartile, median, upper quartile."""

    lower: int
    median: int
    upper: int


@dataclass(frozen=True)
class Figures:
    """What is told of a group. A domain is there only if it applies to enough of the agencies."""

    score: Middle
    stages_completed: Middle
    domains: Mapping[str, Middle]


def grouped(candidates: Iterable[Candidate]) -> tuple[list[Group], list[Candidate]]:
    """The groups, and those for whom there is none of at least LEAST_MEMBERS.

    Of type and size together, as far as there are enough; of those who are left by size; of those who are
    left then by type; the rest together. The order of the candidates makes no difference.
    """
    rest = sorted(candidates, key=lambda one: one.agency_id)
    groups: list[Group] = []
    for kind, key in _KEYS.items():
        places: defaultdict[tuple[str, str], list[Candidate]] = defaultdict(list)
        for one in rest:
            if (place := key(one)) is not None:
                places[place].append(one)
        found = [
            Group(kind, *place, tuple(members))
            for place, members in sorted(places.items())
            if len(members) >= LEAST_MEMBERS
        ]
        placed = {one.agency_id for group in found for one in group.members}
        rest = [one for one in rest if one.agency_id not in placed]
        groups += found
    return groups, rest


def score_step(maximum: int, *, staged: bool) -> int:
    """To what scores are rounded, in millionths: a tenth of a stage; where scores go up to something else, a
    fiftieth of the maximum, which is as much as a tenth of five stages."""
    return SCORE_STEP if staged else max(maximum * 1_000_000 // 50, 1)


def figures(members: Sequence[Candidate], step: int = SCORE_STEP) -> Figures:
    """What may be told of the agencies of a group, scores in whole `step`s. Raises ValueError for too few of
    them."""
    score = middle([one.score for one in members], step)
    stages = middle([one.stages_completed for one in members], STAGE_STEP)
    if score is None or stages is None:
        raise ValueError(f"{len(members)} agencies are too few for a group")
    slugs = sorted({slug for one in members for slug in one.domains})
    domains = {
        slug: middle([one.domains[slug] for one in members if slug in one.domains], DOMAIN_STEP)
        for slug in slugs
    }
    return Figures(score, stages, {slug: known for slug, known in domains.items() if known is not None})


def middle(values: Sequence[int], step: int) -> Middle | None:
    """The quartiles of these values in whole `step`s, half-up; None of fewer than LEAST_MEMBERS.

    The point below which q quarters lie is at place q/4 * (n - 1) of the sorted values, between two
    neighbours in proportion: the seventh definition in R. J. Hyndman and Y. Fan, "Sample quantiles in
    statistical packages", The American Statistician 50 (1996), as in the trends.
    """
    if len(values) < LEAST_MEMBERS:
        return None
    ordered = sorted(values)
    return Middle(*(rounded(_quartile(ordered, quarter), step) for quarter in (1, 2, 3)))


def rounded(value: Fraction | int, step: int) -> int:
    """The nearest whole number of steps, half-up."""
    return floor(Fraction(value) / step + Fraction(1, 2)) * step


def position(value: int, known: Middle, step: int) -> str:
    """Where a value lies beside the middle half, in words; compared after it is rounded alike."""
    own = rounded(value, step)
    if own > known.upper:
        return "above the middle half"
    if own < known.lower:
        return "below the middle half"
    if own == known.median:
        return "at the median"
    return "in the middle half, " + ("above" if own > known.median else "below") + " the median"


def _quartile(ordered: Sequence[int], quarter: int) -> Fraction:
    place, part = divmod(quarter * (len(ordered) - 1), 4)
    after = ordered[min(place + 1, len(ordered) - 1)]
    return ordered[place] + Fraction(part, 4) * (after - ordered[place])


_Key = Callable[[Candidate], tuple[str, str] | None]  # what an agency has in common with others, if anything
_KEYS: Mapping[Kind, _Key] = {
    Kind.TYPE_AND_SIZE: lambda one: (one.type, one.size) if one.type and one.size else None,
    Kind.SIZE: lambda one: ("", one.size) if one.size else None,
    Kind.TYPE: lambda one: (one.type, "") if one.type else None,
    Kind.ALL: lambda one: ("", ""),
}
