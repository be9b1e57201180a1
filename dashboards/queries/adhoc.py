"""The trend of agencies picked by a filter that nobody saved: one statement, whatever the number of agencies.

Only agencies that the reader may see are counted, so that nothing follows about any other. Members are taken
as they were last applied to the trends. To who sees everything it is the trend of the same cohort saved.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from django.db.models import (
    Count,
    DateField,
    F,
    FilteredRelation,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Greatest, Least

from dashboards.charts.portfolio import TrendPoint
from dashboards.models import Scope, ScopeMember, TrendSums, known_at
from dashboards.points import Point
from dashboards.queries.hundredths import hundredths_of
from dashboards.queries.known import LATEST, KnownRow
from dashboards.queries.measures import Measure
from dashboards.queries.portfolio import Series
from dashboards.queries.scopes import UnknownScope, key_of
from dashboards.trends import statistics
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, Cohort, Program
from portal.agencies.profile_filter import ProfileFilter, filter_as_json, filter_in_words
from portal.agencies.queries_cohorts import agencies_fitting, fitting

ALWAYS, FOREVER = date.min, date.max
_Rows = Iterable[tuple[Any, ...]]


@dataclass(frozen=True)
class AdHoc:
    """Agencies of the scope `base` that `reader` may see, whose profile fits `conditions`, below `within`."""

    base: Scope
    conditions: ProfileFilter
    within: Agency | None
    reader: User

    def __str__(self) -> str:
        every = self.base.kind == Scope.Kind.EVERYTHING and not self.sees_all
        base = "Agencies you may see" if every else str(self.base)
        return f"{base}, chosen by profile" if self.conditions else f"{base}, within {self.within}"

    @property
    def sees_all(self) -> bool:
        """Whether the reader may see every agency there is."""
        return self.reader.has_everywhere(Right.SEE)

    @property
    def key(self) -> str:
        """The scope that is filtered, as addresses name it."""
        return key_of(self.base)

    @property
    def office(self) -> Program | None:
        """The program whose calendar and questionnaire hold here, if it is one's."""
        return self.base.office

    @property
    def recount(self) -> bool:
        """Whether its members are still being counted."""
        return self.base.recount

    @property
    def parameters(self) -> dict[str, str]:
        """The filter as in an address."""
        within = {"within": self.within.slug} if self.within is not None else {}
        return filter_as_json(self.conditions) | within

    @property
    def in_words(self) -> str:
        """The filter as people read it."""
        parts = [
            filter_in_words(self.conditions),
            f"Within: {self.within}" if self.within is not None else "",
        ]
        return "; ".join(part for part in parts if part)

    def members_on(self, on: date) -> QuerySet[Agency]:
        """The agencies counted at the month end `on`."""
        members = ScopeMember.objects.on(on).filter(scope=self.base)
        found = Agency.objects.visible_to(self.reader).filter(
            agencies_fitting(self.conditions, on), pk__in=members.values("agency_id")
        )
        return found.within(self.within) if self.within is not None else found


@dataclass
class Sums:
    """Some agencies at one month end, added up: what trends.statistics reads, domains aside."""

    agencies: int = 0
    reported: int = 0
    carried: int = 0
    not_adopting: int = 0
    limited: int = 0
    rescored: int = 0  # what is filtered is counted under the rule in force alone
    score_sum: int = 0
    by_stage: dict[str, dict[str, int]] = field(default_factory=dict)
    histogram: dict[str, int] = field(default_factory=dict)
    domains: dict[str, Any] = field(default_factory=dict)

    def add(
        self, state: str, stages: int | None, limited: bool, hundredths: int | None, n: int, score: int
    ) -> None:
        """Count `n` agencies of one kind."""
        if state == _MEMBER:
            self.agencies += n
            return
        setattr(self, state, getattr(self, state) + n)
        if stages is None:
            return
        self.limited += n if limited else 0
        self.score_sum += score
        of_stage = self.by_stage.setdefault(str(stages), {})
        of_stage[state] = of_stage.get(state, 0) + n
        self.histogram[str(hundredths)] = self.histogram.get(str(hundredths), 0) + n


def pick(key: str, conditions: ProfileFilter, within: Agency | None, reader: User) -> AdHoc | None:
    """Those agencies of the scope called `key` that fit; None if nothing is counted in it yet.

    Unlike the scope's own trend this needs no right to all of it. Raises UnknownScope.
    """
    kind, _, slug = key.partition(":")
    wanted = Q(kind=Scope.Kind.EVERYTHING)
    known = key == "everything"
    if kind == "agency":
        root = Agency.objects.visible_to(reader).filter(slug=slug).first()
        known = root is not None and (within is None or within.path.startswith(root.path))
        within = within or root
    elif kind == "program":
        wanted = Q(program__in=(programs := Program.objects.visible_to(reader).filter(slug=slug)))
        known = programs.exists()
    elif kind == "cohort":
        wanted = Q(cohort__in=(cohorts := Cohort.objects.visible_to(reader).filter(slug=slug)))
        known = cohorts.exists()
    if not known:
        raise UnknownScope(f"There is no {key!r} that you may see and could filter.")
    base = Scope.objects.filter(wanted).select_related("program", "agency", "cohort__program").first()
    return None if base is None else AdHoc(base, conditions, within, reader)


