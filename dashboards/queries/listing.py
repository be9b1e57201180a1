"""Agencies in an order, cut into pages, each with how it stands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from dashboards.charts.heat import AgencyDomains
from dashboards.queries.agencies import AgencyRow, Reading, Standings, rows_of, sorted_by, with_standings
from dashboards.queries.measures import Measure
from portal.agencies.models import Agency


@dataclass(frozen=True)
class Listing:
    """Agencies to be listed page by page, as Django's Paginator takes them.

    Standings are read for the page that is shown. To count and to put in order, they are joined only where
    the filter or the order is about them, so that a page costs as much among ten thousand as among ten.
    """

    agencies: QuerySet[Agency]
    measure: Measure | None
    on: date
    before: date | None = None  # from which change is measured
    standing: Q = field(default_factory=Q)  # of agencies with their standings: which of them
    sort: str = "agency"  # one of SORTS, "-" before it for descending
    read: Reading = None  # how the standings are read
    read_before: Reading = None  # and those of the day before
    size: Callable[[], int] | None = None  # how many agencies, where others ask for that too

    def count(self) -> int:
        """How many agencies."""
        if self.standing:
            return self._standing(None).filter(self.standing).order_by().count()
        return self.agencies.order_by().count() if self.size is None else self.size()

    def __getitem__(self, places: slice) -> list[Any]:
        """What is shown of the agencies at these places."""
        ids = list(self._ordered()[places])
        shown = self._shown(self._standing(self.before, Agency.objects.filter(pk__in=ids)))
        return [shown[pk] for pk in ids if pk in shown]

    def page(self, number: str | None, size: int) -> "Page[Any]":
        """The page called `number`, or the nearest there is."""
        # Django's types ask for a whole sequence; its Paginator takes what can be counted and cut.
        found: Page[Any] = Paginator(cast(Any, self), size).get_page(number)
        return found

    def whole(self) -> list[AgencyRow]:
        """The rows of all agencies."""
        found = self._standing(self.before).filter(self.standing)
        return list(rows_of(sorted_by(found, self.sort), self.on).values())

    def _shown(self, page: Standings) -> dict[int, Any]:
        return rows_of(page, self.on)

    def _ordered(self) -> QuerySet[Any]:
        """The ids in the order asked for."""
        key = self.sort.removeprefix("-")
        if key == "agency" and not self.standing:
            found = self.agencies
        else:
            found = self._standing(self.before if key == "change" else None).filter(self.standing)
        return self._sorted(found).values_list("pk", flat=True)

    def _sorted(self, found: Standings) -> Standings:
        return sorted_by(found, self.sort)

    def _standing(self, before: date | None, agencies: QuerySet[Agency] | None = None) -> Standings:
        found = self.agencies if agencies is None else agencies
        return with_standings(found, *self._days(before))

    def _days(self, before: date | None) -> tuple[Measure | None, date, date | None, Reading, Reading]:
        return self.measure, self.on, before, self.read, self.read_before


class DomainListing(Listing):
    """The same with how they stand in each domain."""

    def all_rows(self) -> list[AgencyDomains]:
        """The rows of all agencies."""
        return list(self._shown(self._sorted(self._standing(None).filter(self.standing))).values())

    def _shown(self, page: Standings) -> dict[int, AgencyDomains]:
        rows = page.values_list("pk", "slug", "name", "state", "now__domains")
        return {
            pk: AgencyDomains(slug, name, state, domains or {}) for pk, slug, name, state, domains in rows
        }
