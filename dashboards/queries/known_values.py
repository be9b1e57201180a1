"""By which result agencies had a value as was known at a past moment.

The database says which is the latest of each agency. Only where an amendment was known by then, which may
take away another result, the timeline is computed as refreshing does.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from assessments.models import Result
from dashboards.months import Holding, by_month, holding
from dashboards.queries.measures import Measure
from dashboards.queries.timelines import stood
from dashboards.standings import CARRIED_PERIODS, State, Value, month_of
from portal.agencies.models import AdoptionDecision, Agency, in_force
from portal.agencies.periods import month_start

REACH = 36  # months after its period's end that a result can count at the most: a year, carried for two
AT_ONCE = 5000  # rows asked for by their ids in one query: databases bound its parameters


def changed_since(
    agencies: QuerySet[Any], measure: Measure, last: date, approved_before: datetime
) -> list[int]:
    """Of `agencies` (ids) those with a result of a period until `last` that was not yet approved then."""
    later = results_since(agencies, measure, last, approved_before)
    return sorted(set(later.order_by().values_list("agency_id", flat=True)))


def results_since(
    agencies: QuerySet[Any], measure: Measure, last: date, approved_before: datetime
) -> QuerySet[Result]:
    """The results of these agencies (ids) of periods until `last` that were not yet approved then."""
    return Result.objects.filter(
        model=measure.model,
        method=measure.method,
        approved_at__gte=approved_before,
        period_ends_on__lte=last,
        agency__in=agencies,
    )


def known_at(
    agencies: Collection[int], measure: Measure, on: date, approved_before: datetime
) -> dict[int, Holding]:
    """How each of these agencies stood at the month end `on` as was known at a moment, domains aside."""
    found: dict[int, Holding] = {}
    for some in in_slices(agencies):
        found |= _known_at(some, measure, on, approved_before)
    return found


def in_slices(ids: Collection[int]) -> Iterator[list[int]]:
    """These ids in order, AT_ONCE at a time."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def _known_at(
    agencies: list[int], measure: Measure, on: date, approved_before: datetime
) -> dict[int, Holding]:
    known = Q(
        model=measure.model,
        method=measure.method,
        approved_at__lt=approved_before,
        period_ends_on__lte=on,
        agency__in=agencies,
    )
    month = month_of(on)
    found: dict[int, Holding] = dict.fromkeys(agencies) | dict(_latest(known, on))
    amendments = Result.objects.filter(known, assessment__amends__isnull=False).order_by()
    amended = set(amendments.values_list("agency_id", flat=True))
    if amended:
        # An amendment counts however old its period is: it may take away the one it names.
        near = Q(period_ends_on__gt=month_start(on, -REACH)) | Q(assessment__amends__isnull=False)
        some = Agency.objects.filter(pk__in=amended).only("pk", "closed_on")
        for pk, timeline in stood(list(some), known & near, domains=False).items():
            found[pk] = holding(by_month(timeline, [month]), measure.key, month)
    for pk in AdoptionDecision.objects.filter(in_force(on), agency__in=agencies).values_list(
        "agency_id", flat=True
    ):
        found[pk] = State.NOT_ADOPTING, None
    closed = Agency.objects.filter(pk__in=agencies, closed_on__lte=on).order_by()
    return found | dict.fromkeys(closed.values_list("pk", flat=True))


def _latest(known: Q, on: date) -> Iterator[tuple[int, Holding]]:
    """Of each agency the result with the latest period, ties by approval, as old as it is."""
    newest = [F(name).desc() for name in ("period_ends_on", "approved_at", "pk")]
    place = Window(RowNumber(), partition_by=[F("agency_id")], order_by=newest)
    rows = Result.objects.filter(known, period_ends_on__gt=month_start(on, -REACH))
    rows = rows.annotate(place=place).filter(place=1).order_by()
    for agency, pk, score, stages, limited, rescores, starts_on, ends_on in rows.values_list(
        "agency_id", "pk", "score", "stages_completed", "limited_basis", "rescores_id",
        "period_starts_on", "period_ends_on",
    ):  # fmt: skip
        length = month_of(ends_on) - month_of(starts_on) + 1
        periods = (month_of(on) - month_of(ends_on)) // length
        if periods <= CARRIED_PERIODS:
            state = State.CARRIED if periods else State.REPORTED
            yield agency, (state, Value(pk, score, stages, limited, {}, rescores is not None))


def of_results(ids: Collection[int], *fields: Any) -> dict[int, tuple[Any, ...]]:
    """These fields of these results, by id."""
    found: dict[int, tuple[Any, ...]] = {}
    for some in in_slices(set(ids)):
        rows = Result.objects.filter(pk__in=some).order_by()
        found |= {pk: tuple(values) for pk, *values in rows.values_list("pk", *fields)}
    return found
