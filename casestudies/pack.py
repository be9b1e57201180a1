"""Reading case studies and their lessons from a YAML file, checked against a schema and against itself."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maturity.pack import Correction, corrections_of
from maturity.yamlfile import PackError, YamlFile, read_yaml, schema_problems

PACKS = Path(__file__).parent / "packs"
SCHEMA = PACKS / "schema.json"


@dataclass(frozen=True)
class PackCaseStudy:
    """How one organization went about containers; `stages` is from and to, None where not suggested."""

    slug: str
    title: str
    organization: str
    agency_type: str
    summary: str
    facts: dict[str, str]  # of timeline, team, scale_and_results and state, what the source gives
    technologies: tuple[str, ...]
    stages: tuple[int, int] | None
    source: str
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class PackLesson:
    """One thing a case study teaches, with the practices and challenges that it speaks to."""

    slug: str
    case: str
    title: str
    text: str
    practices: tuple[str, ...]
    challenges: tuple[str, ...]
    source: str
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class CaseStudyPack:
    """The content of a file; `model` is the model whose items the lessons name."""

    model: str
    case_studies: tuple[PackCaseStudy, ...]
    lessons: tuple[PackLesson, ...]


def read_case_studies(path: Path, items: Collection[str] | None = None) -> CaseStudyPack:
    """The case studies in this file; PackError with every fault as "file:line: reason".

    With `items`, the slugs of the model's items, a practice or challenge that is not among them is a fault.
    """
    if not path.is_file():
        raise PackError([f"{path.name}:1: the file is missing"])
    file = read_yaml(path, path.name)
    problems = schema_problems(file, json.loads(SCHEMA.read_text()), "case-studies")
    problems = problems or [*_duplicates(file), *_references(file, items), *_stage_order(file)]
    if problems:
        raise PackError(problems)
    return CaseStudyPack(
        model=file.data["model"],
        case_studies=tuple(_case_study(row) for row in file.data["case_studies"]),
        lessons=tuple(_lesson(row) for row in file.data["lessons"]),
    )


def _case_study(row: dict[str, Any]) -> PackCaseStudy:
    changed = {
        "technologies": tuple(row["technologies"]),
        "stages": tuple(row["stages"]) if "stages" in row else None,
        "corrections": corrections_of(row),
    }
    return PackCaseStudy(**{**row, **changed})


def _lesson(row: dict[str, Any]) -> PackLesson:
    changed = {
        "practices": tuple(row["practices"]),
        "challenges": tuple(row["challenges"]),
        "corrections": corrections_of(row),
    }
    return PackLesson(**{**row, **changed})


def _duplicates(file: YamlFile) -> list[str]:
    problems = []
    for kind, what in (("case_studies", "case study"), ("lessons", "lesson")):
        seen: set[str] = set()
        for number, row in enumerate(file.data[kind]):
            if row["slug"] in seen:
                problems.append(file.problem((kind, number, "slug"), f"duplicate {what} '{row['slug']}'"))
            seen.add(row["slug"])
    return problems


def _references(file: YamlFile, items: Collection[str] | None) -> list[str]:
    """Cases, practices and challenges that lessons name but that are not there."""
    cases = {row["slug"] for row in file.data["case_studies"]}
    problems = []
    for number, row in enumerate(file.data["lessons"]):
        if row["case"] not in cases:
            problems.append(file.problem(("lessons", number, "case"), f"no case study '{row['case']}'"))
        problems += [
            file.problem(("lessons", number, kind, place), f"no item '{slug}' in the model")
            for kind in ("practices", "challenges")
            for place, slug in enumerate(row[kind])
            if items is not None and slug not in items
        ]
    return problems


def _stage_order(file: YamlFile) -> list[str]:
    return [
        file.problem(("case_studies", number, "stages"), "the first stage is above the last")
        for number, row in enumerate(file.data["case_studies"])
        if "stages" in row and row["stages"][0] > row["stages"][1]
    ]
