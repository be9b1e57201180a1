"""The form of a run, cut into sections: what it is about and its fields, each group, and the rows. Pure.

A section is shown and saved alone, so that 73 checks are no single page that is lost as a whole. Inputs are
named by their place ("entries.dh-01.status"), and blank ones are not answered.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assessments.run_answers import Answers, entry_name, value_at
from maturity.instruments.definitions import Entry, Field, Group, Instrument
from maturity.instruments.tallies import STATUS

ABOUT, ROWS = "about", "rows"
MOST_RADIOS = 6  # of more options, a list to choose from
MOST_NEW_ROWS = 10
IN_WORDS = {"text", "paragraph", "link", "date"}
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True)
class Choice:
    """One option as the form shows it."""

    value: str
    label: str
    help: str
    chosen: bool


@dataclass(frozen=True)
class Box:
    """One input: its name (the place), its field, what stands in it, and what is wrong with that."""

    name: str
    field: Field
    value: Any
    error: str = ""

    @property
    def id(self) -> str:
        """For label and error, unique on the page."""
        return self.name.replace(".", "-")

    @property
    def shape(self) -> str:
        """How it is drawn: radios, checks, select, paragraph, date, number, link or text."""
        kind = self.field.kind
        if kind == "choice":
            return "radios" if len(self.field.options) <= MOST_RADIOS else "select"
        return {"choices": "checks", "yes_no": "radios"}.get(kind, str(kind))

    @property
    def choices(self) -> list[Choice]:
        """The options, of which the chosen are marked."""
        if self.field.kind == "yes_no":
            pairs = (("yes", "Yes", True), ("no", "No", False))
            return [Choice(value, label, "", self.value is means) for value, label, means in pairs]
        said = self.value if isinstance(self.value, list) else [self.value]
        return [Choice(one.value, one.label, one.help, one.value in said) for one in self.field.options]

    @property
    def text(self) -> str:
        """What stands in a box to type in."""
        return "" if self.value is None else str(self.value)


@dataclass(frozen=True)
class EntryBoxes:
    """An entry with its columns."""

    entry: Entry
    name: str
    boxes: tuple[Box, ...]

    @property
    def main(self) -> list[Box]:
        """What is asked at once: choices and numbers, and all of it where there is nothing to choose."""
        return [box for box in self.boxes if box not in self.folded]

    @property
    def folded(self) -> list[Box]:
        """What may be added in words: it would make a long list of checks three times as long."""
        if not any(box.field.options for box in self.boxes):
            return []
        return [box for box in self.boxes if box.field.kind in IN_WORDS and not box.field.required]

    @property
    def is_open(self) -> bool:
        """Whether something stands in what is folded, or is wrong there."""
        return any(box.text or box.error for box in self.folded)

    @property
    def folded_names(self) -> str:
        """What is folded, by its labels."""
        return ", ".join(box.field.label for box in self.folded)


@dataclass(frozen=True)
class RowBoxes:
    """One row that a person added, or may fill in now."""

    number: int  # from 0
    boxes: tuple[Box, ...]
    new: bool

    @property
    def title(self) -> str:
        """What it is called: what stands in its first box that is typed in."""
        return next((box.text for box in self.boxes if box.shape == "text"), "")

    @property
    def is_open(self) -> bool:
        """Whether it is to be filled in now; the others are folded away to their names."""
        return self.new or any(box.error for box in self.boxes)


@dataclass(frozen=True)
class Section:
    """One part of the form, with how much of it is answered. `key`: its group's slug, "about" or "rows"."""

    key: str
    name: str
    text: str
    answered: int
    total: int  # 0 where nothing is counted

    @property
    def is_about(self) -> bool:
        """Whether it holds what the run is about, and its fields."""
        return self.key == ABOUT

    @property
    def is_rows(self) -> bool:
        """Whether people add rows to it."""
        return self.key == ROWS


def sections_of(instrument: Instrument, answers: Answers) -> list[Section]:
    """The sections of a run, in order."""
    fields = answers.get("fields", {})
    found = [Section(ABOUT, "About this run", "", len(fields), len(instrument.fields))]
    said = answers.get("entries", {})
    for group in instrument.groups if instrument.columns else ():
        done = sum(1 for entry in group.entries if _is_answered(instrument, said.get(entry.slug, {})))
        found.append(Section(_key(group), group.name, group.text, done, len(group.entries)))
    if instrument.row:
        name = f"{(instrument.row_name or 'row').capitalize()} list"
        found.append(Section(ROWS, name, "", len(answers.get("rows", [])), 0))
    return found


