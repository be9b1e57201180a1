"""Reading a model pack: a folder of YAML, checked against a schema and against itself (DESIGN §2).

A pack holds model.yaml, stages.yaml, domains.yaml, challenges.yaml and practices/<domain>.yaml. Models of
points or means have no challenges, and where scores of domains are given there need be no practices.
guidance/<domain>.yaml and guidance/challenges.yaml may say how to answer them.

The order of its items is part of the version, since frozen item levels are read by position: practices by
domain number, then by stage, then as they stand in the file; after them the challenges by stage, then as
they stand in the file. The content hash covers this order, so a published version cannot be reordered.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from maturity.levels import IN_LEVELS, IN_POINTS, ItemRule, ModelRules, Scale
from maturity.pack_checks import cross_check, is_guidance
from maturity.yamlfile import PackError, YamlFile, read_yaml, schema_problems

PACKS = Path(__file__).parent / "packs"
SCHEMA = PACKS / "schema.json"
SINGLE_FILES = ("model", "stages", "domains", "challenges")
FOLDERS = ("practices", "guidance")


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
    band: Fraction | None = None  # where it begins, as a share of the maximum; None: it is completed


@dataclass(frozen=True)
class PackDomain:
    number: int
    slug: str
    name: str
    scope: str
    weight: Fraction = Fraction(1)


@dataclass(frozen=True)
class Guidance:
    """How to answer an item: what each level looks like for it, what would show it, how to begin."""

    levels: dict[str, str]  # of not_started, planned, partial, in_place
    evidence: tuple[str, ...]
    steps: tuple[str, ...]
    small: str  # how it reads for a small agency
    managed: str  # and for one that buys everything as a managed service


@dataclass(frozen=True)
class PackItem:
    """A practice (has a domain) or a challenge (has an outcome). Where stages are bands, `stage` is 1."""

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
    points: int = 0
    guidance: Guidance | None = None


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
    answers: str = IN_LEVELS
    domain_scores: bool = False  # whether scores of whole domains may be given
    unit: str = "stages"
    maximum: int = 0  # 0: the number of stages
    known_from: Fraction = Fraction(3, 5)
    rhythm: str = "quarter"  # how often it is usually asked; decides nothing

    @property
    def is_staged(self) -> bool:
        """Whether stages are completed, and are not bands of the score."""
        return self.method == "staged"

    @property
    def scale(self) -> Scale:
        """What its score is counted in."""
        return Scale(self.unit, self.maximum or len(self.stages))

    def rules(self) -> ModelRules:
        return ModelRules(
            stages=len(self.stages),
            domains=tuple(domain.slug for domain in self.domains),
            items=tuple(
                ItemRule(i.slug, i.kind, i.stage, i.domain, i.must_have, i.points) for i in self.items
            ),
            method=self.method,
            share=self.share,
            floor=self.floor,
            bands=tuple(stage.band for stage in self.stages if stage.band is not None),
            scale=self.scale,
            answers=self.answers,
            weights=tuple(domain.weight for domain in self.domains),
            takes_domain_scores=self.domain_scores,
            known_from=self.known_from,
        )

    def content_hash(self) -> str:
        """Of what decides a score: texts do not change it. What only bands have is hashed only there."""
        items = [[i.slug, i.kind, i.stage, i.domain, i.must_have, i.successor_of] for i in self.items]
        return _hash(
            {
                "method": self.method,
                "share": str(self.share),
                "floor": str(self.floor),
                "stages": [stage.slug for stage in self.stages],
                "domains": [domain.slug for domain in self.domains],
                "items": items,
                **({} if self.is_staged else self._of_bands()),
            }
        )

    def _of_bands(self) -> dict[str, Any]:
        """What decides a score in a model whose stages are bands."""
        return {
            "bands": [str(stage.band) for stage in self.stages],
            "weights": [str(domain.weight) for domain in self.domains],
            "points": [item.points for item in self.items],
            "maximum": self.maximum,
            "answers": self.answers,
            "domain_scores": self.domain_scores,
            "known_from": str(self.known_from),
        }

    def text_hash(self) -> str:
        """Of everything in the pack but what has its usual value, so that a new field changes no hash."""
        told: dict[str, Any] = _without_defaults(self)
        told |= {"share": self.share, "floor": self.floor}
        for name in ("stages", "domains", "items"):
            told[name] = [_without_defaults(row) for row in getattr(self, name)]
        return _hash(told)


def read_pack(path: Path) -> Pack:
    """The pack in this folder; PackError with every fault as "file:line: reason"."""
    files, problems = _read_files(path)
    if not problems:
        problems = cross_check(files)
    if problems:
        raise PackError(problems)
    domains = sorted((_domain(row) for row in files["domains"].data), key=lambda d: d.number)
    stages = sorted((_stage(row) for row in files["stages"].data), key=lambda s: s.number)
    practices = [
        _practice(row, domain.slug)
        for domain in domains
        for row in sorted(_rows(files, f"practices/{domain.slug}"), key=lambda row: row.get("stage", 1))
    ]
    challenges = [_challenge(row) for row in sorted(_rows(files, "challenges"), key=lambda row: row["stage"])]
    told = [row for name in files if is_guidance(name) for row in files[name].data]
    guidance = {row["slug"]: _guidance(row) for row in told}
    items = [replace(item, guidance=guidance.get(item.slug)) for item in (*practices, *challenges)]
    return Pack(
        **_head(files["model"].data, sum(item.points for item in practices)),
        stages=tuple(stages),
        domains=tuple(domains),
        items=tuple(items),
    )


def _head(model: dict[str, Any], points: int) -> dict[str, Any]:
    """The fields of a pack that model.yaml gives, with what follows from the method where it is silent."""
    usual: dict[str, dict[str, Any]] = {
        "staged": {},
        "points": {"answers": IN_POINTS, "unit": "points", "maximum": points},
        "mean": {"unit": "", "maximum": 100},
    }
    shares = {"share": Fraction(4, 5), "floor": Fraction(1, 2)}
    shares |= {name: _exact(model[name]) for name in ("share", "floor", "known_from") if name in model}
    sources = tuple(PackSource(**row) for row in model["sources"])
    return {**usual[model["method"]], **model, **shares, "sources": sources}


def _exact(number: float) -> Fraction:
    """By its decimal digits: 0.8 is four fifths, which no float is."""
    return Fraction(str(number))


def _rows(files: dict[str, YamlFile], name: str) -> list[dict[str, Any]]:
    """The rows of a list, none where the file may be missing and is."""
    return list(files[name].data) if name in files else []


def _without_defaults(row: Any) -> dict[str, Any]:
    """A row's fields but for those that came after the first packs were hashed and have their default."""
    told = asdict(row)
    return {
        one.name: told[one.name]
        for one in fields(row)
        if one.name not in ADDED_SINCE or told[one.name] != one.default
    }


