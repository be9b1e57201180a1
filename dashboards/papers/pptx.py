"""Writing slides: editable, with native charts; the same bytes for the same paper. Pure."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.dml import MSO_PATTERN
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from dashboards.papers.blocks import (
    Block,
    Cell,
    Chart,
    Lines,
    Numbers,
    Paper,
    Section,
    Series,
    Table,
    Text,
    in_words,
)
from dashboards.papers.composition import MARKING
from dashboards.papers.package import settled

NAVY, INK, SOFT, PALE = (
    RGBColor(0x16, 0x2E, 0x51),
    RGBColor(0x1B, 0x1B, 0x1B),
    RGBColor(0x56, 0x5C, 0x65),
    RGBColor(0xEE, 0xF2, 0xF6),
)
WIDTH, HEIGHT, MARGIN, TOP = Inches(13.333), Inches(7.5), Inches(0.55), Inches(1.25)
ROWS_ON_A_SLIDE = 12
MOST_SLIDES = 12  # of one table; the rest is in the workbook
PATTERNS = {
    "dots": MSO_PATTERN.PERCENT_10,
    "lines": MSO_PATTERN.WIDE_UPWARD_DIAGONAL,
    "cross": MSO_PATTERN.OUTLINED_DIAMOND,
}
KINDS = {
    "stacked": XL_CHART_TYPE.COLUMN_STACKED,
    "line": XL_CHART_TYPE.LINE_MARKERS,
    "rows": XL_CHART_TYPE.BAR_CLUSTERED,
}
LONGEST_PROPERTY = 255  # characters, by the standard


def write_pptx(paper: Paper) -> bytes:
    """The paper as slides, one or more for each section."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    properties = deck.core_properties
    properties.title, properties.author = paper.title[:LONGEST_PROPERTY], "Maturity Portal"
    properties.subject = f"{paper.heading.marking}, {paper.heading.period}"
    moment = paper.heading.moment.replace(tzinfo=None)
    properties.created = properties.modified = moment
    properties.last_modified_by, properties.revision = "Maturity Portal", 1
    for section in paper.sections:
        for title, blocks in _slides(section):
            _slide(deck, paper, title, blocks)
    out = BytesIO()
    deck.save(out)
    return settled(out.getvalue(), moment)


def _slides(section: Section) -> Iterator[tuple[str, tuple[Block, ...]]]:
    """The slides of a section: a long table goes on over several."""
    if (
        len(section.blocks) == 1
        and isinstance(table := section.blocks[0], Table)
        and len(table.rows) > ROWS_ON_A_SLIDE
    ):
        starts = list(range(0, len(table.rows), ROWS_ON_A_SLIDE))
        for number, start in enumerate(starts[:MOST_SLIDES], 1):
            rows = table.rows[start : start + ROWS_ON_A_SLIDE]
            note = ""
            if number == MOST_SLIDES and len(starts) > MOST_SLIDES:
                note = f"{len(table.rows) - start - len(rows):,} more are in the workbook."
            part = Table(table.slug, table.title, table.columns, rows, table.none, note)
            yield f"{section.title} ({number} of {min(len(starts), MOST_SLIDES)})", (part,)
    else:
        yield section.title, section.blocks


def _slide(deck: Any, paper: Paper, title: str, blocks: Sequence[Block]) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])  # a title alone
    heading = slide.shapes.title
    heading.left, heading.top, heading.width, heading.height = (
        MARGIN,
        Inches(0.35),
        WIDTH - 2 * MARGIN - Inches(4),
        Inches(0.75),
    )
    heading.text_frame.word_wrap = True
    _words(heading.text_frame, title, 28 if len(title) < 60 else 20, bold=True, colour=NAVY)
    _box(
        slide,
        WIDTH - MARGIN - Inches(4),
        Inches(0.4),
        Inches(4),
        Inches(0.6),
        _marking(paper),
        12,
        right=True,
    )
    _box(slide, MARGIN, HEIGHT - Inches(0.5), WIDTH - 2 * MARGIN, Inches(0.4), _foot(paper), 9, colour=SOFT)
    top: int = TOP
    wide = [block for block in blocks if isinstance(block, Text | Numbers)]
    rest = [block for block in blocks if not isinstance(block, Text | Numbers)]
    for one in wide:
        top += _wide(slide, one, top)
    room = (WIDTH - 2 * MARGIN - Inches(0.3) * (len(rest) - 1)) // max(len(rest), 1)
    for place, block in enumerate(rest):
        left = MARGIN + place * (room + Inches(0.3))
        _narrow(slide, block, left, top, room, HEIGHT - top - Inches(0.6))


