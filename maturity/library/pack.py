"""Reading the library's pack: a folder of YAML, checked against a schema and against itself.

It holds library.yaml (the documents, and the sections with their shelves in order), <section>/<group>.yaml
for each shelf, and figures.yaml, which says what the figures of entries show.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maturity.library.checks import cross_check
from maturity.pack import Correction, PackSource, corrections_of
from maturity.yamlfile import PackError, YamlFile, read_yaml, schema_problems

LIBRARY = Path(__file__).parent.parent / "packs" / "library"
SCHEMA = LIBRARY.parent / "library.schema.json"
LIST = "list"  # the shape of a shelf that does not say


@dataclass(frozen=True)
class PackEntry:
    """One thing that the sources say. `see`: slugs of entries, practices and challenges."""

    slug: str
    title: str
    text: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    source: str = ""
    link: str = ""
    see: tuple[str, ...] = ()
    dated: str = ""
    corrections: tuple[Correction, ...] = ()
    figure: dict[str, Any] = field(default_factory=dict)  # what maturity.library.figures draws, or {}


@dataclass(frozen=True)
class PackShelf:
    """A group of the content inventory with its entries in order.

    `columns`: the headings of the facts in order; where the pack names none, as they first occur.
    """

    slug: str
    name: str
    summary: str
    shape: str
    columns: tuple[str, ...]
    entries: tuple[PackEntry, ...]


@dataclass(frozen=True)
class PackSection:
    """A part of the library with its shelves in order."""

    slug: str
    name: str
    summary: str
    shelves: tuple[PackShelf, ...]


@dataclass(frozen=True)
class Library:
    """All that a pack says."""

    sources: tuple[PackSource, ...]
    sections: tuple[PackSection, ...]

    @property
    def shelves(self) -> tuple[PackShelf, ...]:
        """Of all sections, in order."""
        return tuple(shelf for section in self.sections for shelf in section.shelves)


def read_library(path: Path, known: Collection[str] = frozenset()) -> Library:
    """The library in this folder; PackError with every fault as "file:line: reason".

    `known`: slugs beside its own that entries may name under `see`, such as those of practices.
    """
    files, problems = _read_files(path)
    if not problems:
        problems = cross_check(files, known)
    if problems:
        raise PackError(problems)
    figures = {row["entry"]: _figure(row) for row in files["figures"].data} if "figures" in files else {}
    head = files["library"].data
    return Library(
        sources=tuple(PackSource(**row) for row in head["sources"]),
        sections=tuple(_section(row, files, figures) for row in head["sections"]),
    )


def _figure(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "entry"}


def _section(row: dict[str, Any], files: dict[str, YamlFile], figures: dict[str, Any]) -> PackSection:
    shelves = [_shelf(files[f"{row['slug']}/{name}"].data, figures) for name in row["shelves"]]
    return PackSection(row["slug"], row["name"], row["summary"], tuple(shelves))


def _shelf(row: dict[str, Any], figures: dict[str, Any]) -> PackShelf:
    headings = dict.fromkeys(heading for entry in row["entries"] for heading in entry.get("facts", ()))
    return PackShelf(
        slug=row["group"],
        name=row["name"],
        summary=row["summary"],
        shape=row.get("shape", LIST),
        columns=tuple(row.get("columns", headings)),
        entries=tuple(_entry(entry, figures.get(entry["slug"], {})) for entry in row["entries"]),
    )


def _entry(row: dict[str, Any], figure: dict[str, Any]) -> PackEntry:
    changed = {"see": tuple(row.get("see", ())), "corrections": corrections_of(row), "figure": figure}
    return PackEntry(**{**row, **changed})


def _read_files(path: Path) -> tuple[dict[str, YamlFile], list[str]]:
    """All files by their name without suffix, and the faults of each by itself."""
    if not path.is_dir():
        return {}, [f"{path.name}:1: not a folder"]
    if not (path / "library.yaml").is_file():
        return {}, ["library.yaml:1: the file is missing"]
    schema = json.loads(SCHEMA.read_text())
    files: dict[str, YamlFile] = {}
    problems: list[str] = []
    for found in sorted(p for p in path.rglob("*") if not p.is_dir()):
        name = found.relative_to(path).as_posix()
        stem = name.removesuffix(".yaml")
        definition = "shelf" if stem.count("/") == 1 else stem
        if not name.endswith(".yaml") or definition not in ("library", "figures", "shelf"):
            problems.append(f"{name}:1: unknown file")
            continue
        try:
            files[stem] = read_yaml(found, name)
        except PackError as error:
            problems += error.problems
            continue
        problems += schema_problems(files[stem], schema, definition)
    return files, problems
