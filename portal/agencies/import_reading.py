"""Reading a list of agencies: the rows of a sheet in our terms, with every bad row named. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portal.agencies.profile import FIELDS, FIELDS_BY_SLUG, InvalidValue, Value, validate
from portal.agencies.sheets import Sheet, is_blank, unreadable
from portal.agencies.text import fault_of, is_web_address, one_line, quoted

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
            raise unreadable(
                f"--columns: {quoted(part)} is not FIELD=COLUMN; fields are {', '.join(COLUMNS)}."
            )
        if key in columns:
            raise unreadable(f"--columns names {key} twice.")
        columns[key] = one_line(column)
    return check_columns(columns)


def check_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """The mapping, if it makes sense; raises UnreadableFile where it does not."""
    if not columns.get("name"):
        raise unreadable("The column that holds the name is not given.")
    if columns.get("parent_identifier") and not columns.get("identifier"):
        raise unreadable("The parent's identifier is given without the identifier: give both, or neither.")
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


def read_rows(sheet: Sheet, columns: Mapping[str, str]) -> Reading:
    """The rows of `sheet` in our terms. Raises UnreadableFile for a column that is missing or there twice."""
    columns = check_columns(columns)
    places = _places(sheet.header, columns)
    rows: list[Row] = []
    faults: dict[int, str] = {}
    for number, cells in sheet.rows:
        row, wrong = _read_row(number, cells, places)
        rows.append(row)
        if len(cells) > len(sheet.header) and not is_blank(cells[len(sheet.header) :]):
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
    if key != "website" or not text or is_web_address(text):
        return None
    return f"is {quoted(text)}: give an address that begins with http:// or https://"


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
        raise unreadable(f"The file has {'; '.join(wrong)}. Its columns are {there}.")
    return places
