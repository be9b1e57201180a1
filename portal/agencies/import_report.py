"""What an import did or would do, in words. Pure."""

from collections.abc import Mapping
from typing import Any


def report_lines(summary: Mapping[str, Any], *, done: bool) -> list[str]:
    """The counts of a plan as sentences; `done`: whether it was applied."""
    by_depth = [f"{count:,} {_level(depth)}" for depth, count in enumerate(summary["by_depth"])]
    lines = [
        f"{_count(summary['rows'], 'row')} read, {_count(summary['blank_lines'], 'blank line')} left out.",
        f"{_count(summary['agencies'], 'agency', 'agencies')} named"
        + (f": {', '.join(by_depth)}." if by_depth else "."),
        f"{summary['created']:,} {'created' if done else 'to create'}, {summary['changed']:,} "
        f"{'changed' if done else 'to change'}, {summary['left']:,} left as they are.",
        f"{_count(summary['self_named'], 'row')} named like the parent and merged with it, "
        f"{_count(summary['duplicates'], 'duplicate row')} merged.",
    ]
    if summary["joined"]:
        lines.append(f"{summary['joined']:,} {'joined' if done else 'to join'} the program.")
    if summary["refused"]:
        lines.append(f"{_count(summary['refused'], 'row')} refused.")
    return lines


def _level(depth: int) -> str:
    names = ("at the top", "on the second level", "on the third level")
    return names[depth] if depth < len(names) else f"on level {depth + 1}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