# Fields of packs that are hashed only where they say something.
ADDED_SINCE = {
    "answers", "band", "domain_scores", "guidance", "known_from", "maximum", "points", "rhythm", "unit",
    "weight",
}  # fmt: skip


def _hash(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def corrections_of(row: dict[str, Any]) -> tuple[Correction, ...]:
    """What a row of a pack says of faults of its source."""
    return tuple(Correction(**entry) for entry in row.get("corrections", ()))


def _stage(row: dict[str, Any]) -> PackStage:
    told = {name: value for name, value in row.items() if name != "from"}
    band = _exact(row["from"]) / 100 if "from" in row else None
    return PackStage(**{**told, "corrections": corrections_of(row)}, band=band)


def _domain(row: dict[str, Any]) -> PackDomain:
    return PackDomain(**{**row, "weight": _exact(row.get("weight", 1))})


def _practice(row: dict[str, Any], domain: str) -> PackItem:
    return PackItem(
        slug=row["slug"],
        kind="practice",
        stage=row.get("stage", 1),
        points=row.get("points", 0),
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


def _guidance(row: dict[str, Any]) -> Guidance:
    return Guidance(row["levels"], tuple(row["evidence"]), tuple(row["steps"]), row["small"], row["managed"])


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
        if name != "challenges" and not (path / f"{name}.yaml").is_file()
    ]
    for found in sorted(p for p in path.rglob("*") if not p.is_dir()):
        name = found.relative_to(path).as_posix()
        stem = name.removesuffix(".yaml")
        folder, _, rest = stem.partition("/")
        definition = folder if rest and folder in FOLDERS else stem
        if (
            not name.endswith(".yaml")
            or definition not in (*SINGLE_FILES, *FOLDERS)
            or (definition in FOLDERS and not rest)
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
