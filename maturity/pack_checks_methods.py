"""What a scoring method asks of a model pack; each fault as "file:line: reason"."""

from itertools import pairwise
from typing import Any

from maturity.yamlfile import Step, YamlFile

MOST = 2000  # units of a score: it is kept in millionths, in an integer of 32 bits
OF_STAGED = ("share", "floor")
OF_BANDS = ("answers", "domain_scores", "known_from", "maximum", "unit")
# What model.yaml may say of a method that another has no use for.
FOREIGN = {
    "staged": OF_BANDS,
    "points": (*OF_STAGED, "domain_scores", "maximum"),
    "mean": (*OF_STAGED, "answers"),
}


def is_staged(files: dict[str, YamlFile]) -> bool:
    """Whether stages are completed, and are not bands of the score."""
    return bool(files["model"].data["method"] == "staged")


def method_problems(files: dict[str, YamlFile], practices: list[YamlFile]) -> list[str]:
    """What the files lack, or have too much, for the method of the model."""
    method = files["model"].data["method"]
    return [
        *_head(files, method),
        *_bands(files["stages"], staged=method == "staged"),
        *_weights(files["domains"], method),
        *_practices(practices, method),
        *([] if method == "staged" else _no_challenges(files)),
        *(_sum_of_points(files, practices) if method == "points" else []),
    ]


def _each(file: YamlFile) -> list[tuple[tuple[Step, ...], dict[str, Any]]]:
    return [((number,), row) for number, row in enumerate(file.data)]


def _head(files: dict[str, YamlFile], method: str) -> list[str]:
    model = files["model"]
    problems = [
        model.problem((name,), f"{name!r} says nothing in the method {method!r}")
        for name in FOREIGN[method]
        if name in model.data
    ]
    if method == "staged":
        problems += [
            model.problem((), f"{name!r} is needed by the method 'staged'")
            for name in OF_STAGED
            if name not in model.data
        ]
        if "challenges" not in files:
            problems.append("challenges.yaml:1: the file is missing")
    return problems


def _bands(stages: YamlFile, *, staged: bool) -> list[str]:
    """Bands rise from one stage to the next; stages that are completed have none."""
    if staged:
        return [
            stages.problem((*place, "from"), "'from' belongs to bands: stages of this method are completed")
            for place, row in _each(stages)
            if "from" in row
        ]
    problems = [
        stages.problem(place, "'from' is needed: at what percent of the maximum the band begins")
        for place, row in _each(stages)
        if "from" not in row
    ]
    if problems:
        return problems
    rows = sorted(_each(stages), key=lambda one: one[1]["number"])
    return [
        stages.problem(
            (*place, "from"),
            f"'from' is {row['from']}, which is not above the {before['from']} of the band before",
        )
        for (_, before), (place, row) in pairwise(rows)
        if row["from"] <= before["from"]
    ]


def _weights(domains: YamlFile, method: str) -> list[str]:
    if method != "mean":
        return [
            domains.problem((*place, "weight"), f"'weight' says nothing in the method {method!r}")
            for place, row in _each(domains)
            if "weight" in row
        ]
    if not any(row.get("weight", 1) for row in domains.data):
        return [domains.problem((), "no domain has a weight above 0")]
    return []


def _practices(practices: list[YamlFile], method: str) -> list[str]:
    """Each practice has what its method counts by, and nothing that it does not."""
    needed = {"staged": "stage", "points": "points", "mean": ""}[method]
    foreign = {
        "staged": ("points",),
        "points": ("stage", "must_have", "challenges"),
        "mean": ("stage", "points", "must_have", "challenges"),
    }[method]
    problems = []
    for file in practices:
        for place, row in _each(file):
            if needed and needed not in row:
                problems.append(
                    file.problem(place, f"'{needed}' is a required property of the method {method!r}")
                )
            problems += [
                file.problem((*place, name), f"{name!r} says nothing in the method {method!r}")
                for name in foreign
                if name in row
            ]
    return problems


def _no_challenges(files: dict[str, YamlFile]) -> list[str]:
    file = files.get("challenges")
    if file is None or not file.data:
        return []
    return [file.problem((0,), f"challenges say nothing in the method {files['model'].data['method']!r}")]


def _sum_of_points(files: dict[str, YamlFile], practices: list[YamlFile]) -> list[str]:
    total = sum(row.get("points", 0) for file in practices for row in file.data)
    if total <= MOST:
        return []
    return [
        files["model"].problem(("method",), f"the practices have {total:,} points; {MOST:,} are the most")
    ]
