"""What all writers know how to write: a paper is sections of a few kinds of blocks. Pure."""

from dataclasses import dataclass, field, replace

from dashboards.papers.content import Heading, Number

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Rows under columns; the first cell of a row is its head. `widths`: parts of the whole, for slides."""

    slug: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    none: str = "Nothing to show."
    note: str = ""


@dataclass(frozen=True)
class Series:
    """One part of a chart at each label; `pattern`: "", dots, lines or cross."""

    name: str
    values: tuple[float | None, ...]
    fill: str
    ink: str
    pattern: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart in numbers, with its drawing for the writers that draw; its data are also a table.

    `kind`: stacked, line or rows.
    """

    slug: str
    title: str
    summary: str
    kind: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    table: Table
    drawing: str
    highest: float | None = None

    @property
    def alt(self) -> str:
        """What stands for the drawing where it is not seen."""
        return f"{self.title}. {self.summary}"


@dataclass(frozen=True)
class Text:
    """A sentence of its own."""

    text: str
    large: bool = False


@dataclass(frozen=True)
class Numbers:
    """The numbers that are read first."""

    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class Lines:
    """A list of lines under a title."""

    title: str
    lines: tuple[str, ...]
    none: str = "None."


Block = Table | Chart | Text | Numbers | Lines


@dataclass(frozen=True)
class Section:
    """A part of a paper under a heading: in slides, a slide."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Paper:
    """A whole paper, in the order in which it is read."""

    title: str
    heading: Heading
    sections: tuple[Section, ...]
    foot: tuple[str, ...] = field(default=())

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, those of charts included, in their order."""
        found = []
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Table):
                    found.append(block)
                elif isinstance(block, Chart):
                    found.append(block.table)
                elif isinstance(block, Numbers):
                    found.append(numbers_table(block))
        return tuple(found)


def numbers_table(block: Numbers) -> Table:
    """The numbers as a table, each with n, change and source."""
    rows = tuple(
        (
            one.label,
            one.count if one.count is not None else one.missing,
            one.of,
            one.change_said if one.change is not None and one.change_said else one.change,
            one.compared or None,
            one.source,
        )
        for one in block.numbers
    )
    columns = ("Number", "Value", "Of", "Change", "Compared", "Source")
    return Table("numbers", "Numbers", columns, rows)


def in_words(value: Cell) -> str:
    """A cell as text: counts with separators, scores with two places, a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else value


def clipped(paper: Paper, most: int) -> Paper:
    """The paper with tables of at most so many rows, each saying how many are left out."""
    sections = tuple(
        replace(one, blocks=tuple(_clipped_table(b, most) if isinstance(b, Table) else b for b in one.blocks))
        for one in paper.sections
    )
    return replace(paper, sections=sections)


def _clipped_table(table: Table, most: int) -> Table:
    left = len(table.rows) - most
    if left <= 0:
        return table
    return replace(table, rows=table.rows[:most], note=f"{left:,} more are in the workbook (Excel).")
