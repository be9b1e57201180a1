"""A run as a file that is safe to open in a spreadsheet. Pure."""

from collections.abc import Sequence
from io import BytesIO

from portal.exports import csv_text, defused

WIDEST, NARROWEST = 70, 9  # characters of a column
SHEET_NAME = 31  # the most that a workbook allows
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
Sheet = tuple[str, list[list[str]]]


def csv_of(sheets: Sequence[Sheet]) -> str:
    """All tables below each other, each under its title."""
    rows: list[list[str]] = []
    for title, table in sheets:
        rows += [*([[]] if rows else []), [title], *table]
    return csv_text(rows)


def xlsx_of(sheets: Sequence[Sheet]) -> bytes:
    """A sheet for each table; every cell is text, and none is run."""
    import xlsxwriter

    out = BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    taken: set[str] = set()
    for title, table in sheets:
        sheet = book.add_worksheet(_name(title, taken))
        for number, row in enumerate(table):
            for place, cell in enumerate(row):
                top = number == 0 and title != "About"
                sheet.write_string(number, place, str(defused(cell)), head if top else plain)
        for place in range(max((len(row) for row in table), default=0)):
            longest = max(len(row[place]) for row in table if place < len(row))
            sheet.set_column(place, place, min(max(longest + 2, NARROWEST), WIDEST))
        if title != "About":
            sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _name(title: str, taken: set[str]) -> str:
    """What a sheet is called: allowed, short, and once."""
    base = title.translate(FORBIDDEN).strip()[: SHEET_NAME - 3] or "Table"
    name, number = base, 2
    while name.casefold() in taken:
        name, number = f"{base} {number}", number + 1
    taken.add(name.casefold())
    return name