def sums_over_time(picked: AdHoc, measure: Measure, days: Sequence[date]) -> dict[date, Sums]:
    """The sums of these agencies at the month ends `days` (sorted), from the first with a value on."""
    sums = {day: Sums() for day in days}
    if not days:
        return {}
    rows: _Rows = statement(picked, measure, days).iterator()
    for first, last, *what in rows:
        for day in days[bisect_left(days, first) : bisect_right(days, last)]:
            sums[day].add(*what)
    begins = next((day for day in days if sums[day].reported + sums[day].carried), date.max)
    return {day: found for day, found in sums.items() if day >= begins}


def latest_reported_by(sums: Mapping[date, Sums], points: Sequence[Point]) -> Point:
    """The latest of `points` for which any of these agencies reported, else the last one."""
    reported = (point for point in reversed(points) if point.on in sums and sums[point.on].reported)
    return next(reported, points[-1])


def series_of_picked(
    picked: AdHoc, measure: Measure, points: Sequence[Point], sums: Mapping[date, Sums], computed_at: datetime
) -> Series:
    """The trend of these agencies at `points`, as the portfolio shows it: the latest, without domains."""
    rows = rows_of_picked(sums, computed_at)
    trend = (
        TrendPoint(
            label=point.label,
            statistics=statistics(sums[point.on], measure.stage_count, by_domain=False)
            if point.on in sums
            else None,
            provisional=True,
        )
        for point in points
    )
    return Series(tuple(points), tuple(trend), rows, LATEST)


def rows_of_picked(sums: Mapping[date, Sums], computed_at: datetime) -> dict[date, KnownRow]:
    """The same as rows of a trend that nothing of is published."""
    return {on: KnownRow(cast(TrendSums, row), on, computed_at) for on, row in sums.items()}


def statement(picked: AdHoc, measure: Measure, days: Sequence[date]) -> QuerySet[Any, Any]:
    """The one statement: how many agencies are alike in what from which month end to which.

    Agencies alike are counted before they are spread over the points in time: that leaves some thousand
    rows of what are hundreds of thousands of standings.
    """
    members, starts, ends = _members(picked)
    counted = _span(members, starts, ends).values("first", "last").annotate(n=Count("*"))
    nothing = Value(None, IntegerField())
    parts = counted.values_list(
        "first", "last", Value(_MEMBER), nothing, Value(False), nothing, "n", Value(0)
    )
    of_model = Q(agency__standings__model=measure.model, agency__standings__method=measure.method)
    of_model &= known_at(None, "agency__standings__")
    undecided = Q(agency__standings__model__isnull=True)
    for of in (of_model, undecided):
        stood = members.alias(stood=FilteredRelation("agency__standings", condition=of)).filter(
            Q(stood__until_on__isnull=True) | Q(stood__until_on__gte=days[0]), stood__from_on__lte=days[-1]
        )
        begin, end = F("stood__from_on"), Coalesce(F("stood__until_on"), FOREVER, output_field=DateField())
        spans = _span(stood, [*starts, begin], [*ends, end])
        alike = ("first", "last", "stood__state", "stood__stages_completed", "stood__limited_basis")
        grouped = spans.values(*alike, hundredths=hundredths_of("stood__score"))
        found = grouped.annotate(n=Count("*"), total=Coalesce(Sum("stood__score"), 0))
        parts = parts.union(found.values_list(*alike, "hundredths", "n", "total"), all=True)
    return parts


_MEMBER = "member"


def _members(picked: AdHoc) -> tuple[QuerySet[Any], list[Any], list[Any]]:
    """The rows of membership and profile that fit, and the days on which each of them begins and ends."""
    found: QuerySet[Any] = ScopeMember.objects.filter(scope=picked.base).order_by()
    if not picked.sees_all:
        seen = Agency.objects.visible_to(picked.reader)
        found = found.filter(agency__in=seen.order_by().values("pk"))
    if picked.within is not None:
        found = found.filter(agency__path__startswith=picked.within.path)
    starts: list[Any] = [Coalesce(F("from_on"), ALWAYS, output_field=DateField())]
    ends: list[Any] = [Coalesce(F("until_on"), FOREVER, output_field=DateField())]
    for condition in picked.conditions:
        held = f"held_{condition.field}"
        of_field = Q(agency__profile_values__field=condition.field)
        found = found.alias(**{held: FilteredRelation("agency__profile_values", condition=of_field)})
        annotations, fits = fitting(condition, f"{held}__")
        found = found.alias(**annotations).filter(fits)
        starts.append(F(f"{held}__from_on"))
        ends.append(Coalesce(F(f"{held}__until_on"), FOREVER, output_field=DateField()))
    return found, starts, ends


def _span(rows: QuerySet[Any], starts: list[Any], ends: list[Any]) -> QuerySet[Any]:
    """`rows` with the first and the last day on which all of their dates hold.

    Where the first is after the last they never do: such rows spread over no point in time. To leave them
    out here would be dearer, for it is asked of each standing and not of each kind.
    """
    return rows.annotate(
        first=Greatest(*starts, ALWAYS, output_field=DateField()),
        last=Least(*ends, FOREVER, output_field=DateField()),
    )
