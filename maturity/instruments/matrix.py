"""Matrices: cells in columns, each with what a person marks and what the latest result shows. Pure.

Groups are the columns, their entries the cells. In `logic`:

    status: slug of the column with the marks ("status"), whose options have a worth
    lists: [group, …]           groups that are not columns of the matrix, and are scored by marks alone
    by_practices: [{slug, group, practices}, …]      of lists: the practices that count for each as a whole
    techniques: [{slug, name, ident, now, practices}, …]     what cells are about (`more: technique`)
    practice_names: {practice: title}      of the practices that count, for people
    columns_are: "Tactic"       what a column is called
    missing: [{ident, name, note}, …]      what others have in their matrix and this one has not
    rules: as speaking.py says; values: score (percent), unknown (cells)
    offers…: as offers.py says, from lists only: that a cell is covered does not show which practice does it

A cell that is marked counts by its mark. One that is not counts by the mean value of its practices in the
agency's latest approved result, those left out that do not apply there. Where neither is known the cell is
not known and in no share.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from maturity.instruments.conditions import Facts
from maturity.instruments.definitions import Entry, Group, Instrument
from maturity.instruments.figures import ONE, percent_text, plural
from maturity.instruments.offers import offers_of
from maturity.instruments.outcomes import Finding, Known, Measure, Outcome, Table
from maturity.instruments.speaking import findings_of_rules
from maturity.instruments.tallies import STATUS, Standing, standings_of, tally
from maturity.levels import LEVEL_VALUES, Level

Answers = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """A cell with its mark and with its coverage by practices, each None where it is not known."""

    standing: Standing
    by_level: Fraction | None

    @property
    def entry(self) -> Entry:
        """What the cell is."""
        return self.standing.entry

    @property
    def worth(self) -> Fraction | None:
        """The mark where there is one, else the coverage by practices."""
        return self.standing.worth if self.standing.status else self.by_level

    @property
    def words(self) -> str:
        """How it is covered, and how that is known."""
        if self.standing.status:
            return f"{self.standing.label} (marked)"
        if self.by_level is None:
            return "Not known"
        return f"{word_of(self.by_level)} (by practices, {percent_text(self.by_level)}%)"


def word_of(worth: Fraction) -> str:
    """A coverage in one word."""
    return "Covered" if worth == ONE else "Partly covered" if worth else "Open"


def evaluate_matrix(instrument: Instrument, answers: Answers, known: Known) -> Outcome:
    """How far the cells are covered."""
    logic = instrument.logic
    column = logic.get("status", STATUS)
    lists = logic.get("lists", ())
    names, head = logic.get("practice_names", {}), logic.get("columns_are", "Column")
    columns = [
        (
            group,
            [
                Cell(row, coverage_of(row.entry.practices, known.levels))
                for row in _rows(instrument, group, answers, column)
            ],
        )
        for group in instrument.groups
        if group.slug not in lists
    ]
    listed = [
        (group, _rows(instrument, group, answers, column))
        for group in instrument.groups
        if group.slug in lists
    ]
    cells = [cell for _, found in columns for cell in found]
    in_lists = [row for _, rows in listed for row in rows]
    share = share_of(cells)
    unknown = sum(not cell.standing.is_left_out and cell.worth is None for cell in cells)
    facts = Facts(answers, known).with_values(
        score=None if share is None else share * 100, unknown=Fraction(unknown)
    )
    return Outcome(
        headline=_headline(cells, share, unknown, known),
        measures=tuple(_measures(columns, listed, share)),
        findings=(
            *findings_of_rules(instrument, facts),
            *(finding for group, found in columns for finding in _findings(group, found, names, known)),
            *(finding for group, rows in listed for finding in _list_findings(group, rows)),
        ),
        tables=(
            _matrix(columns),
            _coverage(columns, head),
            _cells(columns, head, names, known),
            *_lists(instrument, listed, known),
            *_missing(instrument),
        ),
        offers=offers_of(instrument, in_lists, facts),
        unanswered=sum(not row.status for row in (*(cell.standing for cell in cells), *in_lists)),
    )


def _rows(instrument: Instrument, group: Group, answers: Answers, column: str) -> list[Standing]:
    return standings_of(instrument, group.entries, answers, column)


def coverage_of(practices: Iterable[str], levels: Mapping[str, str]) -> Fraction | None:
    """The mean value of those practices whose level is known and that apply."""
    found = [Level(levels[slug]) for slug in practices if levels.get(slug)]
    values = [LEVEL_VALUES[level] for level in found if level in LEVEL_VALUES]
    return sum(values, Fraction(0)) / len(values) if values else None


def share_of(cells: Iterable[Cell]) -> Fraction | None:
    """The mean coverage of the cells that are known."""
    known = [cell.worth for cell in cells if cell.worth is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def _headline(cells: list[Cell], share: Fraction | None, unknown: int, known: Known) -> str:
    if share is None:
        return f"Nothing is known yet of the {len(cells)} cells: mark them, or have an assessment approved."
    open_cells = sum(cell.worth == 0 for cell in cells)
    since = f", with practices as of {known.period_label}" if known.period_label else ""
    rest = f"; of {unknown} nothing is known" if unknown else ""
    return (
        f"{percent_text(share)}% covered over {plural(len(cells), 'cell')}, {open_cells} open{rest}{since}."
    )


def _measures(
    columns: list[tuple[Group, list[Cell]]],
    listed: list[tuple[Group, list[Standing]]],
    share: Fraction | None,
) -> Iterable[Measure]:
    cells = [cell for _, found in columns for cell in found]
    of = plural(len(cells), "cell")
    known = [cell for cell in cells if cell.worth is not None]
    yield Measure("score", "Coverage", percent_text(share), "percent", of, "up")
    open_cells = sum(cell.worth == 0 for cell in cells)
    yield Measure("open", "Open cells", str(open_cells) if known else "", "count", of, "down")
    unknown = sum(not cell.standing.is_left_out and cell.worth is None for cell in cells)
    yield Measure("unknown", "Cells not known", str(unknown), "count", of, "down")
    for group, found in columns:
        yield Measure(f"group-{group.slug}", group.name, percent_text(share_of(found)), "percent", "", "up")
    for group, rows in listed:
        done = tally(rows)
        yield Measure(f"group-{group.slug}", group.name, percent_text(done.share), "percent", "", "up")


def _findings(group: Group, cells: list[Cell], names: Mapping[str, str], known: Known) -> Iterable[Finding]:
    for cell in cells:
        if cell.worth is None or cell.worth == ONE:
            continue
        yield Finding(
            slug=f"gap-{cell.entry.slug}",
            kind="gap",
            text=f"{group.name}, {cell.entry.title}: {cell.words}.",
            entries=(cell.entry.slug,),
            practices=cell.entry.practices,
            sources=cell.entry.sources,
            because=() if cell.standing.status else _because(cell.entry, names, known),
        )


def _list_findings(group: Group, rows: list[Standing]) -> Iterable[Finding]:
    missed = [row for row in rows if row.worth is not None and row.worth < ONE]
    if missed:
        yield Finding(
            slug=f"open-{group.slug}",
            kind="gap",
            text=f"{group.name}: {', '.join(f'{row.entry.title} ({row.label.lower()})' for row in missed)}.",
            entries=tuple(row.entry.slug for row in missed),
            practices=tuple(dict.fromkeys(slug for row in missed for slug in row.entry.practices)),
        )


def _matrix(columns: list[tuple[Group, list[Cell]]]) -> Table:
    """The familiar drawing: a column for every group, its cells one under the other."""
    height = max((len(found) for _, found in columns), default=0)
    rows = tuple(
        tuple(_cell_text(found[number]) if number < len(found) else "" for _, found in columns)
        for number in range(height)
    )
    heads = tuple(group.name for group, _ in columns)
    summary = (
        "“Marked” was said by a person in this run; “by practices” follows from the approved assessment."
    )
    return Table("matrix", "Matrix", heads, rows, "matrix", summary)


def _cell_text(cell: Cell) -> str:
    return f"{' '.join(part for part in (cell.entry.ident, cell.entry.title) if part)}: {cell.words}"


def _coverage(columns: list[tuple[Group, list[Cell]]], head: str) -> Table:
    rows = []
    for group, cells in columns:
        worths = [cell.worth for cell in cells if cell.worth is not None]
        share = share_of(cells)
        rows.append(
            (
                group.name,
                "–" if share is None else f"{percent_text(share)}%",
                str(sum(worth == ONE for worth in worths)),
                str(sum(0 < worth < ONE for worth in worths)),
                str(sum(worth == 0 for worth in worths)),
                str(sum(cell.standing.is_left_out for cell in cells)),
                str(sum(not cell.standing.is_left_out and cell.worth is None for cell in cells)),
            )
        )
    heads = (head, "Covered", "Whole", "Partly", "Open", "Does not apply", "Not known")
    return Table("groups", f"By {head.lower()}", heads, tuple(rows), "heat")


def _cells(
    columns: list[tuple[Group, list[Cell]]], head: str, names: Mapping[str, str], known: Known
) -> Table:
    rows = tuple(
        (
            group.name,
            cell.entry.title,
            cell.entry.ident or "–",
            cell.standing.label or "–",
            "–" if cell.by_level is None else f"{word_of(cell.by_level)} ({percent_text(cell.by_level)}%)",
            "; ".join(_because(cell.entry, names, known)) or "–",
        )
        for group, cells in columns
        for cell in cells
    )
    heads = (head, "Cell", "Identifier", "Marked", "By practices", "Practices that count")
    return Table("cells", "Cell by cell", heads, rows)


def _because(entry: Entry, names: Mapping[str, str], known: Known) -> tuple[str, ...]:
    """The practices of a cell with their levels, in words."""
    return tuple(
        f"{names.get(slug, slug)}: {(known.levels.get(slug) or 'not known').replace('_', ' ')}"
        for slug in entry.practices
    )


def _lists(
    instrument: Instrument, listed: list[tuple[Group, list[Standing]]], known: Known
) -> tuple[Table, ...]:
    """The lists one by one, and as a whole with the practices that count for each."""
    rows = tuple((group.name, row.entry.title, row.label or "–") for group, found in listed for row in found)
    if not rows:
        return ()
    practices = {one["group"]: one["practices"] for one in instrument.logic.get("by_practices", ())}
    whole = tuple(
        (
            group.name,
            _percent(tally(found).share),
            _percent(coverage_of(practices.get(group.slug, ()), known.levels)),
        )
        for group, found in listed
    )
    return (
        Table("lists", "Lists as a whole", ("Group", "By marks", "By practices"), whole, "heat"),
        Table("listed", "Lists one by one", ("Group", "Entry", "Marked"), rows, "heat"),
    )


def _missing(instrument: Instrument) -> tuple[Table, ...]:
    """What the matrix of others has and this one has not."""
    told = instrument.logic.get("missing", ())
    rows = tuple((one["ident"], one["name"], one["note"]) for one in told)
    heads = ("Identifier", "Name", "Note")
    return (Table("missing", "Not in this matrix", heads, rows),) if rows else ()


def _percent(share: Fraction | None) -> str:
    return "–" if share is None else f"{percent_text(share)}%"
