"""The board of a round as a workbook: values and no formulas, texts that no spreadsheet runs. Pure."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from portal.exports import defused

WIDEST, NARROWEST = 60, 9  # characters of a column
Value = str | int | float | date | None
Table = tuple[str, Sequence[str], Sequence[Sequence[Value]]]  # title, columns, rows


def write_board(about: Sequence[tuple[str, str]], tables: Sequence[Table]) -> bytes:
    """What it is first, then a sheet for each table."""
    import xlsxwriter

    out = BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"}),
        "percent": book.add_format({"num_format": "0%", "valign": "top"}),
        "score": book.add_format({"num_format": "0.00", "valign": "top"}),
    }
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    for row, (label, words) in enumerate(about):
        sheet.write_string(row, 0, label, formats["head"])
        sheet.write_string(row, 1, str(defused(words)), formats["text"])
    for table in tables:
        _sheet(book, formats, table)
    book.close()
    return out.getvalue()


def _sheet(book: Any, formats: dict[str, Any], table: Table) -> None:
    title, columns, rows = table
    sheet = book.add_worksheet(title)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column, formats["head"])
        longest = max([len(column), *(len(str(row[place] or "")) for row in rows)])
        sheet.set_column(place, place, min(max(longest + 2, NARROWEST), WIDEST))
    for number, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(number, place, cell, formats["day"])
            elif isinstance(cell, float):
                kind = "percent" if columns[place] == "Answered" else "score"
                sheet.write_number(number, place, cell, formats[kind])
            elif isinstance(cell, int):
                sheet.write_number(number, place, cell)
            elif cell:
                sheet.write_string(number, place, str(defused(cell)), formats["text"])
    sheet.freeze_panes(1, 1)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
