"""A finished run as its page, its comparison and its exports read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from assessments.charts import draw
from assessments.models import InstrumentRun
from assessments.queries_runs import definition_of, outcome_in
from assessments.run_answers import Answers, entry_name, places, value_at, words_of
from maturity.instruments.definitions import Instrument, Source
from maturity.instruments.outcomes import Finding, Measure, Outcome, Table
from maturity.models import Item
from portal.search.queries import places_of

FINDING_WORDS = {
    "blocker": "Stands in the way",
    "warning": "Take care",
    "conflict": "In conflict",
    "gap": "Not there yet",
    "advice": "Advice",
    "open": "Still open",
    "strength": "Already strong",
}
LONG_TABLE = 12  # rows
FINDINGS_SHOWN = 8  # of a kind, before the rest is folded away
UNKNOWN = {"not known"}
OUT = {"not applicable", "n/a", "does not apply"}
GOOD = {"yes", "met", "pass", "passed", "covered", "done", "in place", "full", "complete", "high"}
HALF = {"partial", "partly", "partly covered", "partly met", "partly done", "in progress", "planned"}
HALF |= {"medium", "moderate"}
POOR = {"no", "open", "fail", "failed", "not met", "not covered", "none", "missing", "low", "not done"}


@dataclass(frozen=True)
class Link:
    """Words, and where they lead; "" where to nowhere."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class FindingLine:
    """A finding with its links."""

    finding: Finding
    entries: list[Link]
    practices: list[Link]
    sources: list[Link]


@dataclass(frozen=True)
class FindingGroup:
    """The findings of one kind."""

    kind: str
    name: str
    first: list[FindingLine]
    rest: list[FindingLine]

    @property
    def count(self) -> int:
        """How many there are; of what is open, how many entries."""
        lines = [*self.first, *self.rest]
        if self.kind == "open":
            return sum(max(len(line.entries), 1) for line in lines)
        return len(lines)


@dataclass(frozen=True)
class Cell:
    """A cell of a table, with how it is coloured: "", good, half, poor, out or unknown."""

    text: str
    tone: str


@dataclass(frozen=True)
class TableReading:
    """A table with its cells, and the drawing of which it is the same in numbers."""

    table: Table
    rows: list[list[Cell]]
    drawing: SafeString | None
    chart_title: str
    points: list[str]  # what the numbers in the drawing name

    @property
    def folded(self) -> bool:
        """Whether it is long and only told in full when asked for."""
        return len(self.rows) > LONG_TABLE and self.table.kind == "plain"


def measure_words(measure: Measure) -> str:
    """A measure's value as people read it; "not known" where there is none, which is never 0."""
    if measure.value == "":
        return "not known"
    text = amount(measure.value)
    if measure.unit == "percent":
        return f"{text}%"
    return text if measure.unit in {"", "count"} else f"{text} {measure.unit}"


def of_words(measure: Measure) -> str:
    """What a measure is a part of, as it stands behind the value: "of 73 checks", "(from -1 to 1)"."""
    if not measure.of or not measure.value:
        return ""  # "not known" is a part of nothing
    return f"of {measure.of}" if measure.of[0].isdigit() else f"({measure.of})"


