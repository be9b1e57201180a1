"""The door to the engines: which answers a run may hold, and what they come to."""

from collections.abc import Callable
from typing import Any

from maturity.instruments import tree
from maturity.instruments.answers import required_missing, shape_problems
from maturity.instruments.calculator import evaluate_calculator
from maturity.instruments.checklist import evaluate_checklist
from maturity.instruments.definitions import Instrument
from maturity.instruments.matrix import evaluate_matrix
from maturity.instruments.outcomes import Known, Outcome
from maturity.instruments.profile import evaluate_profile
from maturity.instruments.roster import evaluate_roster
from maturity.instruments.rules import evaluate_rules

Answers = dict[str, Any]  # as definitions.py says

# What an engine makes of answers; the engine "page" makes nothing, since its instrument lives elsewhere.
ENGINES: dict[str, Callable[[Instrument, Answers, Known], Outcome]] = {
    "checklist": evaluate_checklist,
    "tree": tree.evaluate_tree,
    "rules": evaluate_rules,
    "profile": evaluate_profile,
    "calculator": evaluate_calculator,
    "matrix": evaluate_matrix,
    "roster": evaluate_roster,
}


class CannotRun(ValueError):
    """The instrument is a page of the portal and is not run."""


def problems_of(instrument: Instrument, answers: Answers) -> dict[str, str]:
    """What is wrong with answers, by place ("fields.rate", "entries.dh-01.status", "rows.2.name").

    A message names the field and says what would be right. Empty: they can be kept and evaluated. That
    something required is missing is a problem only of a run that is to be finished (`missing_of`).
    """
    found: dict[str, str] = {}
    for place, message in shape_problems(instrument, answers):
        found.setdefault(place, message)
    return found


def missing_of(instrument: Instrument, answers: Answers) -> dict[str, str]:
    """What is required and was not answered, by place. A run can be finished when this is empty."""
    found = dict(required_missing(instrument, answers))
    if instrument.engine == "tree":
        found |= tree.missing_on_the_way(instrument, answers)
    return found


def evaluate(instrument: Instrument, answers: Answers, known: Known) -> Outcome:
    """What the answers come to. They may be incomplete, and must be without problems."""
    if instrument.engine not in ENGINES:
        raise CannotRun(f"{instrument.name} is a page of the portal ({instrument.page}); it is not run.")
    return ENGINES[instrument.engine](instrument, answers, known)
