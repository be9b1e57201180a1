"""Which answers a run suggests for the questionnaire, never more than it shows. Pure.

Entries name the practices that they speak to. Of a practice, all of whose entries that apply are done, "in
place" is offered; where some are done or partly done, "partial"; otherwise nothing. In `logic`:

    offers: false                  nothing is offered
    offers_at_most: partial        the run is about one host or cluster, not about all systems in scope
    offers_when: [{item, level, reason, when}, …]     the run itself is what the practice asks for
"""

from collections.abc import Iterable, Mapping
from typing import Any

from maturity.instruments.conditions import Facts, holds
from maturity.instruments.definitions import Instrument
from maturity.instruments.figures import ONE, plural
from maturity.instruments.outcomes import Offer
from maturity.instruments.tallies import Standing
from maturity.levels import Level


def offers_of(instrument: Instrument, standings: Iterable[Standing], facts: Facts) -> tuple[Offer, ...]:
    """What this run can offer, by item."""
    logic = instrument.logic
    if logic.get("offers") is False:
        return ()
    told = [
        Offer(one["item"], one["level"], one["reason"])
        for one in logic.get("offers_when", ())
        if holds(one["when"], facts)
    ]
    named = {offer.item for offer in told}
    by_practice: dict[str, list[Standing]] = {}
    for standing in standings:
        for practice in standing.entry.practices:
            by_practice.setdefault(practice, []).append(standing)
    for practice, rows in by_practice.items():
        offer = _offer(practice, rows, logic)
        if offer and practice not in named:
            told.append(offer)
    return tuple(told)


def _offer(practice: str, rows: list[Standing], logic: Mapping[str, Any]) -> Offer | None:
    counted = [row for row in rows if not row.is_left_out]
    done = [row for row in counted if row.worth == ONE]
    some = [row for row in counted if row.worth]
    if not some:
        return None
    entries = tuple(row.entry.slug for row in some)
    of = f"of {plural(len(counted), 'entry', 'entries')} on this practice"
    if len(done) < len(counted):
        part = len(some) - len(done)
        also = f" and {part} partly" if part else ""
        return Offer(practice, Level.PARTIAL.value, f"{len(done)} {of} done{also}.", entries)
    if logic.get("offers_at_most") == Level.PARTIAL.value:
        about = logic.get("offers_about", "one of the systems in scope")
        return Offer(practice, Level.PARTIAL.value, f"{len(done)} {of} done, for {about}.", entries)
    return Offer(practice, Level.IN_PLACE.value, f"{len(done)} {of} done.", entries)
