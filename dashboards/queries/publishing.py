"""What can be published, what was, and how the agencies stand in both, month by month."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import Max, Q, QuerySet

from assessments.models import Cycle
from dashboards.differences import Measure, ScopeKey, Timeline
from dashboards.models import (
    Freshness,
    PublishedMember,
    PublishedStanding,
    PublishedTrend,
    Scope,
    ScopeMember,
    Standing,
    Trend,
    held,
)
from dashboards.months import by_month
from dashboards.points import Round, is_published
from dashboards.queries.timelines import INTERVAL_FIELDS, domains_as_text, interval_of
from dashboards.standings import end_of, month_of, span_of
from portal.agencies.models import ProfileValue, Program
from portal.agencies.periods import Period, month_start

Ids = Collection[int] | QuerySet[Any]  # of agencies
LONGEST_ROUND = 24  # months, from the beginning of a year's round until the next year is over


def months_of(cycle: Cycle) -> list[int]:
    """The months for whose ends a round speaks and that trends have a row for: from its period's end until
    the next period of the same length is over, where no later round of the program speaks instead."""
    fresh = Freshness.objects.first()
    if fresh is None:
        return []
    first = month_of(cycle.period_ends_on)
    until = first + Period(cycle.period_starts_on, cycle.period_ends_on).months
    later = [
        entry
        for entry in rounds_in([cycle.program_id], cycle.version.model_id, first, until)
        if entry.period.ends_on > cycle.period_ends_on
    ]
    spoken_for = [month for month in range(first, until) if end_of(month) <= fresh.horizon_on]
    return [month for month in spoken_for if not any(_speaks(entry, month) for entry in later)]


def rounds_in(programs: Collection[int], model: int, first: int, last: int) -> list[Round]:
    """The rounds of these programs about a model that may speak for the months from first to last."""
    cycles = Cycle.objects.filter(
        program__in=programs,
        version__model=model,
        period_ends_on__lte=end_of(last),
        period_ends_on__gte=month_start(end_of(first), -LONGEST_ROUND),
    )
    rows = cycles.order_by().values_list("program_id", "period_starts_on", "period_ends_on", "state")
    return [
        Round(program, Period(starts_on, ends_on), state == Cycle.State.PUBLISHED)
        for program, starts_on, ends_on, state in rows
    ]


def publishable(program: Program, model: int, month: int) -> set[int]:
    """The ids of the scopes with agencies of `program` whose figures of this month are final: the latest
    round of each program that has a member in the scope then is published.

    Programs that never asked, and agencies in no program, hold nothing up.
    """
    day = end_of(month)
    members = ScopeMember.objects.on(day)
    own = members.filter(scope__program=program).values("agency_id")
    near = members.filter(agency__in=own).order_by().values("scope_id")
    programs: defaultdict[int, set[int]] = defaultdict(set)
    rows = (
        members.filter(scope__in=near)
        .filter(
            _on(day, "agency__scope_memberships__"),
            agency__scope_memberships__scope__kind=Scope.Kind.PROGRAM,
        )
        .order_by()
        .values_list("scope_id", "scope__program_id", "agency__scope_memberships__scope__program_id")
    )
    for scope, own_program, other in rows.distinct():
        programs[scope].add(own_program or other)  # of a program's scope its own rounds alone decide
    rounds = rounds_in(set().union(*programs.values()), model, month, month)
    by_program: defaultdict[int, list[Round]] = defaultdict(list)
    for entry in rounds:
        by_program[entry.program_id].append(entry)
    return {
        scope
        for scope, found in programs.items()
        if is_published([entry for one in found for entry in by_program[one]], day)
    }


def measures_at(program: Program, model: int, months: Collection[int]) -> list[Measure]:
    """The model with each scoring method by which the agencies of `program` have values in these months."""
    rows = Trend.objects.filter(
        scope__program=program, model=model, on__in=[end_of(month) for month in months]
    )
    return [(model, method) for method in rows.order_by("method").values_list("method", flat=True).distinct()]


def published_scopes(months: Collection[int], measure: Measure | None = None) -> dict[int, set[int]]:
    """By month, the ids of the scopes that are published then, under this measure or any."""
    rows = PublishedTrend.objects.filter(on__in=[end_of(month) for month in months])
    if measure is not None:
        rows = rows.filter(model=measure[0], method=measure[1])
    found: dict[int, set[int]] = {month: set() for month in months}
    for scope, on in rows.order_by().values_list("scope_id", "on").distinct():
        found[month_of(on)].add(scope)
    return found


def counted_scopes(months: Collection[int], measure: Measure) -> dict[int, set[int]]:
    """By month, the ids of the scopes that have numbers then under this measure."""
    rows = Trend.objects.filter(
        model=measure[0], method=measure[1], on__in=[end_of(month) for month in months]
    )
    found: dict[int, set[int]] = {month: set() for month in months}
    for scope, on in rows.order_by().values_list("scope_id", "on"):
        found[month_of(on)].add(scope)
    return found


def published_measures(months: Collection[int], agencies: Ids) -> list[Measure]:
    """The measures under which scopes with one of these agencies are published for these months."""
    near = ScopeMember.objects.filter(agency__in=agencies).order_by().values("scope_id")
    were = PublishedMember.objects.filter(agency__in=agencies).order_by().values("scope_id")
    rows = PublishedTrend.objects.filter(
        Q(scope__in=near) | Q(scope__in=were), on__in=[end_of(month) for month in months]
    )
    return list(rows.order_by("model_id", "method").values_list("model_id", "method").distinct())


def latest_rows(
    scopes: Iterable[int], measure: Measure, months: Collection[int]
) -> dict[tuple[int, int], PublishedTrend]:
    """The published rows that hold now, by scope and month."""
    of_measure = PublishedTrend.objects.filter(
        scope__in=list(scopes),
        model=measure[0],
        method=measure[1],
        on__in=[end_of(month) for month in months],
    )
    latest = of_measure.order_by().values("scope_id", "on").annotate(last=Max("publication"))
    rows = of_measure.filter(publication__in={row["last"] for row in latest}).order_by("publication_id")
    return {(row.scope_id, month_of(row.on)): row for row in rows}


def live(
    agencies: Ids, measure: Measure, months: Collection[int], scope: int | None = None
) -> dict[int, Timeline]:
    """How these agencies stand, and where they are counted (or whether in this `scope`), as last applied to
    the trends."""
    first, last = end_of(min(months)), end_of(max(months))
    members = ScopeMember.objects.filter(
        Q(from_on__isnull=True) | Q(from_on__lte=last), Q(until_on__isnull=True) | Q(until_on__gte=first)
    )
    members = members if scope is None else members.filter(scope=scope)
    standings = Standing.objects.of_model(*measure).filter(
        Q(until_on__isnull=True) | Q(until_on__gte=first), from_on__lte=last
    )
    return _timelines(agencies, measure, months, members, standings)


def frozen(
    agencies: Ids, measure: Measure, months: Collection[int], publication: int | None = None
) -> dict[int, Timeline]:
    """How these agencies stand, and where they are counted, as published; `publication`: as of which."""
    first, last = end_of(min(months)), end_of(max(months))
    members = PublishedMember.objects.as_of(publication).over(first, last)
    standings = PublishedStanding.objects.as_of(publication).over(first, last)
    standings = standings.filter(model=measure[0], method=measure[1])
    return _timelines(agencies, measure, months, members, standings)


def covered(agencies: Ids, measure: Measure, months: Collection[int]) -> dict[int, set[int]]:
    """By agency, the months at whose ends its standing under this measure is published."""
    rows = PublishedStanding.objects.filter(held(None), model=measure[0], method=measure[1])
    rows = rows.over(end_of(min(months)), end_of(max(months))).filter(agency__in=agencies)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for agency, from_on, until_on in rows.order_by().values_list("agency_id", "from_on", "until_on"):
        found[agency].update(month for month in months if from_on <= end_of(month) <= until_on)
    return found


def targets(agencies: Ids, months: Collection[int]) -> dict[tuple[int, int], int]:
    """By agency and month, the target stage of its profile at the month's end, if any. One query."""
    first, last = end_of(min(months)), end_of(max(months))
    rows = ProfileValue.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=first),
        field="target_stage",
        from_on__lte=last,
        agency__in=agencies,
    ).order_by("agency_id", "from_on")
    found = {}
    for pk, value, from_on, until_on in rows.values_list("agency_id", "value", "from_on", "until_on"):
        for month in months:
            if from_on <= end_of(month) and (until_on is None or end_of(month) <= until_on):
                found[pk, month] = int(value)
    return found


