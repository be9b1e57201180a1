"""What an instrument finds: the same shape from every engine, kept with the run as plain JSON."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from maturity.instruments.definitions import Source

FindingKind = Literal["advice", "gap", "warning", "conflict", "blocker", "open", "strength"]


@dataclass(frozen=True)
class Known:
    """What the portal knows of the agency when a run is evaluated; frozen with the run.

    `levels` are the item levels of its latest approved result, by item slug; `working_on` is the stage.
    `on` is the day (YYYY-MM-DD) by which dates are overdue; "" where nothing is to be called overdue.
    """

    levels: dict[str, str]
    period_label: str = ""
    stages_completed: int | None = None
    working_on: int | None = None
    size: str = ""
    on: str = ""


@dataclass(frozen=True)
class Measure:
    """A number that runs are compared by. `value` is decimal text; "" is "not known", which is never 0.

    `unit` is "percent", "count", "hours", "US dollars", "years" or ""; `better` says which way is good.
    """

    slug: str
    name: str
    value: str
    unit: str = ""
    of: str = ""  # what it is a part of: "73 checks"
    better: Literal["up", "down", ""] = ""


@dataclass(frozen=True)
class Finding:
    """One thing that a run says, with what it rests on: entries of the instrument, its rules, its sources."""

    slug: str
    kind: FindingKind
    text: str
    because: tuple[str, ...] = ()  # which answers or rules spoke, in words
    entries: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Table:
    """A result to read row by row. "heat" colours cells by their text, "matrix" draws columns as tactics."""

    slug: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: Literal["plain", "heat", "matrix"] = "plain"
    summary: str = ""


@dataclass(frozen=True)
class Chart:
    """A drawing of points or bars, of which the table `table` is the same in numbers.

    kinds: "quadrant" (points with x, y from 0 to 1, label, series), "profile" (axes with value 0 to 1),
    "range" (bars from low to high around a value).
    """

    kind: Literal["quadrant", "profile", "range"]
    title: str
    table: str
    x: str = ""
    y: str = ""
    points: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Offer:
    """An answer that the run suggests for an item of the model; a person accepts it, or does not."""

    item: str
    level: str  # one of maturity.levels.Level
    reason: str
    entries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """All that a run found. `headline` is one sentence that stands by itself."""

    headline: str
    measures: tuple[Measure, ...] = ()
    findings: tuple[Finding, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    offers: tuple[Offer, ...] = ()
    unanswered: int = 0

    def as_json(self) -> dict[str, Any]:
        """For the run's row, its export and the API; `outcome_of` reads it back."""
        return asdict(self)


def outcome_of(told: dict[str, Any]) -> Outcome:
    """The outcome that `as_json` wrote."""
    findings = tuple(
        Finding(**{**row, **_tuples(row), "sources": tuple(Source(**one) for one in row["sources"])})
        for row in told["findings"]
    )
    tables = tuple(
        Table(**{**row, "columns": tuple(row["columns"]), "rows": tuple(tuple(line) for line in row["rows"])})
        for row in told["tables"]
    )
    return Outcome(
        headline=told["headline"],
        measures=tuple(Measure(**row) for row in told["measures"]),
        findings=findings,
        tables=tables,
        charts=tuple(Chart(**{**row, "points": tuple(row["points"])}) for row in told["charts"]),
        offers=tuple(Offer(**{**row, "entries": tuple(row["entries"])}) for row in told["offers"]),
        unanswered=told["unanswered"],
    )


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(row[name]) for name in ("because", "entries", "practices")}
