"""Reads of the facts of periods."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from assessments.models import PeriodFacts

LABELS = {
    "systems": "Systems in scope",
    "suitable": "Suitable for containers",
    "containers": "In containers in production",
    "clusters": "Clusters",
    "trained": "People trained",
    "spending": "Spending, US dollars",
    "savings": "Documented savings, US dollars",
    "calculation": "How the savings were calculated",
    "minutes": "Minutes spent",
}
STATEMENTS = {"progress": "Progress", "blockers": "What blocks", "help_needed": "Help needed"}


@dataclass(frozen=True)
class Told:
    """What is added up of the facts of one assessment; None: not told."""

    share: tuple[int, int] | None  # systems in containers, of those suitable
    savings: Decimal | None


def told_facts(row: PeriodFacts | None) -> list[tuple[str, str]]:
    """Label and value of each fact that is told, for who may see answers."""
    if row is None:
        return []
    told = [(label, getattr(row, name)) for name, label in {**LABELS, **STATEMENTS}.items()]
    return [(label, _in_words(value)) for label, value in told if value not in {None, ""}]


def published_statements(row: PeriodFacts | None) -> list[tuple[str, str]]:
    """What the agency said in its own words and allowed to be published."""
    if row is None:
        return []
    told = [(label, name) for name, label in STATEMENTS.items() if getattr(row, f"publish_{name}")]
    return [(label, getattr(row, name)) for label, name in told if getattr(row, name)]


def told_by_agency(assessments: QuerySet[Any, Any]) -> dict[int, Told]:
    """By agency, what these assessments (one an agency; their ids) tell. One query."""
    rows = PeriodFacts.objects.filter(assessment__in=assessments).order_by()
    told = rows.values_list("assessment__agency_id", "containers", "suitable", "savings")
    return {
        pk: Told(None if containers is None or suitable is None else (containers, suitable), savings)
        for pk, containers, suitable, savings in told
    }


def median_minutes(assessments: Collection[int] | QuerySet[Any, Any]) -> tuple[int | None, int]:
    """The median of the minutes that these assessments (ids) took, the lower of two in the middle; and how
    many told."""
    told = PeriodFacts.objects.filter(assessment__in=assessments, minutes__isnull=False)
    minutes = told.order_by("minutes").values_list("minutes", flat=True)
    count = told.count()
    return (minutes[(count - 1) // 2], count) if count else (None, 0)


def _in_words(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)
