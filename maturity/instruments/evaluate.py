"""The door to the engines: which answers a run may hold, and what they come to."""

from typing import Any

from maturity.instruments.definitions import Instrument
from maturity.instruments.outcomes import Known, Outcome

Answers = dict[str, Any]  # as definitions.py says


def problems_of(instrument: Instrument, answers: Answers) -> dict[str, str]:
    """What is wrong with answers, by place ("fields.rate", "entries.dh-01.status", "rows.2.name").

    A message names the field and says what would be right. Empty: they can be kept and evaluated. That
    something required is missing is a problem only of a run that is to be finished (`missing_of`).
    """
    raise NotImplementedError


def missing_of(instrument: Instrument, answers: Answers) -> dict[str, str]:
    """What is required and was not answered, by place. A run can be finished when this is empty."""
    raise NotImplementedError


def evaluate(instrument: Instrument, answers: Answers, known: Known) -> Outcome:
    """What the answers come to. They may be incomplete, and must be without problems."""
    raise NotImplementedError
