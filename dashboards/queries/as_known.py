"""What was known at a past moment: the results approved until then, memberships and decisions by their dates.

Exact, and quick for the recent past: only agencies with a result approved since are looked at again, and
what that changes is added to the stored trends.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, cast

from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from assessments.models import Result
from dashboards.charts.heat import AgencyDomains
from dashboards.differences import Change, Timeline, difference
from dashboards.headlines import Comparison, count_change
from dashboards.models import Freshness, Scope, ScopeMember, Standing, Trend
from dashboards.months import Holding, by_month, holding, shifted, touches
from dashboards.queries.agencies import AgencyRow, change_groups, rows_of, with_standings
from dashboards.queries.measures import Measure
from dashboards.queries.publishing import key_of, live
from dashboards.queries.timelines import stood
from dashboards.standings import NOT_REPORTING, end_of, month_of
from portal.agencies.models import Agency
from portal.agencies.periods import month_start, months_between

KEPT_SECONDS = 24 * 60 * 60
# What rows are sorted by, by its name in addresses (agencies.SORTS and those of single pages).
SORTED_BY = {
    "agency": "name",
    "stages": "stages_completed",
    "score": "score",
    "change": "change",
    "age": "age",
    "state": "state",
    "answered": "answered",
    "evidence": "evidenced",
    "domain": "percent",
}
AT_ONCE = 5000  # agencies whose results are read in one query: PostgreSQL and SQLite bound its parameters
REACH = 36  # months after its period's end that a result can count at the most: a year, carried for two


def changed_since(
    agencies: QuerySet[Any], measure: Measure, last: date, approved_before: datetime
) -> list[int]:
    """Of `agencies` (ids) those with a result of a period until `last` that was not yet approved then."""
    later = Result.objects.filter(
        model=measure.model,
        method=measure.method,
        approved_at__gte=approved_before,
        period_ends_on__lte=last,
        agency__in=agencies,
    )
    return sorted(set(later.order_by().values_list("agency_id", flat=True)))


def known_values(
    agencies: Collection[int],
    measure: Measure,
    months: Collection[int],
    approved_before: datetime,
    *,
    domains: bool = True,
) -> dict[int, Timeline]:
    """How these agencies stood in these months as was known at a moment, without where they are counted;
    `domains`: with how they stood in each."""
    first, last = end_of(min(months)), end_of(max(months))
    # An amendment counts however old its period is: it may take away the one it names.
    near = Q(period_ends_on__gt=month_start(first, -REACH)) | Q(assessment__amends__isnull=False)
    results = near & Q(
        model=measure.model,
        method=measure.method,
        approved_at__lt=approved_before,
        period_ends_on__lte=last,
    )
    found: dict[int, Timeline] = {}
    ordered = sorted(agencies)
    for start in range(0, len(ordered), AT_ONCE):
        some = Agency.objects.filter(pk__in=ordered[start : start + AT_ONCE]).only("pk", "closed_on")
        found |= stood(list(some), results, domains=domains)
    return {pk: by_month(one, months) for pk, one in found.items()}


def known_trends(
    scope: Scope, measure: Measure, days: Collection[date], approved_before: datetime
) -> dict[date, Trend]:
    """The rows, not saved, of those of `days` at which the trend was known otherwise than it is now.

    Kept in the cache until anything in the portal is computed anew: seconds where thousands of agencies
    reported since then.
    """
    fresh = Freshness.objects.first()
    if not days or fresh is None:
        return {}
    last = Result.objects.order_by("-pk").values_list("pk", flat=True).first()
    asked = (scope.pk, *measure.key, *sorted(days), approved_before, last, fresh.computed_at)
    key = f"known:{sha256(repr(asked).encode()).hexdigest()}"
    found: dict[date, Trend] | None = cache.get(key)
    if found is None:
        found = _known_trends(scope, measure, days, approved_before)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _known_trends(
    scope: Scope, measure: Measure, days: Collection[date], approved_before: datetime
) -> dict[date, Trend]:
    members = ScopeMember.objects.filter(scope=scope).order_by().values("agency_id")
    agencies = changed_since(members, measure, max(days), approved_before)
    if not agencies:
        return {}
    months = sorted(month_of(day) for day in days)
    now = live(agencies, measure.key, months, scope.pk)
    then = known_values(agencies, measure, months, approved_before)
    changes = [Change(now[pk], _counted_as(now[pk], then[pk])) for pk in agencies if pk in then]
    found = difference(key_of(scope.pk), changes, max(months))
    stored = Trend.objects.filter(scope=scope, model=measure.model, method=measure.method, on__in=days)
    rows = {row.on: row for row in stored}
    changed = {}
    for month in months:
        if touches(found, measure.key, month):
            day = end_of(month)
            row = rows.get(day)
            counts = {} if row is not None else _counts(scope, day)
            changed[day] = Trend(
                scope=scope,
                model=measure.model,
                method=measure.method,
                on=day,
                computed_at=row.computed_at if row else approved_before,
                **shifted(row, counts, found, measure.key, month),
            )
    return changed


def _counted_as(now: Timeline, then: Timeline) -> Timeline:
    """Of the live timeline who is counted and who does not adopt, of the other the values."""
    return Timeline(now.members, now.not_adopting, then.values)


def _counts(scope: Scope, day: date) -> dict[Any, int]:
    """Where there is no row because nobody has a value now: members, and those that do not adopt."""
    members = ScopeMember.objects.on(day).filter(scope=scope)
    deciding = Standing.objects.on(day).filter(state=Standing.State.NOT_ADOPTING)
    declined = members.filter(agency__in=deciding.values("agency_id"))
    return {("agencies",): members.count(), ("not_adopting",): declined.count()}


def known_now(
    agencies: QuerySet[Any], measure: Measure, on: date, approved_before: datetime
) -> dict[int, dict[str, Any]]:
    """Of `agencies` (ids) those that were known otherwise than they are now at a month end, by id: what is
    to be put in the place of their state and the fields of their standing (now__…)."""
    changed = changed_since(agencies, measure, on, approved_before)
    if not changed:
        return {}
    then = known_values(changed, measure, [month_of(on)], approved_before, domains=False)
    found = {pk: holding(one, measure.key, month_of(on)) for pk, one in then.items()}
    results = Result.objects.defer("stages", "levels", "domains").in_bulk(
        {value.result_id for one in found.values() if (value := _value(one))}
    )
    return {pk: _fields(one, results) for pk, one in found.items()}


def _fields(found: Holding, results: Mapping[int, Result]) -> dict[str, Any]:
    value = _value(found)
    result = results[value.result_id] if value else None
    return {
        "state": found[0].value if found else NOT_REPORTING,
        "now__score": value.score if value else None,
        "now__stages_completed": value.stages_completed if value else None,
        "now__limited_basis": bool(value and value.limited_basis),
        "now__result__stage_count": result.stage_count if result else None,
        "now__result__period_label": result.period_label if result else None,
        "now__result__period_ends_on": result.period_ends_on if result else None,
    }


@dataclass(frozen=True)
class KnownListing:
    """Agencies with how they stood as was known at a moment, as Django's Paginator takes them.

    Put together in Python from all of them, so only for scopes; `fits` says which of the rows are listed.
    """

    agencies: QuerySet[Agency]
    measure: Measure
    on: date
    approved_before: datetime
    before: date | None = None
    fits: Callable[[AgencyRow], bool] = field(default=lambda row: True)
    sort: str = "agency"
    among: Collection[int] | None = None  # of these (ids) alone

    def count(self) -> int:
        """How many agencies."""
        return len(self._rows)

    def __getitem__(self, places: slice) -> list[Any]:
        """The agencies at these places."""
        return [row for _, row in self._rows[places]]

    def page(self, number: str | None, size: int) -> "Page[Any]":
        """The page called `number`, or the nearest there is."""
        found: Page[Any] = Paginator(cast(Any, self), size).get_page(number)
        return found

    def whole(self) -> list[AgencyRow]:
        """The rows of all agencies."""
        return [row for _, row in self._rows]

    def comparison(self, before: date) -> Comparison:
        """These agencies at both days, as far as they had a value both times as was known."""
        then = (before, None)
        rest = self.agencies.exclude(pk__in=self._changed)
        groups = change_groups(rest, self.measure, (self.on, None), then)
        for pk in set(self.agencies.filter(pk__in=self._changed).values_list("pk", flat=True)):
            is_now, was = self._holding(pk, self.on), self._holding(pk, before)
            if is_now and is_now[1] and was and was[1]:
                moved = is_now[1].score - was[1].score
                sign = (moved > 0) - (moved < 0)
                groups.append((was[1].stages_completed, is_now[1].stages_completed, sign, 1))
        return count_change(groups, self.measure.stage_count)

    def domains(self) -> "KnownDomains":
        """The same with how they stood in each domain."""
        return KnownDomains(self)

    @cached_property
    def _changed(self) -> list[int]:
        last = max(self.on, self.before or self.on)
        ids = self.agencies.order_by().values("pk")
        return changed_since(ids, self.measure, last, self.approved_before)

    @cached_property
    def _then(self) -> dict[int, Timeline]:
        months = {month_of(day) for day in (self.on, self.before) if day is not None}
        return (
            known_values(self._changed, self.measure, months, self.approved_before) if self._changed else {}
        )

    def _holding(self, agency: int, day: date | None) -> Holding:
        return holding(self._then[agency], self.measure.key, month_of(day)) if day is not None else None

    @cached_property
    def _results(self) -> dict[int, Result]:
        ids = {value.result_id for pk in self._then if (value := _value(self._holding(pk, self.on)))}
        return Result.objects.defer("stages", "levels", "domains").in_bulk(ids)

    @cached_property
    def _rows(self) -> list[tuple[int, AgencyRow]]:
        found = rows_of(with_standings(self.agencies, self.measure, self.on, self.before), self.on)
        for pk in self._then:
            if pk in found:
                found[pk] = self._row(pk, found[pk])
        among = found.keys() if self.among is None else self.among
        rows = [(pk, row) for pk, row in found.items() if pk in among and self.fits(row)]
        return sorted_rows(rows, self.sort)

    def _row(self, pk: int, live_row: AgencyRow) -> AgencyRow:
        found = self._holding(pk, self.on)
        value, was = _value(found), _value(self._holding(pk, self.before))
        result = self._results[value.result_id] if value else None
        return AgencyRow(
            slug=live_row.slug,
            name=live_row.name,
            state=found[0].value if found else NOT_REPORTING,
            score=value.score if value else None,
            stages_completed=value.stages_completed if value else None,
            stage_count=result.stage_count if result else None,
            change=value.score - was.score if value and was else None,
            period_label=result.period_label if result else None,
            age=months_between(result.period_ends_on, self.on) if result else None,
            limited_basis=bool(value and value.limited_basis),
        )


@dataclass(frozen=True)
class KnownDomains:
    """A known listing with the domains, alphabetically, as Django's Paginator takes it."""

    listing: KnownListing

    def count(self) -> int:
        """How many agencies."""
        return self.listing.count()

    def __getitem__(self, places: slice) -> list[AgencyDomains]:
        """The agencies at these places."""
        one = self.listing
        shown = sorted_rows(one._rows, "agency")[places]
        ids = [pk for pk, _ in shown]
        stored = with_standings(Agency.objects.filter(pk__in=ids), one.measure, one.on)
        domains = dict(stored.values_list("pk", "now__domains"))
        for pk in set(ids) & one._then.keys():
            value = _value(one._holding(pk, one.on))
            domains[pk] = value.domains if value else {}
        return [AgencyDomains(row.slug, row.name, row.state, domains.get(pk) or {}) for pk, row in shown]

    def page(self, number: str | None, size: int) -> "Page[Any]":
        """The page called `number`, or the nearest there is."""
        found: Page[Any] = Paginator(cast(Any, self), size).get_page(number)
        return found


def _value(found: Holding) -> Any:
    return found[1] if found else None


def sorted_rows(rows: Sequence[tuple[int, Any]], sort: str) -> list[tuple[int, Any]]:
    """Rows of agencies with their ids in the order asked for, those without such a value last, ties by
    name; see agencies.sorted_by."""
    name = sort.removeprefix("-")
    attribute = SORTED_BY.get(name, "name")
    by_name = sorted(rows, key=lambda entry: (entry[1].name, entry[0]))
    with_value = [entry for entry in by_name if getattr(entry[1], attribute) is not None]
    without = [entry for entry in by_name if getattr(entry[1], attribute) is None]
    with_value.sort(key=lambda entry: getattr(entry[1], attribute), reverse=sort.startswith("-"))
    return with_value + without
