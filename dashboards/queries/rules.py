"""Reads about changes of the scoring rule: where a line changes, and what that does to each agency."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, FilteredRelation, Q, QuerySet
from django.db.models.functions import Coalesce, Sign

from dashboards.models import Scope, Standing, Trend
from dashboards.points import Point
from dashboards.queries.agencies import (
    Frozen,
    Reading,
    Standings,
    valued_at,
    with_both,
    with_standings,
    with_value,
)
from dashboards.queries.known import PUBLISHED, Knowledge, rows_at
from dashboards.queries.measures import Measure
from dashboards.rule_changes import (
    Marker,
    OldLine,
    RuleComparison,
    Split,
    changed_at,
    count_moves,
    statement,
)
from dashboards.trends import spread
from portal.agencies.models import Agency

COLUMNS = ("pk", "slug", "name", "was", "became", "past__score", "now__score")


Moment = tuple[date, Reading]  # a month end, and how it is read


@dataclass(frozen=True)
class RuleLines:
    """How a line came about: where its rule changed, and what was published before."""

    markers: tuple[Marker, ...] = ()
    old: tuple[OldLine, ...] = ()
    own: tuple[int, ...] = ()  # at each point: values answered under the rule of the line
    rescored: tuple[int, ...] = ()  # at each point: values scored anew by it
    published: tuple[int, ...] = ()  # at each point: by which rule of the chain scores were published

    def marked(self, before: int, now: int) -> bool:
        """Whether the rule changes between these two places."""
        return any(before < marker.place <= now for marker in self.markers)

    def crossed(self, before: int, now: int) -> bool:
        """Whether a comparison of these two places may mix rules."""
        return self.marked(before, now) or (
            bool(self.own) and bool(self.rescored[before]) and bool(self.own[now])
        )


@dataclass(frozen=True)
class AgencySplit:
    """One agency at two points in time; `split` None: the new rule cannot score its earlier answers."""

    slug: str
    name: str
    split: Split | None
    published_then: int | None
    published_now: int | None


def rule_lines(
    scope: Scope, measure: Measure, points: Sequence[Point], knowledge: Knowledge = PUBLISHED
) -> RuleLines:
    """The changes of rule at these points of a scope, as they are known; without a query where there was
    one rule only, else some for each rule."""
    if not measure.before:
        return RuleLines()
    chain = [*measure.before, measure]
    tables = []
    for one in chain:
        rows = rows_at(scope, one, [point.on for point in points], knowledge)
        tables.append([rows[point.on].sums if point.on in rows else None for point in points])
    return _lines(
        [one.words for one in chain],
        [point.label for point in points],
        [
            [(row.reported + row.carried - row.rescored, row.rescored) if row else (0, 0) for row in table]
            for table in tables
        ],
        [[_median(row.histogram) if row else None for row in table] for table in tables],
    )


def agency_rule_lines(standings: Sequence[Standing], measure: Measure, points: Sequence[Point]) -> RuleLines:
    """The same of one agency, from its standings under all rules of the measure."""
    if not measure.before:
        return RuleLines()
    chain = [*measure.before, measure]
    tables = [
        [_held([row for row in standings if row.method == one.method], point.on) for point in points]
        for one in chain
    ]
    return _lines(
        [one.words for one in chain],
        [point.label for point in points],
        [
            [(int(not row.rescored), int(row.rescored)) if row else (0, 0) for row in table]
            for table in tables
        ],
        [[row.score if row else None for row in table] for table in tables],
    )


def compare_rules(
    agencies: QuerySet[Agency],
    measure: Measure,
    now: Moment,
    earlier: Moment,
    published_by: Measure | None,
) -> RuleComparison:
    """These agencies now and earlier, by the rule of each time and by the rule of `measure`. Two queries.

    `published_by`: the rule of the earlier time, to find whom the new one cannot score.
    """
    (on, read), (before, read_before) = now, earlier
    both = with_both(agencies, measure, on, before, read, read_before)
    was = Coalesce("past__result__rescores__score", "past__result__score")
    published = Coalesce("result__rescores__score", "result__score") - was
    real = F("score") - F("past__score")
    groups = both.order_by().values(
        published=Sign(published), real=Sign(real), methodical=Sign(published - real)
    )
    rows = groups.annotate(n=Count("*")).values_list("published", "real", "methodical", "n")
    return count_moves(rows, _left_out(agencies, measure, now, earlier, published_by))


def splits(
    agencies: QuerySet[Agency],
    measure: Measure,
    now: Moment,
    earlier: Moment,
    published_by: Measure | None = None,
    *,
    changed: bool = False,
) -> Standings:
    """These agencies with their scores at both ends, by the rule of each time and by that of `measure`, by
    name.

    Those without a score at one end are left out, but for those that only the rule of `measure` cannot
    score. `changed`: only those whose score changed, one way or another.
    """
    (on, read), (before, read_before) = now, earlier
    name = _standings(read_before)
    old = with_value(published_by or measure, before, f"{name}__", read_before)
    found = with_standings(agencies, measure, on, before, read, read_before)
    found = found.alias(old=FilteredRelation(name, condition=old)).annotate(
        was=Coalesce("past__result__rescores__score", "past__result__score", "old__score"),
        became=Coalesce("now__result__rescores__score", "now__result__score"),
    )
    found = found.filter(was__isnull=False, now__score__isnull=False)
    if changed:
        found = found.annotate(real=F("now__score") - F("past__score"), published=F("became") - F("was"))
        moved = [Q(**{f"{name}__{sign}": 0}) for name in ("real", "published") for sign in ("lt", "gt")]
        found = found.filter(Q(*moved, Q(past__score__isnull=True), _connector=Q.OR))
    return found.order_by("name", "pk")


def rows_of(found: Standings) -> list[AgencySplit]:
    """The rows of agencies as `splits` makes them."""
    return [row_of(values) for values in found.values(*COLUMNS)]


def row_of(values: dict[str, Any]) -> AgencySplit:
    """The row of one agency, from its COLUMNS."""
    was, became, then, now = (values[name] for name in ("was", "became", "past__score", "now__score"))
    split = None if then is None else Split(was, became, then, now)
    return AgencySplit(values["slug"], values["name"], split, was, became)


def published_on(scope: Scope, measure: Measure, on: date) -> Measure:
    """The rule that scores of a scope were published by at a month end: the latest under which anybody
    had answered by then, else the first."""
    chain = [*measure.before, measure]
    answered = Trend.objects.filter(scope=scope, model=measure.model, on__lte=on).filter(
        rescored__lt=F("reported") + F("carried")
    )
    used = set(answered.order_by().values_list("method", flat=True).distinct())
    return next((one for one in reversed(chain) if one.method in used), chain[0])


def published_by(measure: Measure, lines: RuleLines, place: int) -> Measure:
    """The rule that scores were published by at a place of the line."""
    return [*measure.before, measure][lines.published[place]] if lines.published else measure


def change_said(
    lines: RuleLines,
    points: Sequence[Point],
    then: int,
    read_at: Callable[[date], Reading],
    agencies: QuerySet[Agency],
    measure: Measure,
) -> str:
    """What must be said where the last point is compared with that at the place `then` over a change of rule;
    "" where one holds. Without a query where there was one rule only."""
    place = len(points) - 1
    if not 0 <= then < place or not lines.crossed(then, place):
        return ""
    before, now = points[then], points[place]
    moments = (now.on, read_at(now.on)), (before.on, read_at(before.on))
    found = compare_rules(agencies, measure, *moments, published_by(measure, lines, then))
    if not (found.touched or lines.marked(then, place)):
        return ""
    return statement(before.label, now.label, found)


def changed_between(measure: Measure, on: date, before: date) -> bool:
    """Whether scores of any agency at these month ends may be of different rules; no number is told."""
    if not measure.before:
        return False
    rows = Trend.objects.filter(scope__kind=Scope.Kind.EVERYTHING, model=measure.model, method=measure.method)
    counts = {row.on: row for row in rows.filter(on__in=[on, before]).defer("histogram", "domains")}
    now, then = counts.get(on), counts.get(before)
    return bool(now and then and then.rescored and now.reported + now.carried > now.rescored)


def _left_out(
    agencies: QuerySet[Agency], measure: Measure, now: Moment, earlier: Moment, published_by: Measure | None
) -> int:
    """How many have a score now, and had one as published, but none then under the rule of `measure`."""
    if published_by is None or published_by.method == measure.method:
        return 0
    before, read = earlier
    name = f"agency__{_standings(read)}"
    then = FilteredRelation(name, condition=with_value(measure, before, f"{name}__", read))
    old = valued_at(published_by, before, read, past=then).filter(
        agency__in=agencies.order_by().values("pk"),
        past__score__isnull=True,
    )
    return old.filter(agency__in=valued_at(measure, *now).order_by().values("agency_id")).count()


def _standings(read: Reading) -> str:
    """What an agency's standings are called that are read so."""
    return "published_standings" if isinstance(read, Frozen) else "standings"