def _wide(slide: Any, block: Block, top: int) -> int:
    """A block over the whole width; returns its height."""
    if isinstance(block, Text):
        height = Inches(0.85)
        _box(slide, MARGIN, top, WIDTH - 2 * MARGIN, height, block.text, 20 if len(block.text) < 160 else 15)
        return height
    if not isinstance(block, Numbers):
        return 0
    height, room = Inches(1.3), (WIDTH - 2 * MARGIN) // 4
    for place, number in enumerate(block.numbers):
        left = MARGIN + place * room
        frame = _box(slide, left, top, room - Inches(0.2), height, number.label, 12, bold=True).text_frame
        value = f"{number.value} {number.of_text}".strip()
        _paragraph(
            frame, value, 20 if number.count is not None else 14, bold=number.count is not None, colour=NAVY
        )
        _paragraph(frame, number.change_text if number.change is not None else "", 11, colour=SOFT)
    return height


def _narrow(slide: Any, block: Block, left: int, top: int, width: int, height: int) -> None:
    if isinstance(block, Chart) and not block.labels:
        _box(slide, left, top, width, height, block.summary, 14, colour=SOFT)
    elif isinstance(block, Chart):
        _chart(slide, block, left, top, width, height)
    elif isinstance(block, Table):
        _table(slide, block, left, top, width)
    elif isinstance(block, Lines):
        frame = _box(slide, left, top, width, height, block.title, 16, bold=True, colour=NAVY).text_frame
        for number, line in enumerate(block.lines, 1):
            _paragraph(frame, f"{number}. {line}", 14)
        if not block.lines:
            _paragraph(frame, block.none, 14, colour=SOFT)


def _chart(slide: Any, chart: Chart, left: int, top: int, width: int, height: int) -> None:
    """A native chart; its alternative text is the title and what it says."""
    data = CategoryChartData()
    data.categories = chart.labels
    for series in chart.series:
        data.add_series(series.name, series.values)
    shape = slide.shapes.add_chart(KINDS[chart.kind], left, top, width, height, data)
    _describe(shape, chart.title, chart.alt)
    drawn = shape.chart
    drawn.has_title = False
    drawn.font.size = Pt(11)
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.RIGHT, False
    if chart.highest is not None:
        drawn.value_axis.minimum_scale, drawn.value_axis.maximum_scale = 0, chart.highest
    drawn.value_axis.has_major_gridlines = chart.kind == "line"
    plot = drawn.plots[0]
    if chart.kind == "rows":
        drawn.category_axis.reverse_order = True
        drawn.value_axis.visible = False
    if chart.kind != "line":
        plot.gap_width = 30
        plot.has_data_labels = True
        plot.data_labels.number_format, plot.data_labels.number_format_is_linked = "#,##0;;", False
        plot.data_labels.font.size, plot.data_labels.show_value = Pt(10), True
        if chart.kind == "stacked":
            plot.data_labels.position = XL_LABEL_POSITION.CENTER
    for drawn_series, series in zip(plot.series, chart.series, strict=True):
        _paint(drawn_series, series, line=chart.kind == "line")


def _paint(drawn: Any, series: Series, *, line: bool) -> None:
    colour = RGBColor.from_string(series.fill.removeprefix("#").upper())
    if line:
        drawn.format.line.color.rgb, drawn.smooth = colour, False
        drawn.marker.format.fill.solid()
        drawn.marker.format.fill.fore_color.rgb = colour
        return
    fill = drawn.format.fill
    if series.pattern:
        fill.patterned()
        fill.pattern = PATTERNS[series.pattern]
        fill.fore_color.rgb, fill.back_color.rgb = RGBColor(0x8D, 0x92, 0x97), colour
    else:
        fill.solid()
        fill.fore_color.rgb = colour
    drawn.format.line.color.rgb = (
        RGBColor(0xFF, 0xFF, 0xFF) if not series.pattern else RGBColor(0xA9, 0xAE, 0xB1)
    )
    if not series.pattern:
        drawn.data_labels.show_value = True
        drawn.data_labels.number_format, drawn.data_labels.number_format_is_linked = "#,##0;;", False
        drawn.data_labels.font.size = Pt(10)
        drawn.data_labels.font.color.rgb = RGBColor.from_string(series.ink.removeprefix("#").upper())


