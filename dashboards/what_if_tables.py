"""What-if as rows of a file. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from dashboards.analytics.what_if import Changed, Outcome
from dashboards.tables import FileHead, hundredths
from portal.exports import Cell

Row = tuple[Cell, ...]


def what_if_head(
    *,
    what: str,
    marking: str,
    practices: Sequence[str],
    reader: str,
    at: datetime,
    demonstration: bool,
    reported: str = "",
) -> FileHead:
    """What the file is, who took it and when, and what is put in place in it. It has no figure: no identifier
    could say which practices of whom are put in place."""
    put = f"Put in place: {'; '.join(practices)}"
    return FileHead(f"What if: {what}", marking, reader, at, demonstration, reported, notes=(put,))


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
