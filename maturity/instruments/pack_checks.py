"""Checks of instruments beyond the schema: slugs, references, and what each engine needs. Pure.

Every fault is "file:line: reason".
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from maturity.instruments.answers import fault_of
from maturity.instruments.conditions import SUBJECTS, TESTS
from maturity.instruments.pack_checks_engines import ENGINE_CHECKS
from maturity.instruments.plain import field_of
from maturity.yamlfile import Step, YamlFile

Place = tuple[Step, ...]
_TOGETHER = ("all", "any")


@dataclass(frozen=True)
class Names:
    """What there is in the model: slugs of practices and of challenges."""

    practices: frozenset[str]
    challenges: frozenset[str]


def cross_check(files: list[YamlFile], names: Names) -> list[str]:
    """What is wrong in and between the files, each of which is well formed."""
    problems = [problem for key in ("slug", "number") for problem in _twice(files, key)]
    for file in files:
        faults = [fault for check in _CHECKS for fault in check(file.data, names)]
        if not faults:  # what follows looks up what these found to be there
            faults = list(ENGINE_CHECKS[file.data["engine"]](file.data))
        problems += [file.problem(*fault) for fault in faults]
    return problems


def _twice(files: list[YamlFile], key: str) -> Iterator[str]:
    seen: dict[Any, str] = {}
    for file in files:
        value = file.data[key]
        if value in seen:
            yield file.problem((key,), f"duplicate {key} '{value}' (first in {seen[value]})")
        seen.setdefault(value, file.name)


def entries_in(data: Mapping[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every entry with its place."""
    for number, group in enumerate(data.get("groups", ())):
        for at, entry in enumerate(group["entries"]):
            yield ("groups", number, "entries", at), entry


def _duplicates(data: Mapping[str, Any], names: Names) -> Iterator[tuple[Place, str]]:
    """Slugs of groups, entries, fields, columns and options that are there twice."""
    groups = [(("groups", n), group) for n, group in enumerate(data.get("groups", ()))]
    yield from _repeated(groups, "slug", "group")
    yield from _repeated(entries_in(data), "slug", "entry")
    for part in ("fields", "columns", "row"):
        rows = [((part, n), field) for n, field in enumerate(data.get(part, ()))]
        yield from _repeated(rows, "slug", "field")
        for place, field in rows:
            options = [((*place, "options", n), one) for n, one in enumerate(field.get("options", ()))]
            yield from _repeated(options, "value", "option")


def _repeated(
    rows: Iterable[tuple[Place, dict[str, Any]]], key: str, what: str
) -> Iterator[tuple[Place, str]]:
    seen = set()
    for place, row in rows:
        if row[key] in seen:
            yield (*place, key), f"duplicate {what} '{row[key]}'"
        seen.add(row[key])


def _references(data: Mapping[str, Any], names: Names) -> Iterator[tuple[Place, str]]:
    """Practices, challenges and entries that are named and not there."""
    for place, entry in entries_in(data):
        yield from _unknown(entry, "practices", names.practices, place, "practice '{}' in the model")
        yield from _unknown(entry, "challenges", names.challenges, place, "challenge '{}' in the model")
    entries = {entry["slug"] for _, entry in entries_in(data)}
    for place, said in _mappings(data.get("logic", {}), ("logic",)):
        yield from _unknown(said, "practices", names.practices, place, "practice '{}' in the model")
        yield from _unknown(said, "entries", entries, place, "entry '{}' in this instrument")
    for n, offer in enumerate(data.get("logic", {}).get("offers_when", ())):
        if offer["item"] not in names.practices | names.challenges:
            yield ("logic", "offers_when", n, "item"), f"no practice '{offer['item']}' in the model"


def _unknown(
    said: Mapping[str, Any], key: str, known: Container[str], place: Place, words: str
) -> Iterator[tuple[Place, str]]:
    """What a list names and there is not."""
    told = said.get(key)
    for n, slug in enumerate(told if isinstance(told, list) else ()):
        if slug not in known:
            yield (*place, key, n), f"no {words.format(slug)}"