def _table(slide: Any, table: Table, left: int, top: int, width: int) -> None:
    title = _box(slide, left, top, width, Inches(0.4), table.title, 14, bold=True, colour=NAVY)
    if not table.rows:
        _paragraph(title.text_frame, table.none, 12, colour=SOFT)
        return
    shape = slide.shapes.add_table(
        len(table.rows) + 1, len(table.columns), left, top + Inches(0.45), width, Inches(0.3)
    )
    _describe(shape, table.title, f"{table.title}: {len(table.rows)} rows.")
    grid = shape.table
    shares = _shares(table)
    for place, share in enumerate(shares):
        grid.columns[place].width = Emu(int(width * share))
    size = (14 if len(table.rows) <= 8 else 12) if width > WIDTH // 2 else 11
    for row, cells in enumerate((table.columns, *table.rows)):
        for place, cell in enumerate(cells):
            _cell(
                grid.cell(row, place), cell, size, head=row == 0, right=place > 0 and _is_number(table, place)
            )
    if table.note:
        _box(slide, left, HEIGHT - Inches(0.85), width, Inches(0.3), table.note, 11, colour=SOFT)


def _cell(cell: Any, value: Cell, size: int, *, head: bool, right: bool) -> None:
    cell.margin_left = cell.margin_right = Inches(0.06)
    cell.margin_top = cell.margin_bottom = Inches(0.02)
    cell.fill.solid()
    cell.fill.fore_color.rgb = NAVY if head else RGBColor(0xFF, 0xFF, 0xFF)
    _words(
        cell.text_frame, in_words(value), size, bold=head, colour=RGBColor(0xFF, 0xFF, 0xFF) if head else INK
    )
    if right:
        cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT


def _shares(table: Table) -> list[float]:
    """How wide each column is, by what stands in it."""
    longest = [
        min(max([len(column) * 0.8, *(len(in_words(row[place])) for row in table.rows)]), 60) + 4
        for place, column in enumerate(table.columns)
    ]
    return [one / sum(longest) for one in longest]


def _is_number(table: Table, place: int) -> bool:
    return all(row[place] is None or isinstance(row[place], int | float) for row in table.rows)


def _box(
    slide: Any, left: int, top: int, width: int, height: int, words: str, size: int, *,
    bold: bool = False, right: bool = False, colour: RGBColor = INK,
) -> Any:  # fmt: skip
    shape = slide.shapes.add_textbox(left, top, width, height)
    shape.text_frame.word_wrap = True
    shape.text_frame.vertical_anchor = MSO_ANCHOR.TOP
    _words(shape.text_frame, words, size, bold=bold, colour=colour)
    if right:
        shape.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
    return shape


def _words(frame: Any, words: str, size: int, *, bold: bool = False, colour: RGBColor = INK) -> None:
    frame.text = ""
    _run(frame.paragraphs[0], words, size, bold, colour)
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT


def _paragraph(frame: Any, words: str, size: int, *, bold: bool = False, colour: RGBColor = INK) -> None:
    _run(frame.add_paragraph(), words, size, bold, colour)


def _run(paragraph: Any, words: str, size: int, bold: bool, colour: RGBColor) -> None:
    run = paragraph.add_run()
    run.text = words
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, "Calibri"
    run.font.color.rgb = colour


def _describe(shape: Any, name: str, words: str) -> None:
    properties = shape._element.find(f".//{qn('p:cNvPr')}")
    properties.set("name", name)
    properties.set("descr", words)


def _marking(paper: Paper) -> str:
    heading = paper.heading
    return f"{heading.marking}" + (f", as of {heading.as_of:%b %-d, %Y}" if heading.as_of else "")


def _foot(paper: Paper) -> str:
    parts = [MARKING] if paper.heading.demonstration else []
    parts += [f"{paper.heading.period}: {paper.heading.reported_words}.", *paper.foot]
    if paper.heading.made:
        parts.append(paper.heading.made)
    return " ".join(parts)
