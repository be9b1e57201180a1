"""What figures of further pages are looked up with, and what comes of it."""

from dataclasses import dataclass
from datetime import date

from dashboards.models import Scope
from dashboards.queries.agencies import AsKnown, Reading
from dashboards.queries.known import Knowledge, KnownRow, rows_at
from dashboards.queries.measures import Measure
from portal.access.models import User

Rows = tuple[tuple[str, str], ...]


class NotThen(Exception):
    """There is no such figure for this reader; says why."""


@dataclass(frozen=True)
class PageFigure:
    """`value` in words, over `n` agencies, with all counts; `path` and `query`: the page that shows it."""

    value: str
    n: int
    rows: Rows
    path: str
    query: dict[str, str]


@dataclass(frozen=True)
class Asked:
    """What all of them are read with."""

    scope: Scope
    measure: Measure
    on: date
    row: KnownRow
    knowledge: Knowledge
    user: User

    @property
    def read(self) -> Reading:
        """How the standings are read."""
        return self.row.read

    def read_at(self, day: date) -> Reading:
        """How the standings at another month end are read: with the same knowledge. Raises NotThen."""
        if isinstance(self.read, AsKnown):
            return self.read
        row = rows_at(self.scope, self.measure, [day], self.knowledge).get(day)
        if row is None or row.read is None:
            raise NotThen(f"Nothing was published of {day} then.")
        return row.read
