"""Which agency each row of a list speaks of, and which its parent is: by name, or by identifier. Pure.

By name, a parent is looked for in the file first (at the top, else the one agency of that name below
another), then likewise in the portal; one that is nowhere is created at the top. By identifier, one
that is nowhere is a fault.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.agencies.import_reading import Row
from portal.agencies.profile import Value
from portal.agencies.text import quoted

# An agency of the file: by identifier its identifier, by name (parent's name or "", name). A number: one
# that is in the portal and of which the file does not speak.
Key = str | tuple[str, str] | int


@dataclass(frozen=True)
class Known:
    """An agency that is in the portal already."""

    id: int
    name: str
    parent_id: int | None = None
    identifier: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, Value] = field(default_factory=dict)
    open_to_reader: bool = True  # whether who imports may change it
    member: bool = False  # of the program that the list is read into


class KnownAgencies:
    """What is in the portal, found by id, identifier, name or place."""

    def __init__(self, agencies: Iterable[Known]) -> None:
        self.by_id: dict[int, Known] = {}
        self.by_identifier: dict[str, Known] = {}
        self.by_name: dict[str, list[Known]] = defaultdict(list)
        self.by_place: dict[tuple[int | None, str], list[Known]] = defaultdict(list)
        for agency in agencies:
            self.by_id[agency.id] = agency
            if agency.identifier:
                self.by_identifier[agency.identifier] = agency
            self.by_name[agency.name].append(agency)
            self.by_place[agency.parent_id, agency.name].append(agency)

    def meant_by(self, name: str) -> list[Known]:
        """Those that a bare name may mean: at the top, else anywhere."""
        return self.by_place.get((None, name)) or self.by_name.get(name, [])


@dataclass(frozen=True)
class Place:
    """The agency that one row speaks of. An empty name and an unsaid parent leave what is there."""

    row: Row
    key: Key
    name: str
    parent: Key | None = None
    parent_said: bool = True
    self_named: bool = False


class Misplaced(Exception):
    """A row does not say which agency it speaks of, or which its parent is; the text is the reason."""


def is_parent_itself(row: Row) -> bool:
    """Whether the row names no agency but its parent."""
    return bool(row.parent) and row.name in {"", row.parent}


class PlacesByName:
    """Places the rows of a file without identifiers."""

    def __init__(self, rows: Sequence[Row], known: KnownAgencies) -> None:
        self.known = known
        self.tops = {row.parent if is_parent_itself(row) else row.name for row in rows if self._is_top(row)}
        self.parents_of: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if not self._is_top(row):
                self.parents_of[row.name].add(row.parent)

    @staticmethod
    def _is_top(row: Row) -> bool:
        return not row.parent or is_parent_itself(row)

    def place(self, row: Row) -> Place:
        """Where `row` belongs. Raises Misplaced."""
        if not row.name and not row.parent:
            raise Misplaced("names neither an agency nor its parent")
        if self._is_top(row):
            name = row.name or row.parent
            return Place(row, ("", name), name, self_named=bool(row.name) and is_parent_itself(row))
        return Place(row, (row.parent, row.name), row.name, self._parent(row.parent))

    def _parent(self, name: str) -> Key:
        if name in self.tops:
            return ("", name)
        if above := self.parents_of.get(name):
            if len(above) > 1:
                raise Misplaced(
                    f"its parent {quoted(name)} is in this file {len(above)} times: use identifiers"
                )
            return (next(iter(above)), name)
        meant = self.known.meant_by(name)
        if len(meant) > 1:
            raise Misplaced(f"its parent {quoted(name)} is in the portal {len(meant)} times: use identifiers")
        return meant[0].id if meant else ("", name)


class PlacesByIdentifier:
    """Places the rows of a file with identifiers."""

    def __init__(self, rows: Sequence[Row], known: KnownAgencies, parents_given: bool) -> None:
        self.known = known
        self.parents_given = parents_given
        self.in_file = {row.identifier for row in rows if row.identifier}
        self.by_name: dict[str, set[str]] = defaultdict(set)
        self.tops_by_name: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            name = row.parent if is_parent_itself(row) and not row.parent_identifier else row.name
            if row.identifier and name:
                self.by_name[name].add(row.identifier)
                if not row.parent_identifier and (not row.parent or is_parent_itself(row)):
                    self.tops_by_name[name].add(row.identifier)

    def place(self, row: Row) -> Place:
        """Where `row` belongs. Raises Misplaced."""
        if not row.identifier:
            return self._place_without_identifier(row)
        if row.parent_identifier:
            return self._place_below_identifier(row)
        if is_parent_itself(row):
            return Place(row, row.identifier, row.parent, self_named=bool(row.name))
        if not row.name:
            raise Misplaced("names neither an agency nor its parent")
        if row.parent:
            return Place(row, row.identifier, row.name, self._named(row.parent))
        return Place(row, row.identifier, row.name, parent_said=self.parents_given)

    def _place_below_identifier(self, row: Row) -> Place:
        if row.identifier == row.parent_identifier:
            raise Misplaced("is its own parent")
        if not row.name:
            raise Misplaced("has an identifier but no name")
        return Place(row, row.identifier, row.name, self._identified(row.parent_identifier))

    def _place_without_identifier(self, row: Row) -> Place:
        if not row.name and not row.parent and not row.parent_identifier:
            raise Misplaced("names neither an agency nor its parent")
        if row.name not in {"", row.parent}:
            raise Misplaced(f"{quoted(row.name)} has no identifier")
        key = self._identified(row.parent_identifier) if row.parent_identifier else self._named(row.parent)
        name = self.known.by_id[key].name if isinstance(key, int) else ""
        return Place(row, key, name, parent_said=False, self_named=bool(row.name))

    def _identified(self, identifier: str) -> Key:
        if identifier in self.in_file:
            return identifier
        if identifier in self.known.by_identifier:
            return self.known.by_identifier[identifier].id
        raise Misplaced(
            f"its parent's identifier {quoted(identifier)} is neither in this file nor in the portal"
        )

    def _named(self, name: str) -> Key:
        if found := self.tops_by_name.get(name) or self.by_name.get(name):
            if len(found) > 1:
                raise Misplaced(
                    f"its parent {quoted(name)} is in this file {len(found)} times: give its identifier"
                )
            return next(iter(found))
        meant = self.known.meant_by(name)
        if len(meant) != 1:
            times = f"in the portal {len(meant)} times" if meant else "neither in this file nor in the portal"
            raise Misplaced(f"its parent {quoted(name)} is {times}")
        return meant[0].id
