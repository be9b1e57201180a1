"""Reading a whole past as it was published, for pages that go by all of it.

What was published is read as published. What never was, the years before the first publication above all, is
read as it was known when the point that the page is about was published. So a page that says Published never
moves by itself: only a publication or a correction moves it.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from dashboards.models import PublishedStanding, PublishedTrend, Scope
from dashboards.queries.agencies import AsKnown, Frozen
from dashboards.queries.known import Knowledge, KnownRow, Numbers, rows_at
from dashboards.queries.measures import Measure
from portal.agencies.models import Agency


@dataclass(frozen=True)
class AsPublished:
    """Standings are to be read as published as of `publication` (its id; None: as of now), and where none is
    published `rest` says how; None: the latest, which is provisional."""

    publication: int | None
    rest: AsKnown | None

    @property
    def kept(self) -> Frozen:
        """How the published ones are read."""
        return Frozen(self.publication)


# How the past of a page is read: as published, as known before a moment, or the latest (None).
PastReading = AsPublished | AsKnown | None


def past_of(
    scope: Scope, measure: Measure, on: date, row: KnownRow | None, knowledge: Knowledge
) -> PastReading:
    """How the standings of a scope up to the month end `on` are read: as published where that is, else as the
    point itself. `row`: what is known of the scope then."""
    if row is None or row.publication is None:
        return knowledge.as_known
    rows = PublishedTrend.objects.filter(scope=scope, model=measure.model, method=measure.method)
    rows = rows.filter(on__lte=on)
    if knowledge.publication is not None:
        rows = rows.filter(publication__lte=knowledge.publication)
    last = rows.aggregate(last=Max("publication"))["last"]
    return AsPublished(last, AsKnown(row.publication.published_at))


def past_of_agency(
    agency: Agency, measure: Measure, on: date, knowledge: Knowledge
) -> tuple[PastReading, bool]:
    """How the standings of an agency up to the month end `on` are read, and whether that is as published."""
    if knowledge.numbers is not Numbers.PUBLISHED:
        return knowledge.as_known, False
    rows = PublishedStanding.objects.as_of(knowledge.publication).on(on)
    found = (
        rows.filter(agency=agency, model=measure.model, method=measure.method)
        .select_related("publication")
        .first()
    )
    if found is None:
        return AsPublished(knowledge.publication, None), False
    return AsPublished(knowledge.publication, AsKnown(found.publication.published_at)), True


def latest_of_agency(agency: Agency, measure: Measure, on: date) -> int | None:
    """The last of the publications (its id) that its standings up to a month end were written down by."""
    rows = PublishedStanding.objects.as_of(None).filter(agency=agency, from_on__lte=on)
    latest: int | None = rows.filter(model=measure.model, method=measure.method).aggregate(
        last=Max("publication")
    )["last"]
    return latest


def past_rows(scope: Scope, measure: Measure, days: list[date], knowledge: Knowledge) -> dict[date, KnownRow]:
    """What is known of a scope at these month ends; where it is published at the last of them, what was never
    published is as it was known then."""
    found = rows_at(scope, measure, days, knowledge)
    last = found.get(days[-1]) if days else None
    if last is None or last.publication is None:
        return found
    unpublished = [on for on, row in found.items() if row.publication is None]
    if not unpublished:
        return found
    then = Knowledge(Numbers.KNOWN, moment=last.publication.published_at)
    return found | rows_at(scope, measure, unpublished, then)
