"""What the agencies below one that is rolled up come to: a distribution, not an average of its own. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

COMPLETE_FROM = (3, 4)  # the share of those below that has to report


@dataclass(frozen=True)
class Rollup:
    """What those below come to. Scores in millionths, None where none is approved, or where the reader may
    not know of all of them."""

    reported: int
    asked: int
    lowest: int | None
    median: int | None
    stage_count: int

    @property
    def incomplete(self) -> bool:
        """Whether under 75 % of those below reported."""
        share, whole = COMPLETE_FROM
        return self.reported * whole < self.asked * share


def median(values: Sequence[int]) -> int:
    """Of sorted values; between two of them, half-up."""
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half] + 1) // 2
