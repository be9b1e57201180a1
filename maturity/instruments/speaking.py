"""Rules that any engine may have: where a condition holds, something is said. Pure.

logic: rules: [{slug, kind, text, when, [because], [entries], [practices], [sources]}, …]
"""

from collections.abc import Iterable, Mapping
from typing import Any

from maturity.instruments.conditions import Facts, holds
from maturity.instruments.definitions import Instrument, Source
from maturity.instruments.outcomes import Finding


def sources_of(told: Iterable[Mapping[str, str]]) -> tuple[Source, ...]:
    """Sources as definitions write them."""
    return tuple(Source(one["slug"], one.get("ref", "")) for one in told)


def findings_of_rules(instrument: Instrument, facts: Facts) -> tuple[Finding, ...]:
    """What the instrument's rules say of these facts."""
    return tuple(finding_of(rule) for rule in instrument.logic.get("rules", ()) if holds(rule["when"], facts))


def finding_of(rule: Mapping[str, Any]) -> Finding:
    """A rule that spoke, as a finding."""
    return Finding(
        slug=rule["slug"],
        kind=rule["kind"],
        text=rule["text"],
        because=tuple(rule.get("because", ())),
        entries=tuple(rule.get("entries", ())),
        practices=tuple(rule.get("practices", ())),
        sources=sources_of(rule.get("sources", ())),
    )