def key_of(scope: int) -> ScopeKey:
    """What a scope is called in these timelines: by its id, whatever it is of."""
    return "scope", scope


def _timelines(
    agencies: Ids,
    measure: Measure,
    months: Collection[int],
    members: QuerySet[Any],
    standings: QuerySet[Any],
) -> dict[int, Timeline]:
    found: defaultdict[int, Timeline] = defaultdict(Timeline)
    spans = members.filter(agency__in=agencies).order_by("agency_id", "from_on")
    for pk, scope, from_on, until_on in spans.values_list("agency_id", "scope_id", "from_on", "until_on"):
        key = key_of(scope)
        found[pk].members[key] = (*found[pk].members.get(key, ()), span_of(from_on, until_on))
    rows = standings.filter(agency__in=agencies).order_by("agency_id", "from_on")
    for pk, *fields in rows.values_list("agency_id", *INTERVAL_FIELDS, domains_as_text()):
        if fields[2] == PublishedStanding.State.NOT_REPORTING:
            continue
        interval = interval_of(*fields)
        if interval.value is None:
            found[pk].not_adopting += (interval,)
        else:
            found[pk].values[measure] = (*found[pk].values.get(measure, ()), interval)
    return defaultdict(Timeline, {pk: by_month(timeline, months) for pk, timeline in found.items()})


def _speaks(entry: Round, month: int) -> bool:
    first = month_of(entry.period.ends_on)
    return first <= month < first + entry.period.months


def _on(day: date, prefix: str) -> Q:
    begun = Q(**{f"{prefix}from_on__isnull": True}) | Q(**{f"{prefix}from_on__lte": day})
    return begun & (Q(**{f"{prefix}until_on__isnull": True}) | Q(**{f"{prefix}until_on__gte": day}))
