"""Tables as CSV that is safe to open in a spreadsheet. Pure."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

# What a spreadsheet takes for the start of a formula; East Asian ones also in full width.
RUNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheets read UTF-8 as something else

Cell = str | int | float | None


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """The rows as CSV with a byte order mark. Texts that a spreadsheet would run are made plain texts."""
    out = StringIO()
    out.write(BYTE_ORDER_MARK)
    csv.writer(out).writerows([defused(cell) for cell in row] for row in rows)
    return out.getvalue()


def defused(cell: Cell) -> Cell:
    """A text that begins like a formula, with an apostrophe before it; numbers as they are."""
    if isinstance(cell, str) and (cell.lstrip().startswith(RUNS) or cell[:1] in {"\t", "\r", "\n"}):
        return f"'{cell}"
    return cell
