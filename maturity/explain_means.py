"""How a change of weighted means falls to what takes part in them, for every method of scoring. Pure.

Of entries with weight w and value v before, w' and v' after, W and W' the sums of the weights:

    a changed value          (v' − v) · (w/W + w'/W') / 2
    a changed weight         (w'/W' − w/W) · ((v + v') / 2 − x)

x is the weighted mean of the entries whose weight stayed, half way between before and after. That is the
average of two orders, values first and weights first, so that it prefers neither; it adds up to the change
of the mean, gives nothing to what stayed, and is the plain difference where one thing changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

HALF, NOTHING = Fraction(1, 2), Fraction(0)


@dataclass(frozen=True)
class Entry:
    """What takes part in a mean: weight and value before and after; weight 0 is "takes no part"."""

    weight: Fraction
    value: Fraction
    weight_after: Fraction
    value_after: Fraction


@dataclass(frozen=True)
class Share:
    """What an entry does to the change of a mean: by its value, and by its weight. `lever`: what a change
    of its value by 1 does."""

    by_value: Fraction
    by_weight: Fraction
    lever: Fraction


def split_mean(
    entries: Mapping[str, Entry], empty: Fraction = NOTHING, empty_after: Fraction = NOTHING
) -> dict[str, Share]:
    """The change of the weighted mean of these entries, split as the head of this module says.

    `empty`: what the mean counts as where nothing takes part, before and after. Where nothing has the same
    weight both times, x is that of the empty end, else half way between the two means.
    """
    before = [(entry.weight, entry.value) for entry in entries.values() if entry.weight]
    after = [(entry.weight_after, entry.value_after) for entry in entries.values() if entry.weight_after]
    whole, whole_after = _weight(before), _weight(after)
    stayed = [entry for entry in entries.values() if entry.weight and entry.weight == entry.weight_after]
    x = _reference(before, after, stayed, (empty, empty_after))
    found = {}
    for key, entry in entries.items():
        part = entry.weight / whole if whole else NOTHING
        part_after = entry.weight_after / whole_after if whole_after else NOTHING
        # What takes no part has no value of its own: it is there with the one that it has at the other end.
        value = entry.value if entry.weight else entry.value_after
        value_after = entry.value_after if entry.weight_after else entry.value
        lever = (part + part_after) * HALF
        moved = NOTHING if entry.weight == entry.weight_after else part_after - part
        by_weight = moved * ((value + value_after) * HALF - x)
        found[key] = Share((value_after - value) * lever, by_weight, lever)
    return found


def _weight(pairs: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    return sum((weight for weight, _ in pairs), NOTHING)


def _mean(pairs: list[tuple[Fraction, Fraction]], empty: Fraction) -> Fraction:
    """The weighted mean of (weight, value); `empty` where there are none."""
    whole = _weight(pairs)
    return sum((weight * value for weight, value in pairs), NOTHING) / whole if whole else empty


def _reference(
    before: list[tuple[Fraction, Fraction]],
    after: list[tuple[Fraction, Fraction]],
    stayed: Iterable[Entry],
    empty: tuple[Fraction, Fraction],
) -> Fraction:
    """What a changed weight is measured against."""
    same = list(stayed)
    if same:
        values = [(entry.weight, (entry.value + entry.value_after) * HALF) for entry in same]
        return _mean(values, NOTHING)
    if not (before and after):
        return empty[1] if before else empty[0]
    return (_mean(before, NOTHING) + _mean(after, NOTHING)) * HALF
