"""From cells to what they say: each row that is not as it left, and each fault by sheet and cell. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from assessments.workbook.columns import BY_KEY, CODE, EVIDENCE, columns_for
from assessments.workbook.content import (
    Edit,
    Export,
    Exported,
    Fault,
    NewEvidence,
    Question,
    Said,
    settled,
)
from assessments.workbook.reader import Cell, Opened, Row, Table, text_of
from portal.exports import defused

MOST_FAULTS = 500
LONGEST = {"holder_name": 200, "evidence_title": 200, "evidence_url": 1_000}
LONGEST_TEXT = 5_000
MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
SERIAL_START, SERIAL_END = 20_000, 80_000  # days as spreadsheets count them: 1954 to 2119
DAY_ZERO = date(1899, 12, 30)
Choices = Mapping[str, str]  # what may be written, in small letters: its value


@dataclass(frozen=True)
class Understood:
    """What a workbook asks for. `gone`: exported questions that are in none of its sheets any more."""

    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]
    gone: tuple[str, ...]


class _Wrong(Exception):
    """A cell says nothing that can be taken; what would be right."""


@dataclass
class _Reading:
    export: Export
    questions: Mapping[str, Question]
    holders: Choices
    edits: dict[str, Edit] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)  # slug: where it stands

    def wrong(self, sheet: str, cell: str, message: str, slug: str = "") -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(sheet, cell, message, slug))


def understand(
    opened: Opened, export: Export, questions: Mapping[str, Question], holders: Sequence[tuple[str, str]]
) -> Understood:
    """The rows that are not as they left. A row with a fault in it is not taken at all."""
    reading = _Reading(export, questions, _written(holders))
    for table in opened.tables:
        if table.doubled:
            titles = ", ".join(f"“{title}”" for title in table.doubled)
            reading.wrong(table.sheet, "", f"The column {titles} stands there twice; leave one of them.")
            codes = (row.cells[CODE] for row in table.rows if CODE in row.cells)
            reading.seen |= {text_of(code.value): "" for code in codes}
            continue
        for row in table.rows:
            _read_row(reading, table, row)
    faulty = {fault.slug for fault in reading.faults}
    edits = tuple(edit for slug, edit in reading.edits.items() if slug not in faulty)
    gone = tuple(slug for slug in export.answers if slug not in reading.seen)
    return Understood(edits, tuple(reading.faults), gone)


def _written(choices: Sequence[tuple[str, str]]) -> Choices:
    """A choice by its words or by its value."""
    return {_small(value): value for value, _ in choices} | {_small(words): value for value, words in choices}


def _small(text: str) -> str:
    return " ".join(text.replace("’", "'").split()).casefold()


def _read_row(reading: _Reading, table: Table, row: Row) -> None:
    code = row.cells.get(CODE)
    slug = text_of(code.value) if code else ""
    filled = [key for key in row.cells if BY_KEY[key].filled]
    if not slug:
        if filled:
            told = "This row has no code, so nobody knows what it answers."
            reading.wrong(table.sheet, f"{table.letters[CODE]}{row.number}", told)
        return
    cells = {key: f"{letter}{row.number}" for key, letter in table.letters.items()}
    place = cells[CODE]
    if slug not in reading.export.answers or slug not in reading.questions:
        reading.wrong(table.sheet, place, f"“{slug[:80]}” is the code of no question of this workbook.")
        return
    if slug in reading.seen:
        told = f"“{slug}” stands in {reading.seen[slug]} already; leave one of them. None of them is taken."
        reading.wrong(table.sheet, place, told, slug)
        return
    reading.seen[slug] = f"“{table.sheet}”, {place}"
    base, question = reading.export.answers[slug], reading.questions[slug]
    said, new, wrong = _values(reading, table, row, question, base)
    given = Said(**(asdict(base.said) | said))
    evidence, amiss = _evidence(new)
    for key, message in [*wrong, *amiss]:
        reading.wrong(table.sheet, cells.get(key, place), message, slug)
    if given != base.said or evidence is not None:
        reading.edits[slug] = Edit(slug, table.sheet, cells, base, given, evidence)


def _values(
    reading: _Reading, table: Table, row: Row, question: Question, base: Exported
) -> tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]:
    """What the row says and what evidence it brings, of the columns there are; by field, what is wrong."""
    said: dict[str, Any] = {}
    evidence: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for column in columns_for(in_points=True):
        if not column.filled or column.key not in table.letters:
            continue
        try:
            value = _value(column.key, row.cells.get(column.key), question, reading.holders, base)
        except _Wrong as error:
            wrong.append((column.key, str(error)))
            continue
        (evidence if column.key in EVIDENCE else said)[column.key] = value
    return said, evidence, wrong


def _value(
    key: str, cell: Cell | None, question: Question, holders: Choices, base: Exported
) -> str | int | None:
    if cell is not None and cell.kind == "f":
        raise _Wrong("This is a formula, and none is worked out here. Write the value itself.")
    if cell is not None and cell.kind == "e":
        raise _Wrong(f"This is an error ({text_of(cell.value)[:20]}). Write the value itself, or empty it.")
    if key in {"planned_on", "evidence_dated_on"}:
        return _day(cell)
    if key == "points":
        return _points(cell, question)
    text = text_of(cell.value) if cell is not None else ""
    if key == "level":
        return _chosen(text, _written(question.choices), [words for _, words in question.choices], "")
    if key == "holder":
        return _chosen(text, holders, list(holders), "self")
    left = getattr(base.said, key, "")
    if text == settled(str(defused(left))):
        return left  # as it left, with the apostrophe that keeps a spreadsheet from running it
    if text.startswith("'") and defused(text[1:]) == text:
        text = text[1:]
    if len(text) > (most := LONGEST.get(key, LONGEST_TEXT)):
        raise _Wrong(f"Write at most {most:,} characters; these are {len(text):,}.")
    return text


def _chosen(text: str, choices: Choices, words: Sequence[str], empty: str) -> str:
    if not text:
        return empty
    if _small(text) not in choices:
        raise _Wrong(f"“{text[:60]}” is no answer here. Choose: {'; '.join(words)}.")
    return choices[_small(text)]


def _points(cell: Cell | None, question: Question) -> int | None:
    text = text_of(cell.value) if cell is not None else ""
    if not text:
        return None
    if not question.points:
        raise _Wrong("This question is answered with a level, not in points. Empty the cell.")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= question.points):
        raise _Wrong(f"Give a whole number from 0 to {question.points}; this is “{text[:20]}”.")
    return int(text)


def _day(cell: Cell | None) -> str:
    """A date, however it is stored: as a date, as the number of a day, or as text."""
    value = cell.value if cell is not None else None
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = text_of(value).removeprefix("'")
    if not text:
        return ""
    if not isinstance(value, bool) and text.isascii() and text.isdigit():
        if len(text) == 5 and SERIAL_START <= int(text) <= SERIAL_END:
            return (DAY_ZERO + timedelta(days=int(text))).isoformat()
    elif found := MONTH_FIRST.fullmatch(text):
        text = f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}"
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise _Wrong(f"“{text[:30]}” is no date. Write it as year-month-day: 2027-03-31.")


def _evidence(values: Mapping[str, object]) -> tuple[NewEvidence | None, list[tuple[str, str]]]:
    """A new piece of evidence, if any of its cells is filled; and what is missing, by field."""
    title, dated_on, url, statement = (str(values.get(key, "")) for key in EVIDENCE)
    if not any((title, dated_on, url, statement)):
        return None, []
    wrong = []
    if url and statement:
        told = "Give an address or a statement, not both. A second piece of evidence is added in the portal."
        wrong.append((EVIDENCE[2], told))
    elif not url and not statement:
        wrong.append((EVIDENCE[0], "Give the address of a link, or a statement, beside it."))
    return NewEvidence("link" if url else "statement", title, dated_on, url, statement), wrong
