"""How the agencies of a round answer: for themselves, rolled up from those below, or covered by one above.

What may not be, because somebody would be counted twice or not at all, and what changes of many at once come
to. Pure.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

OWN, ROLLED_UP, COVERED = "own", "rolled_up", "covered"
How = tuple[str, int | None]  # mode, and by whom it is covered
Arrangement = Mapping[int, How]  # by id of the agency; who is not named answers for itself
FOR_ITSELF: How = (OWN, None)


@dataclass(frozen=True)
class Node:
    """An agency that a round asks. `path`: "/1/12/", its own id last."""

    pk: int
    path: str
    name: str

    @property
    def above(self) -> list[int]:
        """Ids of the agencies above it, the nearest first."""
        return [int(part) for part in self.path.strip("/").split("/")[-2::-1]]


@dataclass(frozen=True)
class Fault:
    """What cannot be, of which agency. Of two faults alike in `key` one is the other, whatever its words."""

    key: tuple[int, str]
    words: str


class Asked:
    """The agencies that a round asks, with how they lie."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.pk: node for node in sorted(nodes, key=lambda node: (node.name, node.pk))}
        self.above = {pk: [one for one in node.above if one in self.nodes] for pk, node in self.nodes.items()}
        self.parents = {pk for above in self.above.values() for pk in above}  # with any other below them

    def name(self, pk: int | None) -> str:
        """What an agency is called."""
        return self.nodes[pk].name if pk in self.nodes else "an agency that is not asked"

    def below(self, roots: Collection[int]) -> set[int]:
        """All that lie below any of these."""
        wanted = set(roots)
        return {pk for pk, above in self.above.items() if wanted.intersection(above)}


# --- changes ------------------------------------------------------------------------------------------


def each_for_itself(asked: Asked, now: Arrangement, chosen: Collection[int]) -> dict[int, How]:
    """These answer for themselves, and so does everyone whom they covered."""
    freed = set(chosen)
    return _with(
        now, {pk: FOR_ITSELF for pk, (_, by) in now.items() if by in freed} | dict.fromkeys(freed, FOR_ITSELF)
    )


def rolled_up(asked: Asked, now: Arrangement, chosen: Collection[int]) -> dict[int, How]:
    """These are rolled up; so is what lies between them and those who answer, else both would be counted."""
    found = each_for_itself(asked, now, chosen)
    below = asked.below(chosen)
    covering = {by for mode, by in found.values() if mode == COVERED}
    between = {
        pk for pk in below & asked.parents if found.get(pk, FOR_ITSELF) == FOR_ITSELF and pk not in covering
    }
    return _with(found, dict.fromkeys({*chosen, *between}, (ROLLED_UP, None)))


def covering(asked: Asked, now: Arrangement, chosen: Collection[int]) -> dict[int, How]:
    """These answer for all that lies below them; of two chosen above one another the upper one does."""
    top = {pk for pk in chosen if not set(chosen).intersection(asked.above.get(pk, ()))}
    changed: dict[int, How] = dict.fromkeys(top, FOR_ITSELF)
    for pk, above in asked.above.items():
        if by := next((one for one in above if one in top), None):
            changed[pk] = (COVERED, by)
    return _with(now, changed)


CHANGES = {"own": each_for_itself, "roll_up": rolled_up, "cover": covering}


def of_all(asked: Asked, change: str) -> dict[int, How]:
    """A change of the whole round: each for itself, all with others below them rolled up or covering."""
    top = [pk for pk in asked.parents if not asked.above[pk]]
    return CHANGES[change](asked, {}, list(asked.nodes) if change == "own" else top)


def _with(now: Arrangement, changed: Arrangement) -> dict[int, How]:
    return {pk: how for pk, how in {**now, **changed}.items() if how != FOR_ITSELF}


# --- what cannot be -----------------------------------------------------------------------------------


def faults(asked: Asked, arrangement: Arrangement) -> list[Fault]:
    """What cannot be, the first reason for each agency and kind, by name of the agency.

    Rolled up: somebody below answers, and of those nobody lies below another. Covered: by one above that is
    asked and answers for itself, and below whom nobody else does.
    """
    how = {pk: arrangement.get(pk, FOR_ITSELF) for pk in asked.nodes}
    below = _look_down(asked, how)
    found: list[Fault] = []
    for pk, (mode, by) in how.items():
        name = asked.name(pk)
        if mode == ROLLED_UP and pk not in below.answered:
            words = f"{name} cannot be rolled up: no agency below it answers for itself in this round."
            found.append(Fault((pk, "empty"), words))
        if mode == ROLLED_UP and pk in below.twice:
            upper, lower = (asked.name(one) for one in below.twice[pk])
            words = (
                f"{name} cannot be rolled up: {upper} and {lower} below it would both be counted. "
                f"Roll {upper} up, or let it cover {lower}."
            )
            found.append(Fault((pk, "twice"), words))
        if mode == COVERED and (reason := _why_not_covered(asked, how, pk, by)):
            found.append(Fault((pk, "cover"), f"{name} cannot be covered by {asked.name(by)}: {reason}."))
        if pk in below.beside:
            other = asked.name(below.beside[pk])
            words = (
                f"{name} cannot cover others while {other}, below it, answers for itself: both would be "
                f"counted. Let {name} cover {other} as well, or let each of them answer for itself."
            )
            found.append(Fault((pk, "beside"), words))
    return found


@dataclass
class _Below:
    """What lies below: somebody who answers; two who would both be counted; one beside who covers."""

    answered: set[int] = field(default_factory=set)
    twice: dict[int, tuple[int, int]] = field(default_factory=dict)
    beside: dict[int, int] = field(default_factory=dict)


def _look_down(asked: Asked, how: Arrangement) -> _Below:
    found, covers = _Below(), {by for mode, by in how.values() if mode == COVERED}
    for pk, (mode, _) in how.items():
        if mode != OWN:
            continue
        nearest: int | None = None  # above it that is counted too
        for upper in asked.above[pk]:
            found.answered.add(upper)
            if upper in covers:
                found.beside.setdefault(upper, pk)
            if nearest is not None and how[upper][0] == ROLLED_UP:
                found.twice.setdefault(upper, (nearest, pk))
            if nearest is None and how[upper][0] == OWN:
                nearest = upper
    return found


def _why_not_covered(asked: Asked, how: Arrangement, pk: int, by: int | None) -> str:
    if by is None or by not in asked.nodes:
        return "that one is not asked in this round"
    if by not in asked.above[pk]:
        return "it does not lie below that one"
    if how[by][0] != OWN:
        return "that one does not answer for itself"
    return ""


def without_faults(asked: Asked, arrangement: Arrangement) -> dict[int, How]:
    """The arrangement, with those for themselves of whom something cannot be (any more)."""
    kept = {pk: how for pk, how in arrangement.items() if pk in asked.nodes}
    while wrong := {fault.key[0] for fault in faults(asked, kept)}:
        freed = {pk for pk, (_, by) in kept.items() if pk in wrong or by in wrong}
        if not freed:
            break
        kept = {pk: how for pk, how in kept.items() if pk not in freed}
    return kept


def counted(asked: Asked, arrangement: Arrangement) -> set[int]:
    """Those who answer for themselves: the n of the round."""
    return {pk for pk in asked.nodes if arrangement.get(pk, FOR_ITSELF)[0] == OWN}
