"""Which answers a run suggests for the questionnaire, never more than it shows. Pure.

Entries name the practices and challenges that they speak to. Where most of those that apply are not
answered, nothing is offered. Where all that apply are done, "in place" is offered; where some are done,
"partial"; where all that was begun is only planned (worth under a half), "planned"; otherwise nothing. One
entry alone is seldom all of a practice: it is a part of it, and "partial", unless it has
`more: {whole: true}` or is the item itself, and so asks for the very same; such a one that is half done is
"partial" too. In `logic`:

    offers: false                  nothing is offered
    offers_at_most: partial        the run is about one host or cluster, not about all systems in scope
    offers_when: [{item, level, reason, when}, …]     the run itself is what the practice asks for
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from maturity.instruments.conditions import Facts, holds
from maturity.instruments.definitions import Instrument
from maturity.instruments.figures import ONE, plural
from maturity.instruments.outcomes import Offer
from maturity.instruments.tallies import Standing
from maturity.levels import Level

HALF = Fraction(1, 2)


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
    by_item: dict[str, list[Standing]] = {}
    for standing in standings:
        for item in (*standing.entry.practices, *standing.entry.challenges):
            by_item.setdefault(item, []).append(standing)
    for item, rows in by_item.items():
        offer = _offer(item, rows, logic)
        if offer and item not in named:
            told.append(offer)
    return tuple(told)


def _offer(item: str, rows: list[Standing], logic: Mapping[str, Any]) -> Offer | None:
    counted = [row for row in rows if not row.is_left_out]
    if 2 * sum(not row.status for row in counted) > len(counted):
        return None
    done = [row for row in counted if row.worth == ONE]
    some = [row for row in counted if row.worth]
    if not some:
        return None
    entries = tuple(row.entry.slug for row in some)
    of = f"of {plural(len(counted), 'entry', 'entries')} on this"
    is_whole = len(counted) == 1 and _is_whole(counted[0], item)
    if all(row.worth is not None and row.worth < HALF for row in some):
        return Offer(item, Level.PLANNED.value, f"{len(some)} {of} planned.", entries)
    if not done:
        return Offer(item, Level.PARTIAL.value, f"{len(some)} {of} begun.", entries) if is_whole else None
    if len(done) < len(counted):
        part = len(some) - len(done)
        also = f", {part} begun" if part else ""
        return Offer(item, Level.PARTIAL.value, f"{len(done)} {of} done{also}.", entries)
    if len(counted) == 1 and not is_whole:
        return Offer(item, Level.PARTIAL.value, f"{len(done)} {of} done, which is a part of it.", entries)
    if logic.get("offers_at_most") == Level.PARTIAL.value:
        about = logic.get("offers_about", "one of the systems in scope")
        return Offer(item, Level.PARTIAL.value, f"{len(done)} {of} done, for {about}.", entries)
    return Offer(item, Level.IN_PLACE.value, f"{len(done)} {of} done.", entries)


def _is_whole(row: Standing, item: str) -> bool:
    """Whether the entry asks for all that the item does, as a challenge's own entry always does."""
    return bool(row.entry.more.get("whole")) or row.entry.slug == item
