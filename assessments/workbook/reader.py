"""Reading a workbook that came back: its sheets as cells by column, and what the portal had signed. Pure.

No formula is evaluated, no link followed. Cells are looked at later, once the signature holds.
"""

import base64
import binascii
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

from assessments.workbook.columns import COLUMNS, NEEDED, SEAL_MARK
from assessments.workbook.content import settled
from assessments.workbook.package import NotAWorkbook, check_package

MOST_SHEETS, MOST_ROWS, MOST_COLUMNS = 60, 1_000, 60
HEAD_WITHIN = 12  # rows, in which the headings are looked for
MOST_PIECES = 400  # of what was signed
# What openpyxl raises for XML that is no workbook is not one kind of error.
UNREADABLE = (
    BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError,
    SyntaxError, OverflowError, OSError,
)  # fmt: skip
Value = str | int | float | bool | date | datetime | None


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


KEYS = {_squeezed(column.title): column.key for column in COLUMNS}


@dataclass(frozen=True)
class Cell:
    """What stands in a cell. `kind`: "f" of a formula, "e" of an error, else ""."""

    value: Value
    kind: str = ""


@dataclass(frozen=True)
class Row:
    """One row below the headings: its cells by the key of their column."""

    number: int
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Table:
    """One sheet with questions. `letters`: of its columns, by key. `doubled`: titles that are there twice."""

    sheet: str
    letters: dict[str, str]
    doubled: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Opened:
    """A workbook as it came. `sealed`: the text that was signed, "" where there is none."""

    sealed: str
    signature: str
    tables: tuple[Table, ...]


def open_workbook(content: bytes) -> Opened:
    """The sheets with questions, whatever they are called now, and what was signed. Raises NotAWorkbook."""
    from openpyxl import load_workbook  # 10 MB, which a web process rarely needs
    from openpyxl.utils.exceptions import InvalidFileException

    check_package(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what openpyxl leaves out: styles, extensions
            book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
            try:
                return _opened(book)
            finally:
                book.close()
    except (*UNREADABLE, InvalidFileException) as error:
        raise NotAWorkbook("This is not an Excel workbook (.xlsx), or it is damaged.") from error


def _opened(book: Any) -> Opened:
    if len(book.worksheets) > MOST_SHEETS:
        raise NotAWorkbook(f"This workbook has {len(book.worksheets)} sheets; {MOST_SHEETS} are the most.")
    sealed, tables = ("", ""), []
    for sheet in book.worksheets:
        rows = _rows(sheet)
        first = next(rows, ())
        if first and text_of(first[0].value) == SEAL_MARK:
            sealed = _unsealed(sheet)
        elif (table := _table(sheet, [first, *rows])) is not None:
            tables.append(table)
    return Opened(sealed[0], sealed[1], tuple(tables))


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    """Its rows, as far as a sheet of ours may reach. What it says of its own size is not believed."""
    sheet.reset_dimensions()
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS)
    return rows


def _unsealed(sheet: Any) -> tuple[str, str]:
    """The signed text and its signature; what is none becomes a text that no signature fits."""
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_row=MOST_PIECES, max_col=1, values_only=True)
    cells = [str(row[0] or "") if row else "" for row in rows]
    try:
        text = base64.b64decode("".join(cells[2:]), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    return text, cells[1] if len(cells) > 1 else ""


def _table(sheet: Any, rows: Sequence[tuple[Any, ...]]) -> Table | None:
    """The sheet as a table of questions, or None if it has no such headings."""
    head = next((place for place, row in enumerate(rows[:HEAD_WITHIN]) if set(NEEDED) <= {*_keys(row)}), None)
    if head is None:
        return None
    if any(cell.value is not None for row in rows[MOST_ROWS:] for cell in row):
        raise NotAWorkbook(f"The sheet “{sheet.title[:40]}” has more than {MOST_ROWS:,} rows.")
    keys = _keys(rows[head])
    doubled = tuple(column.title for column in COLUMNS if keys.count(column.key) > 1)
    read = [_row(place + 1, keys, cells) for place, cells in enumerate(rows) if place > head]
    filled = tuple(row for row in read if row.cells)
    from openpyxl.utils import get_column_letter

    letters = {key: get_column_letter(place) for place, key in enumerate(keys, 1) if key}
    return Table(sheet.title, letters, doubled, filled)


def _keys(row: tuple[Any, ...]) -> list[str]:
    """Which column stands in each place, by its heading; "" where it is none of ours."""
    return [KEYS.get(_squeezed(text_of(cell.value)), "") for cell in row]


def _row(number: int, keys: Sequence[str], cells: Sequence[Any]) -> Row:
    """The cells that hold something; of a doubled column the first."""
    found: dict[str, Cell] = {}
    for key, cell in zip(keys, cells, strict=False):
        if key and key not in found and cell.value is not None:
            kind = cell.data_type if cell.data_type in {"f", "e"} else ""
            found[key] = Cell(cell.value, kind)
    return Row(number, found)


def text_of(value: Value) -> str:
    """What a cell says as text, however a spreadsheet stored it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return settled(str(value))
