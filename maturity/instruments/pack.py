"""Reading instruments: one YAML file each, checked against a schema and against what it refers to. Pure.

What an engine reads in `logic` is told at the top of its module, and checked in pack_checks.py.
"""

import json
from functools import lru_cache
from pathlib import Path

from maturity.instruments.definitions import Instrument
from maturity.instruments.pack_checks import Names, cross_check
from maturity.instruments.plain import as_json, instrument_of, text_hash
from maturity.yamlfile import PackError, YamlFile, read_yaml, schema_problems

PACKS = Path(__file__).parents[1] / "packs"
__all__ = ["as_json", "instrument_of", "names_of_model", "read_instruments", "text_hash"]

INSTRUMENTS = PACKS / "instruments"
SCHEMA = INSTRUMENTS / "schema.json"
_PRACTICES = PACKS / "container-adoption"


def read_instruments(path: Path) -> tuple[Instrument, ...]:
    """The instrument in this file, or all in this folder by number; PackError with every fault."""
    found = sorted(path.glob("*.yaml")) if path.is_dir() else [path] if path.is_file() else []
    if not found:
        raise PackError([f"{path.name}:1: no instruments are here"])
    schema = json.loads(SCHEMA.read_text())
    files: list[YamlFile] = []
    problems: list[str] = []
    for one in found:
        try:
            file = read_yaml(one, one.name)
        except PackError as error:
            problems += error.problems
            continue
        files.append(file)
        problems += schema_problems(file, schema, "instrument")
    if not problems:
        problems = cross_check(files, names_of_model())
    if problems:
        raise PackError(problems)
    return tuple(sorted((instrument_of(file.data) for file in files), key=lambda one: one.number))


@lru_cache
def names_of_model(folder: Path = _PRACTICES) -> Names:
    """The slugs of the practices and challenges that instruments may speak to."""
    challenges = read_yaml(folder / "challenges.yaml", "challenges.yaml").data
    practices = [
        row["slug"]
        for path in sorted((folder / "practices").glob("*.yaml"))
        for row in read_yaml(path, path.name).data
    ]
    return Names(frozenset(practices), frozenset(row["slug"] for row in challenges))
