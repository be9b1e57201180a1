"""A filter over profile fields: which agencies are meant by "large, cabinet-level agencies". Pure.

It is written in addresses as `type=cabinet-level&size=large,mid&nodes=10..500`, kept with a group of
agencies as JSON, and said in words on pages. All conditions hold together; of several words for one field any
one is enough, also where the field itself may hold several. A field that is not filled in fits nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from portal.agencies.profile import FIELDS, InvalidValue, ProfileField, Value, validate
from portal.agencies.text import one_line, quoted

FIELDS_TO_FILTER_BY: Mapping[str, ProfileField] = {
    entry.slug: entry for entry in FIELDS if entry.kind != "text"
}
YES_NO = {"yes": "Yes", "no": "No"}
BETWEEN = ".."  # 10..500, 10.., ..500


class InvalidFilter(ValueError):
    """What was asked for is no filter; `field` is the slug it is about, the text says what would be right."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Condition:
    """One field: one of these words, or for numbers from `lowest` to `highest` (None: no limit)."""

    field: str
    words: tuple[str, ...] = ()
    lowest: int | None = None
    highest: int | None = None

    @property
    def written(self) -> str:
        """As in an address: large,mid or 10..500."""
        if self.words:
            return ",".join(self.words)
        if self.lowest == self.highest:
            return str(self.lowest)
        low, high = ("" if end is None else str(end) for end in (self.lowest, self.highest))
        return f"{low}{BETWEEN}{high}"

    @property
    def in_words(self) -> str:
        """As people read it: Size: Large or Mid-size."""
        entry = FIELDS_TO_FILTER_BY.get(self.field)
        if entry is None:  # a field that the profile had once
            return f"{self.field}: {self.written}"
        return f"{entry.label}: {self._said(entry)}"

    def _said(self, entry: ProfileField) -> str:
        if self.words:
            *others, last = [choices_of(entry).get(word, word) for word in self.words]
            return f"{', '.join(others)} or {last}" if others else last
        low, high = self.lowest, self.highest
        if low is not None and high is not None:
            return f"{low:,}" if low == high else f"{low:,} to {high:,}"
        return f"{low:,} or more" if low is not None else f"{high:,} or fewer"

    def fits(self, value: Value) -> bool:
        """Whether the field's value is one that is meant."""
        if isinstance(value, bool):
            return ("yes" if value else "no") in self.words
        if isinstance(value, int):
            high_enough = self.lowest is None or value >= self.lowest
            return high_enough and (self.highest is None or value <= self.highest)
        if isinstance(value, list):
            return any(one in self.words for one in value)
        return value in self.words


ProfileFilter = tuple[Condition, ...]  # in the order of the profile's fields, each field once


def choices_of(entry: ProfileField) -> Mapping[str, str]:
    """What a field that is no number can be filtered by: stored word to label."""
    return YES_NO if entry.kind == "yes-no" else entry.choices


def read_filter(asked: Mapping[str, str | Sequence[str]]) -> ProfileFilter:
    """The filter that the parameters of an address, or fields of a form, say; other parameters are left.

    Several words are separated by commas or given as a list. Raises InvalidFilter.
    """
    found = []
    for slug, entry in FIELDS_TO_FILTER_BY.items():
        said = asked.get(slug, "")
        text = said if isinstance(said, str) else ",".join(said)
        if one_line(text.replace(",", " ")):
            found.append(_read(entry, text))
    return tuple(found)


def filter_from_json(stored: Mapping[str, str]) -> ProfileFilter:
    """The filter as it was kept, also of fields and choices that are there no longer: those fit nothing."""
    return tuple(_stored(slug, written) for slug, written in stored.items())


def filter_as_json(chosen: Iterable[Condition]) -> dict[str, str]:
    """The filter as it is kept, and as the parameters of an address."""
    return {condition.field: condition.written for condition in chosen}


def filter_in_words(chosen: Iterable[Condition]) -> str:
    """The whole filter as people read it."""
    return "; ".join(condition.in_words for condition in chosen)


def _stored(slug: str, written: str) -> Condition:
    low, between, high = written.partition(BETWEEN)
    if not between and not written.isdigit():
        return Condition(slug, tuple(written.split(",")))
    ends = [int(end) if end else None for end in (low, high if between else low)]
    return Condition(slug, lowest=ends[0], highest=ends[1])


def _read(entry: ProfileField, text: str) -> Condition:
    try:
        if entry.kind == "number":
            return _range(entry, one_line(text))
        if entry.kind == "yes-no":
            parts = [validate(entry, part) for part in text.split(",") if one_line(part)]
            return Condition(entry.slug, tuple(word for word in YES_NO if (word == "yes") in parts))
        # A field of one choice is filtered by several as one of several is filled in.
        words = validate(replace(entry, kind="multi"), text)
    except InvalidValue as error:
        raise InvalidFilter(entry.slug, f"{error}{_help(entry)}") from error
    return Condition(entry.slug, tuple(words) if isinstance(words, list) else ())


def _range(entry: ProfileField, text: str) -> Condition:
    first, between, last = (part.strip() for part in text.partition(BETWEEN))
    if between and not first and not last:
        raise InvalidFilter(entry.slug, f"{entry.label}: {quoted(text)} names no number.{_help(entry)}")
    low = _number(entry, first) if first else None
    high = (_number(entry, last) if last else None) if between else low
    if low is not None and high is not None and low > high:
        raise InvalidFilter(entry.slug, f"{entry.label}: {low:,} is more than {high:,}.")
    return Condition(entry.slug, lowest=low, highest=high)


def _number(entry: ProfileField, text: str) -> int:
    number = validate(entry, text)
    if not isinstance(number, int):  # only for the types: an empty text does not come here
        raise InvalidFilter(entry.slug, f"{entry.label}: give a number.")
    return number


def _help(entry: ProfileField) -> str:
    if entry.kind == "number":
        return f" Write {entry.slug}=10..500, 10.. or ..500."
    return f" Write {entry.slug}={','.join(list(choices_of(entry))[:2])}, or one of them."