def amount(text: str) -> str:
    """A decimal with its thousands parted, as it is otherwise."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    whole, _, rest = f"{number:f}".partition(".")
    sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{f'.{rest}' if rest else ''}"


def links_to(slugs: Iterable[str]) -> dict[str, Link]:
    """By slug, where the portal tells of it: a practice or challenge in the newest version that has it, or
    what the search knows (an entry of the library, a case study); two queries."""
    wanted = set(slugs)
    found = {key: Link(place.title, place.url) for key, place in places_of(wanted).items()}
    items = Item.objects.filter(slug__in=wanted).select_related("version__model")
    return found | {
        item.slug: Link(item.title, item_address(item))
        for item in items.order_by("version__published_at", "version_id")
    }


def item_address(item: Item) -> str:
    """Where an item is explained."""
    version = item.version
    return reverse("maturity:item-detail", args=[version.model.slug, version.version, item.slug])


def links_of_sources(sources: Sequence[Source], known: Mapping[str, Link]) -> list[Link]:
    """Sources as links to their place in the portal, where they have one, named by document and section;
    what is named alike and leads to the same place, once."""
    links = [
        Link(source.ref or (known[source.slug].text if source.slug in known else source.slug),
             known[source.slug].url if source.slug in known else "")
        for source in sources
    ]  # fmt: skip
    return list({(link.text, link.url): link for link in links}.values())


def cited_in(sources: Iterable[Source]) -> str:
    """What sources cite, as one citation: for the key to the documents."""
    return "; ".join(sorted({source.ref for source in sources if source.ref}))


def finding_groups(outcome: Outcome, instrument: Instrument, known: Mapping[str, Link]) -> list[FindingGroup]:
    """The findings by kind, those that stand in the way first."""
    entries = {entry.slug: entry_name(entry) for entry in instrument.entries}
    page = reverse("assessments:instrument-detail", args=[instrument.slug])

    def line(finding: Finding) -> FindingLine:
        return FindingLine(
            finding,
            [Link(entries[slug], f"{page}#{slug}") for slug in finding.entries if slug in entries],
            [known[slug] for slug in finding.practices if slug in known],
            links_of_sources(finding.sources, known),
        )

    found = []
    for kind, name in FINDING_WORDS.items():
        lines = [line(finding) for finding in outcome.findings if finding.kind == kind]
        if lines:
            found.append(FindingGroup(kind, name, lines[:FINDINGS_SHOWN], lines[FINDINGS_SHOWN:]))
    return found


def slugs_in(outcome: Outcome) -> set[str]:
    """Everything that an outcome refers to."""
    return {
        slug
        for finding in outcome.findings
        for slug in (*finding.practices, *(source.slug for source in finding.sources))
    } | {offer.item for offer in outcome.offers}


def table_readings(outcome: Outcome) -> list[TableReading]:
    """The tables in their order, each with the chart that shows it."""
    charts = {chart.table: chart for chart in outcome.charts}
    found = []
    for table in outcome.tables:
        chart = charts.get(table.slug)
        svg = draw(chart, table.summary) if chart is not None else ""
        toned = table.kind != "plain"
        rows = [
            [
                Cell(text, tone_of(text) if toned and (place or table.kind == "matrix") else "")
                for place, text in enumerate(row)
            ]
            for row in table.rows
        ]
        names = (
            [point.get("label", "") for point in chart.points] if chart and chart.kind == "quadrant" else []
        )
        found.append(
            TableReading(
                table,
                rows,
                mark_safe(svg) if svg else None,  # noqa: S308 - drawn by us, its texts escaped
                chart.title if chart is not None else "",
                names,
            )
        )
    return found


def tone_of(text: str) -> str:
    """How a cell is coloured, by its text alone: a percentage, or the word that it begins with."""
    said = text.strip().casefold()
    number = said.removesuffix("%").strip()
    if number != said and number.replace(".", "", 1).isdecimal():
        share = float(number)
        return "good" if share >= 80 else "half" if share >= 40 else "poor"
    last = said.rpartition(": ")[2].partition(" (")[0]
    tones = (("good", GOOD), ("half", HALF), ("poor", POOR), ("out", OUT), ("unknown", UNKNOWN))
    return next((tone for tone, words in tones if last in words), "")


# --- comparing --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CompareRow:
    """One line of a comparison: what is compared, and each run's value in words."""

    label: str
    cells: list[str]
    differs: bool
    better: str = ""  # of a measure: "up" or "down"


def compare_measures(runs: Sequence[InstrumentRun]) -> list[CompareRow]:
    """The measures that any of these finished runs has, in the order in which they first come."""
    by_run = [{measure.slug: measure for measure in outcome_in(run).measures} for run in runs]
    slugs = list(dict.fromkeys(slug for measures in by_run for slug in measures))
    found = []
    for slug in slugs:
        told = [measures.get(slug) for measures in by_run]
        first = next(measure for measure in told if measure is not None)
        cells = [measure_words(measure) if measure is not None else "–" for measure in told]
        found.append(CompareRow(first.name, cells, len(set(cells)) > 1, first.better))
    return found


