"""Where the agencies of a scope stood at one point in time, and where at another."""

from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, FilteredRelation, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce

from dashboards.models import Scope, held
from dashboards.queries.agencies import Frozen, Reading, Standings, counted_in, relation
from dashboards.queries.measures import Measure
from dashboards.standings import NOT_REPORTING
from dashboards.transitions import MOVES, NOT_COUNTED, Transitions, transitions
from portal.access.models import User
from portal.agencies.models import Agency

Moment = tuple[date, Reading]  # a month end, and how to read it


def transitions_of(scope: Scope, measure: Measure, before: Moment, on: Moment) -> Transitions:
    """How many agencies went from which place to which, in one query that counts them in the database.

    All that were counted in the scope at either point, so that the sums are those of its trend.
    """
    groups = placed(scope, measure, before, on).order_by().values("place_then", "place_now")
    rows = groups.annotate(n=Count("pk")).values_list("place_then", "place_now", "n")
    return transitions(rows, measure.stage_count)


def agencies_between(
    scope: Scope,
    measure: Measure,
    before: Moment,
    on: Moment,
    *,
    reader: User,
    was: str = "",
    now: str = "",
    move: str = "",
) -> QuerySet[Agency]:
    """The agencies that went from the place `was` to the place `now`, or made a move (of MOVES); each may be
    left open. As far as `reader` may know of them."""
    found = placed(scope, measure, before, on)
    if move in MOVES:
        then = F("standing_then__stages_completed")
        how = {"risen": "__gt", "fallen": "__lt", "same": ""}[move]
        found = found.filter(member_then__isnull=False, member_now__isnull=False)
        found = found.filter(**{f"standing_now__stages_completed{how}": then})
    if was:
        found = found.filter(place_then=was)
    if now:
        found = found.filter(place_now=now)
    return Agency.objects.visible_to(reader).filter(pk__in=found.order_by().values("pk"))


def placed(scope: Scope, measure: Measure, before: Moment, on: Moment) -> Standings:
    """The agencies counted in `scope` at either moment, with `place_then` and `place_now`."""
    either = [counted_in(scope, *moment).values("agency_id") for moment in (before, on)]
    found: QuerySet[Any] = Agency.objects.filter(Q(pk__in=either[0]) | Q(pk__in=either[1]))
    for name, (day, read) in (("then", before), ("now", on)):
        member, standing = f"member_{name}", f"standing_{name}"
        relations = {member: _membership(scope, day, read), standing: relation(measure, day, read)}
        stages = Cast(F(f"{standing}__stages_completed"), CharField())
        place = Case(
            When(Q(**{f"{member}__isnull": True}), then=Value(NOT_COUNTED)),
            # Without a number of stages there is a decision not to adopt, or nothing.
            default=Coalesce(stages, F(f"{standing}__state"), Value(NOT_REPORTING)),
            output_field=CharField(),
        )
        found = found.annotate(**relations).annotate(**{f"place_{name}": place})
    return found


def _membership(scope: Scope, on: date, read: Reading) -> FilteredRelation:
    """From agencies to the membership by which they are counted in the scope at a month end."""
    if isinstance(read, Frozen):
        path = "published_scope_memberships"
        days = Q(**{f"{path}__from_on__lte": on, f"{path}__until_on__gte": on})
        return FilteredRelation(
            path, condition=Q(**{f"{path}__scope": scope}) & days & held(read.publication, f"{path}__")
        )
    path = "scope_memberships"
    begun = Q(**{f"{path}__from_on__isnull": True}) | Q(**{f"{path}__from_on__lte": on})
    going_on = Q(**{f"{path}__until_on__isnull": True}) | Q(**{f"{path}__until_on__gte": on})
    return FilteredRelation(path, condition=Q(**{f"{path}__scope": scope}) & begun & going_on)
