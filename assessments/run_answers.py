"""The answers of a run in parts: what a save touches, where two saves disagree, what it is called. Pure.

A part is "fields", "rows" or "entries.<slug>"; a place within it is as maturity.instruments.evaluate says:
"fields.rate", "entries.dh-01.status", "rows.2.name".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from maturity.instruments.definitions import Entry, Field, Instrument

Answers = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One place at which two sets of answers differ, with both in words."""

    place: str
    label: str
    before: str
    after: str


def empty_answers() -> Answers:
    """Nothing answered yet."""
    return {"fields": {}, "entries": {}, "rows": []}


def merged(answers: Answers, given: Answers) -> Answers:
    """`answers` with the parts of `given` in place of theirs: all fields, the entries named, all rows."""
    entries = dict(answers.get("entries", {}))
    for slug, columns in given.get("entries", {}).items():
        if columns:
            entries[slug] = columns
        else:
            entries.pop(slug, None)
    return {
        "fields": given.get("fields", answers.get("fields", {})),
        "entries": entries,
        "rows": given.get("rows", answers.get("rows", [])),
    }


def parts_of(given: Answers) -> dict[str, Any]:
    """What was given, by part."""
    parts = {name: given[name] for name in ("fields", "rows") if name in given}
    return parts | {f"entries.{slug}": columns for slug, columns in given.get("entries", {}).items()}


def part_of(answers: Answers, part: str) -> Any:
    """One part of answers; empty where nothing was said."""
    if part.startswith("entries."):
        return answers.get("entries", {}).get(part.removeprefix("entries."), {})
    return answers.get(part, [] if part == "rows" else {})


def changed_parts(answers: Answers, given: Answers) -> list[str]:
    """The parts of `given` that are not what `answers` hold."""
    return [part for part, value in parts_of(given).items() if part_of(answers, part) != value]


def differences(instrument: Instrument, before: Answers, after: Answers) -> list[Difference]:
    """The places at which two sets of answers differ, in the instrument's order, with both in words."""
    found = []
    for place, label, field in places(instrument, before, after):
        pair = [words_of(field, value_at(answers, place)) for answers in (before, after)]
        if value_at(before, place) != value_at(after, place):
            found.append(Difference(place, label, *pair))
    return found


def places(instrument: Instrument, *answers: Answers) -> Iterator[tuple[str, str, Field]]:
    """Every place that these answers may fill, what it is called, and its field."""
    for field in instrument.fields:
        yield f"fields.{field.slug}", field.label, field
    for entry in instrument.entries:
        for column in instrument.columns:
            yield f"entries.{entry.slug}.{column.slug}", f"{entry_name(entry)}: {column.label}", column
    for number in range(max((len(one.get("rows", [])) for one in answers), default=0)):
        for field in instrument.row:
            name = f"{(instrument.row_name or 'row').capitalize()} {number + 1}: {field.label}"
            yield f"rows.{number}.{field.slug}", name, field


def entry_name(entry: Entry) -> str:
    """An entry as people name it: its identifier, where it has one, and its title."""
    return f"{entry.ident} {entry.title}" if entry.ident else entry.title


def place_name(instrument: Instrument, place: str) -> str:
    """What a place is called; the place itself where it names none."""
    rows: Answers = {"rows": []}
    if place == "rows":
        return f"At least one {instrument.row_name or 'row'}"
    if place == "answers":
        return "Answers"
    part, _, rest = place.partition(".")
    number = rest.partition(".")[0]
    if part == "rows" and number.isdigit():
        rows["rows"] = [{}] * (min(int(number), 999) + 1)
    return next((label for known, label, _ in places(instrument, rows) if known == place), place)


def value_at(answers: Answers, place: str) -> Any:
    """What was answered at a place; None where nothing was."""
    part, _, rest = place.partition(".")
    key, _, column = rest.rpartition(".")
    if part == "fields":
        return answers.get("fields", {}).get(rest)
    if part == "entries":
        return answers.get("entries", {}).get(key, {}).get(column)
    rows = answers.get("rows", [])
    return rows[int(key)].get(column) if key.isdigit() and int(key) < len(rows) else None


def words_of(field: Field, value: Any) -> str:
    """A value as people read it; "" where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    labels = {option.value: option.label for option in field.options}
    if isinstance(value, list):
        return ", ".join(labels.get(str(one), str(one)) for one in value)
    text = labels.get(str(value), str(value))
    return f"{text} {field.unit}" if field.unit and field.kind == "number" else text


def beginning(instrument: Instrument) -> Answers:
    """What a new run begins with: the usual value of each field that has one."""
    usual = {field.slug: field.usual for field in instrument.fields if field.usual}
    return empty_answers() | {"fields": usual}


def is_blank(instrument: Instrument, answers: Answers) -> bool:
    """Whether a person answered nothing. Usual values that a run began with are no answers, unless fields
    are all that is asked."""
    if answers.get("rows") or answers.get("entries"):
        return False
    fields = answers.get("fields", {})
    asks_more = bool(instrument.row or (instrument.columns and instrument.groups))
    return fields == beginning(instrument)["fields"] if asks_more else not fields


def without(answers: Answers, places_at_fault: Mapping[str, str]) -> Answers:
    """`answers` without what stands at these places (which another edition allowed)."""
    kept: Answers = {
        "fields": dict(answers.get("fields", {})),
        "entries": {slug: dict(columns) for slug, columns in answers.get("entries", {}).items()},
        "rows": [dict(row) for row in answers.get("rows", [])],
    }
    for place in places_at_fault:
        part, _, rest = place.partition(".")
        key, _, column = rest.rpartition(".")
        if part == "fields":
            kept["fields"].pop(rest, None)
        elif part == "entries":
            kept["entries"].get(key, {}).pop(column, None)
        elif key.isdigit() and int(key) < len(kept["rows"]):
            kept["rows"][int(key)].pop(column, None)
    kept["entries"] = {slug: columns for slug, columns in kept["entries"].items() if columns}
    return kept
