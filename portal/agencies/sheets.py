"""Reading a table out of a file: CSV bytes to rows of cells, with every bad row named. Pure.

Rows are numbered as a spreadsheet numbers them: the header is row 1.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from portal.agencies.text import one_line

MOST_BYTES = 10 * 1024 * 1024
MOST_COLUMNS = 200  # each of them is offered for every field on the page of an import
_DELIMITERS = ",;\t"


@dataclass(frozen=True, order=True)
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


def read_sheet(content: bytes) -> Sheet:
    """The table in `content`: UTF-8 (with or without BOM), separated by commas, semicolons or tabs.

    Raises UnreadableFile for other bytes, for no header, and for what is no table.
    """
    if len(content) > MOST_BYTES:
        raise unreadable(f"The file has {len(content) / 2**20:.0f} MB; 10 MB are the most. Split it.")
    if content[:4] in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}:
        raise unreadable("This is a workbook or an archive. Save the sheet as “CSV UTF-8” and try again.")
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise unreadable("This file is UTF-16. Save it as “CSV UTF-8” and try again.")
    # Bytes that are not UTF-8 become lone surrogates, so that the rows that hold them can be named.
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    records = _records(text)
    if foreign := [number for number, cells in records if any(_is_foreign(cell) for cell in cells)]:
        raise UnreadableFile(Problem(number, "holds bytes that are not UTF-8") for number in foreign)
    header_number, header = next(((n, cells) for n, cells in records if not is_blank(cells)), (0, []))
    if not header:
        raise unreadable("The file is empty: a header and at least one row are needed.")
    if len(header) > MOST_COLUMNS:
        raise unreadable(f"The header has {len(header):,} columns; {MOST_COLUMNS} are the most.")
    rows = [(number, cells) for number, cells in records if number > header_number]
    filled = tuple((number, cells) for number, cells in rows if not is_blank(cells))
    return Sheet(tuple(one_line(cell) for cell in header), filled, blank=len(rows) - len(filled))


def is_blank(cells: Iterable[str]) -> bool:
    """Whether nothing can be seen in any of these cells."""
    return not any(one_line(cell) for cell in cells)


def unreadable(reason: str) -> UnreadableFile:
    """The error for what is wrong with the file as a whole."""
    return UnreadableFile([Problem(0, reason)])


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


def _is_foreign(cell: str) -> bool:
    return not cell.isascii() and any("\udc80" <= character <= "\udcff" for character in cell)
