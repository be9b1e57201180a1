"""Checks between the files of the library's pack; each returns its faults as "file:line: reason"."""

from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlsplit

from maturity.yamlfile import Step, YamlFile

Place = tuple[Step, ...]
Row = tuple[YamlFile, Place, dict[str, Any]]  # an entry with where it stands


def cross_check(files: dict[str, YamlFile], known: Collection[str]) -> list[str]:
    """What is wrong between the files, each of which is well formed."""
    shelves = {name: file for name, file in files.items() if "/" in name}
    rows: list[Row] = [
        (file, ("entries", number), row)
        for file in shelves.values()
        for number, row in enumerate(file.data["entries"])
    ]
    slugs = {row["slug"] for _, _, row in rows}
    may_name = slugs | set(known)
    refs = {row["ref"] for row in files["library"].data["sources"]}
    problems = [
        *_shelves(files["library"], shelves),
        *_duplicates((file, (*place, "slug"), row["slug"], "entry") for file, place, row in rows),
        *_references(rows, may_name),
        *_columns(shelves),
        *_citations(rows, refs),
        *_links(rows),
    ]
    if "figures" in files:
        problems += _figures(files["figures"], slugs, may_name)
    return problems


def _duplicates(found: Iterator[tuple[YamlFile, Place, str, str]]) -> list[str]:
    """What is named twice: file, place, name and what it is."""
    problems: list[str] = []
    seen: dict[str, str] = {}
    for file, place, name, what in found:
        if name in seen:
            problems.append(file.problem(place, f"duplicate {what} '{name}' (first in {seen[name]})"))
        else:
            seen[name] = f"{file.name}:{file.lines.get(place, 1)}"
    return problems


def _shelves(head: YamlFile, shelves: dict[str, YamlFile]) -> list[str]:
    """Shelves without a file, files of no shelf, and what is named twice."""
    sections = list(enumerate(head.data["sections"]))
    listed = {
        f"{section['slug']}/{shelf}": ("sections", number, "shelves", place)
        for number, section in sections
        for place, shelf in enumerate(section["shelves"])
    }
    named = (
        (head, ("sections", number, "shelves", place), shelf, "shelf")
        for number, section in sections
        for place, shelf in enumerate(section["shelves"])
    )
    slugs = ((head, ("sections", number, "slug"), section["slug"], "section") for number, section in sections)
    sources = enumerate(head.data["sources"])
    refs = ((head, ("sources", number, "ref"), source["ref"], "source") for number, source in sources)
    return [
        *_duplicates(iter(slugs)),
        *_duplicates(iter(named)),
        *_duplicates(iter(refs)),
        *(
            head.problem(place, f"the file {name}.yaml is missing")
            for name, place in listed.items()
            if name not in shelves
        ),
        *(
            file.problem((), "unknown file: no section of library.yaml names this shelf")
            for name, file in shelves.items()
            if name not in listed
        ),
        *(
            file.problem(("group",), f"the group must be '{name.split('/')[1]}', as the file is called")
            for name, file in shelves.items()
            if file.data["group"] != name.split("/")[1]
        ),
    ]


def _references(rows: list[Row], may_name: Collection[str]) -> list[str]:
    return [
        file.problem(
            (*place, "see", number),
            f"'{slug}' names the entry itself"
            if slug == row["slug"]
            else f"no entry, practice or challenge '{slug}'",
        )
        for file, place, row in rows
        for number, slug in enumerate(row.get("see", ()))
        if slug not in may_name or slug == row["slug"]
    ]


def _columns(shelves: dict[str, YamlFile]) -> list[str]:
    """Facts under a heading that the shelf does not have; tables without headings."""
    problems = []
    for file in shelves.values():
        columns = file.data.get("columns")
        if columns is None:
            if file.data.get("shape") == "table":
                problems.append(file.problem(("shape",), "a table needs columns"))
            continue
        problems += [
            file.problem(("entries", number, "facts", heading), f"unknown column '{heading}'")
            for number, row in enumerate(file.data["entries"])
            for heading in row.get("facts", {})
            if heading not in columns
        ]
    return problems


def _citations(rows: list[Row], refs: Collection[str]) -> list[str]:
    return [
        file.problem((*place, "source"), f"'{row['source'].split()[0]}' is no source of library.yaml")
        for file, place, row in rows
        if "source" in row and row["source"].split()[0] not in refs
    ]


def _links(rows: list[Row]) -> list[str]:
    return [
        file.problem((*place, "link"), "a link must begin with https:// or http:// and name a host")
        for file, place, row in rows
        if "link" in row and not _is_link(row["link"])
    ]


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and not any(sign.isspace() for sign in text)


def _figures(file: YamlFile, slugs: Collection[str], may_name: Collection[str]) -> list[str]:
    """Figures of no entry, twice for one, nodes that stand for nothing, and trees that are none."""
    rows = list(enumerate(file.data))
    problems = _duplicates((file, (number, "entry"), row["entry"], "figure of entry") for number, row in rows)
    for number, row in rows:
        if row["entry"] not in slugs:
            problems.append(file.problem((number, "entry"), f"no entry '{row['entry']}'"))
        problems += [
            file.problem((*place, "slug"), f"no entry, practice or challenge '{node['slug']}'")
            for place, node in _named(row, (number,))
            if node["slug"] not in may_name
        ]
        if row["kind"] == "tree":
            problems += _tree(file, number, row["nodes"])
        if row["kind"] == "lanes":
            problems += [
                file.problem((number, "lanes", place, "store", "step"), "the lane has no such step")
                for place, lane in enumerate(row["lanes"])
                if "store" in lane and lane["store"]["step"] > len(lane["steps"])
            ]
    return problems


def _named(value: Any, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The nodes anywhere below that stand for something; those of trees name themselves."""
    if isinstance(value, dict):
        if "slug" in value and "shape" not in value:
            yield place, value
        for name, part in value.items():
            yield from _named(part, (*place, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _named(part, (*place, number))


def _tree(file: YamlFile, number: int, nodes: list[dict[str, Any]]) -> list[str]:
    """Every node but the first has exactly one way to it, from a node before it."""
    problems = []
    at: dict[str, int] = {}
    for place, node in enumerate(nodes):
        if node["slug"] in at:
            problems.append(
                file.problem((number, "nodes", place, "slug"), f"duplicate node '{node['slug']}'")
            )
        at.setdefault(node["slug"], place)
    reached = {nodes[0]["slug"]}
    for place, node in enumerate(nodes):
        for way, to in enumerate(node.get("to", ())):
            where = (number, "nodes", place, "to", way, "node")
            if to["node"] not in at:
                problems.append(file.problem(where, f"no node '{to['node']}'"))
            elif to["node"] in reached or at[to["node"]] <= place:
                problems.append(file.problem(where, f"a second way to '{to['node']}', or a way back"))
            reached.add(to["node"])
    problems += [
        file.problem((number, "nodes", place, "slug"), f"no way leads to '{node['slug']}'")
        for place, node in enumerate(nodes)
        if node["slug"] not in reached
    ]
    return problems
