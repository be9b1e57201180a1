"""Conditions that definitions are written in, true, false or not known. Pure.

A condition is one of
    {"field": slug, …}      an answer of the run
    {"row": slug, …}        an answer of the row that is looked at
    {"entry": slug, …}      an answer of an entry, in "column" ("status" where it is not named)
    {"value": name, …}      something that the engine has worked out
    {"level": item, …}      the item's level in the agency's latest approved result
    {"known": name, …}      working_on, stages_completed, size
    {"all": […]}, {"any": […]}, {"not": {…}}
    {"some_row": {…}}, {"every_row": {…}}
where … is one test: "is" (a value, or a list of which one), "has" (of several chosen: a value, or a list of
which one), "above", "below", "at_least", "at_most" (numbers) or "answered" (true or false).

What was not answered is not known, and a condition over it neither holds nor fails, unless the rest decides
("any" of which one holds; "all" of which one fails). Whatever was not known makes no rule speak.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from maturity.instruments.figures import number_of
from maturity.instruments.outcomes import Known

SUBJECTS = ("field", "row", "entry", "value", "level", "known")
TESTS = ("is", "has", "above", "below", "at_least", "at_most", "answered")
Condition = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What conditions look at."""

    answers: Mapping[str, Any]
    known: Known
    row: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    def of_row(self, row: Mapping[str, Any], **values: Any) -> "Facts":
        """The same, looking at this row."""
        return replace(self, row=row, values={**self.values, **values})

    def with_values(self, **values: Any) -> "Facts":
        """The same, with more that was worked out."""
        return replace(self, values={**self.values, **values})

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """The rows that were added."""
        return list(self.answers.get("rows", ()))


def holds(condition: Condition, facts: Facts) -> bool | None:
    """Whether the condition holds; None where it is not known."""
    for name, decide in _TOGETHER.items():
        if name in condition:
            return decide([holds(one, facts) for one in condition[name]])
    if "not" in condition:
        inner = holds(condition["not"], facts)
        return None if inner is None else not inner
    if "some_row" in condition:
        return _any([holds(condition["some_row"], facts.of_row(row)) for row in facts.rows])
    if "every_row" in condition:
        return _all([holds(condition["every_row"], facts.of_row(row)) for row in facts.rows])
    return _tested(condition, _looked_up(condition, facts))


def _all(found: list[bool | None]) -> bool | None:
    if False in found:
        return False
    return None if None in found else True


def _any(found: list[bool | None]) -> bool | None:
    if True in found:
        return True
    return None if None in found else False


_TOGETHER = {"all": _all, "any": _any}


def _looked_up(condition: Condition, facts: Facts) -> Any:
    """The value that the condition is about; None where there is none."""
    subject = next(name for name in SUBJECTS if name in condition)
    slug = condition[subject]
    if subject == "entry":
        return facts.answers.get("entries", {}).get(slug, {}).get(condition.get("column", "status"))
    found: Mapping[str, Any] = {
        "field": facts.answers.get("fields", {}),
        "row": facts.row,
        "value": facts.values,
        "level": facts.known.levels,
        "known": {
            "working_on": facts.known.working_on,
            "stages_completed": facts.known.stages_completed,
            "size": facts.known.size or None,
        },
    }[subject]
    return found.get(slug)


def _tested(condition: Condition, value: Any) -> bool | None:
    if "answered" in condition:
        return (value is not None) is bool(condition["answered"])
    if value is None:
        return None
    if "is" in condition:
        right = condition["is"]
        return value in right if isinstance(right, list | tuple) else value == right
    if "has" in condition:
        wanted = condition["has"]
        return any(one in value for one in (wanted if isinstance(wanted, list | tuple) else [wanted]))
    number = value if isinstance(value, Fraction) else number_of(value)
    return None if number is None else _compared(condition, number)


def _compared(condition: Condition, number: Fraction) -> bool:
    """Against the one limit that the condition names."""
    name = next(test for test in ("above", "below", "at_least", "at_most") if test in condition)
    limit = number_of(condition[name]) or Fraction(0)
    return {
        "above": number > limit,
        "below": number < limit,
        "at_least": number >= limit,
        "at_most": number <= limit,
    }[name]
