"""Small formulas over exact numbers, read by a parser of our own: nothing of Python is ever run. Pure.

    hours-saved = roi-in-vm-startup + roi-in-vm-overhead - roi-in-container-hours

Names are slugs; a minus stands between spaces, since slugs have hyphens. There are + - * / and brackets,
and the functions

    sum(a, b, …)        those that are known; not known where none is
    min(a, b, …), max(a, b, …)
    first(a)            a in the first year, afterwards 0
    discounted(a)       a at today's value: a / (1 + rate) ^ year
    total(s)            of the series s over all years
    payback(s)          the first year in which the sum of s reaches 0; not known where it never does

What is not known makes the result not known, and so does a division by 0.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([a-z][a-z0-9]*(?:-[a-z0-9]+)*)|([-+*/(),]))")
MOST_CHARACTERS = 500
MOST_DEPTH = 20
Value = Fraction | None


class BadFormula(ValueError):
    """A formula that cannot be read; the text says what is wrong."""


@dataclass(frozen=True)
class Formula:
    """A number ("number"), a name ("name"), or something done to others ("+", "sum", …)."""

    kind: str
    number: Fraction = Fraction(0)
    name: str = ""
    parts: tuple["Formula", ...] = ()


@dataclass(frozen=True)
class Scope:
    """What names mean: values, and series of values by year. `year` is 1 and up, `rate` a share."""

    values: Mapping[str, Value]
    series: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    year: int = 1
    rate: Fraction = Fraction(0)


FUNCTIONS = ("sum", "min", "max", "first", "discounted", "total", "payback")
OVER_SERIES = ("total", "payback")


def read_formula(text: str) -> Formula:
    """The formula that is written; BadFormula where it is none."""
    if len(text) > MOST_CHARACTERS:
        raise BadFormula(f"a formula has at most {MOST_CHARACTERS} characters")
    reader = _Reader(_tokens(text))
    found = reader.sum_of(0)
    if reader.next is not None:
        raise BadFormula(f"'{reader.next}' is not expected in '{text}'")
    return found


def names_in(formula: Formula) -> Iterator[tuple[str, bool]]:
    """All names in it, and whether each stands for a series."""
    if formula.kind == "name":
        yield formula.name, False
    for part in formula.parts:
        if formula.kind in OVER_SERIES:
            yield part.name, True
        else:
            yield from names_in(part)


def value_of(formula: Formula, scope: Scope) -> Value:
    """What it comes to."""
    if formula.kind == "number":
        return formula.number
    if formula.kind == "name":
        return scope.values.get(formula.name)
    if formula.kind in OVER_SERIES:
        return _OF_SERIES[formula.kind](scope.series.get(formula.parts[0].name, ()))
    found = [value_of(part, scope) for part in formula.parts]
    if formula.kind == "sum":
        known = [one for one in found if one is not None]
        return sum(known, Fraction(0)) if known else None
    numbers = [one for one in found if one is not None]
    if len(numbers) < len(found):
        return None
    return _reckoned(formula.kind, numbers, scope)


def _reckoned(kind: str, numbers: list[Fraction], scope: Scope) -> Value:
    first = numbers[0]
    if kind == "first":
        return first if scope.year == 1 else Fraction(0)
    if kind == "discounted":
        return first / (1 + scope.rate) ** scope.year if scope.rate > -1 else None
    if kind in ("min", "max"):
        return min(numbers) if kind == "min" else max(numbers)
    second = numbers[1] if len(numbers) > 1 else Fraction(0)
    if kind == "/":
        return first / second if second else None
    return {"+": first + second, "-": first - second, "*": first * second}[kind]


def _total(series: Sequence[Value]) -> Value:
    known = [one for one in series if one is not None]
    return sum(known, Fraction(0)) if series and len(known) == len(series) else None


def _payback(series: Sequence[Value]) -> Value:
    known = [one for one in series if one is not None]
    if not series or len(known) < len(series):
        return None
    years = (year for year, reached in enumerate(accumulate(known), start=1) if reached >= 0)
    found = next(years, None)
    return None if found is None else Fraction(found)


_OF_SERIES: dict[str, Callable[[Sequence[Value]], Value]] = {"total": _total, "payback": _payback}


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadFormula(f"'{text[at:].strip()[:20]}' cannot be read in '{text}'")
        found.append(match.group().strip())
        at = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens; sums of products of atoms."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def next(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, wanted: str = "") -> str:
        token = self.next
        if token is None or (wanted and token != wanted):
            raise BadFormula(f"expected {wanted or 'a number or a name'}, found {token or 'the end'}")
        self.at += 1
        return token

    def sum_of(self, depth: int) -> Formula:
        found = self.product_of(depth)
        while self.next in ("+", "-"):
            found = Formula(self.take(), parts=(found, self.product_of(depth)))
        return found

    def product_of(self, depth: int) -> Formula:
        found = self.atom_of(depth)
        while self.next in ("*", "/"):
            found = Formula(self.take(), parts=(found, self.atom_of(depth)))
        return found

    def atom_of(self, depth: int) -> Formula:
        if depth > MOST_DEPTH:
            raise BadFormula("brackets are nested too deeply")
        word = self.take()
        if word == "(":
            found = self.sum_of(depth + 1)
            self.take(")")
            return found
        if word[0].isdigit():
            return Formula("number", number=Fraction(word))
        if not word[0].isalpha():
            raise BadFormula(f"'{word}' is not expected")
        return self.call_of(word, depth) if self.next == "(" else Formula("name", name=word)

    def call_of(self, name: str, depth: int) -> Formula:
        if name not in FUNCTIONS:
            raise BadFormula(f"there is no function '{name}'; there are {', '.join(FUNCTIONS)}")
        self.take("(")
        parts = [self.sum_of(depth + 1)]
        while self.next == ",":
            self.take()
            parts.append(self.sum_of(depth + 1))
        self.take(")")
        if name not in ("sum", "min", "max") and len(parts) != 1:
            raise BadFormula(f"{name} takes one value")
        if name in OVER_SERIES and parts[0].kind != "name":
            raise BadFormula(f"{name} takes the name of a series")
        return Formula(name, parts=tuple(parts))
