"""Reading a list of agencies: bytes to rows of clean cells, with every bad row named. Pure.

Rows are numbered as a spreadsheet numbers them: the header is row 1.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from urllib.parse import urlsplit

from portal.agencies.profile import FIELDS, FIELDS_BY_SLUG, InvalidValue, Value, validate
from portal.agencies.text import fault_of, one_line, quoted

KEY_COLUMNS = {
    "name": "Name",
    "parent": "Parent's name",
    "identifier": "Identifier",
    "parent_identifier": "Parent's identifier",
}
VALUE_COLUMNS = {"abbreviation": "Abbreviation", "website": "Website", "notes": "Notes"}
COLUMNS = KEY_COLUMNS | VALUE_COLUMNS | {entry.slug: entry.label for entry in FIELDS}
MOST_CHARACTERS = {
    "name": 300,
    "parent": 300,
    "identifier": 100,
    "parent_identifier": 100,
    "abbreviation": 40,
    "website": 500,
    "notes": 10_000,
}
MOST_BYTES = 10 * 1024 * 1024
_DELIMITERS = ",;\t"
_GUESSES = {
    "name": ("name", "agency name", "bureau", "suborganization name", "office", "component", "title"),
    "parent": ("parent", "parent name", "parent agency", "agency", "organization name", "department"),
    "identifier": ("identifier", "id", "agency id", "code"),
    "parent_identifier": ("parent identifier", "parent id", "parent_id", "parent_office_id", "parent code"),
    "abbreviation": ("abbreviation", "acronym", "short name"),
    "website": ("website", "url", "web site", "homepage"),
    "notes": ("notes", "note", "comment", "comments"),
    "cfo_act": ("cfo act", "cfo_act", "cfo_act_agency", "cfo act agency"),
    "branch": ("branch", "reporting_authority_type"),
}


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row; row 0 speaks of the file as a whole."""

    row: int
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}" if self.row else self.reason


class UnreadableFile(Exception):
    """The file cannot be read at all; `problems` names each bad row."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Sheet:
    """A table as it stands in the file: its header, and each row that is not wholly blank, by number."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]
    blank: int  # wholly blank lines, which are nothing


@dataclass(frozen=True)
class Row:
    """One row in our terms. `values`, `profile`: only what the row says something about."""

    number: int
    name: str = ""
    parent: str = ""
    identifier: str = ""
    parent_identifier: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """All rows; `faults` by row number: what is wrong with the cells of that row."""

    rows: tuple[Row, ...]
    faults: Mapping[int, str]
    blank: int
    by_identifier: bool


def parse_columns(text: str) -> dict[str, str]:
    """`name=Bureau,parent=Agency` as a mapping of our field to the file's column.

    Raises UnreadableFile for an unknown field, one named twice, or no `name`.
    """
    columns: dict[str, str] = {}
    for part in re.split(r",(?=\s*\w+\s*=)", text):
        key, separator, column = part.partition("=")
        key = key.strip().replace("-", "_")
        if not separator or key not in COLUMNS:
            raise _whole(f"--columns: {quoted(part)} is not FIELD=COLUMN; fields are {', '.join(COLUMNS)}.")
        if key in columns:
            raise _whole(f"--columns names {key} twice.")
        columns[key] = one_line(column)
    return check_columns(columns)


def check_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """The mapping, if it makes sense; raises UnreadableFile where it does not."""
    if not columns.get("name"):
        raise _whole("The column that holds the name is not given.")
    if columns.get("parent_identifier") and not columns.get("identifier"):
        raise _whole("The parent's identifier is given without the identifier: give both, or neither.")
    return {key: column for key, column in columns.items() if column}


def guess_columns(header: Iterable[str]) -> dict[str, str]:
    """Which column is probably what, by its heading."""
    by_heading = {heading.casefold(): heading for heading in reversed(list(header))}
    guessed: dict[str, str] = {}
    for key in COLUMNS:
        words = _GUESSES.get(key, (key, key.replace("_", " "), COLUMNS[key].casefold()))
        found = next((by_heading[word] for word in words if word in by_heading), None)
        if found is not None and found not in guessed.values():
            guessed[key] = found
    if "name" not in guessed and "parent" in guessed:
        guessed["name"] = guessed.pop("parent")
    if "identifier" not in guessed:
        guessed.pop("parent_identifier", None)
    return guessed


