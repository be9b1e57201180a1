"""What every page of a scope begins with: which agencies, measured by what, at which points in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from assessments.models import Assessment
from dashboards.figures import NUMBERS, Figure, Known
from dashboards.forms import ScopeForm, point_at
from dashboards.headlines import Comparison
from dashboards.models import Freshness, Scope
from dashboards.points import SHOWN, Point, latest_points
from dashboards.queries.agencies import Frozen, Reading, compare, members_of
from dashboards.queries.as_published import AsPublished, PastReading, past_of
from dashboards.queries.known import Knowledge, Numbers, known_by, rows_at
from dashboards.queries.listing import DomainListing, Listing
from dashboards.queries.measures import Measure, choose_measure, measures_in_use
from dashboards.queries.portfolio import (
    Series,
    changes_waiting,
    latest_reported,
    looked_back_from,
    series_of,
    trends_of,
)
from dashboards.queries.publications import named_to
from dashboards.queries.published_rules import published_rules
from dashboards.queries.rules import RuleLines, rule_lines
from dashboards.queries.scopes import (
    HiddenScope,
    UnknownScope,
    calendar_of,
    calendars_of,
    default_scope,
    freshness,
    key_of,
    offered_scopes,
    scope_named,
)
from dashboards.tables import reported_words
from dashboards.views.reader import PER_PAGE, may_import
from dashboards.views.rule_notes import RuleNote, rule_note, since_note
from dashboards.views.tabs import tabs_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.requests import person

LOOK_BACK = 24  # points in time that one may choose from


@dataclass(frozen=True)
class Choice:
    """What the page is about: the scope and measure at a series of points, and the order of the table."""

    form: ScopeForm
    scope: Scope
    measure: Measure
    series: Series
    fresh: Freshness
    sort: str
    agencies: QuerySet[Agency]  # of the scope at the last point, as far as the reader may know of them
    reader: User
    choosable: tuple[Point, ...]  # points in time that one may look back to, the earliest first
    newest: Measure  # the rule in force, where the page shows what was published by an earlier one

    @property
    def title(self) -> str:
        """Which agencies, as heads and files say it."""
        return str(self.scope)

    @property
    def on(self) -> date:
        """The month end that the page is about."""
        return self.series.now.on

    @property
    def before(self) -> date | None:
        """The month end that change is measured from."""
        return self.series.before.on if self.series.before else None

    @property
    def read(self) -> Reading:
        """How the standings of the last point are read: as published, as known on a day, or the latest."""
        return self.series.read

    @property
    def address(self) -> dict[str, str]:
        """What an address says of this choice, so that a link leads to the same numbers."""
        return {
            "scope": key_of(self.scope),
            "model": self.measure.model.slug,
            "period": self.form.chosen("period"),
            "at": self.on.isoformat(),
            **self.form.other_calendar(),
        } | self.series.knowledge.address

    def listing(self, standing: Q | None = None) -> Listing:
        """The agencies in the order chosen, or those of a certain standing."""
        return Listing(
            self.agencies,
            self.measure,
            self.on,
            self.before,
            standing or Q(),
            self.sort,
            self.series.read,
            self.series.read_before,
            self._size,
        )

    def by_domain(self) -> DomainListing:
        """The agencies with how they stand in each domain."""
        return DomainListing(self.agencies, self.measure, self.on, read=self.read, size=self._size)

    def compared(self) -> Comparison | None:
        """The change since the point before, over those with a score both times; None without one."""
        if self.before is None:
            return None
        reads = self.series.read, self.series.read_before
        return compare(self.agencies, self.measure, self.on, self.before, *reads)

    def figure(self, number: str) -> str:
        """The identifier of one of the numbers at the last point; none where nothing is known of it."""
        if self.series.row is None:
            return ""
        known = known_by(self.series.knowledge, self.series.row, self.fresh)
        measure = self.measure
        return str(Figure(key_of(self.scope), measure.model.slug, measure.method, self.on, known, number))

    @property
    def knowledge_words(self) -> str:
        """How far the numbers may be relied on, as files and papers say it."""
        row, knowledge = self.series.row, self.series.knowledge
        if knowledge.day is not None:
            return f"As known at the end of {knowledge.day}"
        if row is not None and row.publication is not None:
            named = named_to(row.publication, self.reader)
            by = row.publication
            return f"PUBLISHED revision {by.revision} of {by.cycle}" if named else "PUBLISHED"
        return "PROVISIONAL"

    @property
    def reported_words(self) -> str:
        """How many agencies reported at the last point: "61 of 100 agencies reported"."""
        known = self.series.statistics
        return reported_words(known.reported, known.agencies) if known else reported_words(0, 0)

    @cached_property
    def figures(self) -> dict[str, str]:
        """The identifiers of the numbers, charts and tables that every page of a scope may show."""
        return {name: self.figure(name) for name in NUMBERS}

    def read_at(self, day: date | None) -> Reading:
        """How to read the standings at a month end, of this series or not."""
        if day is None or day in self.series.rows or self.series.knowledge.as_known:
            return self.series.read_at(day or self.on)
        row = rows_at(self.scope, self.measure, [day], self.series.knowledge).get(day)
        return row.read if row else None

    def figure_since(self, since: date, name: str = "transitions") -> str:
        """The identifier of what changed since a month end; none where only one end is published: the other
        could still move."""
        published = [isinstance(read, Frozen) for read in (self.read_at(since), self.read)]
        return self.figure(f"{name}_{since}") if published[0] == published[1] else ""

    @cached_property
    def past(self) -> PastReading:
        """How pages that go by the whole past read it."""
        return past_of(self.scope, self.measure, self.on, self.series.row, self.series.knowledge)

    def figure_of_past(self, number: str) -> str:
        """The identifier of what goes by the whole past: as of the last publication that is part of it."""
        if not isinstance(self.past, AsPublished):
            return self.figure(number)
        parts = key_of(self.scope), self.measure.model.slug, self.measure.method, self.on
        return str(Figure(*parts, Known(publication=self.past.publication), number))

    @cached_property
    def rules(self) -> RuleLines:
        """Where the rule of the line changed; no query where there was one rule only."""
        return rule_lines(self.scope, self.measure, self.series.points, self.series.knowledge)

    @cached_property
    def rule_change(self) -> RuleNote | None:
        """What must be said where the last two points are compared over a change of rule."""
        return rule_note(self)

    @cached_property
    def _counted(self) -> int:
        return self.agencies.order_by().count()

    def _size(self) -> int:
        """How many agencies there are: counted when first asked for, once for all lists of a page."""
        return self._counted


def read_choice(request: HttpRequest, form_class: type[ScopeForm] = ScopeForm) -> Choice | None:
    """What was asked for, completed by defaults; None where there is nothing to show yet.

    `form_class`: what else the page lets one choose. Raises Http404 for a scope that this person may not
    know of and PermissionDenied for one whose trend would show them more than they may see.
    """
    reader, fresh = person(request), freshness()
    scope = _scope(request.GET.get("scope", ""), reader)
    measures = measures_in_use(scope) if scope and fresh else []
    if scope is None or fresh is None or not measures:
        return None
    preferred = scope.office.default_model if scope.office else ""
    standard = choose_measure(measures, "", preferred)
    wished = choose_measure(measures, request.GET.get("model", ""), preferred)
    defaults = {
        "scope": key_of(scope),
        "model": standard.model.slug if standard else "",
        "period": wished.version.rhythm if wished else "quarter",
    }
    asked = {"at": request.GET.get("as_of", ""), **request.GET.dict()}
    if form_class.KEEPS_RHYTHM:
        asked["period"] = defaults["period"]
    form = form_class(asked, defaults | {"numbers": Numbers.PUBLISHED.value} | form_class.DEFAULTS)
    form.offer(offered_scopes(reader, scope), [one.model for one in measures])
    form.offer_calendars(calendars_of(reader), usual := calendar_of(scope, reader))
    measure = choose_measure(measures, form.chosen("model"), preferred)
    if measure is None:
        return None
    year_starts_in, kind = form.year_start(usual), form.chosen("period")
    knowledge = form.knowledge()
    horizon = knowledge.horizon(fresh, year_starts_in)
    horizon = looked_back_from(trends_of(scope, measure), horizon, kind, year_starts_in, LOOK_BACK)
    choosable = latest_points(horizon, kind, year_starts_in, LOOK_BACK)
    newest, rules = measure, _published_by(scope, measure, knowledge, choosable)
    begin = _begin(scope, measure, knowledge, choosable, rules)
    now = point_at(list(choosable), form.chosen("at") or None, begin)
    measure = rules.get(now.on, measure)  # what is published stays as it was, by the rule of its time
    form.offer_points(choosable, now)
    points = [
        point
        for point in latest_points(horizon, kind, year_starts_in, LOOK_BACK + SHOWN)
        if point.on <= now.on
    ]
    series = series_of(scope, measure, points[-SHOWN:], knowledge)
    members = members_of(scope, now.on, reader, series.read)
    sort = form.chosen("sort") if "sort" in form.fields else "agency"
    return Choice(form, scope, measure, series, fresh, sort, members, reader, choosable, newest)


def choice_or_404(request: HttpRequest, form_class: type[ScopeForm] = ScopeForm) -> Choice:
    """The same for what has nothing to say where nothing is counted yet: an export, a list."""
    choice = read_choice(request, form_class)
    if choice is None:
        raise Http404
    return choice


def scope_context(choice: Choice, request: HttpRequest) -> dict[str, Any]:
    """What the head of every page of a scope shows (templates/dashboards/scope_base.html)."""
    return {
        "choice": choice,
        "corrected_link": _may_open(choice),
        "series": choice.series,
        "known": choice.series.statistics,
        "measure": choice.measure,
        "tabs": tabs_of(request, choice.address, choice.newest),
        "rule_change": choice.rule_change,
        "rule_since": since_note(choice),
        "as_known": choice.series.knowledge.approved_before is not None,
        "waiting": choice.scope.recount or changes_waiting(choice.agencies),
        "cohort": choice.scope.cohort,
        "narrow": narrowing(choice.scope),
        "running": choice.series.now.period.ends_on > timezone.localdate(),
    }


def narrowing(scope: Scope) -> str:
    """What an address says that goes on to filter the agencies of this scope."""
    if scope.agency is not None:
        return urlencode({"within": scope.agency.slug})
    return urlencode({"scope": key_of(scope)}, safe=":")


def _may_open(choice: Choice) -> bool:
    """Whether the reader may open the publication behind the last point."""
    row = choice.series.row
    if row is None or row.publication is None or not row.publication.is_correction:
        return False
    return choice.reader.can_in_program(Right.SEE, row.publication.cycle.program)


def nothing_yet(request: HttpRequest) -> HttpResponse:
    """The page where there is nothing to show: no agency, no trend for this reader, or no result yet."""
    reader = person(request)
    seen = Agency.objects.visible_to(reader)
    scope = default_scope(reader)
    waiting = Assessment.objects.visible_to(reader).editable_by(reader).with_list_relations()
    context = {
        "to_answer": list(waiting.order_by("-period_ends_on", "agency__name", "pk")[:PER_PAGE]),
        "agencies": list(seen.order_by("name", "pk")[:PER_PAGE]),
        "scope": scope,
        "no_trend": scope is None and freshness() is not None,
        "may_import": may_import(reader),
        "counting": request.GET.get("scope", "").startswith("cohort:"),
    }
    return render(request, "dashboards/portfolio_empty.html", context)


def _published_by(
    scope: Scope, measure: Measure, knowledge: Knowledge, points: Sequence[Point]
) -> dict[date, Measure]:
    """By which rule the scope is published at these points; nothing where other numbers are asked for."""
    if knowledge.numbers is not Numbers.PUBLISHED:
        return {}
    return published_rules(Q(scope=scope), measure, [point.on for point in points])


def _begin(
    scope: Scope,
    measure: Measure,
    knowledge: Knowledge,
    points: Sequence[Point],
    published: Mapping[date, Measure],
) -> Point:
    """Where a page begins: at the last published point, else at the latest for which anybody reported."""
    if published:
        return next(point for point in reversed(points) if point.on in published)
    if knowledge.numbers is Numbers.KNOWN:
        rows = rows_at(scope, measure, [point.on for point in points], knowledge)
        reported = (point for point in reversed(points) if (row := rows.get(point.on)) and row.sums.reported)
        return next(reported, points[-1])
    return latest_reported(scope, measure, points)


def _scope(key: str, reader: User) -> Scope | None:
    if not key:
        return default_scope(reader)
    try:
        return scope_named(key, reader)
    except UnknownScope as error:
        raise Http404(str(error)) from error
    except HiddenScope as error:
        raise PermissionDenied(str(error)) from error
