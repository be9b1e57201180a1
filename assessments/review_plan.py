"""What a reviewer looks at one by one, and what as a block. Pure.

Each item that comes up alone says why: it changed, it is left out, somebody else meets it, it is a must-have,
or it was drawn. The draw is by a secret seed that is made when the assessment is submitted: nobody can know
before what will be looked at, and everybody who looks sees the same.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from maturity.levels import Level

DRAWN_PERCENT = 5  # of what would else be agreed with as a block, rounded up


class Why(StrEnum):
    """Why an item comes up alone. An item stands in the group of the first of these that holds."""

    CHANGED = "changed"
    NOT_APPLICABLE = "not_applicable"
    OTHERS = "others"
    MUST_HAVE = "must_have"
    REVISED = "revised"
    DRAWN = "drawn"


WHY_WORDS = {
    Why.CHANGED: "Changed",
    Why.NOT_APPLICABLE: "Not applicable",
    Why.OTHERS: "Met by others",
    Why.MUST_HAVE: "Must-haves",
    Why.REVISED: "Changed since it was reviewed",
    Why.DRAWN: "Drawn at random",
}


@dataclass(frozen=True)
class Word:
    """All that an answer says, as far as a change of it is a change: level, points, day, who meets it."""

    level: Level | None = None
    points: int | None = None
    planned_on: str = ""
    holder: str = "self"
    holder_name: str = ""


@dataclass(frozen=True)
class Candidate:
    """One item that may come up. `said`: what stands for all of the answer with its evidence. `revised`:
    it was decided on in an earlier submission and is not what it was."""

    slug: str
    now: Word
    before: Word
    must_have: bool
    said: str
    revised: bool = False


@dataclass(frozen=True)
class Planned:
    """One item of the plan; `why` is empty where it is of the block."""

    slug: str
    why: tuple[Why, ...]
    said: str

    @property
    def group(self) -> Why | None:
        """The group that lists it; None: the block."""
        return self.why[0] if self.why else None


def draw_plan(candidates: Iterable[Candidate], *, seed: str, first: bool) -> tuple[Planned, ...]:
    """The plan, in the order of the candidates. `first`: nothing was approved before, so all is a change."""
    found = {one.slug: (_reasons(one, first=first), one.said) for one in candidates}
    rest = [slug for slug, (why, _) in found.items() if not why]
    drawn = set(draw(rest, seed))
    return tuple(
        Planned(slug, (Why.DRAWN,) if slug in drawn else why, said) for slug, (why, said) in found.items()
    )


def draw(slugs: Iterable[str], seed: str) -> list[str]:
    """DRAWN_PERCENT of these, rounded up: those that the seed puts first. The order given says nothing."""
    ranked = sorted(slugs, key=lambda slug: hmac.digest(seed.encode(), slug.encode(), "sha256"))
    return ranked[: ceil(len(ranked) * DRAWN_PERCENT / 100)]


def worth_a_look(plan: Iterable[Planned], seed: str) -> tuple[Planned, ...]:
    """Of the plan of a first assessment, in which all is new: what would come up alone if being new were no
    reason, with what is drawn of the others. In the order of the plan."""
    whole = list(plan)
    known = {one.slug for one in whole if set(one.why) - {Why.CHANGED}}
    drawn = draw([one.slug for one in whole if one.why and one.slug not in known], seed)
    shown = known | set(drawn)
    return tuple(one for one in whole if one.slug in shown)


def _reasons(one: Candidate, *, first: bool) -> tuple[Why, ...]:
    holds: Mapping[Why, bool] = {
        Why.CHANGED: first or one.now != one.before,
        Why.NOT_APPLICABLE: one.now.level == Level.NOT_APPLICABLE,
        Why.OTHERS: one.now.holder != "self",
        Why.MUST_HAVE: one.must_have,
        Why.REVISED: one.revised,
    }
    return tuple(why for why in Why if holds.get(why, False))
