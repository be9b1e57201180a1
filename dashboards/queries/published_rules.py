"""By which scoring rule a point in time is published: that of its time, whatever came into force since.

What a publication wrote down under a rule that came into force after it is a base to compare later figures
with. It is never a published figure: that stays as it was, by the rule of its time.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from assessments.models import Cycle, ScoringRule
from dashboards.models import PublishedStanding, PublishedTrend, Scope
from dashboards.queries.measures import Measure, choose_rule, measures_in_use
from portal.agencies.models import Agency

EVERYWHERE = Q(scope__kind=Scope.Kind.EVERYTHING)


def published_under(measure: Measure) -> Q:
    """Of the rows that publications wrote down under the rule of `measure`, those that are published figures:
    it was in force when the round was published, or is no later than the round's own.

    All of them where there is no earlier rule.
    """
    if not measure.before:
        return Q()
    published_at = Coalesce(
        OuterRef("publication__cycle__published_at"), OuterRef("publication__published_at")
    )
    came_later = ScoringRule.objects.filter(
        Q(in_force_at__isnull=True) | Q(in_force_at__gt=published_at),
        version=measure.version,
        rule=measure.method,
    )
    earlier = {one.version.pk for one in measure.before}
    return Q(~Exists(came_later)) | ~Q(publication__cycle__version__in=earlier)


def is_published(measure: Measure) -> Any:
    """The same as an expression: whether a row of published trends or standings is a published figure."""
    if not measure.before:
        return Value(True)
    return ExpressionWrapper(published_under(measure), output_field=BooleanField())


def published_figures(rows: QuerySet[Any], measure: Measure) -> QuerySet[Any]:
    """Of published trends or standings, those of the measure's model that are published figures under one of
    its rules; `place`: which of them, the earliest being 0."""
    chain = [*measure.before, measure]
    known = Q()
    for one in chain:
        known |= Q(method=one.method) & published_under(_alone(measure, one))
    rows = rows.filter(known, model=measure.model)
    if len(chain) == 1:
        return rows.annotate(place=Value(0))
    places = [When(method=one.method, then=Value(place)) for place, one in enumerate(chain)]
    return rows.annotate(place=Case(*places, output_field=IntegerField()))


def published_rules(of: Q, measure: Measure, days: Collection[date]) -> dict[date, Measure]:
    """By which rule of the measure's chain the scope that `of` names is published at month ends, as far as it
    is; the latest where it is by several. One query."""
    rows = published_figures(PublishedTrend.objects.filter(of, on__in=days), measure)
    found: dict[date, Measure] = {}
    for on, place in rows.order_by("place").values_list("on", "place").distinct():
        found[on] = _at(measure, place)
    return found


def measure_at(of: Q, measure: Measure, on: date) -> Measure:
    """The measure by which the scope that `of` names is published at `on`; the same where there is no other,
    or nothing is published. Without a query where there was one rule only."""
    return published_rules(of, measure, [on]).get(on, measure) if measure.before else measure


def measure_of_agency(agency: Agency, measure: Measure, on: date) -> Measure:
    """The measure by which how an agency stands at `on` is published; else that of everything."""
    if not measure.before:
        return measure
    own = PublishedStanding.objects.as_of(None).on(on).filter(agency=agency)
    places = published_figures(own, measure).order_by("-place").values_list("place", flat=True)
    place = places.first()
    return _at(measure, place) if place is not None else measure_at(EVERYWHERE, measure, on)


def method_of_round(cycle: Cycle) -> str:
    """The rule that a round's figures are published by; that of its version where none is."""
    known = next((one for one in measures_in_use() if one.model.pk == cycle.version.model_id), None)
    if known is None:
        return cycle.version.scoring_rule
    found = published_rules(Q(scope__program=cycle.program_id), known, [cycle.period_ends_on])
    by = found.get(cycle.period_ends_on)
    return by.method if by is not None else cycle.version.scoring_rule


def _at(measure: Measure, place: int) -> Measure:
    """The measure under the rule at a place of its chain."""
    return _alone(measure, [*measure.before, measure][place])


def _alone(measure: Measure, one: Measure) -> Measure:
    """A rule of the chain with those before it."""
    return measure if one is measure else choose_rule(measure, one.method) or measure
