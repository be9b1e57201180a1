"""Writing workbooks: values and no pictures, numbers as numbers, texts that no spreadsheet runs. Pure."""

from io import BytesIO
from typing import Any

from dashboards.papers.blocks import Cell, Chart, Lines, Numbers, Paper, Table, Text, numbers_table
from dashboards.papers.composition import MARKING
from dashboards.papers.package import settled
from portal.exports import defused

WIDEST = 60  # characters of a column
KINDS = {
    "stacked": {"type": "column", "subtype": "stacked"},
    "line": {"type": "line"},
    "rows": {"type": "bar"},
}
PATTERNS = {"dots": "percent_10", "lines": "wide_upward_diagonal", "cross": "outlined_diamond"}


def write_xlsx(paper: Paper) -> bytes:
    """The paper as a workbook: what it is first, then a sheet for each table and chart."""
    import xlsxwriter

    out = BytesIO()
    moment = paper.heading.moment.replace(tzinfo=None)
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties(
        {
            "title": paper.title,
            "author": "Maturity Portal",
            "subject": f"{paper.heading.marking}, {paper.heading.period}",
            "created": moment,
        }
    )
    formats = {
        "title": book.add_format({"bold": True, "font_size": 16, "font_color": "#162E51"}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "label": book.add_format({"bold": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "count": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "score": book.add_format({"num_format": "#,##0.00", "valign": "top"}),
    }
    _about(book, formats, paper)
    taken = {"about"}
    for section in paper.sections:
        for block in section.blocks:
            if isinstance(block, Chart):
                sheet, first = _sheet(book, formats, block.table, taken)
                _draw(book, sheet, block, first)
            elif isinstance(block, Table):
                _sheet(book, formats, block, taken)
            elif isinstance(block, Numbers):
                _sheet(book, formats, numbers_table(block), taken)
    book.close()
    return settled(out.getvalue(), moment)


def _about(book: Any, formats: dict[str, Any], paper: Paper) -> None:
    """What the file is, how far it may be relied on, and what is said in words."""
    sheet, heading = book.add_worksheet("About"), paper.heading
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, str(defused(paper.title)), formats["title"])
    lines: list[tuple[str, str]] = [("Marking", heading.marking)]
    if heading.demonstration:
        lines.append(("Demonstration", MARKING))
    lines += [
        ("Questionnaire", heading.model),
        ("Period", f"{heading.period}, {heading.starts_on} to {heading.ends_on}"),
        ("Reported", heading.reported_words),
        ("As of", f"{heading.as_of:%Y-%m-%d %H:%M %Z}" if heading.as_of else "nothing computed yet"),
        *([("Made", heading.made)] if heading.made else []),
        *(("", line) for line in paper.foot),
    ]
    for section in paper.sections:
        for block in section.blocks:
            if isinstance(block, Text):
                lines.append(("Summary", block.text))
            elif isinstance(block, Lines):
                lines += [(block.title, line) for line in block.lines or (block.none,)]
    for row, (label, words) in enumerate(lines, 2):
        sheet.write_string(row, 0, label, formats["label"])
        sheet.write_string(row, 1, str(defused(words)), formats["text"])


def _sheet(book: Any, formats: dict[str, Any], table: Table, taken: set[str]) -> tuple[Any, int]:
    """A sheet with one table; returns it and the row of the headings."""
    sheet = book.add_worksheet(_name(table, taken))
    sheet.write_string(0, 0, str(defused(table.title)), formats["title"])
    first = 2
    for place, column in enumerate(table.columns):
        sheet.write_string(first, place, column, formats["head"])
        longest = max([len(column), *(len(str(row[place] or "")) for row in table.rows)], default=8)
        sheet.set_column(place, place, min(max(longest + 2, 9), WIDEST))
    for number, row in enumerate(table.rows, first + 1):
        for place, cell in enumerate(row):
            _cell(sheet, number, place, cell, formats)
    if not table.rows:
        sheet.write_string(first + 1, 0, table.none, formats["text"])
    if table.note:
        sheet.write_string(first + 2 + len(table.rows), 0, table.note, formats["text"])
    sheet.freeze_panes(first + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(first)
    if len(table.rows) > 1:
        sheet.autofilter(first, 0, first + len(table.rows), len(table.columns) - 1)
    return sheet, first


def _cell(sheet: Any, row: int, place: int, cell: Cell, formats: dict[str, Any]) -> None:
    if isinstance(cell, float):
        sheet.write_number(row, place, cell, formats["score"])
    elif isinstance(cell, int):
        sheet.write_number(row, place, cell, formats["count"])
    elif cell is not None:
        sheet.write_string(row, place, str(defused(cell)), formats["text"])


def _draw(book: Any, sheet: Any, chart: Chart, first: int) -> None:
    """A native chart over the cells beside it; of rows of percents there is none, as they are words."""
    places = [
        chart.table.columns.index(series.name)
        for series in chart.series
        if series.name in chart.table.columns
    ]
    if len(places) != len(chart.series) or not chart.table.rows:
        return
    drawn, last = book.add_chart(KINDS[chart.kind]), first + len(chart.table.rows)
    for series, place in zip(chart.series, places, strict=True):
        entry: dict[str, Any] = {
            "name": [sheet.name, first, place],
            "categories": [sheet.name, first + 1, 0, last, 0],
            "values": [sheet.name, first + 1, place, last, place],
        }
        if chart.kind == "line":
            entry |= {"line": {"color": series.fill, "width": 2}, "marker": {"type": "circle", "size": 5}}
        elif series.pattern:
            pattern = {"pattern": PATTERNS[series.pattern], "fg_color": "#8D9297", "bg_color": series.fill}
            entry |= {"pattern": pattern, "border": {"color": "#A9AEB1"}}
        else:
            entry |= {"fill": {"color": series.fill}, "border": {"color": "#FFFFFF"}, "gap": 30}
        drawn.add_series(entry)
    drawn.set_title({"name": chart.title, "name_font": {"size": 12}})
    drawn.set_size({"width": 760, "height": 380})
    sheet.insert_chart(last + 3, 0, drawn, {"description": chart.alt})


def _name(table: Table, taken: set[str]) -> str:
    """What the sheet is called: short, and once."""
    base = table.slug.replace("-", " ").capitalize()[:28]
    name, number = base, 2
    while name.lower() in taken:
        name, number = f"{base} {number}", number + 1
    taken.add(name.lower())
    return name
