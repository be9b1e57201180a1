"""What an instrument asks: fields of the run, entries in groups, and rows that a person adds.

Every engine reads the same three kinds of answers, so that one form, one comparison and one export serve all:

    {"fields": {field slug: value},
     "entries": {entry slug: {column slug: value}},
     "rows": [{field slug: value}, …]}

Values are plain JSON: text (also of choices, dates as YYYY-MM-DD, numbers as decimal text), true or false,
and lists of texts where several may be chosen. What was not answered is left out, never "" or null.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "paragraph", "number", "choice", "choices", "yes_no", "date", "link"]
Engine = Literal["checklist", "tree", "rules", "profile", "calculator", "matrix", "roster", "page"]


@dataclass(frozen=True)
class Source:
    """Where a statement comes from: the slug of its entry in the library, and the document and section."""

    slug: str
    ref: str = ""


@dataclass(frozen=True)
class Option:
    """One answer that may be chosen. `worth` is decimal text from "0" to "1"; "" leaves it out of a score."""

    value: str
    label: str
    help: str = ""
    worth: str = ""


@dataclass(frozen=True)
class Field:
    """One thing to fill in. `unit` stands behind a number: "hours", "US dollars a year", "percent"."""

    slug: str
    label: str
    kind: Kind
    help: str = ""
    unit: str = ""
    options: tuple[Option, ...] = ()
    required: bool = False
    minimum: str = ""  # of a number, as decimal text
    maximum: str = ""
    usual: str = ""  # what the form begins with
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One check, question, cell, role or line that is asked about, with the columns of its instrument."""

    slug: str
    title: str
    text: str = ""
    expected: str = ""  # the value or state that is right, where there is one
    ident: str = ""  # what others call it: "T1190", "1.2.3"
    practices: tuple[str, ...] = ()  # slugs of the practices that it speaks to
    challenges: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    corrections: tuple[dict[str, str], ...] = ()  # [{"slug", "note"}]: faults of the source
    more: dict[str, Any] = field(default_factory=dict)  # what only its engine reads


@dataclass(frozen=True)
class Group:
    """Entries that belong together: a layer, a phase, a tactic."""

    slug: str
    name: str
    entries: tuple[Entry, ...]
    text: str = ""


@dataclass(frozen=True)
class Instrument:
    """A definition, as read from its file.

    `subject` is what a run is about ("Cluster", "Candidate product"); "" is the agency itself.
    `fields` are asked once a run, `columns` of every entry, `row` of every row that a person adds (a
    `row_name`: "application", "role").
    `logic` is the engine's own part, which its engine documents and the schema checks.
    `page` is the address, within the portal, of an instrument that lives elsewhere (engine "page").
    """

    slug: str
    number: int
    name: str
    engine: Engine
    edition: int
    summary: str
    why: str = ""
    minutes: int = 0  # that a run takes
    subject: str = ""
    fields: tuple[Field, ...] = ()
    columns: tuple[Field, ...] = ()
    groups: tuple[Group, ...] = ()
    row: tuple[Field, ...] = ()
    row_name: str = ""
    logic: dict[str, Any] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    reads: str = ""  # the kind of file it can be filled from: "docker-bench", "kube-bench"
    page: str = ""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, in the order of their groups."""
        return tuple(entry for group in self.groups for entry in group.entries)