def read_sheet(content: bytes) -> Sheet:
    """The table in `content`: UTF-8 (with or without BOM), separated by commas, semicolons or tabs.

    Raises UnreadableFile for other bytes, for no header, and for what is no table.
    """
    if len(content) > MOST_BYTES:
        raise _whole(f"The file has {len(content) / 2**20:.0f} MB; 10 MB are the most. Split it.")
    if content[:4] in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}:
        raise _whole("This is a workbook or an archive. Save the sheet as “CSV UTF-8” and try again.")
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise _whole("This file is UTF-16. Save it as “CSV UTF-8” and try again.")
    # Bytes that are not UTF-8 become lone surrogates, so that the rows that hold them can be named.
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    records = _records(text)
    if foreign := [number for number, cells in records if any(_is_foreign(cell) for cell in cells)]:
        raise UnreadableFile(Problem(number, "holds bytes that are not UTF-8") for number in foreign)
    header_number, header = next(((n, cells) for n, cells in records if not _is_blank(cells)), (0, []))
    if not header:
        raise _whole("The file is empty: a header and at least one row are needed.")
    rows = [(number, cells) for number, cells in records if number > header_number]
    filled = tuple((number, cells) for number, cells in rows if not _is_blank(cells))
    return Sheet(tuple(one_line(cell) for cell in header), filled, blank=len(rows) - len(filled))


def read_rows(sheet: Sheet, columns: Mapping[str, str]) -> Reading:
    """The rows of `sheet` in our terms. Raises UnreadableFile for a column that is missing or there twice."""
    columns = check_columns(columns)
    places = _places(sheet.header, columns)
    rows: list[Row] = []
    faults: dict[int, str] = {}
    for number, cells in sheet.rows:
        row, wrong = _read_row(number, cells, places)
        rows.append(row)
        if len(cells) > len(sheet.header) and not _is_blank(cells[len(sheet.header) :]):
            wrong.append(f"has {len(cells)} cells, the header {len(sheet.header)}")
        if wrong:
            faults[number] = "; ".join(wrong)
    return Reading(tuple(rows), faults, sheet.blank, by_identifier="identifier" in columns)


def _read_row(number: int, cells: list[str], places: Mapping[str, int]) -> tuple[Row, list[str]]:
    wrong: list[str] = []
    lines: dict[str, str] = {}
    answers: dict[str, Value] = {}
    for key, place in places.items():
        cell = cells[place] if place < len(cells) else ""
        if key in MOST_CHARACTERS:
            lines[key] = one_line(cell)
            if reason := fault_of(lines[key], MOST_CHARACTERS[key]) or _fault_of_address(key, lines[key]):
                wrong.append(f"{COLUMNS[key]} {reason}")
            continue
        try:
            value = validate(FIELDS_BY_SLUG[key], cell)
        except InvalidValue as error:
            wrong.append(str(error).rstrip("."))
        else:
            if value is not None:
                answers[key] = value
    values = {key: lines[key] for key in VALUE_COLUMNS if lines.get(key)}
    keys = {key: lines.get(key, "") for key in KEY_COLUMNS}
    return Row(number, **keys, values=values, profile=answers), wrong


def _fault_of_address(key: str, text: str) -> str | None:
    if key != "website" or not text:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in text:
        return f"is {quoted(text)}: give an address that begins with http:// or https://"
    return None


def _places(header: tuple[str, ...], columns: Mapping[str, str]) -> dict[str, int]:
    """Our field to the index of its column; the heading may differ in case."""
    places: dict[str, int] = {}
    wrong: list[str] = []
    for key, column in columns.items():
        found = [i for i, heading in enumerate(header) if heading == column]
        found = found or [i for i, heading in enumerate(header) if heading.casefold() == column.casefold()]
        if len(found) == 1:
            places[key] = found[0]
        else:
            wrong.append(f"{'no' if not found else 'more than one'} column {quoted(column)} (for {key})")
    if wrong:
        there = ", ".join(quoted(heading) for heading in header)
        raise _whole(f"The file has {'; '.join(wrong)}. Its columns are {there}.")
    return places


def _records(text: str) -> list[tuple[int, list[str]]]:
    """All records with their numbers, by the delimiter that splits the header into the most columns."""
    csv.field_size_limit(MOST_BYTES)
    first = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    delimiter = max(_DELIMITERS, key=lambda one: len(next(csv.reader([first], delimiter=one), [])))
    records: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(
            csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
        ):
            records.append((number, cells))
    except csv.Error as error:
        raise UnreadableFile([Problem(len(records) + 1, f"is not CSV ({error})")]) from error
    return records


def _is_blank(cells: Iterable[str]) -> bool:
    return not any(one_line(cell) for cell in cells)


def _is_foreign(cell: str) -> bool:
    return not cell.isascii() and any("\udc80" <= character <= "\udcff" for character in cell)


def _whole(reason: str) -> UnreadableFile:
    return UnreadableFile([Problem(0, reason)])
