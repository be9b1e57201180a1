"""Instruments and their entries, in the index of all that can be found: of each its current edition."""

from collections.abc import Iterator

from django.db import transaction

from maturity.instruments.definitions import Entry, Instrument
from maturity.instruments.plain import instrument_of
from maturity.queries_instruments import current_editions
from portal.search.rows import Row
from portal.search.services import lock_index, replace_kind

INSTRUMENT, ENTRY = "instrument", "instrument-entry"


@transaction.atomic
def write_all() -> dict[str, int]:
    """Write the rows of instruments and entries; how many there are of each.

    The key of an entry is its slug; where two instruments have the same, the later's is "instrument:slug".
    """
    lock_index()
    instruments = [instrument_of(edition.definition) for edition in current_editions()]
    return {
        INSTRUMENT: replace_kind(kind=INSTRUMENT, rows=map(_instrument_row, instruments)),
        ENTRY: replace_kind(kind=ENTRY, rows=_entry_rows(instruments)),
    }


def _address(instrument: Instrument) -> str:
    """Its page, which stands in an app above; the address is part of the public surface."""
    return instrument.page or f"/instruments/{instrument.slug}/"


def _instrument_row(instrument: Instrument) -> Row:
    fields = " ".join(field.label for field in (*instrument.fields, *instrument.row))
    text = f"{instrument.summary} {instrument.why} {fields}"
    return Row(instrument.slug, instrument.name, _address(instrument), text)


def _entry_rows(instruments: list[Instrument]) -> Iterator[Row]:
    taken: set[str] = set()
    for instrument in instruments:
        for entry in instrument.entries:
            key = f"{instrument.slug}:{entry.slug}" if entry.slug in taken else entry.slug
            taken.add(entry.slug)
            yield _entry_row(instrument, entry, key)


def _entry_row(instrument: Instrument, entry: Entry, key: str) -> Row:
    said = [entry.text, f"Right is: {entry.expected}." if entry.expected else "", f"({instrument.name})"]
    text = " ".join(part for part in said if part)
    return Row(key, entry.title, f"{_address(instrument)}#{entry.slug}", text, entry.ident)
