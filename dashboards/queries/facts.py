"""The facts that agencies tell of a period beside their answers, added up over a scope."""

from collections.abc import Iterator
from datetime import date

from assessments.models import PeriodFacts
from assessments.queries_facts import Totals, totals_of
from dashboards.models import Scope, Standing
from dashboards.papers.content import Number
from dashboards.queries.agencies import Reading, counted_in, valued_at
from dashboards.queries.measures import Measure
from dashboards.queries.open_items import LEAST_SHOWN
from maturity.scoring import MILLION, format_percent

SOURCE = "Facts of the period, told beside the answers of approved assessments"
TOO_FEW = "not told by five agencies yet"


def fact_numbers(scope: Scope, measure: Measure, on: date, read: Reading = None) -> Iterator[Number]:
    """The share of suitable systems in containers and the documented savings, at a month end.

    Over the agencies that reported for this period and told of it: a missing number is never 0. Sums of
    fewer than five agencies are not shown, since they would tell of single ones. One query.
    """
    found = _totals(scope, measure, on, read)
    share = found.shares >= LEAST_SHOWN and found.suitable > 0
    yield Number(
        "containers",
        "Share of suitable systems in containers",
        found.containers if share else None,
        found.suitable if share else None,
        f"suitable systems at {found.shares:,} agencies",
        source=SOURCE,
        missing=TOO_FEW,
        said=format_percent(found.containers * MILLION // found.suitable) if share else "",
    )
    saved = found.saved >= LEAST_SHOWN
    yield Number(
        "savings",
        "Documented savings",
        int(found.savings) if saved else None,
        found.saved if saved else None,
        "agencies that told" if saved else "",
        source=SOURCE,
        missing=TOO_FEW,
        said=f"${int(found.savings):,}" if saved else "",
    )


def _totals(scope: Scope, measure: Measure, on: date, read: Reading) -> Totals:
    """Over what those agencies of the scope told whose assessment is of this very period."""
    members = counted_in(scope, on, read).values("agency_id")
    rows = valued_at(measure, on, read).filter(agency__in=members, state=Standing.State.REPORTED)
    assessments = rows.order_by().values("result__assessment_id")
    return totals_of(PeriodFacts.objects.filter(assessment__in=assessments))