def _lines(
    names: Sequence[str],
    labels: Sequence[str],
    counts: Sequence[Sequence[tuple[int, int]]],
    scores: Sequence[Sequence[int | None]],
) -> RuleLines:
    """From the rules of a chain, the earliest first: at each point, how many values are their own and how
    many re-scored, and the score."""
    known = [any(table[place] != (0, 0) for table in counts) for place in range(len(labels))]
    markers: list[Marker] = []
    published = [0] * len(labels)
    for rule in range(1, len(names)):
        own = [answered for answered, _ in counts[rule]]
        place = changed_at(own, known)
        if place is None:
            # From before the first point on, or not yet.
            published = [rule] * len(labels) if own and own[0] else published
            continue
        if markers and markers[-1].place >= place:
            markers.pop()
        former = names[published[place - 1]]
        markers.append(Marker(place, labels[place - 1], labels[place], former, names[rule]))
        published[place:] = [rule] * (len(labels) - place)
    last = markers[-1].place if markers else 0
    old = tuple(
        OldLine(names[rule], tuple(_published(scores[rule], published[:last], rule, len(labels))))
        for rule in sorted(set(published[:last]))
    )
    newest = counts[-1]
    return RuleLines(
        tuple(markers),
        old,
        tuple(answered for answered, _ in newest),
        tuple(rescored for _, rescored in newest),
        tuple(published),
    )


def _published(
    scores: Sequence[int | None], published: Sequence[int], rule: int, points: int
) -> list[int | None]:
    """The scores at the points that were published by this rule; nothing at the others."""
    shown = [score if by == rule else None for score, by in zip(scores, published, strict=False)]
    return shown + [None] * (points - len(shown))


def _median(histogram: dict[str, int]) -> int | None:
    known = spread(histogram)
    return known.median if known else None


def _held(standings: Sequence[Standing], on: date) -> Standing | None:
    return next((row for row in standings if row.from_on <= on and (row.until_on or on) >= on), None)
