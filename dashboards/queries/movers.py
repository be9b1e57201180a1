"""Agencies that moved up, moved down, or have been at the same stage for a year, each with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Max, Min, QuerySet
from django.db.models.functions import Sign

from dashboards.models import PublishedStanding, Scope, Standing
from dashboards.queries.agencies import AsKnown, Frozen, Reading, members_of, with_both
from dashboards.queries.known_standings import KnownStandings, Stood
from dashboards.queries.known_values import of_results
from dashboards.queries.measures import Measure
from dashboards.queries.mover_words import COLUMNS, Mover, named
from dashboards.queries.timelines import domains_as_text, percents_of
from portal.access.models import User
from portal.agencies.models import Agency
from portal.agencies.periods import month_end, month_ends

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
    """How the standings at `on`, before and a year before are read: None live, else as published."""

    on: Frozen | None = None
    before: Frozen | None = None
    year: Frozen | None = None


LIVE = HowRead()


def movers_of(
    scope: Scope,
    measure: Measure,
    before: date,
    on: date,
    *,
    reader: User,
    limit: int = 5,
    frozen: HowRead = LIVE,
    known: AsKnown | None = None,
) -> Movers:
    """The agencies of `scope` that completed more stages at `on` than at `before`, or fewer, and those that
    have completed as many for a year and are not at the end; each as far as `reader` may know of them.

    At most `limit` of each kind are named: the largest moves by score; of those that are stuck the ones whose
    score gained least in the year. `known`: all of it as was known on a past day.
    """
    if known is not None:
        return known_movers(scope, measure, before, on, reader=reader, limit=limit, read=known)
    year = month_end(on, -STUCK_MONTHS)
    agencies = members_of(scope, on, reader, frozen.on)
    pair = _both(agencies, measure, before, on, frozen.on, frozen.before)
    up = pair.filter(stages_completed__gt=F("past__stages_completed"))
    down = pair.filter(stages_completed__lt=F("past__stages_completed"))
    held = agencies_stuck(agencies, measure, on, frozen.on)
    still = _both(held, measure, year, on, frozen.on, frozen.year)
    counts = pair.order_by().values(way=Sign(F("stages_completed") - F("past__stages_completed")))
    ways = dict(counts.annotate(n=Count("*")).values_list("way", "n"))
    first = [
        some.order_by(order, "agency__name")[:limit].values(*COLUMNS)
        for some, order in ((up, "-change"), (down, "change"), (still, "change"))
    ]
    return Movers(
        both=sum(ways.values()),
        risen=ways.get(1, 0),
        fallen=ways.get(-1, 0),
        a_year_ago=with_both(agencies, measure, on, year, frozen.on, frozen.year).count(),
        stuck=held.count(),
        up=named(list(first[0]), measure, before, on, reader),
        down=named(list(first[1]), measure, before, on, reader),
        still=named(list(first[2]), measure, year, on, reader, held=True),
    )


def known_movers(
    scope: Scope, measure: Measure, before: date, on: date, *, reader: User, limit: int, read: AsKnown
) -> Movers:
    """The same as was known on a past day."""
    year = month_end(on, -STUCK_MONTHS)
    agencies = members_of(scope, on, reader)
    ids = {pk: (name, slug) for pk, name, slug in agencies.values_list("pk", "name", "slug")}
    known = KnownStandings(agencies.order_by().values("pk"), measure, [year, before, on], read)
    now, then, year_ago = (known.at(day) for day in (on, before, year))
    moves = _changes(now, then)
    steps = {pk: (now[pk].stages or 0) - (then[pk].stages or 0) for pk in moves}
    still = _changes({pk: now[pk] for pk in stuck_of(known, on)}, year_ago)

    def first(change: Mapping[int, int], *, sign: int) -> list[int]:
        return sorted(change, key=lambda pk: (sign * change[pk], ids[pk][0]))[:limit]

    up = first({pk: change for pk, change in moves.items() if steps[pk] > 0}, sign=-1)
    down = first({pk: change for pk, change in moves.items() if steps[pk] < 0}, sign=1)
    held = first(still, sign=1)
    shown = [now[pk] for pk in (*up, *down, *held)] + [then[pk] for pk in (*up, *down)]
    shown += [year_ago[pk] for pk in held]
    told = of_results([one.result for one in shown if one.result], domains_as_text())

    def rows(some: Sequence[int], past: Mapping[int, Stood]) -> list[dict[str, Any]]:
        return [_columns(pk, ids[pk], past[pk], now[pk], told) for pk in some]

    return Movers(
        both=len(moves),
        risen=sum(step > 0 for step in steps.values()),
        fallen=sum(step < 0 for step in steps.values()),
        a_year_ago=len(_changes(now, year_ago)),
        stuck=len(still),
        up=named(rows(up, then), measure, before, on, reader),
        down=named(rows(down, then), measure, before, on, reader),
        still=named(rows(held, year_ago), measure, year, on, reader, held=True, read=read),
    )


def agencies_stuck(
    agencies: QuerySet[Agency], measure: Measure, on: date, read: Reading = None
) -> QuerySet[Agency]:
    """Those of `agencies` with a value at `on` and a year before it that completed as many stages all through
    that year and have one left. Silence in between does not matter."""
    year = month_end(on, -STUCK_MONTHS)
    if isinstance(read, AsKnown):
        of = agencies.order_by().values("pk")
        return agencies.filter(pk__in=stuck_of(KnownStandings(of, measure, [year, on], read), on))
    known: QuerySet[Any] = Standing.objects.all()
    if read is not None:
        known = PublishedStanding.objects.as_of(read.publication)
    rows = known.filter(
        model=measure.model, method=measure.method, until_on__gte=year, from_on__lte=on, score__isnull=False
    )
    same = (
        rows.order_by()
        .values("agency_id")
        .annotate(least=Min("stages_completed"), most=Max("stages_completed"), first=Min("from_on"))
        .annotate(last=Max("until_on"))
        .filter(least=F("most"), most__lt=measure.stage_count, first__lte=year, last__gte=on)
    )
    return agencies.filter(pk__in=same.values("agency_id"))


def stuck_of(known: KnownStandings, on: date) -> list[int]:
    """The ids of those that are stuck at `on`, as was known."""
    rest = agencies_stuck(Agency.objects.filter(pk__in=known.agencies), known.measure, on)
    found = [pk for pk in rest.order_by().values_list("pk", flat=True) if pk not in known.changed]
    year, now = month_end(on, -STUCK_MONTHS), known.at(on) if known.changed else {}
    then = known.at(year) if known.changed else {}
    stages = {
        pk: stood.stages
        for pk in known.changed
        if (stood := now.get(pk)) and stood.stages is not None and stood.stages < known.measure.stage_count
    }
    stages = {pk: done for pk, done in stages.items() if pk in then and then[pk].stages == done}
    since = known.changed_from
    if not stages or since is None:
        return found
    # Up to where the first result that was not known yet begins the stored standings hold.
    stored = Standing.objects.filter(
        model=known.measure.model,
        method=known.measure.method,
        agency__in=known.agencies,
        from_on__lt=since,
        until_on__gte=year,
    ).order_by()
    for pk, done in stored.values_list("agency_id", "stages_completed"):
        if pk in stages and stages[pk] != done:
            del stages[pk]
    for day in [day for day in month_ends(year, on) if max(since, year) <= day < on]:
        between = known.at(day)
        stages = {
            pk: done for pk, done in stages.items() if pk not in between or between[pk].stages in {done, None}
        }
    return [*found, *stages]


def _changes(now: Mapping[int, Stood], then: Mapping[int, Stood]) -> dict[int, int]:
    """By how much the score changed of those with a value both times."""
    pairs = ((pk, one.score, then[pk].score) for pk, one in now.items() if pk in then)
    return {pk: score - was for pk, score, was in pairs if score is not None and was is not None}


def _columns(
    pk: int, agency: tuple[str, str], past: Stood, now: Stood, domains: Mapping[int, tuple[Any, ...]]
) -> dict[str, Any]:
    """COLUMNS of one agency. `domains`: of results."""
    before, after = (percents_of(domains[one.result][0]) if one.result else {} for one in (past, now))
    values = (
        pk, *agency, (now.score or 0) - (past.score or 0), past.stages, now.stages, before, after,
        past.result, now.result,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _both(
    agencies: QuerySet[Agency],
    measure: Measure,
    before: date,
    on: date,
    frozen: Frozen | None,
    frozen_before: Frozen | None,
) -> QuerySet[Any]:
    """The standings at `on` of agencies with a value at both ends, with `past` and the `change` since."""
    return with_both(agencies, measure, on, before, frozen, frozen_before).annotate(
        change=F("score") - F("past__score")
    )
