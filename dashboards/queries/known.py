"""Which knowledge numbers are read with: as published, the latest, or as known on a past day.

Every page, export and API list reads trends and standings through here, so that all of them mean the same.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Q
from django.utils import timezone

from dashboards.figures import Known
from dashboards.models import Freshness, Publication, PublishedTrend, Scope, Trend, TrendSums
from dashboards.points import Point, last_point
from dashboards.queries.agencies import AsKnown, Frozen, Reading
from dashboards.queries.known_trends import known_trends
from dashboards.queries.measures import Measure
from dashboards.queries.published_rules import (
    EVERYWHERE,
    is_published,
    published_figures,
    published_rules,
)
from portal.agencies.periods import period_of


class Numbers(StrEnum):
    """The kinds of knowledge, as addresses name them."""

    PUBLISHED = "published"
    LATEST = "latest"
    KNOWN = "known"


NUMBERS_WORDS = {
    Numbers.PUBLISHED: "As published",
    Numbers.LATEST: "Latest, provisional",
    Numbers.KNOWN: "As known on a day",
}


@dataclass(frozen=True)
class Knowledge:
    """What numbers are read with. `day`: of KNOWN. `publication`: of PUBLISHED, as of which (None: now).

    `moment`: of KNOWN, to the moment instead of to the end of a day; of a figure that is looked up again.
    """

    numbers: Numbers = Numbers.PUBLISHED
    day: date | None = None
    publication: int | None = None
    moment: datetime | None = None

    @property
    def approved_before(self) -> datetime | None:
        """Of KNOWN: results approved from this moment on are not known; the portal's days end at midnight."""
        if self.moment is not None or self.day is None:
            return self.moment
        return day_after(self.day)

    @property
    def as_known(self) -> AsKnown | None:
        """Of KNOWN, how standings of single agencies are read."""
        moment = self.approved_before
        return AsKnown(moment) if moment is not None else None

    @property
    def address(self) -> dict[str, str]:
        """What an address says of it; nothing where it is the usual one."""
        if self.numbers is Numbers.PUBLISHED:
            return {}
        day = {"known_on": self.day.isoformat()} if self.day is not None else {}
        return {"numbers": self.numbers.value} | day

    def horizon(self, fresh: Freshness, year_starts_in: int) -> date:
        """The last month end that can be asked for: of KNOWN, the end of the quarter that ran on that day."""
        if self.day is None:
            return fresh.horizon_on
        quarter = period_of(self.day, kind="quarter", year_starts_in=year_starts_in)
        return last_point(min(fresh.horizon_on, quarter.ends_on), year_starts_in)


PUBLISHED = Knowledge()
LATEST = Knowledge(Numbers.LATEST)


def as_known_on(day: date) -> Knowledge:
    """What was known at the end of `day`."""
    return Knowledge(Numbers.KNOWN, day)


def day_after(day: date) -> datetime:
    """The moment at which `day` is over where the portal is."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time())
    return timezone.make_aware(midnight)


@dataclass(frozen=True)
class KnownRow:
    """What is known of a scope at one month end; `publication`: by which it was published, if it was; `read`:
    how to read the standings behind it.

    Frozen without a publication: scored anew, under a rule that came after what was published then.
    """

    sums: TrendSums
    on: date
    computed_at: datetime
    publication: Publication | None = None
    read: Reading = None

    @property
    def scored_anew(self) -> bool:
        """Whether something else was published of this month end, by an earlier rule."""
        return self.publication is None and isinstance(self.read, Frozen)


def rows_at(
    scope: Scope, measure: Measure, days: Collection[date], knowledge: Knowledge, *, domains: bool = False
) -> dict[date, KnownRow]:
    """What is known of a scope at these month ends, as far as there is anything.

    As published: the latest publication of each, and live where there is none. What was published under an
    earlier rule is no publication of this one. `domains`: with those.
    """
    found: dict[date, KnownRow] = {}
    if knowledge.numbers is Numbers.PUBLISHED:
        published = PublishedTrend.objects.filter(
            scope=scope, model=measure.model, method=measure.method, on__in=days
        )
        if knowledge.publication is not None:
            published = published.filter(publication__lte=knowledge.publication)
        published = published.select_related("publication__cycle__program").order_by("publication_id")
        published = published.annotate(own=is_published(measure))
        for row in published if domains else published.defer("domains"):
            by = row.publication if getattr(row, "own", True) else None
            found[row.on] = KnownRow(row, row.on, row.computed_at, by, Frozen(row.publication.pk))
    rows = Trend.objects.filter(scope=scope, model=measure.model, method=measure.method)
    rows = rows.filter(on__in=[day for day in days if day not in found])
    read = knowledge.as_known
    if read is not None:
        changed = known_trends(scope, measure, days, read.approved_before, domains=domains)
        rows = rows.exclude(on__in=list(changed))
        found |= {day: KnownRow(row, day, row.computed_at, None, read) for day, row in changed.items()}
    for live in rows if domains else rows.defer("domains"):
        found[live.on] = KnownRow(live, live.on, live.computed_at, None, read)
    return found


def known_by(knowledge: Knowledge, row: KnownRow | None, fresh: Freshness) -> Known:
    """The knowledge as identifiers of figures name it: of provisional ones the latest approval counted."""
    if row is not None and row.publication is not None:
        return Known(publication=row.publication.pk)
    if knowledge.day is not None or knowledge.moment is not None:
        return Known(day=knowledge.day, moment=knowledge.moment)
    return Known(moment=(fresh.approved_at or fresh.computed_at) + timedelta(microseconds=1))


def knowledge_of(known: Known) -> Knowledge:
    """What an identifier's knowledge is read with."""
    if known.publication is not None:
        return Knowledge(publication=known.publication)
    return Knowledge(Numbers.KNOWN, known.day, moment=known.moment)


@dataclass(frozen=True)
class Published:
    """By which publication (its id) a scope (its id) is published at a month end, and under which rule."""

    on: date
    publication: int
    scope: int
    method: str


def published_at(of: Q, measure: Measure, on: date | None) -> Published | None:
    """The latest publication at the month end `on` (None: at the latest there is) of the scope that the
    filter `of` on published trends names, under the measure or a rule before it."""
    rows = PublishedTrend.objects.filter(of)
    if on is not None:
        rows = rows.filter(on=on)
    figures = published_figures(rows, measure).order_by("-on", "-place", "-publication_id")
    found = figures.values_list("on", "publication_id", "scope_id", "method").first()
    return Published(*found) if found is not None else None


def frozen_anywhere(measure: Measure, days: Collection[date]) -> dict[date, Frozen]:
    """Of `days` those at which everything is written down under this measure, with how to read the standings
    then; for pages that are about no scope."""
    rows = PublishedTrend.objects.filter(EVERYWHERE, model=measure.model, method=measure.method, on__in=days)
    return {day: Frozen() for day in rows.order_by().values_list("on", flat=True).distinct()}


def latest_published(scope: Scope, measure: Measure, points: Sequence[Point]) -> Point | None:
    """The latest of `points` at which the scope is published, under the measure or a rule before it."""
    days = published_rules(Q(scope=scope), measure, [point.on for point in points])
    return next((point for point in reversed(points) if point.on in days), None)
