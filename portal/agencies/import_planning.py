"""Making the plan of an import: what a list would do, and what is wrong with it. Pure.

The order of the rows does not matter: first every row is placed, then the tree is walked from the top.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from portal.agencies.import_places import (
    Key,
    Known,
    KnownAgencies,
    Misplaced,
    Place,
    PlacesByIdentifier,
    PlacesByName,
)
from portal.agencies.import_plan import CHANGE, CREATE, LEAVE, Entry, Plan
from portal.agencies.import_reading import COLUMNS, Reading
from portal.agencies.sheets import Problem
from portal.agencies.text import quoted

MOST_LEVELS = 20
MOST_NAMED = 10  # of the agencies on one circle


@dataclass
class _Node:
    """An agency of the file while its rows are put together."""

    key: Key
    name: str = ""
    parent: Key | None = None
    parent_said: bool = False
    rows: list[int] = field(default_factory=list)  # good ones
    self_named: int = 0
    said: dict[str, Any] = field(default_factory=dict)
    said_by: dict[str, int] = field(default_factory=dict)
    known: Known | None = None
    named: bool = False  # by a good row
    refused: str = ""  # why its rows are refused, all of them
    implied: bool = False  # a parent without a row of its own

    def conflict_with(self, place: Place) -> str | None:
        """What an earlier row says otherwise than `place`, or None."""
        if place.name and self.name not in {"", place.name}:
            return f"names {quoted(place.name)}; row {self.rows[0]} names it {quoted(self.name)}"
        if place.parent_said and self.parent_said and self.parent != place.parent:
            return f"gives {quoted(place.name)} another parent than row {self.rows[0]}"
        for key, value in {**place.row.values, **place.row.profile}.items():
            if key in self.said and self.said[key] != value:
                other = f"row {self.said_by[key]} says {quoted(self.said[key])}"
                return f"says that {COLUMNS[key]} is {quoted(value)}; {other}"
        return None

    def take(self, place: Place) -> None:
        """Add what `place` says."""
        self.name, self.named = self.name or place.name, self.named or bool(place.name)
        if place.parent_said:
            self.parent, self.parent_said = place.parent, True
        for key, value in {**place.row.values, **place.row.profile}.items():
            self.said[key] = value
            self.said_by.setdefault(key, place.row.number)
        self.rows.append(place.row.number)
        self.self_named += place.self_named


def plan_import(reading: Reading, known: Iterable[Known], *, parents_given: bool, into_program: bool) -> Plan:
    """What reading these rows into the portal as it stands would do.

    `parents_given`: whether the file has a column for the parent, so that an empty one means the top.
    """
    return _Planner(reading, KnownAgencies(known), parents_given, into_program).plan()


class _Planner:
    def __init__(
        self, reading: Reading, known: KnownAgencies, parents_given: bool, into_program: bool
    ) -> None:
        self.reading, self.known, self.into_program = reading, known, into_program
        self.faults: dict[int, str] = dict(reading.faults)
        self.nodes: dict[Key, _Node] = {}
        self.claimed: dict[int, _Node] = {}  # agencies of the portal that the file speaks of, by id
        self.rows_of: dict[Key, list[int]] = defaultdict(list)  # bad ones too
        self.twins: Counter[tuple[str, Key | None]] = Counter()  # agencies of one name under one parent
        self.parents: set[Key | None] = set()
        self.places: PlacesByIdentifier | PlacesByName
        if reading.by_identifier:
            self.places = PlacesByIdentifier(reading.rows, known, parents_given)
        else:
            self.places = PlacesByName(reading.rows, known)

    def plan(self) -> Plan:
        self._gather()
        self._claim_by_identifier()
        self._refuse_cycles()
        ordered = self._from_the_top()
        for node in ordered:
            self._claim_by_place(node)
            node.refused = node.refused or self._reason_to_refuse(node)
        for node in ordered:
            if node.refused:
                for number in node.rows:
                    self.faults.setdefault(number, node.refused)
        kept = self._kept(ordered)
        entries = sorted(
            (self._entry(node) for node in kept), key=lambda e: (e.names, e.identifier or "", e.rows)
        )
        return Plan(
            rows=len(self.reading.rows),
            blank=self.reading.blank,
            self_named=sum(node.self_named for node in kept),
            duplicates=sum(max(len(node.rows) - node.self_named - 1, 0) for node in kept),
            entries=tuple(entries),
            problems=tuple(Problem(number, reason) for number, reason in sorted(self.faults.items())),
        )

    def _gather(self) -> None:
        """Place every row and put together those that speak of one agency."""
        placed: list[Place] = []
        for row in self.reading.rows:
            try:
                placed.append(self.places.place(row))
            except Misplaced as error:
                self.faults.setdefault(row.number, str(error))
                self.rows_of[row.identifier or (row.parent, row.name)].append(row.number)
        for place in placed:
            self._add(place)
        for place in placed:
            node = self.nodes[place.key]
            if not node.rows:  # bad rows only: they tell at least what stands below
                node.name, node.parent = node.name or place.name, node.parent or place.parent
        for place in placed:
            self._see_to_parent(place.parent)
        self.twins = Counter((node.name, node.parent) for node in self.nodes.values())
        self.parents = {node.parent for node in self.nodes.values()}

    def _add(self, place: Place) -> None:
        number = place.row.number
        node = self.nodes.setdefault(place.key, _Node(place.key))
        self.rows_of[place.key].append(number)
        if number in self.faults:
            return
        if conflict := node.conflict_with(place):
            self.faults[number] = conflict
        else:
            node.take(place)

    def _see_to_parent(self, key: Key | None) -> None:
        """A parent without a row is there because a component names it; one whose row is bad is not."""
        if key is None or key in self.nodes or (isinstance(key, int) and self.reading.by_identifier):
            return
        if isinstance(key, int):
            self.nodes[key] = _Node(key, self.known.by_id[key].name, implied=True)
            return
        name = key[1] if isinstance(key, tuple) else key
        self.nodes[key] = _Node(key, name, parent_said=True, implied=key not in self.rows_of)

    def _claim(self, node: _Node, known: Known) -> None:
        if known.id in self.claimed:
            node.refused = f"{quoted(known.name)} is in this file twice: by its name and by its identifier"
            return
        node.known = known
        self.claimed[known.id] = node
        node.name = node.name or known.name

    def _claim_by_identifier(self) -> None:
        for key, node in self.nodes.items():
            if isinstance(key, int):
                self._claim(node, self.known.by_id[key])
            elif isinstance(key, str) and key in self.known.by_identifier:
                self._claim(node, self.known.by_identifier[key])

    def _parent_of(self, ref: Key) -> Key | None:
        """The parent as it will be: as the file says, else as it is in the portal."""
        node = self.claimed.get(ref) if isinstance(ref, int) else self.nodes[ref]
        if node is not None and (node.parent_said or node.known is None):
            return self._node_key(node.parent)
        known = node.known if node is not None else self.known.by_id[ref] if isinstance(ref, int) else None
        return self._node_key(known.parent_id) if known is not None else None

    def _node_key(self, ref: Key | None) -> Key | None:
        """The same agency under the key of the file, if the file speaks of it."""
        return self.claimed[ref].key if isinstance(ref, int) and ref in self.claimed else ref

    def _refuse_cycles(self) -> None:
        """Every agency on a circle of parents is refused."""
        done: set[Key] = set()
        for start in self.nodes:
            trail: dict[Key, None] = {}  # in its order; a list is slow to ask in a chain of thousands
            at: Key | None = start
            while at is not None and at not in done and at not in trail:
                trail[at] = None
                at = self._parent_of(at)
            if at is not None and at in trail:
                circle = list(trail)[list(trail).index(at) :]
                named = [quoted(self._name_of(ref)) for ref in circle[:MOST_NAMED]]
                more = ["…"] if len(circle) > MOST_NAMED else []
                names = " below ".join([*named, *more, named[0]])
                for ref in circle:
                    if ref in self.nodes:
                        self.nodes[ref].refused = f"is part of a circle of parents: {names}"
            done.update(trail)

    def _name_of(self, ref: Key) -> str:
        return self.nodes[ref].name if ref in self.nodes else self.known.by_id[ref].name  # type: ignore[index]

    def _trail_of(self, node: _Node) -> list[Key]:
        """Keys from the top down to `node`; no further than a circle, or than makes it too deep."""
        trail: list[Key] = []
        at: Key | None = node.key
        while at is not None and at not in trail and len(trail) <= MOST_LEVELS:
            trail.append(at)
            at = self._parent_of(at)
        return trail[::-1]

    def _from_the_top(self) -> list[_Node]:
        return sorted(self.nodes.values(), key=lambda node: len(self._trail_of(node)))

    def _claim_by_place(self, node: _Node) -> None:
        """Find an agency without an identifier in the portal by its path."""
        if node.known is not None or node.refused:
            return
        parent = self._known_of(node.parent)
        if node.parent is not None and parent is None:
            return  # the parent is new, and so is this
        found = self.known.by_place.get((parent.id if parent else None, node.name), [])
        if self.reading.by_identifier:
            # An agency that came without an identifier is given one, if it is clear which is meant.
            found = [one for one in found if one.identifier is None]
            if len(found) == self.twins[node.name, node.parent] == 1:
                self._claim(node, found[0])
        elif (one := self._one_of(found, node)) is not None:
            self._claim(node, one)
        elif found:
            node.refused = (
                f"{quoted(node.name)} is in the portal {len(found)} times at this place: use identifiers"
            )

    def _one_of(self, found: list[Known], node: _Node) -> Known | None:
        """Which of the agencies at one place a file without identifiers means; None if that is not clear."""
        plain = [one for one in found if one.identifier is None]
        if len(found) == 1 or len(plain) == 1:
            return (plain or found)[0]
        # That there is such an agency is true of each of them; any more could be meant for either.
        says_more = node.said or self.into_program or node.key in self.parents
        return found[0] if found and not says_more else None

    def _known_of(self, ref: Key | None) -> Known | None:
        if ref is None:
            return None
        return self.known.by_id[ref] if isinstance(ref, int) else self.nodes[ref].known

    def _reason_to_refuse(self, node: _Node) -> str:
        if node.rows and not node.named and node.known is None:
            return "speaks of an agency that no good row names"
        if node.known is not None and not node.known.open_to_reader:
            return f"{quoted(node.name)} is not in your program; an administrator can add it"
        parent = self._parent_of(node.key)
        if parent is None:
            return ""
        if parent in self.nodes:
            above = self.nodes[parent]
            if above.refused or (not above.rows and not above.implied):
                if not self.rows_of[parent]:
                    return f"its parent: {above.refused}"
                bad = ", ".join(str(number) for number in self.rows_of[parent][:5])
                return f"its parent {quoted(above.name)} is refused" + (f" (row {bad})" if bad else "")
        elif not self.known.by_id[parent].open_to_reader:  # type: ignore[index]
            return f"its parent {quoted(self._name_of(parent))} is not in your program; ask an administrator"
        if len(self._trail_of(node)) > MOST_LEVELS:
            return f"lies more than {MOST_LEVELS} levels deep"
        return ""

    def _kept(self, ordered: list[_Node]) -> list[_Node]:
        """Agencies with a good row, and the parents that these imply."""
        kept = [node for node in ordered if node.rows and not node.refused]
        named = {self._parent_of(node.key) for node in kept}
        return kept + [node for node in ordered if node.implied and not node.refused and node.key in named]

    def _entry(self, node: _Node) -> Entry:
        known = node.known
        identifier = node.key if isinstance(node.key, str) else known.identifier if known else None
        parent = self._parent_of(node.key)
        said_values = {
            key: value for key, value in node.said.items() if key in ("abbreviation", "website", "notes")
        }
        said_profile = {key: value for key, value in node.said.items() if key not in said_values}
        changes: dict[str, list[Any]] = {}
        if known is not None:
            then = self.known.by_id[known.parent_id].name if known.parent_id is not None else None
            if parent != self._node_key(known.parent_id):
                changes["parent"] = [then, self._name_of(parent) if parent is not None else None]
            before = {"name": known.name, "identifier": known.identifier, **known.values, **known.profile}
            after = {"name": node.name, "identifier": identifier, **node.said}
            changes |= {
                key: [before.get(key), value] for key, value in after.items() if before.get(key) != value
            }
        return Entry(
            key=node.key,
            names=tuple(self._name_of(ref) for ref in self._trail_of(node)),
            identifier=identifier,
            parent=parent,
            known=known,
            action=CREATE if known is None else CHANGE if changes else LEAVE,
            values=said_values if known is None else {k: v for k, v in said_values.items() if k in changes},
            profile=said_profile
            if known is None
            else {k: v for k, v in said_profile.items() if k in changes},
            changes=changes,
            rows=tuple(node.rows),
            joins=self.into_program and (known is None or not known.member),
        )
