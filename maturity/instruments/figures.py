"""Exact numbers and how they are written: fractions inside, decimal text outside. Pure."""

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

ONE = Fraction(1)


def number_of(value: Any) -> Fraction | None:
    """What an answer says as a number; None where there is none, which is never 0."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return Fraction(found) if found.is_finite() else None


def decimal_text(value: Fraction | None, places: int = 2) -> str:
    """With at most so many places, rounded half away from zero; "" of None."""
    if value is None:
        return ""
    unit = 10**places
    scaled = int(abs(value) * unit + Fraction(1, 2))
    whole, rest = divmod(scaled, unit)
    text = f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".") if places else str(whole)
    return f"-{text}" if value < 0 and scaled else text


def percent_text(share: Fraction | None) -> str:
    """A share as percent with one place, "" of None; never rounded up to a 100 that was not reached."""
    if share is None:
        return ""
    text = decimal_text(share * 100, 1)
    return "99.9" if text == "100" and share < 1 else text


def shown(value: Fraction | None, unit: str = "") -> str:
    """For people: grouped by thousands, with its unit; a dash of None."""
    if value is None:
        return "–"
    whole, _, rest = decimal_text(value).partition(".")
    digits = whole.lstrip("-")
    grouped = f"{'-' if whole.startswith('-') else ''}{int(digits):,}{'.' + rest if rest else ''}"
    return f"{grouped} {unit}".strip()


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 check", "3 checks"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: list[str]) -> str:
    """ "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
