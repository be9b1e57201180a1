"""The pages of the API's documentation, made from its own schema."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Field:
    """A parameter or a property: where it stands, its name, its type in words, what it means."""

    place: str
    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[tuple[str, str, tuple[Field, ...]], ...]  # status, meaning, fields


def docs(request: HttpRequest) -> HttpResponse:
    """Every operation by subject, with what it takes and gives."""
    return render(request, "portal/api_docs.html", {"subjects": subjects()})


@cache
def subjects() -> dict[str, list[Operation]]:
    """The operations by tag, each in the order of the addresses; made once per process."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if details := methods.get(method):
                tag = (details.get("tags") or ["other"])[0]
                found.setdefault(tag, []).append(_operation(schema, path, method, details))
    return dict(sorted(found.items()))


def _operation(schema: dict[str, Any], path: str, method: str, details: dict[str, Any]) -> Operation:
    text = details.get("description", "").strip()
    first, _, rest = text.partition("\n")
    parameters = tuple(
        Field(p["in"], p["name"], _kind(p["schema"]), p.get("required", False), p.get("description", ""))
        for p in details.get("parameters", [])
    )
    answers = tuple(
        (status, answer.get("description", ""), _fields(schema, _content(answer)))
        for status, answer in details["responses"].items()
    )
    return Operation(
        anchor=details["operationId"],
        method=method.upper(),
        path=path,
        summary=details.get("summary") or first,
        description=rest.strip() if not details.get("summary") else text,
        parameters=parameters,
        body=_fields(schema, _content(details.get("requestBody", {}))),
        answers=answers,
    )


def _content(part: dict[str, Any]) -> dict[str, Any]:
    """The schema of a body, whatever its media type."""
    content: dict[str, dict[str, Any]] = part.get("content", {})
    return next((media.get("schema", {}) for media in content.values()), {})


def _fields(schema: dict[str, Any], of: dict[str, Any]) -> tuple[Field, ...]:
    """The properties of an object; of a page or list, those of its rows."""
    of = _resolved(schema, of)
    if of.get("type") == "array":
        of = _resolved(schema, of["items"])
    properties = of.get("properties", {})
    if "results" in properties:
        return _fields(schema, properties["results"])
    required = of.get("required", [])
    return tuple(
        Field("body", name, _kind(details), name in required, details.get("description", ""))
        for name, details in properties.items()
    )


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if reference := part.get("$ref"):
        resolved: dict[str, Any] = schema["components"]["schemas"][reference.rsplit("/", 1)[-1]]
        return resolved
    return part


def _kind(part: dict[str, Any]) -> str:
    """A type in words: "integer", "date", "list of string", the name of an object."""
    if reference := part.get("$ref"):
        return str(reference).rsplit("/", 1)[-1]
    if choices := part.get("enum"):
        return "one of " + ", ".join(str(choice) for choice in choices)
    if part.get("type") == "array":
        return f"list of {_kind(part.get('items', {}))}"
    for word in ("oneOf", "anyOf", "allOf"):
        if word in part:
            return " or ".join(dict.fromkeys(_kind(option) for option in part[word]))
    kind = part.get("type", "anything")
    words = kind if isinstance(kind, list) else [kind]
    return " or ".join(str(part.get("format", word)) if word == "string" else str(word) for word in words)
