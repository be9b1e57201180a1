"""The table of agencies as rows of a file. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from dashboards.charts.scale import ScoreScale
from dashboards.rule_changes import Split
from maturity.scoring import MILLION, format_hundredths

MARKING = "DEMONSTRATION: the agencies and scores are invented."


Value = str | int | float | None


@dataclass(frozen=True)
class Table:
    """A table of a page as it goes into a file. `name`: of the file; `notes`: what the numbers mean;
    `figure`: the identifier by which they can be had again; `as_of_today`: they go by what is known today,
    also where another day was asked for."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Value, ...]]
    notes: tuple[str, ...] = ()
    figure: str = ""
    as_of_today: bool = False


def table_file(
    table: Table,
    *,
    scope: str,
    period: str,
    reader: str,
    at: datetime,
    demonstration: bool,
    knowledge: str = "",
) -> Iterator[tuple[Value, ...]]:
    """What the file is, then a line of headings, then the rows."""
    if demonstration:
        yield (MARKING,)
    yield (f"{table.title}. {scope}, {period}",)
    yield from ((note,) for note in table.notes)
    yield (f"Exported by {reader} on {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",)
    if knowledge:
        yield ("As known today" if table.as_of_today else knowledge,)
    if table.figure:
        yield (f"Figure: {table.figure}",)
    yield ()
    yield table.columns
    yield from table.rows


class Row(Protocol):
    """One agency with how it stands. Scores in millionths, ages in months."""

    @property
    def name(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def state_words(self) -> str: ...
    @property
    def stages_completed(self) -> int | None: ...
    @property
    def working_on(self) -> int | None: ...
    @property
    def all_completed(self) -> bool: ...
    @property
    def score(self) -> int | None: ...
    @property
    def change(self) -> int | None: ...
    @property
    def period_label(self) -> str | None: ...
    @property
    def age(self) -> int | None: ...


def portfolio_table(
    rows: Sequence[Row],
    *,
    scope: str,
    period: str,
    before: str,
    reader: str,
    at: datetime,
    demonstration: bool,
    scale: ScoreScale | None = None,
    figure: str = "",
    knowledge: str = "",
    note: str = "",
) -> Iterator[tuple[str | int | float | None, ...]]:
    """What the file is, then a line of headings, then the agencies. Scores are numbers with two places.

    `note`: what must be known to read the changes.
    """
    if demonstration:
        yield (MARKING,)
    yield (f"{scope}, {period}: {len(rows)} agencies",)
    yield (f"Exported by {reader} on {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",)
    if knowledge:
        yield (knowledge,)
    if figure:
        yield (f"Figure: {figure}",)
    if note:
        yield (note,)
    yield ()
    change = f"Change since {before}" if before else "Change"
    staged = scale is None or scale.staged
    many, ahead = ("Stages completed", "Working on stage") if staged else ("Bands reached", "Next band")
    score = "Score" if scale is None or staged else f"Score {scale.of}"
    yield (
        "Agency", "Slug", "State", many, ahead, score, change,
        "Assessed period", "Age in months",
    )  # fmt: skip
    for row in rows:
        all_done = "all completed" if staged else "all reached"
        working_on = all_done if row.all_completed else row.working_on
        yield (
            row.name, row.slug, row.state_words, row.stages_completed, working_on, hundredths(row.score),
            hundredths(row.change), row.period_label, row.age,
        )  # fmt: skip


def hundredths(millionths: int | None) -> float | None:
    """A score as a number with the two places that the pages show."""
    return None if millionths is None else float(format_hundredths(millionths))


class SplitRow(Protocol):
    """One agency with its change in parts, see rule_changes.Split."""

    @property
    def name(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def split(self) -> Split | None: ...
    @property
    def published_then(self) -> int | None: ...
    @property
    def published_now(self) -> int | None: ...


def method_change_table(
    rows: Sequence[SplitRow],
    *,
    title: str,
    note: str,
    then: str,
    now: str,
    rule: str,
    reader: str,
    at: datetime,
    demonstration: bool,
) -> Iterator[tuple[str | int | float | None, ...]]:
    """What the file is, then a line of headings, then the agencies. All numbers to six places, because
    real and method add up to the published change exactly there and not in two places."""
    if demonstration:
        yield (MARKING,)
    yield (f"{title}: {len(rows)} agencies",)
    yield (note,)
    yield (f"Exported by {reader} on {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",)
    yield ()
    yield (
        "Agency", "Slug", f"Published {then}", f"Published {now}", f"{then} by {rule}", f"{now} by {rule}",
        "Published change", "Real", "From the method",
    )  # fmt: skip
    for row in rows:
        split = row.split
        numbers = (
            (split.then, split.now, split.published, split.real, split.methodical) if split else (None,) * 5
        )
        published = (row.published_then, row.published_now)
        yield (row.name, row.slug, *(exact(number) for number in (*published, *numbers)))


def exact(millionths: int | None) -> float | None:
    """A score with all its places."""
    return None if millionths is None else millionths / MILLION
