"""Which answers a run may hold: their shape, kinds, choices and bounds. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from maturity.instruments.definitions import Field, Instrument
from maturity.instruments.figures import number_of

MOST_TEXT = 300
MOST_PARAGRAPH = 5000
MOST_LINK = 2000
MOST_ROWS = 500
PARTS = ("fields", "entries", "rows")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
# Control characters, and halves of a sign, which no file and no page can hold.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
Problem = tuple[str, str]


def shape_problems(instrument: Instrument, answers: Any) -> Iterator[Problem]:
    """What is wrong with answers, by place."""
    if not isinstance(answers, Mapping):
        yield "answers", "Answers are fields, entries and rows."
        return
    for name in answers.keys() - set(PARTS):
        yield str(name), "There are only fields, entries and rows."
    yield from _of_fields(instrument.fields, answers.get("fields", {}), "fields")
    yield from _of_entries(instrument, answers.get("entries", {}))
    yield from _of_rows(instrument, answers.get("rows", []))


def _of_entries(instrument: Instrument, told: Any) -> Iterator[Problem]:
    if not isinstance(told, Mapping):
        yield "entries", "Entries are given by their slug."
        return
    known = {entry.slug for entry in instrument.entries}
    for slug, columns in told.items():
        if slug not in known:
            yield f"entries.{slug}", f"{instrument.name} has no entry {slug!r}."
        else:
            yield from _of_fields(instrument.columns, columns, f"entries.{slug}")


def _of_rows(instrument: Instrument, told: Any) -> Iterator[Problem]:
    if not isinstance(told, Sequence) or isinstance(told, str):
        yield "rows", "Rows are a list."
        return
    if told and not instrument.row:
        yield "rows", f"{instrument.name} has no rows to add."
        return
    if len(told) > MOST_ROWS:
        yield "rows", f"There are {len(told):,} rows; at most {MOST_ROWS} can be kept."
        return
    for number, row in enumerate(told):
        yield from _of_fields(instrument.row, row, f"rows.{number}")


def _of_fields(fields: tuple[Field, ...], told: Any, place: str) -> Iterator[Problem]:
    if not isinstance(told, Mapping):
        yield place, "Answers are given by the slug of what they answer."
        return
    by_slug = {field.slug: field for field in fields}
    for slug, value in told.items():
        if slug not in by_slug:
            yield f"{place}.{slug}", f"Nothing is asked here that is called {slug!r}."
            continue
        fault = fault_of(by_slug[slug], value)
        if fault:
            yield f"{place}.{slug}", f"{by_slug[slug].label}: {fault}"


def fault_of(field: Field, value: Any) -> str:
    """What is wrong with this answer, and what would be right; "" where it fits."""
    if value is None or value == "":
        return "leave it out where it is not answered."
    return _FAULTS[field.kind](field, value)


def _text_fault(field: Field, value: Any) -> str:
    most = MOST_PARAGRAPH if field.kind == "paragraph" else MOST_TEXT
    if not isinstance(value, str):
        return "write text."
    if len(value) > most:
        return f"{len(value):,} characters are too many; at most {most:,} can be kept."
    if _UNPRINTABLE.search(value):
        return "there is a control character in the text; type it again."
    if field.kind == "text" and "\n" in value:
        return "write it in one line."
    return ""


def _number_fault(field: Field, value: Any) -> str:
    number = number_of(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None
    if number is None:
        return "write a number such as 1200 or 0.5, without other signs."
    lowest, highest = number_of(field.minimum), number_of(field.maximum)
    if lowest is not None and number < lowest:
        return f"{value} is too small; the least is {field.minimum}."
    if highest is not None and number > highest:
        return f"{value} is too large; the most is {field.maximum}."
    return ""


def _choice_fault(field: Field, value: Any) -> str:
    if value in [option.value for option in field.options]:
        return ""
    return f"{value!r} is not offered; choose {_offered(field)}."


def _choices_fault(field: Field, value: Any) -> str:
    if not isinstance(value, list | tuple) or not value:
        return "give a list of what was chosen, or leave it out."
    offered = [option.value for option in field.options]
    wrong = [one for one in value if one not in offered]
    if wrong:
        return f"{wrong[0]!r} is not offered; choose among {_offered(field)}."
    return "" if len(set(value)) == len(value) else "something is chosen twice."


def _offered(field: Field) -> str:
    return ", ".join(option.value for option in field.options)


def _yes_no_fault(field: Field, value: Any) -> str:
    return "" if isinstance(value, bool) else "say yes or no (true or false)."


def _date_fault(field: Field, value: Any) -> str:
    wanted = "write a day as YYYY-MM-DD, such as 2026-10-01."
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return wanted
    try:
        date.fromisoformat(value)
    except ValueError:
        return wanted
    return ""


def _link_fault(field: Field, value: Any) -> str:
    wanted = "write an address that begins with https:// or http://."
    if not isinstance(value, str) or re.search(r"[\s<>\"\\\x00-\x1f\ud800-\udfff]", value):
        return wanted
    if len(value) > MOST_LINK:
        return f"{len(value):,} characters are too many; at most {MOST_LINK:,} can be kept."
    try:
        parts = urlsplit(value)
    except ValueError:
        return wanted
    return "" if parts.scheme in ("http", "https") and parts.hostname else wanted


_FAULTS = {
    "text": _text_fault,
    "paragraph": _text_fault,
    "number": _number_fault,
    "choice": _choice_fault,
    "choices": _choices_fault,
    "yes_no": _yes_no_fault,
    "date": _date_fault,
    "link": _link_fault,
}


def required_missing(instrument: Instrument, answers: Mapping[str, Any]) -> Iterator[Problem]:
    """What is required and was not answered, by place; of entries, only of those that were touched."""
    yield from _lacking(instrument.fields, answers.get("fields", {}), "fields")
    needed = [column for column in instrument.columns if column.required]
    for entry in instrument.entries if needed else ():
        told = answers.get("entries", {}).get(entry.slug, {})
        for _, message in _lacking(tuple(needed), told, ""):
            yield f"entries.{entry.slug}", f"{entry.title}: {message}"
    rows = answers.get("rows", [])
    for number, row in enumerate(rows):
        yield from _lacking(instrument.row, row, f"rows.{number}")
    if not rows and instrument.logic.get("needs_rows"):
        yield "rows", f"Add at least one {instrument.row_name or 'row'}."


def _lacking(fields: tuple[Field, ...], told: Mapping[str, Any], place: str) -> Iterator[Problem]:
    for field in fields:
        if field.required and field.slug not in told:
            yield f"{place}.{field.slug}", f"Still to be answered: {field.label}"


def label_of(field: Field, value: Any) -> str:
    """An answer in words; "" where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    labels = {option.value: option.label for option in field.options}
    if isinstance(value, list | tuple):
        return ", ".join(str(labels.get(one, one)) for one in value)
    return labels.get(value, str(value))
