"""An instrument's definition read back from the plain JSON that an edition keeps. Pure."""

from typing import Any

from maturity.instruments.definitions import Entry, Field, Group, Instrument, Option, Source


def instrument_from(told: dict[str, Any]) -> Instrument:
    """The definition that `dataclasses.asdict` wrote."""
    plain = ("fields", "columns", "row", "groups", "sources")
    rest = {name: value for name, value in told.items() if name not in plain}
    return Instrument(
        **rest,
        fields=_fields(told.get("fields", ())),
        columns=_fields(told.get("columns", ())),
        row=_fields(told.get("row", ())),
        groups=tuple(_group(one) for one in told.get("groups", ())),
        sources=_sources(told),
    )


def _sources(told: dict[str, Any]) -> tuple[Source, ...]:
    return tuple(Source(**one) for one in told.get("sources", ()))


def _fields(told: list[dict[str, Any]]) -> tuple[Field, ...]:
    return tuple(
        Field(
            **{
                **one,
                "options": tuple(Option(**option) for option in one.get("options", ())),
                "sources": _sources(one),
            }
        )
        for one in told
    )


def _group(told: dict[str, Any]) -> Group:
    return Group(**{**told, "entries": tuple(_entry(one) for one in told["entries"])})


def _entry(told: dict[str, Any]) -> Entry:
    lists = {name: tuple(told.get(name, ())) for name in ("practices", "challenges", "corrections")}
    return Entry(**{**told, **lists, "sources": _sources(told)})
