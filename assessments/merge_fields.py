"""Merge fields of an e-mail to many: {agency}, {due}, ... Pure; nothing in braces is ever run."""

import re
from collections.abc import Mapping

FIELDS = {
    "agency": "the agency's name",
    "contact": "the name of the person written to, or “colleague”",
    "program": "the program",
    "period": "the period asked for, such as FY27 Q1",
    "period_end": "its last day",
    "questionnaire": "the questionnaire",
    "due": "the day this agency is due",
    "link": "where the agency answers",
    "sender": "who sends it",
}
_FIELD = re.compile(r"\{([^{}]*)\}")


class UnknownField(ValueError):
    """The text has something in braces that is no field; names it."""


def check(text: str) -> None:
    """Raises UnknownField, which names all that is unknown and what there is."""
    unknown = dict.fromkeys(name for name in _FIELD.findall(text) if name not in FIELDS)
    if unknown:
        named = ", ".join(f"{{{name[:40]}}}" for name in unknown)
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        there = "There is no field" if len(unknown) == 1 else "There are no fields"
        raise UnknownField(f"{there} {named}. There are {known}.")


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its fields filled, once: what a value brings in braces stays as it is.

    Raises UnknownField.
    """
    check(text)
    return _FIELD.sub(lambda found: values[found[1]], text)