def _mappings(data: Any, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every mapping in it, with its place."""
    if isinstance(data, dict):
        yield place, data
        for key, value in data.items():
            yield from _mappings(value, (*place, key))
    elif isinstance(data, list):
        for n, value in enumerate(data):
            yield from _mappings(value, (*place, n))


def _fields(data: Mapping[str, Any], names: Names) -> Iterator[tuple[Place, str]]:
    """Choices need options, others have none; what the form begins with must be an answer that fits."""
    for part in ("fields", "columns", "row"):
        for n, told in enumerate(data.get(part, ())):
            place = (part, n)
            if (told["kind"] in ("choice", "choices")) != bool(told.get("options")):
                yield (
                    place,
                    f"{told['slug']}: a {told['kind']} "
                    + ("has no options" if told.get("options") else "needs options"),
                )
                continue
            if "usual" in told and told["kind"] not in ("yes_no", "choices"):
                fault = fault_of(field_of(told), told["usual"])
                if fault:
                    yield (*place, "usual"), f"{told['slug']}: {fault}"


def _conditions(data: Mapping[str, Any], names: Names) -> Iterator[tuple[Place, str]]:
    """Conditions that name what there is not, or that cannot be read."""
    known = {
        "field": {field["slug"] for field in data.get("fields", ())},
        "row": {field["slug"] for field in data.get("row", ())},
        "entry": {entry["slug"] for _, entry in entries_in(data)},
        "level": names.practices | names.challenges,
        "known": {"working_on", "stages_completed", "size"},
    }
    for place, said in _mappings(data.get("logic", {}), ("logic",)):
        for name in ("when", "of", "unless"):
            if isinstance(said.get(name), dict):
                yield from _condition(data, said[name], (*place, name), known)


def _condition(
    data: Mapping[str, Any], said: dict[str, Any], place: Place, known: Mapping[str, Any]
) -> Iterator[tuple[Place, str]]:
    for name in _TOGETHER:
        if name in said:
            for n, one in enumerate(said[name]):
                yield from _condition(data, one, (*place, name, n), known)
            return
    for name in ("not", "some_row", "every_row"):
        if name in said:
            yield from _condition(data, said[name], (*place, name), known)
            return
    subject = next((name for name in SUBJECTS if name in said), "")
    if not subject:
        yield place, f"a condition is about one of {', '.join(SUBJECTS)}"
        return
    if sum(test in said for test in TESTS) != 1:
        yield place, f"a condition has one test: {', '.join(TESTS)}"
        return
    slug = said[subject]
    if subject in known and slug not in known[subject]:
        yield (*place, subject), f"no {subject} '{slug}' here"
        return
    yield from _offered(data, said, subject, place)


def _offered(
    data: Mapping[str, Any], said: dict[str, Any], subject: str, place: Place
) -> Iterator[tuple[Place, str]]:
    """Answers that a condition waits for and that are not offered."""
    if subject == "entry":
        part, slug = "columns", said.get("column", "status")
    elif subject in ("field", "row"):
        part, slug = ("fields" if subject == "field" else "row"), said[subject]
    else:
        return
    field = next((one for one in data.get(part, ()) if one["slug"] == slug), None)
    if field is None:
        yield place, f"no column '{slug}' in this instrument"
        return
    for test in ("is", "has"):
        wanted = said.get(test)
        if wanted is None:
            continue
        offered = [one["value"] for one in field.get("options", ())]
        if field["kind"] == "yes_no":
            offered = [True, False]
        for one in wanted if isinstance(wanted, list) else [wanted]:
            if offered and one not in offered:
                yield (*place, test), f"{slug} has no option '{one}'"


_CHECKS: tuple[Callable[[Mapping[str, Any], Names], Iterable[tuple[Place, str]]], ...] = (
    _duplicates,
    _references,
    _fields,
    _conditions,
)
