"""What a list of agencies would create, change and leave: the plan that is shown and then done. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from portal.agencies.import_places import Key, Known
from portal.agencies.profile import Value
from portal.agencies.sheets import Problem

CREATE, CHANGE, LEAVE = "create", "change", "leave"


@dataclass(frozen=True)
class Entry:
    """One agency of the list, and what happens to it."""

    key: Key
    names: tuple[str, ...]  # from the top down to its own
    identifier: str | None
    parent: Key | None
    known: Known | None
    action: str
    values: Mapping[str, str]  # those to write
    profile: Mapping[str, Value]
    changes: Mapping[str, list[Any]]  # for the report and the audit: [old, new]
    rows: tuple[int, ...]
    joins: bool  # the program

    @property
    def name(self) -> str:
        return self.names[-1]

    @property
    def above(self) -> tuple[str, ...]:
        """The names from the top down to the parent's."""
        return self.names[:-1]

    @property
    def moves(self) -> bool:
        """Whether it is in the portal below another parent."""
        return "parent" in self.changes


@dataclass(frozen=True)
class Plan:
    """All of it. `entries`: parents before their components, otherwise alphabetical."""

    rows: int
    blank: int
    self_named: int
    duplicates: int
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]

    def entries_that(self, action: str) -> list[Entry]:
        """Those to create, change or leave."""
        return [entry for entry in self.entries if entry.action == action]

    @property
    def summary(self) -> dict[str, Any]:
        """The counts, as the report, the audit and the pages show them."""
        depths = Counter(len(entry.names) - 1 for entry in self.entries)
        return {
            "rows": self.rows,
            "blank_lines": self.blank,
            "agencies": len(self.entries),
            "by_depth": [depths[depth] for depth in range(max(depths, default=-1) + 1)],
            "created": len(self.entries_that(CREATE)),
            "changed": len(self.entries_that(CHANGE)),
            "left": len(self.entries_that(LEAVE)),
            "self_named": self.self_named,
            "duplicates": self.duplicates,
            "joined": sum(entry.joins for entry in self.entries),
            "refused": len(self.problems),
        }

    @property
    def fingerprint(self) -> str:
        """Equal for plans that do the same."""
        told = [
            (
                e.key,
                e.names,
                e.identifier,
                e.known.id if e.known else 0,
                e.action,
                sorted(e.changes.items()),
                e.joins,
            )
            for e in self.entries
        ]
        return sha256(repr((told, self.problems)).encode("utf-8", "surrogatepass")).hexdigest()
