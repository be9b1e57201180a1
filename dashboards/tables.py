"""Tables as rows of a file, and the head that every file has. Pure."""

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


@dataclass(frozen=True)
class FileHead:
    """What every file says above its rows: what it is, how far it may be relied on, who took it and when.

    `marking`: PUBLISHED, PROVISIONAL, or as known when; `reported`: "61 of 100 agencies reported", "" where
    it is about no agencies that report; `figure`: the identifier, "" where there is none.
    """

    title: str
    marking: str
    reader: str
    at: datetime
    demonstration: bool
    reported: str = ""
    figure: str = ""
    notes: Sequence[str] = ()

    def rows(self) -> Iterator[tuple[Value, ...]]:
        """The lines of the head, the last one empty."""
        if self.demonstration:
            yield (MARKING,)
        yield (self.title,)
        yield (". ".join(filter(None, (self.marking, self.reported))),)
        if self.figure:
            yield (f"Figure: {self.figure}",)
        yield (f"Exported by {self.reader} on {self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",)
        yield from ((note,) for note in self.notes if note)
        yield ()


def reported_words(reported: int, agencies: int) -> str:
    """ "93 of 124 agencies reported"."""
    return f"{reported:,} of {agencies:,} agencies reported"


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
    rows: Sequence[Row], *, before: str, scale: ScoreScale | None = None, figure: str = "", note: str = ""
) -> Table:
    """The agencies of a scope. Scores are numbers with two places.

    `before`: from which point change is measured; `note`: what must be known to read the changes.
    """
    change = f"Change since {before}" if before else "Change"
    staged = scale is None or scale.staged
    many, ahead = ("Stages completed", "Working on stage") if staged else ("Bands reached", "Next band")
    score = "Score" if scale is None or staged else f"Score {scale.of}"
    all_done = "all completed" if staged else "all reached"
    return Table(
        name="portfolio",
        title=f"{len(rows)} agencies",
        columns=(
            "Agency", "Slug", "State", many, ahead, score, change,
            "Assessed period", "Age in months",
        ),
        rows=[
            (
                row.name, row.slug, row.state_words, row.stages_completed,
                all_done if row.all_completed else row.working_on,
                hundredths(row.score), hundredths(row.change), row.period_label, row.age,
            )
            for row in rows
        ],
        notes=(note,),
        figure=figure,
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
    rows: Sequence[SplitRow], *, note: str, then: str, now: str, rule: str, figure: str = ""
) -> Table:
    """The agencies with their change in parts. All numbers to six places, because real and method add up to
    the published change exactly there and not in two places."""
    return Table(
        name="method changes",
        title=f"Changes of the scoring, {then} to {now}: {len(rows)} agencies",
        columns=(
            "Agency", "Slug", f"Published {then}", f"Published {now}",
            f"{then} by {rule}", f"{now} by {rule}", "Published change", "Real", "From the method",
        ),
        rows=[
            (row.name, row.slug, *map(exact, (row.published_then, row.published_now, *_parts(row.split))))
            for row in rows
        ],
        notes=(note,),
        figure=figure,
    )  # fmt: skip


def _parts(split: Split | None) -> tuple[int | None, ...]:
    if split is None:
        return (None,) * 5
    return split.then, split.now, split.published, split.real, split.methodical


def exact(millionths: int | None) -> float | None:
    """A score with all its places."""
    return None if millionths is None else millionths / MILLION
