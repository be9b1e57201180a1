"""Strict reading of the YAML files of packs: plain data only, every fault with its file and line.

Refused are bytes that are not UTF-8, duplicate keys, aliases and anchors (and with them alias bombs), tags,
dates and other values that are not plain, deep nesting, markup and control characters in texts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from jsonschema import ValidationError

# Several times as fast where PyYAML was built with libyaml, as its wheels are.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 2_000_000
MAX_DEPTH = 12

_TEXT = "tag:yaml.org,2002:str"
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null")}
_MARKUP = re.compile(r"<[a-z/!?]|&#?\w+;|\b(?:javascript|vbscript)\s*:|\bdata:\w+/", re.IGNORECASE)
# Control characters, the ones that turn the direction of reading, and halves of a sign ("\ud800").
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Step = str | int


class PackError(Exception):
    """A pack that cannot be read; `problems` is a list of "file:line: reason"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class YamlFile:
    """What a file says, and the line of everything in it."""

    name: str
    data: Any
    lines: dict[tuple[Step, ...], int]

    def problem(self, path: tuple[Step, ...], reason: str) -> str:
        """A fault at this place (or at the nearest place around it) as "file:line: reason"."""
        while path not in self.lines and path:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}: {reason}"


def read_yaml(path: Path, name: str) -> YamlFile:
    """The file at `path`, called `name` in faults; PackError with all faults found in it."""
    return parse_yaml(path.read_bytes(), name)


def parse_yaml(content: bytes, name: str) -> YamlFile:
    """These bytes as a file called `name` in faults; PackError with all faults found in them."""
    if len(content) > MAX_BYTES:
        raise PackError([f"{name}:1: larger than {MAX_BYTES:,} bytes"])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PackError([f"{name}:{line}: not UTF-8 (byte 0x{content[error.start]:02x})"]) from None
    try:
        root = _composed(text, name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise PackError(
            [f"{name}:{mark.line + 1 if mark else 1}: {error.problem or error.context}"]
        ) from None
    except yaml.YAMLError as error:
        raise PackError([f"{name}:1: {' '.join(str(error).split())}"]) from None
    if root is None:
        raise PackError([f"{name}:1: the file is empty"])
    lines: dict[tuple[Step, ...], int] = {}
    problems: list[str] = []
    data = _build(root, (), lines, problems)
    if problems:
        raise PackError([f"{name}:{problem}" for problem in problems])
    return YamlFile(name=name, data=data, lines=lines)


def schema_problems(file: YamlFile, schema: dict[str, Any], definition: str) -> list[str]:
    """What in the file breaks this definition (a name under $defs) of the schema."""
    from jsonschema import Draft202012Validator  # 6 MB, which a web process rarely needs

    validator = Draft202012Validator({**schema, "$ref": f"#/$defs/{definition}"})
    errors = sorted(validator.iter_errors(file.data), key=lambda error: [str(s) for s in error.absolute_path])
    return [problem for error in errors for problem in _say(file, error)]


def _composed(text: str, name: str) -> yaml.Node | None:
    """The text as nodes. A fault is always told in the words of the same reader."""
    try:
        _refuse_cleverness(text, name, LOADER)
        found: yaml.Node | None = yaml.compose(text, Loader=LOADER)
        return found
    except yaml.YAMLError:
        _refuse_cleverness(text, name, yaml.SafeLoader)
        return yaml.compose(text, Loader=yaml.SafeLoader)


def _refuse_cleverness(text: str, name: str, loader: Any) -> None:
    """Read the events before anything is built: what is not plain never takes memory or depth."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=loader):
        at = f"{name}:{_line(event)}"
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            raise PackError([f"{at}: anchors and aliases are not allowed"])
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            raise PackError([f"{at}: tags ({event.tag}) are not allowed"])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > MAX_DEPTH:
            raise PackError([f"{at}: nested deeper than {MAX_DEPTH} levels"])
        if documents > 1:
            raise PackError([f"{at}: more than one document in the file"])


def _line(place: yaml.Event | yaml.Node) -> int:
    return place.start_mark.line + 1 if place.start_mark else 1


def _build(
    node: yaml.Node, path: tuple[Step, ...], lines: dict[tuple[Step, ...], int], problems: list[str]
) -> Any:
    """Plain data from a node; notes the line of every place and collects "line: reason"."""
    lines.setdefault(path, _line(node))
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*path, n), lines, problems) for n, child in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node, problems)
    data: dict[str, Any] = {}
    for key_node, child in node.value:
        key, line = key_node.value, _line(key_node)
        is_text = isinstance(key, str) and key_node.tag == _TEXT
        if not is_text or _UNPRINTABLE.search(key):
            problems.append(f"{line}: a key must be plain text")
            continue
        if key in data:
            problems.append(f"{line}: duplicate key '{key}' (first in line {lines[*path, key]})")
            continue
        lines[*path, key] = line
        data[key] = _build(child, (*path, key), lines, problems)
    return data


def _scalar(node: yaml.Node, problems: list[str]) -> Any:
    line = _line(node)
    if node.tag not in _PLAIN_TAGS:
        problems.append(f"{line}: '{node.value}' is read as {node.tag.rpartition(':')[2]}; put it in quotes")
        return None
    try:
        value = node.value if node.tag == _TEXT else yaml.SafeLoader("").construct_object(node)
    except ValueError:
        value = nan
    if isinstance(value, float) and not isfinite(value):
        problems.append(f"{line}: '{node.value[:40]}' is not a number")
    if isinstance(value, str):
        if _MARKUP.search(value):
            problems.append(f"{line}: script or HTML in a text")
        if _UNPRINTABLE.search(value):
            problems.append(f"{line}: control character in a text")
    return value


def _say(file: YamlFile, error: "ValidationError") -> Iterator[str]:
    """A schema error in words, at the line of what is wrong."""
    path = tuple(error.absolute_path)
    found: Any = error.instance
    schema: Any = error.schema
    if error.validator == "additionalProperties":
        for key in found.keys() - schema["properties"].keys():
            yield file.problem((*path, key), f"unknown field '{key}'")
        return
    place = f"'{path[-1]}': " if path and isinstance(path[-1], str) else ""
    if error.validator == "type":
        kinds = {dict: "a mapping", list: "a list", str: "text", type(None): "nothing"}
        reason = f"must be {error.validator_value}, not {kinds.get(type(found), repr(found))}"
    else:
        reason = error.message if len(error.message) < 200 else f"breaks the rule '{error.validator}'"
    yield file.problem(path, place + reason)