def compare_answers(runs: Sequence[InstrumentRun]) -> list[CompareRow]:
    """All that any of these runs answered, in the order of the newest edition among them; rows by name."""
    newest = max(runs, key=lambda run: run.edition.edition)
    instrument = definition_of(newest.edition)
    found = []
    for place, label, field in places(instrument):
        cells = [words_of(field, value_at(run.answers, place)) or "–" for run in runs]
        if any(cell != "–" for cell in cells):
            found.append(CompareRow(label, cells, len(set(cells)) > 1))
    return found + _compare_rows(instrument, [_rows_by_name(instrument, run.answers) for run in runs])


def _rows_by_name(instrument: Instrument, answers: Answers) -> dict[str, dict[str, Any]]:
    """The rows of a run by what stands in their first text field; a name that comes again gets a number."""
    title = next((field.slug for field in instrument.row if field.kind == "text"), "")
    found: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(answers.get("rows", []), start=1):
        name = said = str(row.get(title) or f"No. {number}").strip()
        again = 1
        while name in found:
            again += 1
            name = f"{said} ({again})"
        found[name] = row
    return found


def _compare_rows(instrument: Instrument, by_run: list[dict[str, dict[str, Any]]]) -> list[CompareRow]:
    """Rows of the same name beside each other: first whether each run has it, where one has not."""
    found = []
    noun = (instrument.row_name or "row").capitalize()
    title = next((field.slug for field in instrument.row if field.kind == "text"), "")
    for name in dict.fromkeys(name for rows in by_run for name in rows):
        if not all(name in rows for rows in by_run):
            cells = ["In the list" if name in rows else "Not in the list" for rows in by_run]
            found.append(CompareRow(f"{noun} {name}", cells, True))
        for field in instrument.row:
            cells = [words_of(field, rows.get(name, {}).get(field.slug)) or "–" for rows in by_run]
            if field.slug != title and any(cell != "–" for cell in cells):
                found.append(CompareRow(f"{noun} {name}: {field.label}", cells, len(set(cells)) > 1))
    return found


# --- exporting --------------------------------------------------------------------------------------

Sheet = tuple[str, list[list[str]]]


def sheets_of(run: InstrumentRun, marking: str) -> list[Sheet]:
    """A run as tables: what it is, its answers, and, once finished, all that it found."""
    instrument = definition_of(run.edition)
    found: list[Sheet] = [
        ("About", _about_rows(run, marking)),
        ("Answers", _answer_rows(instrument, run.answers)),
    ]
    if run.outcome is None:
        return found
    outcome = outcome_in(run)
    measures = [["Measure", "Value", "Unit", "Of"]]
    measures += [[one.name, one.value or "not known", one.unit, one.of] for one in outcome.measures]
    findings = [["Kind", "Finding", "Because", "Entries", "Practices", "Sources"]]
    findings += [
        [FINDING_WORDS[one.kind], one.text, "; ".join(one.because), ", ".join(one.entries),
         ", ".join(one.practices), "; ".join(source.ref or source.slug for source in one.sources)]
        for one in outcome.findings
    ]  # fmt: skip
    found += [("Measures", measures), ("Findings", findings)]
    found += [(one.title, [list(one.columns), *(list(row) for row in one.rows)]) for one in outcome.tables]
    if outcome.offers:
        offers = [["Item", "Level", "Reason"]]
        found.append(("Suggestions", offers + [[one.item, one.level, one.reason] for one in outcome.offers]))
    return found


def _about_rows(run: InstrumentRun, marking: str) -> list[list[str]]:
    headline = outcome_in(run).headline if run.outcome is not None else ""
    rows = [
        ["Instrument", run.edition.name],
        ["Edition", str(run.edition.edition)],
        ["Agency", run.agency.name],
        ["Subject", run.subject],
        ["Date", run.run_on.isoformat()],
        ["State", str(run.get_state_display())],
        ["Started by", str(run.started_by or "")],
        ["Finished by", str(run.finished_by or "")],
        ["Finished at", run.finished_at.isoformat(timespec="seconds") if run.finished_at else ""],
        ["Note", run.note],
        ["Outcome", headline],
    ]
    return rows + ([["Marking", marking]] if marking else [])


def _answer_rows(instrument: Instrument, answers: Answers) -> list[list[str]]:
    rows = [["Place", "Question", "Answer", "Value"]]
    for place, label, field in places(instrument, answers):
        value = value_at(answers, place)
        rows.append([place, label, words_of(field, value), "" if value is None else _plain(value)])
    return rows


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "; ".join(str(one) for one in value) if isinstance(value, list) else str(value)
