"""Checks between the files of a model pack; each returns its faults as "file:line: reason".

What holds of one scoring method alone is in pack_checks_methods.py.
"""

from typing import Any

from maturity.pack_checks_methods import is_staged, method_problems
from maturity.yamlfile import Step, YamlFile


def cross_check(files: dict[str, YamlFile]) -> list[str]:
    """What is wrong between the files, each of which is well formed."""
    practices = [file for name, file in files.items() if name.startswith("practices/")]
    items = [*practices, *([files["challenges"]] if "challenges" in files else [])]
    of_method = method_problems(files, practices)
    if of_method:  # what follows asks for fields that the method needs
        return of_method
    return [
        *_numbering(files["stages"]),
        *_numbering(files["domains"]),
        *_duplicates([files["stages"]], "stage"),
        *_duplicates([files["domains"]], "domain"),
        *_duplicates(items, "item"),
        *_duplicates([files["model"]], "source", "ref", ("sources",)),
        *_domain_files(files),
        *_references(files, practices, items),
        *_citations(files, practices),
        *_guidance(files, items),
    ]


def is_guidance(name: str) -> bool:
    """Whether a file of a pack says how to answer items."""
    return name.startswith("guidance/")


def _guidance(files: dict[str, YamlFile], items: list[YamlFile]) -> list[str]:
    """Guidance for what is not there, or twice for the same item."""
    guides = [file for name, file in files.items() if is_guidance(name)]
    known = {row["slug"] for file in items for _, row in _rows(file)}
    dangling = [
        file.problem((*place, "slug"), f"no item '{row['slug']}' in this pack")
        for file in guides
        for place, row in _rows(file)
        if row["slug"] not in known
    ]
    return dangling + _duplicates(guides, "guidance for item")


def _rows(file: YamlFile, under: tuple[Step, ...] = ()) -> list[tuple[tuple[Step, ...], dict[str, Any]]]:
    """The rows of a list in a file, each with its place."""
    data = file.data
    for step in under:
        data = data[step]
    return [((*under, number), row) for number, row in enumerate(data)]


def _numbering(file: YamlFile) -> list[str]:
    expected = set(range(1, len(file.data) + 1))
    problems = []
    for place, row in _rows(file):
        if row["number"] not in expected:
            problems.append(
                file.problem((*place, "number"), f"number {row['number']} is a duplicate or leaves a gap")
            )
        expected.discard(row["number"])
    return problems


def _duplicates(
    files: list[YamlFile], what: str, key: str = "slug", under: tuple[Step, ...] = ()
) -> list[str]:
    seen: dict[str, str] = {}
    problems = []
    for file in files:
        for place, row in _rows(file, under):
            at = file.problem((*place, key), "").rstrip(": ")
            if row[key] in seen:
                problems.append(f"{at}: duplicate {what} '{row[key]}' (first at {seen[row[key]]})")
            seen.setdefault(row[key], at)
    return problems


def _domain_files(files: dict[str, YamlFile]) -> list[str]:
    slugs = {row["slug"] for row in files["domains"].data}
    unknown = [name for name in files if name.startswith("practices/") and name.split("/")[1] not in slugs]
    missing = sorted(slug for slug in slugs if f"practices/{slug}" not in files)
    if files["model"].data.get("domain_scores"):  # there need be no practices
        missing = []
    return [
        *(f"{name}.yaml:1: no domain '{name.split('/')[1]}' in domains.yaml" for name in unknown),
        *(f"practices/{slug}.yaml:1: the file is missing" for slug in missing),
    ]


def _references(files: dict[str, YamlFile], practices: list[YamlFile], items: list[YamlFile]) -> list[str]:
    """Stages and challenges that are named but not there, and stages that nothing is expected at."""
    stages = {row["number"]: place for place, row in _rows(files["stages"])}
    challenges = {row["slug"] for row in files["challenges"].data} if "challenges" in files else set()
    problems = [
        file.problem((*place, "stage"), f"no stage {row['stage']} in stages.yaml")
        for file in items
        for place, row in _rows(file)
        if row.get("stage", 1) not in stages
    ]
    problems += [
        file.problem((*place, "challenges", n), f"no challenge '{slug}' in challenges.yaml")
        for file in practices
        for place, row in _rows(file)
        for n, slug in enumerate(row.get("challenges", ()))
        if slug not in challenges
    ]
    if not is_staged(files):
        return problems
    used = {row["stage"] for file in items for _, row in _rows(file)}
    problems += [
        files["stages"].problem(stages[number], f"stage {number} has no items")
        for number in stages.keys() - used
    ]
    return problems


def _citations(files: dict[str, YamlFile], practices: list[YamlFile]) -> list[str]:
    """Citations whose first word is not a source of model.yaml."""
    known = {row["ref"] for row in files["model"].data["sources"]}
    cited: list[tuple[YamlFile, tuple[Step, ...], str]] = [
        (files[name], (*place, "source"), row["source"])
        for name in ("stages", "challenges")
        if name in files
        for place, row in _rows(files[name])
    ]
    cited += [
        (file, (*place, "sources", n, "ref"), source["ref"])
        for file in practices
        for place, row in _rows(file)
        for n, source in enumerate(row["sources"])
    ]
    return [
        file.problem(place, f"no source '{ref.split()[0]}' in model.yaml")
        for file, place, ref in cited
        if ref.split()[0] not in known
    ]
