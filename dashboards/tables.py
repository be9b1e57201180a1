"""The table of agencies as rows of a file. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol

from maturity.scoring import format_hundredths

MARKING = "DEMONSTRATION: the agencies and scores are invented."


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
) -> Iterator[tuple[str | int | float | None, ...]]:
    """What the file is, then a line of headings, then the agencies. Scores are numbers with two places."""
    if demonstration:
        yield (MARKING,)
    yield (f"{scope}, {period}: {len(rows)} agencies",)
    yield (f"Exported by {reader} on {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",)
    yield ()
    change = f"Change since {before}" if before else "Change"
    yield (
        "Agency", "Slug", "State", "Stages completed", "Working on stage", "Score", change,
        "Assessed period", "Age in months",
    )  # fmt: skip
    for row in rows:
        working_on = "all completed" if row.all_completed else row.working_on
        yield (
            row.name, row.slug, row.state_words, row.stages_completed, working_on, hundredths(row.score),
            hundredths(row.change), row.period_label, row.age,
        )  # fmt: skip


def hundredths(millionths: int | None) -> float | None:
    """A score as a number with the two places that the pages show."""
    return None if millionths is None else float(format_hundredths(millionths))
