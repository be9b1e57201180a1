"""Reads of the facts of periods."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from assessments.models import Assessment, AssessmentQuerySet, PeriodFacts
from portal.agencies.periods import Period, following

LEAST_TOLD = 5  # agencies: of fewer, a median would tell of single ones
MOST_BACK = 4  # periods

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
class Totals:
    """Facts of several assessments. `shares` told of suitable systems and of those in containers, `saved`
    of savings: the sums are over them alone."""

    suitable: int
    containers: int
    shares: int
    savings: Decimal
    saved: int


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


def totals_of(assessments: QuerySet[PeriodFacts]) -> Totals:
    """The totals of these facts. One query."""
    both = Q(suitable__isnull=False, containers__isnull=False)
    found = assessments.order_by().aggregate(
        of=Sum("suitable", filter=both),
        done=Sum("containers", filter=both),
        shares=Count("pk", filter=both),
        sum=Sum("savings"),
        saved=Count("savings"),
    )
    return Totals(
        found["of"] or 0, found["done"] or 0, found["shares"], found["sum"] or Decimal(0), found["saved"]
    )


def median_minutes(assessments: Collection[int] | QuerySet[Any, Any]) -> tuple[int | None, int]:
    """The median of the minutes that these assessments (ids) took, the lower of two in the middle; and how
    many told."""
    told = PeriodFacts.objects.filter(assessment__in=assessments, minutes__isnull=False)
    minutes = told.order_by("minutes").values_list("minutes", flat=True)
    count = told.count()
    return (minutes[(count - 1) // 2], count) if count else (None, 0)


@dataclass(frozen=True)
class Minutes:
    """The median of the minutes that so many assessments of a period took."""

    median: int
    told: int
    period_label: str


def minutes_of_others(assessment: Assessment) -> Minutes | None:
    """What others took for an assessment of this kind and version: in its period, or else in the latest of
    the MOST_BACK before it, of which LEAST_TOLD told. None where there is none: few would tell of single
    ones. Corrections, which begin with a copy of the minutes, do not count."""
    finished = Assessment.objects.filter(
        version_id=assessment.version_id,
        kind=assessment.kind,
        amends__isnull=True,
        state__in=[Assessment.State.SUBMITTED, Assessment.State.APPROVED],
    ).exclude(agency_id=assessment.agency_id)
    period = Period(assessment.period_starts_on, assessment.period_ends_on)
    for back in range(MOST_BACK + 1):
        then = finished.filter(period_ends_on=following(period, -back).ends_on).order_by()
        found = minutes_told(then)
        if found is not None:
            label = then.values_list("period_label", flat=True).first() or ""
            return Minutes(*found, label)
    return None


def minutes_told(assessments: AssessmentQuerySet) -> tuple[int, int] | None:
    """The median of the minutes that these took and how many told, from LEAST_TOLD on; else None."""
    median, count = median_minutes(assessments.order_by().values("pk"))
    return (median, count) if median is not None and count >= LEAST_TOLD else None


def _in_words(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)
