"""Small instruments to try the engines on, and the published ones by slug."""

from functools import lru_cache
from typing import Any

from maturity.instruments.definitions import Instrument
from maturity.instruments.evaluate import evaluate, problems_of
from maturity.instruments.outcomes import Known, Measure, Outcome
from maturity.instruments.pack import INSTRUMENTS, read_instruments
from maturity.instruments.plain import instrument_of

NOTHING = Known(levels={})
STATUS = {
    "slug": "status",
    "label": "State",
    "kind": "choice",
    "options": [
        {"value": "done", "label": "Done", "worth": "1"},
        {"value": "partly", "label": "Partly", "worth": "0.5"},
        {"value": "open", "label": "Open", "worth": "0"},
        {"value": "out", "label": "Does not apply"},
    ],
}


@lru_cache
def published() -> dict[str, Instrument]:
    """The instruments of the pack, by slug."""
    return {one.slug: one for one in read_instruments(INSTRUMENTS)}


def small(engine: str, **parts: Any) -> Instrument:
    """A small instrument."""
    head = {
        "slug": "small",
        "number": 1,
        "name": "Small",
        "engine": engine,
        "edition": 1,
        "summary": "Small.",
    }
    return instrument_of(head | parts)


def checklist(count: int = 4, **logic: Any) -> Instrument:
    """A checklist of two groups: the first half of its entries a0, a1, … and the rest."""
    entries = [{"slug": f"a{n}", "title": f"Check {n}"} for n in range(count)]
    half = count // 2
    return small(
        "checklist",
        columns=[
            STATUS,
            {"slug": "evidence", "label": "Evidence", "kind": "text"},
            {"slug": "owner", "label": "Owner", "kind": "text"},
            {"slug": "due", "label": "Due", "kind": "date"},
        ],
        groups=[
            {"slug": "first", "name": "First", "entries": entries[:half]},
            {"slug": "second", "name": "Second", "entries": entries[half:]},
        ],
        logic=logic,
    )


def marks(**statuses: str) -> dict[str, Any]:
    """Answers of entries by their status; an underscore in a slug stands for a hyphen."""
    return {"entries": {slug.replace("_", "-"): {"status": status} for slug, status in statuses.items()}}


def run(instrument: Instrument, answers: dict[str, Any], known: Known = NOTHING) -> Outcome:
    """The outcome of answers that are without problems."""
    assert problems_of(instrument, answers) == {}
    return evaluate(instrument, answers, known)


def measure(outcome: Outcome, slug: str) -> Measure:
    """One measure of an outcome."""
    return next(one for one in outcome.measures if one.slug == slug)


def value(outcome: Outcome, slug: str) -> str:
    """The value of a measure."""
    return measure(outcome, slug).value


def findings(outcome: Outcome, kind: str) -> dict[str, str]:
    """The findings of a kind, by slug."""
    return {one.slug: one.text for one in outcome.findings if one.kind == kind}
