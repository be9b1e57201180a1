"""The facts of a quarter that agencies will give beside their answers: one place where they come from."""

from collections.abc import Iterator
from datetime import date

from dashboards.models import Scope
from dashboards.papers.content import Number

SOURCE = "Facts of the quarter, which are not asked for yet"


def fact_numbers(scope: Scope, on: date) -> Iterator[Number]:
    """The share of suitable systems in containers and the documented savings, at a month end.

    They are not collected yet, and said to be so: a missing number is never 0.
    """
    del scope, on
    yield Number("containers", "Share of suitable systems in containers", None, source=SOURCE)
    yield Number("savings", "Documented savings", None, source=SOURCE)
