"""What a workbook holds: questions with their guidance, what was said of each, and what is signed. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

FORMAT = 1  # of what is signed; a workbook of another is exported again
_ESCAPED = re.compile(r"_x(00[01][0-9A-Fa-f])_")
# A character that neither a workbook nor a page shows.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

# What belongs together: a level is nothing without its date or reason, a holder nothing without its name.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("level", "points", "planned_on", "reason"),
    ("holder", "holder_name"),
    ("note",),
)


@dataclass(frozen=True)
class Said:
    """What is said of one item. `planned_on`: year-month-day, or "".

    Level "": not answered, or answered in points, from which it follows.
    """

    level: str = ""
    points: int | None = None
    planned_on: str = ""
    reason: str = ""
    holder: str = "self"
    holder_name: str = ""
    note: str = ""

    def settled(self) -> "Said":
        """As a workbook gives it back: without what spreadsheets do to blanks and line ends."""
        return replace(
            self,
            reason=settled(self.reason),
            holder_name=settled(self.holder_name),
            note=settled(self.note),
        )


FIELDS = tuple(field.name for field in fields(Said))


def settled(text: str) -> str:
    """A text with its line ends as one character, and without blanks around it or signs that are not seen.

    Workbooks write such signs as _x000D_, and openpyxl leaves that as it is.
    """
    text = text.replace("\t", " ")  # LibreOffice drops tabs on the way to its own format
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text.replace("x005F_", ""))
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


@dataclass(frozen=True)
class Question:
    """One row: what is asked, and what helps to answer it. `choices`: level and words, in order.

    `points`: the most it is worth where it is answered in points, else 0.
    """

    slug: str
    stage: str
    title: str
    text: str
    must_have: bool
    choices: tuple[tuple[str, str], ...]
    levels: tuple[tuple[str, str], ...]  # words of a level, what it looks like
    examples: tuple[str, ...]  # of evidence
    steps: tuple[str, ...]
    points: int = 0


@dataclass(frozen=True)
class Section:
    """One sheet: a domain, or the challenges."""

    key: str
    name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Exported:
    """One answer as it left: at which revision, and what it said."""

    revision: int
    said: Said


@dataclass(frozen=True)
class Export:
    """What is signed. `model`: slug@version. `sections`: their keys. `answers`: by item slug."""

    agency: str
    model: str
    assessment: int
    sections: tuple[str, ...]
    exported_at: str  # RFC 3339
    exported_by: str
    answers: Mapping[str, Exported]

    def text(self) -> str:
        """The one way to write it down; this is signed."""
        told = asdict(self) | {"format": FORMAT}
        return json.dumps(told, sort_keys=True, separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> "Export":
        """Back from its text, which was signed here. Raises ValueError for one of another format."""
        told = json.loads(text)
        if told.pop("format", None) != FORMAT:
            raise ValueError("another format")
        answers = {
            slug: Exported(one["revision"], Said(**one["said"])) for slug, one in told.pop("answers").items()
        }
        return cls(answers=answers, sections=tuple(told.pop("sections")), **told)


@dataclass(frozen=True)
class NewEvidence:
    """A piece of evidence that was written into a row: a link or a statement."""

    kind: str
    title: str
    dated_on: str  # year-month-day
    url: str
    statement: str


@dataclass(frozen=True)
class Edit:
    """One row that is not as it left. `cells`: where each field stands, for what must be said of it."""

    slug: str
    sheet: str
    cells: Mapping[str, str]
    base: Exported
    given: Said
    evidence: NewEvidence | None

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def of_plain(cls, told: Mapping[str, Any]) -> "Edit":
        """Back from JSON."""
        base = Exported(told["base"]["revision"], Said(**told["base"]["said"]))
        evidence = NewEvidence(**told["evidence"]) if told["evidence"] else None
        given = Said(**told["given"])
        return cls(told["slug"], told["sheet"], dict(told["cells"]), base, given, evidence)


@dataclass(frozen=True)
class Fault:
    """What cannot be taken: where it stands, and what would be right. `slug`: of the item, if it is known."""

    sheet: str
    cell: str
    message: str
    slug: str = ""


@dataclass(frozen=True)
class Merge:
    """What to take over from a row: fields that nobody else touched, and those that somebody did."""

    changed: tuple[str, ...]
    conflicts: tuple[str, ...]


def merge(base: Said, now: Said, given: Said) -> Merge:
    """Compare a row with what it left as and with what the portal says now, in groups that belong together.

    What is as it left changes nothing; what is as the portal has it now, neither.
    """
    changed: list[str] = []
    conflicts: list[str] = []
    now = now.settled()
    for group in GROUPS:
        left, there, here = (_part(one, group) for one in (base, now, given))
        if here in (left, there):
            continue
        (changed if there == left else conflicts).extend(group)
    return Merge(tuple(changed), tuple(conflicts))


def _part(said: Said, group: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(said, name) for name in group)
