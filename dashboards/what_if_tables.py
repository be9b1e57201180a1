"""What-if as rows of a file. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from dashboards.analytics.what_if import Changed, Outcome
from dashboards.tables import MARKING, hundredths
from portal.exports import Cell

Row = tuple[Cell, ...]


def head_rows(*, what: str, practices: Sequence[str], reader: str, at: datetime, demo: bool) -> Iterator[Row]:
    """What the file is, who took it and when, and what is put in place in it."""
    if demo:
        yield (MARKING,)
    yield (f"What if: {what}",)
    yield (f"Exported by {reader} on {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",)
    yield ("Put in place:", *practices)
    yield ()


def outcome_rows(outcome: Outcome, stage_count: int) -> Iterator[Row]:
    """Agencies by stages completed and the median, before and after."""
    yield ("Stages completed, or more", "Agencies before", "Agencies after", "Of")
    for stage in range(1, stage_count + 1):
        yield (stage, outcome.before.completed(stage), outcome.after.completed(stage), outcome.before.count)
    was, now = outcome.before.spread, outcome.after.spread
    yield ("Median score", hundredths(was.median if was else None), hundredths(now.median if now else None))


def agency_rows(changes: Sequence[Changed]) -> Iterator[Row]:
    """Each agency before and after."""
    yield (
        "Agency",
        "Slug",
        "Items put in place",
        "Stages before",
        "Stages after",
        "Score before",
        "Score after",
    )
    for one in changes:
        yield (
            one.held.name, one.held.slug, one.items, one.held.stages_completed, one.stages_completed,
            hundredths(one.held.score), hundredths(one.score),
        )  # fmt: skip
