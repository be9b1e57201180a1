"""What was known at a past moment: the results approved until then, memberships and decisions by their dates.

Exact, and quick for the recent past: only agencies with a result approved since are looked at again, and
what that changes is added to the stored trends.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from hashlib import sha256
from typing import Any, cast

from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils import timezone

from assessments.models import Result
from dashboards.charts.heat import AgencyDomains
from dashboards.differences import Change, ScopeKey, Timeline, difference
from dashboards.headlines import Comparison, count_change
from dashboards.models import Freshness, Scope, ScopeMember, Standing, Trend
from dashboards.months import Holding, shifted, touches
from dashboards.queries.agencies import (
    AgencyRow,
    change_groups,
    member_ids,
    rows_of,
    with_standings,
    with_value,
)
from dashboards.queries.known_values import changed_since, in_slices, known_at, of_results
from dashboards.queries.measures import Measure
from dashboards.queries.publishing import key_of
from dashboards.queries.timelines import domains_as_text, percents_of
from dashboards.standings import NOT_REPORTING, Interval, Span, State, Value, month_of
from portal.agencies.models import Agency
from portal.agencies.periods import months_between

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
KEPT_SECONDS = 24 * 60 * 60  # of the end of a day, of which there are few
BRIEFLY_SECONDS = 10 * 60  # of any other moment: identifiers of provisional figures have ever new ones


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
        ends_a_day = timezone.localtime(approved_before).time() == time.min
        cache.set(key, found, KEPT_SECONDS if ends_a_day else BRIEFLY_SECONDS)
    return found


def _known_trends(
    scope: Scope, measure: Measure, days: Collection[date], approved_before: datetime
) -> dict[date, Trend]:
    stored = Trend.objects.filter(scope=scope, model=measure.model, method=measure.method, on__in=days)
    rows = {row.on: row for row in stored}
    changed = {}
    for day in sorted(days):
        month, found = (
            month_of(day),
            difference(key_of(scope.pk), _changes(scope, measure, day, approved_before), month_of(day)),
        )
        if touches(found, measure.key, month):
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


def _changes(scope: Scope, measure: Measure, day: date, approved_before: datetime) -> list[Change]:
    """Of each member at `day` that stood otherwise as was known how it stands now, and how it stood."""
    agencies = changed_since(member_ids(scope, day), measure, day, approved_before)
    if not agencies:
        return []
    then = known_at(agencies, measure, day, approved_before)
    now: dict[int, tuple[State, int]] = {}
    for some in in_slices(agencies):
        rows = Standing.objects.filter(with_value(measure, day), agency__in=some).order_by()
        for pk, state, result in rows.values_list("agency_id", "state", "result_id"):
            now[pk] = State(state), result
    pairs = [(now.get(pk), _told(then[pk])) for pk in agencies]
    pairs = [(one, other) for one, other in pairs if one != other]
    values = _values({held[1] for pair in pairs for held in pair if held})

    def timeline(held: tuple[State, int] | None) -> Timeline:
        return _alone(scope, measure, day, held, values)

    return [Change(timeline(is_now), timeline(was)) for is_now, was in pairs]


def _told(held: Holding) -> tuple[State, int] | None:
    """The state and the id of the result behind it; None without a value."""
    return (held[0], held[1].result_id) if held and held[1] else None


def _values(results: Collection[int]) -> dict[int, Value]:
    """What these results (their ids) say, with the domains."""
    found = {}
    for some in in_slices(results):
        rows = Result.objects.filter(pk__in=some).order_by()
        for pk, score, stages, limited, rescores, domains in rows.values_list(
            "pk", "score", "stages_completed", "limited_basis", "rescores_id", domains_as_text()
        ):
            found[pk] = Value(pk, score, stages, limited, percents_of(domains), rescores is not None)
    return found


def _alone(
    scope: Scope, measure: Measure, day: date, held: tuple[State, int] | None, values: Mapping[int, Value]
) -> Timeline:
    """The timeline of an agency of which no more than this is looked at."""
    month = month_of(day)
    members: dict[ScopeKey, tuple[Span, ...]] = {key_of(scope.pk): ((month, month + 1),)}
    if held is None:
        return Timeline(members)
    return Timeline(members, (), {measure.key: (Interval(day, day, held[0], values[held[1]]),)})


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
    found = known_at(changed, measure, on, approved_before)
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
    def _then(self) -> dict[date, dict[int, Holding]]:
        """By day how those that were known otherwise stood."""
        days = {day for day in (self.on, self.before) if day is not None}
        return {day: known_at(self._changed, self.measure, day, self.approved_before) for day in days}

    def _holding(self, agency: int, day: date | None) -> Holding:
        return self._then[day].get(agency) if day is not None else None

    @cached_property
    def _results(self) -> dict[int, tuple[Any, ...]]:
        ids = {value.result_id for held in self._then[self.on].values() if (value := _value(held))}
        return of_results(ids, "stage_count", "period_label", "period_ends_on")

    @cached_property
    def _rows(self) -> list[tuple[int, AgencyRow]]:
        found = rows_of(with_standings(self.agencies, self.measure, self.on, self.before), self.on)
        for pk in self._changed:
            if pk in found:
                found[pk] = self._row(pk, found[pk])
        among = found.keys() if self.among is None else self.among
        rows = [(pk, row) for pk, row in found.items() if pk in among and self.fits(row)]
        return sorted_rows(rows, self.sort)

    def _row(self, pk: int, live_row: AgencyRow) -> AgencyRow:
        found = self._holding(pk, self.on)
        value, was = _value(found), _value(self._holding(pk, self.before))
        count, label, ends_on = self._results[value.result_id] if value else (None, None, None)
        return AgencyRow(
            slug=live_row.slug,
            name=live_row.name,
            state=found[0].value if found else NOT_REPORTING,
            score=value.score if value else None,
            stages_completed=value.stages_completed if value else None,
            stage_count=count,
            change=value.score - was.score if value and was else None,
            period_label=label,
            age=months_between(ends_on, self.on) if ends_on else None,
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
        then = one._then[one.on]
        otherwise = {pk: value.result_id for pk in set(ids) & then.keys() if (value := _value(then[pk]))}
        known = of_results(otherwise.values(), domains_as_text())
        for pk in set(ids) & then.keys():
            domains[pk] = percents_of(known[otherwise[pk]][0]) if pk in otherwise else {}
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
