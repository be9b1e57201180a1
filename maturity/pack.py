"""Reading a model pack: a folder of YAML, checked against a schema and against itself (DESIGN §2).

A pack holds model.yaml, stages.yaml, domains.yaml, challenges.yaml and practices/<domain>.yaml.

The order of its items is part of the version, since frozen item levels are read by position: practices by
domain number, then by stage, then as they stand in the file; after them the challenges by stage, then as
they stand in the file. The content hash covers this order, so a published version cannot be reordered.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from maturity.levels import ItemRule, ModelRules
from maturity.pack_checks import cross_check
from maturity.yamlfile import PackError, YamlFile, read_yaml, schema_problems

PACKS = Path(__file__).parent / "packs"
SCHEMA = PACKS / "schema.json"
SINGLE_FILES = ("model", "stages", "domains", "challenges")


@dataclass(frozen=True)
class PackSource:
    """A document that the pack rests on; other texts cite it by `ref`."""

    ref: str
    title: str
    publisher: str = ""
    dated: str = ""
    note: str = ""


@dataclass(frozen=True)
class SourceRef:
    """Where a statement comes from: the entry's slug in the content inventory and the place cited."""

    slug: str
    ref: str


@dataclass(frozen=True)
class Correction:
    """A known fault of a source (its slug), and how the pack deals with it."""

    slug: str
    note: str


@dataclass(frozen=True)
class PackStage:
    number: int
    slug: str
    name: str
    summary: str
    source: str
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class PackDomain:
    number: int
    slug: str
    name: str
    scope: str


@dataclass(frozen=True)
class PackItem:
    """A practice (has a domain) or a challenge (has an outcome)."""

    slug: str
    kind: str
    stage: int
    domain: str | None
    title: str
    text: str
    question: str
    action: str
    outcome: str = ""
    must_have: bool = False
    must_have_reason: str = ""
    successor_of: str = ""
    challenges: tuple[str, ...] = ()
    sources: tuple[SourceRef, ...] = ()
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class Pack:
    slug: str
    version: str
    edition: int
    name: str
    summary: str
    method: str
    share: Fraction
    floor: Fraction
    about: dict[str, str]
    sources: tuple[PackSource, ...]
    stages: tuple[PackStage, ...]
    domains: tuple[PackDomain, ...]
    items: tuple[PackItem, ...]

    def rules(self) -> ModelRules:
        return ModelRules(
            stages=len(self.stages),
            domains=tuple(domain.slug for domain in self.domains),
            items=tuple(ItemRule(i.slug, i.kind, i.stage, i.domain, i.must_have) for i in self.items),
            method=self.method,
            share=self.share,
            floor=self.floor,
        )

    def content_hash(self) -> str:
        """Of what decides a score: texts do not change it."""
        items = [[i.slug, i.kind, i.stage, i.domain, i.must_have, i.successor_of] for i in self.items]
        return _hash(
            {
                "method": self.method,
                "share": str(self.share),
                "floor": str(self.floor),
                "stages": [stage.slug for stage in self.stages],
                "domains": [domain.slug for domain in self.domains],
                "items": items,
            }
        )

    def text_hash(self) -> str:
        """Of everything in the pack."""
        return _hash({**asdict(self), "share": str(self.share), "floor": str(self.floor)})


def read_pack(path: Path) -> Pack:
    """The pack in this folder; PackError with every fault as "file:line: reason"."""
    files, problems = _read_files(path)
    if not problems:
        problems = cross_check(files)
    if problems:
        raise PackError(problems)
    model = dict(files["model"].data)
    domains = sorted((PackDomain(**row) for row in files["domains"].data), key=lambda d: d.number)
    stages = sorted((_stage(row) for row in files["stages"].data), key=lambda s: s.number)
    practices = [
        _practice(row, domain.slug)
        for domain in domains
        for row in sorted(files[f"practices/{domain.slug}"].data, key=lambda row: row["stage"])
    ]
    challenges = [_challenge(row) for row in sorted(files["challenges"].data, key=lambda row: row["stage"])]
    return Pack(
        **{
            **model,
            # By its decimal digits: 0.8 is four fifths, which no float is.
            "share": Fraction(str(model["share"])),
            "floor": Fraction(str(model["floor"])),
            "sources": tuple(PackSource(**row) for row in model["sources"]),
        },
        stages=tuple(stages),
        domains=tuple(domains),
        items=(*practices, *challenges),
    )


def _hash(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def corrections_of(row: dict[str, Any]) -> tuple[Correction, ...]:
    """What a row of a pack says of faults of its source."""
    return tuple(Correction(**entry) for entry in row.get("corrections", ()))


def _stage(row: dict[str, Any]) -> PackStage:
    return PackStage(**{**row, "corrections": corrections_of(row)})


def _practice(row: dict[str, Any], domain: str) -> PackItem:
    return PackItem(
        slug=row["slug"],
        kind="practice",
        stage=row["stage"],
        domain=domain,
        title=row["title"],
        text=row["text"],
        question=row["question"],
        action=row["action"],
        must_have=row.get("must_have", False),
        must_have_reason=row.get("why", ""),
        successor_of=row.get("successor_of", ""),
        challenges=tuple(row.get("challenges", ())),
        sources=tuple(SourceRef(**entry) for entry in row["sources"]),
        corrections=corrections_of(row),
    )


def _challenge(row: dict[str, Any]) -> PackItem:
    return PackItem(
        slug=row["slug"],
        kind="challenge",
        stage=row["stage"],
        domain=None,
        title=row["title"],
        text=row["challenge"],
        question=row["question"],
        action=row["action"],
        outcome=row["outcome"],
        successor_of=row.get("successor_of", ""),
        sources=(SourceRef(row["slug"], row["source"]),),
        corrections=corrections_of(row),
    )


def _read_files(path: Path) -> tuple[dict[str, YamlFile], list[str]]:
    """All files by their name without suffix, and the faults of each by itself."""
    if not path.is_dir():
        return {}, [f"{path.name}:1: not a folder"]
    schema = json.loads(SCHEMA.read_text())
    files: dict[str, YamlFile] = {}
    problems = [
        f"{name}.yaml:1: the file is missing"
        for name in SINGLE_FILES
        if not (path / f"{name}.yaml").is_file()
    ]
    for found in sorted(p for p in path.rglob("*") if not p.is_dir()):
        name = found.relative_to(path).as_posix()
        stem = name.removesuffix(".yaml")
        definition = "practices" if stem.startswith("practices/") else stem
        if (
            not name.endswith(".yaml")
            or definition not in (*SINGLE_FILES, "practices")
            or stem.count("/") > 1
        ):
            problems.append(f"{name}:1: unknown file")
            continue
        try:
            file = read_yaml(found, name)
        except PackError as error:
            problems += error.problems
            continue
        files[stem] = file
        problems += schema_problems(file, schema, definition)
    return files, problems
