"""How far values lie apart. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt

from maturity.scoring import HUNDREDTH


@dataclass(frozen=True)
class Deviation:
    """The standard deviation of n values, in millionths."""

    n: int
    value: int


def deviation(histogram: Mapping[str, int]) -> Deviation | None:
    """The standard deviation of the values counted by hundredths; None of nothing.

    Of all values and not of a sample of them (divided by n): the agencies of a scope are all there are. The
    root of (n Σ x² − (Σ x)²) / n², in whole numbers. Each value was rounded to a hundredth before, so the
    result is right to about a hundredth and no further.
    """
    bins = [(int(number), count) for number, count in histogram.items() if count]
    n = sum(count for _, count in bins)
    if not n:
        return None
    total = sum(number * count for number, count in bins)
    squares = sum(number * number * count for number, count in bins)
    return Deviation(n, isqrt((n * squares - total * total) * HUNDREDTH**2) // n)