def _is_answered(instrument: Instrument, told: Mapping[str, Any]) -> bool:
    """Whether an entry has its result; a note, or what a tool said, is none where a result is asked for."""
    status = instrument.logic.get("status", STATUS)
    if any(column.slug == status for column in instrument.columns):
        return status in told
    return bool(told)


def _key(group: Group) -> str:
    return f"group-{group.slug}"


def chosen_section(sections: Sequence[Section], wished: str) -> Section:
    """The section wished for, else the first."""
    return next((section for section in sections if section.key == wished), sections[0])


def section_after(sections: Sequence[Section], key: str) -> str | None:
    """The key of the section behind this one."""
    keys = [section.key for section in sections]
    place = keys.index(key) + 1 if key in keys else 0
    return keys[place] if place < len(keys) else None


def section_at(instrument: Instrument, place: str) -> str:
    """The key of the section in which a place is filled in."""
    part, _, rest = place.partition(".")
    if part == "entries":
        slug = rest.partition(".")[0]
        for group in instrument.groups:
            if any(entry.slug == slug for entry in group.entries):
                return _key(group)
    return ROWS if part == "rows" else ABOUT


# --- showing ----------------------------------------------------------------------------------------


def field_boxes(instrument: Instrument, answers: Answers, errors: Mapping[str, str]) -> list[Box]:
    """The fields that are asked once a run."""
    return [_box(f"fields.{field.slug}", field, answers, errors) for field in instrument.fields]


def entry_boxes(
    instrument: Instrument, key: str, answers: Answers, errors: Mapping[str, str]
) -> list[EntryBoxes]:
    """The entries of the group that is this section."""
    group = next((group for group in instrument.groups if _key(group) == key), None)
    return [
        EntryBoxes(
            entry,
            entry_name(entry),
            tuple(
                _box(f"entries.{entry.slug}.{column.slug}", column, answers, errors)
                for column in instrument.columns
            ),
        )
        for entry in (group.entries if group is not None else ())
    ]


def row_boxes(
    instrument: Instrument, answers: Answers, errors: Mapping[str, str], new: int
) -> list[RowBoxes]:
    """The rows, and behind them some to fill in."""
    there = len(answers.get("rows", []))
    return [
        RowBoxes(
            number,
            tuple(_box(f"rows.{number}.{field.slug}", field, answers, errors) for field in instrument.row),
            number >= there,
        )
        for number in range(there + min(new, MOST_NEW_ROWS))
    ]


def _box(name: str, field: Field, answers: Answers, errors: Mapping[str, str]) -> Box:
    return Box(name, field, value_at(answers, name), errors.get(name, ""))


# --- reading ----------------------------------------------------------------------------------------

Sent = Callable[[str], Sequence[str]]  # every value that was sent under a name


def read_section(instrument: Instrument, key: str, sent: Sent, removed: str = "") -> Answers:
    """The parts of the answers that a section of the form holds, as sent; without the row `removed`."""
    if key == ABOUT:
        return {"fields": _read(instrument.fields, "fields.", sent)}
    if key == ROWS:
        return {"rows": _read_rows(instrument, sent, removed)}
    group = next((group for group in instrument.groups if _key(group) == key), None)
    entries = group.entries if group is not None else ()
    return {
        "entries": {
            entry.slug: _read(instrument.columns, f"entries.{entry.slug}.", sent) for entry in entries
        }
    }


def _read_rows(instrument: Instrument, sent: Sent, removed: str) -> list[dict[str, Any]]:
    count = "".join(sent("row-count"))
    many = int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    rows = [
        _read(instrument.row, f"rows.{number}.", sent) for number in range(many) if str(number) != removed
    ]
    return [row for row in rows if row]


def _read(fields: Sequence[Field], before: str, sent: Sent) -> dict[str, Any]:
    found = {field.slug: _value(field, sent(f"{before}{field.slug}")) for field in fields}
    return {slug: value for slug, value in found.items() if value not in (None, "", [])}


def _value(field: Field, sent: Sequence[str]) -> Any:
    texts = [text.replace("\r\n", "\n").strip() for text in sent if text.strip()]
    if field.kind == "choices":
        return texts
    text = texts[-1] if texts else ""
    if field.kind == "yes_no":
        return {"yes": True, "no": False}.get(text, text)
    if field.kind == "number":
        return text.replace(",", "") if _GROUPED.fullmatch(text) else text
    return text
