"""Tables of the agencies of a scope as was known on a past day: how good their data was, how they stood in a
domain. Put together in Python from all of them, see known_standings."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from dashboards.models import Standing
from dashboards.queries.agencies import AsKnown
from dashboards.queries.as_known import sorted_rows
from dashboards.queries.domains import DomainRow, band_of
from dashboards.queries.known_standings import SILENT, KnownStandings
from dashboards.queries.known_values import of_results
from dashboards.queries.measures import Measure
from dashboards.queries.quality import (
    AGES,
    NEVER,
    SHARES,
    Quality,
    QualityRow,
    age_of,
    last_reports,
    share_of,
)
from dashboards.queries.timelines import domains_as_text, percents_of
from dashboards.standings import NOT_REPORTING
from maturity.scoring import MILLION
from portal.agencies.models import Agency
from portal.agencies.periods import months_between


@dataclass(frozen=True)
class KnownRows:
    """Rows of agencies, of which pages are shown; `sort`: in which order."""

    agencies: QuerySet[Agency]
    measure: Measure
    on: date
    read: AsKnown
    sort: str = "agency"

    def page(self, number: str | None, size: int) -> "Page[Any]":
        """The page called `number`, or the nearest there is."""
        found: Page[Any] = Paginator(self.whole(), size).get_page(number)
        return found

    def whole(self) -> list[Any]:
        """The rows of all agencies that are listed."""
        return [row for _, row in sorted_rows(self._listed(), self.sort)]

    def _listed(self) -> list[tuple[int, Any]]:
        raise NotImplementedError

    def _standings(self, days: Sequence[date]) -> KnownStandings:
        return KnownStandings(self.agencies.order_by().values("pk"), self.measure, days, self.read)

    def _names(self) -> list[tuple[int, str, str]]:
        """Id, slug and name of all."""
        return list(self.agencies.order_by().values_list("pk", "slug", "name"))


@dataclass(frozen=True)
class KnownQuality(KnownRows):
    """Each with how good its data was; `state`: those in it, or NEVER."""

    state: str = ""

    def quality(self) -> Quality:
        """The counts over all agencies, whatever is listed."""
        rows = [row for _, row in self._rows]
        valued = [row for row in rows if row.answered is not None]
        states = Counter(row.state for row in rows)
        never = sum(row.state == NOT_REPORTING and row.never for row in rows)
        answered = Counter(share_of(row.answered or 0) for row in valued)
        evidenced = Counter(share_of(row.evidenced or 0) for row in valued)
        ages = Counter(age_of(row.age or 0) for row in valued)
        return Quality(
            agencies=len(rows),
            reported=states[Standing.State.REPORTED.value],
            carried=states[Standing.State.CARRIED.value],
            not_adopting=states[Standing.State.NOT_ADOPTING.value],
            lapsed=states[NOT_REPORTING] - never,
            never=never,
            limited=sum(row.limited_basis for row in valued),
            unconfirmed=sum(bool(row.unconfirmed) for row in valued),
            answered={words: answered[words] for _, words in SHARES},
            evidenced={words: evidenced[words] for _, words in SHARES},
            ages={words: ages[words] for _, words in AGES},
        )

    def _listed(self) -> list[tuple[int, Any]]:
        wanted = NOT_REPORTING if self.state == NEVER else self.state
        return [
            (pk, row)
            for pk, row in self._rows
            if wanted in {"", row.state} and (self.state != NEVER or row.never)
        ]

    @cached_property
    def _rows(self) -> list[tuple[int, QualityRow]]:
        stood = self._standings([self.on]).at(self.on)
        facts = of_results(
            [one.result for one in stood.values() if one.result],
            "period_label",
            "period_ends_on",
            "answered",
            "evidenced",
            "unconfirmed",
        )
        names = self._names()
        silent = [pk for pk, _, _ in names if stood.get(pk, SILENT).result is None]
        known = Q(approved_at__lt=self.read.approved_before)
        last = last_reports(silent, self.measure, self.on, known)
        found = []
        for pk, slug, name in names:
            one = stood.get(pk, SILENT)
            told = facts[one.result] if one.result else (None,) * 5
            label, ends_on, answered, evidenced, unconfirmed = told
            before_label, before_on = last.get(pk, (None, None))
            row = QualityRow(
                slug=slug,
                name=name,
                state=one.state,
                period_label=label or before_label,
                age=None if ends_on is None else months_between(ends_on, self.on),
                answered=answered,
                evidenced=evidenced,
                unconfirmed=unconfirmed,
                limited_basis=one.limited,
                silent=None if before_on is None else months_between(before_on, self.on),
            )
            found.append((pk, row))
        return found


@dataclass(frozen=True)
class KnownDomainAgencies(KnownRows):
    """Each with its percent in the domain `slug`, now and at the day `before`; `band`: those in it."""

    before: date | None = None
    slug: str = ""
    band: int | None = None

    def _listed(self) -> list[tuple[int, Any]]:
        days = [self.on, *([self.before] if self.before else [])]
        known = self._standings(days)
        points = [known.at(day) for day in days]
        domains = of_results(
            [one.result for point in points for one in point.values() if one.result], domains_as_text()
        )
        found = []
        for pk, slug, name in self._names():
            now, *then = (point.get(pk, SILENT) for point in points)
            percents = [
                percents_of(domains[one.result][0]).get(self.slug) if one.result else None
                for one in (now, *then)
            ]
            row = DomainRow(slug, name, now.state, percents[0], percents[1] if then else None)
            if self.band is None or _in_band(row.percent, self.band):
                found.append((pk, row))
        return found


def _in_band(percent: int | None, band: int) -> bool:
    """As domains.in_band: of a percent counted in whole, rounded as in the trends."""
    return percent is not None and band_of((percent * 100 + MILLION // 2) // MILLION) == band
