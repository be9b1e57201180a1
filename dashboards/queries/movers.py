"""Agencies that moved up, moved down, or have been at the same stage for a year, each with a reason."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Max, Min, QuerySet
from django.db.models.functions import Sign

from dashboards.models import Scope
from dashboards.queries.agencies import AsKnown, Reading, members_of, standings_of, with_both
from dashboards.queries.measures import Measure
from dashboards.queries.mover_words import COLUMNS, Mover, named
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.periods import month_end

STUCK_MONTHS = 12  # four quarters


@dataclass(frozen=True)
class Movers:
    """How many moved each way, and the first of them, in alphabetical order."""

    both: int  # agencies with a value at both ends, over which rises and falls are counted
    risen: int
    fallen: int
    a_year_ago: int  # agencies with a value now and a year ago, over which the stuck are counted
    stuck: int
    up: tuple[Mover, ...]
    down: tuple[Mover, ...]
    still: tuple[Mover, ...]


@dataclass(frozen=True)
class HowRead:
    """How the standings at `on`, before and a year before are read."""

    on: Reading = None
    before: Reading = None
    year: Reading = None


LIVE = HowRead()


def movers_of(
    scope: Scope,
    measure: Measure,
    before: date,
    on: date,
    *,
    reader: User,
    limit: int = 5,
    read: HowRead = LIVE,
) -> Movers:
    """The agencies of `scope` that completed more stages at `on` than at `before`, or fewer, and those that
    have completed as many for a year and are not at the end; each as far as `reader` may know of them.

    At most `limit` of each kind are named: the largest moves by score; of those that are stuck the ones whose
    score gained least in the year.
    """
    year = month_end(on, -STUCK_MONTHS)
    agencies = members_of(scope, on, reader, read.on)
    pair = _both(agencies, measure, before, on, read.on, read.before)
    up, down = pair.filter(steps__gt=0), pair.filter(steps__lt=0)
    held = agencies_stuck(agencies, measure, on, read.on)
    still = _both(held, measure, year, on, read.on, read.year)
    counts = pair.order_by().values(way=Sign("steps"))
    ways = dict(counts.annotate(n=Count("*")).values_list("way", "n"))
    first = [
        some.order_by(order, "agency__name")[:limit].values(*COLUMNS)
        for some, order in ((up, "-change"), (down, "change"), (still, "change"))
    ]
    known = read.on if isinstance(read.on, AsKnown) else None
    return Movers(
        both=sum(ways.values()),
        risen=ways.get(1, 0),
        fallen=ways.get(-1, 0),
        a_year_ago=with_both(agencies, measure, on, year, read.on, read.year).count(),
        stuck=held.count(),
        up=named(list(first[0]), measure, before, on, reader),
        down=named(list(first[1]), measure, before, on, reader),
        still=named(list(first[2]), measure, year, on, reader, held=True, read=known),
    )


def agencies_stuck(
    agencies: QuerySet[Agency], measure: Measure, on: date, read: Reading = None
) -> QuerySet[Agency]:
    """Those of `agencies` with a value at `on` and a year before it that completed as many stages all through
    that year and have one left. Silence in between does not matter."""
    year = month_end(on, -STUCK_MONTHS)
    rows = standings_of(measure, read).filter(until_on__gte=year, from_on__lte=on, score__isnull=False)
    same = (
        rows.order_by()
        .values("agency_id")
        .annotate(least=Min("stages_completed"), most=Max("stages_completed"), first=Min("from_on"))
        .annotate(last=Max("until_on"))
        .filter(least=F("most"), most__lt=measure.stage_count, first__lte=year, last__gte=on)
    )
    return agencies.filter(pk__in=same.values("agency_id"))


def _both(
    agencies: QuerySet[Agency],
    measure: Measure,
    before: date,
    on: date,
    read: Reading,
    read_before: Reading,
) -> QuerySet[Any]:
    """The standings at `on` of agencies with a value at both ends, with `past`, and the `change` of the score
    and the `steps` of stages since."""
    # As annotations: a filter by `past` would join it once more.
    return with_both(agencies, measure, on, before, read, read_before).annotate(
        change=F("score") - F("past__score"), steps=F("stages_completed") - F("past__stages_completed")
    )
