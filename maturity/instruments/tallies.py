"""What the statuses of entries come to: done, partly, open, left out, unanswered. Pure.

An option's `worth` says what a status counts, from 0 to 1; a status without worth leaves its entry out. What
was not answered counts 0 as long as anything was answered, and is told apart; where nothing was answered
there is no share, since not known is not 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from maturity.instruments.definitions import Entry, Instrument
from maturity.instruments.figures import ONE, number_of

STATUS = "status"


@dataclass(frozen=True)
class Standing:
    """What was said of one entry. `worth` is None where it is unanswered or left out."""

    entry: Entry
    status: str  # the option's value; "" is unanswered
    label: str = ""
    worth: Fraction | None = None

    @property
    def is_left_out(self) -> bool:
        """Whether it does not apply."""
        return bool(self.status) and self.worth is None


@dataclass(frozen=True)
class Tally:
    """Counts over some entries."""

    entries: int
    left_out: int
    unanswered: int
    done: int
    part: int
    none: int
    worth: Fraction

    @property
    def applies(self) -> int:
        """How many count."""
        return self.entries - self.left_out

    @property
    def answered(self) -> int:
        """How many were answered, left out ones included."""
        return self.entries - self.unanswered

    @property
    def share(self) -> Fraction | None:
        """Of all that apply, with the unanswered at 0; None where nothing that applies was answered."""
        told = self.applies - self.unanswered
        return self.worth / self.applies if told else None

    @property
    def share_answered(self) -> Fraction | None:
        """Of those that apply and were answered."""
        told = self.applies - self.unanswered
        return self.worth / told if told else None


def standings_of(
    instrument: Instrument, entries: Iterable[Entry], answers: Mapping[str, Any], column: str = STATUS
) -> list[Standing]:
    """What was said of each of these entries."""
    worths = worths_of(instrument, column)
    labels = {
        option.value: option.label
        for field in instrument.columns
        if field.slug == column
        for option in field.options
    }
    told = answers.get("entries", {})
    found = []
    for entry in entries:
        status = told.get(entry.slug, {}).get(column, "")
        found.append(Standing(entry, status, labels.get(status, ""), worths.get(status)))
    return found


def worths_of(instrument: Instrument, column: str = STATUS) -> dict[str, Fraction | None]:
    """What each status is worth; None of one that leaves an entry out."""
    return {
        option.value: number_of(option.worth)
        for field in instrument.columns
        if field.slug == column
        for option in field.options
    }


def tally(standings: Iterable[Standing]) -> Tally:
    """The counts of these."""
    rows = list(standings)
    worths = [row.worth for row in rows if row.worth is not None]
    return Tally(
        entries=len(rows),
        left_out=sum(row.is_left_out for row in rows),
        unanswered=sum(not row.status for row in rows),
        done=sum(worth == ONE for worth in worths),
        part=sum(0 < worth < ONE for worth in worths),
        none=sum(worth == 0 for worth in worths),
        worth=sum(worths, Fraction(0)),
    )
