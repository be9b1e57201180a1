"""Instruments as plain data, of a file or of a published edition, and back. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from maturity.instruments.definitions import Entry, Field, Group, Instrument, Option, Source


def instrument_of(told: Mapping[str, Any]) -> Instrument:
    """An instrument from plain data: of its file, or of a published edition."""
    return Instrument(
        **{
            **told,
            "fields": _fields(told.get("fields", ())),
            "columns": _fields(told.get("columns", ())),
            "row": _fields(told.get("row", ())),
            "groups": tuple(_group(row) for row in told.get("groups", ())),
            "sources": _sources(told.get("sources", ())),
            "logic": dict(told.get("logic", {})),
        }
    )


def as_json(instrument: Instrument) -> dict[str, Any]:
    """As plain data, which `instrument_of` reads back."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(instrument)))
    return plain


def text_hash(instrument: Instrument) -> str:
    """Of everything in the definition but its edition."""
    told = {name: value for name, value in as_json(instrument).items() if name != "edition"}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sources(rows: Iterable[Mapping[str, str]]) -> tuple[Source, ...]:
    return tuple(Source(**row) for row in rows)


def _fields(rows: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    return tuple(field_of(row) for row in rows)


def field_of(row: Mapping[str, Any]) -> Field:
    """A field from plain data."""
    return Field(
        **{
            **row,
            "options": tuple(Option(**option) for option in row.get("options", ())),
            "sources": _sources(row.get("sources", ())),
        }
    )


def _group(row: Mapping[str, Any]) -> Group:
    return Group(**{**row, "entries": tuple(_entry(entry) for entry in row["entries"])})


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        **{
            **row,
            "practices": tuple(row.get("practices", ())),
            "challenges": tuple(row.get("challenges", ())),
            "sources": _sources(row.get("sources", ())),
            "corrections": tuple(dict(one) for one in row.get("corrections", ())),
            "more": dict(row.get("more", {})),
        }
    )
