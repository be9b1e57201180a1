"""How long agencies need for a stage, with those still in it counted properly. Pure.

The share still working on a stage after so many months is the product-limit estimate of Kaplan and Meier
(1958, "Nonparametric estimation from incomplete observations", J. Am. Stat. Assoc. 53, 457-481). Whoever is
not yet through, or was lost from sight, counts as long as it was seen and no longer (right-censored). Whoever
came under observation when it had been at it for a while (left-truncated) counts from then on: Klein and
Moeschberger (2003), Survival Analysis, 2nd ed., section 4.6. The variance is Greenwood's (1926); its interval
is taken on the scale of log(-log S), which keeps it between 0 and 1 (section 4.3 there). Shares and variances
are exact fractions; only the interval, which has roots and logarithms, is in floats.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import exp, log, sqrt

Z_95 = 1.959963984540054  # of the normal distribution, for 95 percent
HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Spell:
    """One agency at one stage: it was seen for so many months, and had completed it then or not.

    `since`: months that had passed before it came under observation; None: it was seen from the beginning.
    """

    months: int
    completed: bool
    since: int | None = None


@dataclass(frozen=True)
class Step:
    """What is known after so many months."""

    months: int
    at_risk: int  # still working on it, and under observation, just before
    completed: int  # completed it after exactly so many months
    lost: int  # were seen no longer than that, without having completed it
    share: Fraction  # still working on it after that
    greenwood: Fraction | None  # the sum in Greenwood's formula: variance / share²; None where share is 0

    @property
    def variance(self) -> Fraction:
        """Of the share, by Greenwood's formula; 0 where nobody is left."""
        return self.share**2 * self.greenwood if self.greenwood is not None else Fraction(0)

    @property
    def interval(self) -> tuple[float, float] | None:
        """In which the share lies with 95 percent confidence; None while it is 1 and once it is 0."""
        if not self.greenwood or not 0 < self.share < 1:
            return None
        logarithm = log(self.share)
        width = Z_95 * sqrt(self.greenwood) / abs(logarithm)
        return exp(logarithm * exp(width)), exp(logarithm * exp(-width))


@dataclass(frozen=True)
class Curve:
    """The share still working on a stage, by months."""

    spells: int
    completed: int
    steps: tuple[Step, ...]

    @property
    def median(self) -> int | None:
        """After how many months half have completed it; None: fewer than half have, so nobody can know."""
        return next((step.months for step in self.steps if step.share <= HALF), None)

    @property
    def median_interval(self) -> tuple[int | None, int | None]:
        """In which the median lies with 95 percent confidence (Brookmeyer and Crowley 1982): the months for
        which the interval of the share holds one half. None at an end: it is not reached."""
        low = high = None
        for step in self.steps:
            bounds = step.interval or ((0.0, 0.0) if not step.share else (1.0, 1.0))
            low = step.months if low is None and bounds[0] <= HALF else low
            high = step.months if high is None and bounds[1] <= HALF else high
        return low, high

    @property
    def longest(self) -> int:
        """For how many months anybody was seen at it."""
        return self.steps[-1].months if self.steps else 0


def kaplan_meier(spells: Iterable[Spell]) -> Curve:
    """The curve of these spells. Those in which an agency was not seen for any time at risk are left out."""
    counted = Counter(spell for spell in spells if spell.since is None or spell.since < spell.months)
    completed: Counter[int] = Counter()
    lost: Counter[int] = Counter()
    entered: Counter[int] = Counter()  # by the first month count after which they are at risk; -1: from 0
    for spell, n in counted.items():
        (completed if spell.completed else lost)[spell.months] += n
        entered[-1 if spell.since is None else spell.since] += n
    steps: list[Step] = []
    share, greenwood = Fraction(1), Fraction(0)
    at_risk, waiting = 0, sorted(entered)
    for months in sorted(completed.keys() | lost.keys()):
        while waiting and waiting[0] < months:
            at_risk += entered[waiting.pop(0)]
        through, gone = completed[months], lost[months]
        if through:
            share *= 1 - Fraction(through, at_risk)
            if share:
                greenwood += Fraction(through, at_risk * (at_risk - through))
        steps.append(Step(months, at_risk, through, gone, share, greenwood if share else None))
        at_risk -= through + gone
    return Curve(sum(counted.values()), sum(completed.values()), tuple(steps))
