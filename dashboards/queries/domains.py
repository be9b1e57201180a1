"""One domain over the agencies of a scope: over time, by percent, and agency by agency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, IntegerField, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from dashboards.points import Point
from dashboards.queries.agencies import Standings
from dashboards.queries.known import KnownRow
from dashboards.queries.listing import Listing
from dashboards.queries.measures import Measure
from dashboards.standings import STATE_WORDS
from dashboards.trends import Spread, mean, spread
from maturity.scoring import MILLION
from portal.agencies.models import Agency

APPLIES = "all"  # in place of a part of the scale: all to which the domain applies
BANDS = 5  # of a domain's percent: 0 to under 20, …, 80 to 100


@dataclass(frozen=True)
class DomainPoint:
    """A domain at a point in time. `bands`: agencies by percent, in BANDS equal parts; millionths of one."""

    label: str
    provisional: bool
    n: int
    mean: int | None
    spread: Spread | None
    bands: tuple[int, ...]


@dataclass(frozen=True)
class DomainRow:
    """An agency with its percent of the domain's maximum, now and before, in millionths of one."""

    slug: str
    name: str
    state: str
    percent: int | None
    before: int | None

    @property
    def state_words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def change(self) -> int | None:
        """In whole percentage points, half-up away from nought; None without a value at both ends."""
        if self.percent is None or self.before is None:
            return None
        points = (abs(self.percent - self.before) * 100 + MILLION // 2) // MILLION
        return points if self.percent >= self.before else -points


def domain_series(
    rows: Mapping[date, KnownRow], measure: Measure, points: Sequence[Point], provisional: Sequence[bool]
) -> dict[str, list[DomainPoint]]:
    """Every domain of the model at these points, from the sums known of them; by slug."""
    by_day = {on: row.sums.domains for on, row in rows.items()}
    found: dict[str, list[DomainPoint]] = {}
    for slug, _ in measure.domains:
        found[slug] = [
            _point(point.label, not_final, by_day.get(point.on, {}).get(slug))
            for point, not_final in zip(points, provisional, strict=True)
        ]
    return found


def band_of(percent: int) -> int:
    """In which of the BANDS a whole percent lies."""
    return min(percent * BANDS // 100, BANDS - 1)


def band_words(band: int | str) -> str:
    """ "20% to under 40%", or "any percent" of APPLIES."""
    if not isinstance(band, int):
        return "any percent"
    low, high = band * 100 // BANDS, (band + 1) * 100 // BANDS
    return f"{low}% to 100%" if band == BANDS - 1 else f"{low}% to under {high}%"


def in_band(band: int | str) -> Q:
    """As a filter on agencies of DomainAgencies: those in a part of the scale, or APPLIES. A percent is
    counted in whole, rounded as in the trends."""
    if not isinstance(band, int):
        return Q(domain__isnull=False)
    # A hundredth is rounded half up, so it begins half a percent below.
    low, high = (number * MILLION // BANDS - MILLION // 200 for number in (band, band + 1))
    found = Q(domain__isnull=False)
    if band:
        found &= Q(domain__gte=low)
    return found & Q(domain__lt=high) if band < BANDS - 1 else found


@dataclass(frozen=True)
class DomainAgencies(Listing):
    """Agencies in pages with their percent in the domain `slug`; sorted also by it ("domain", "-domain")."""

    slug: str = ""

    def whole(self) -> list[Any]:
        """The rows of all agencies."""
        return list(self._shown(self._sorted(self._standing(self.before).filter(self.standing))).values())

    def _standing(self, before: Any, agencies: QuerySet[Agency] | None = None) -> Standings:
        found = super()._standing(before, agencies)
        return found.annotate(domain=Cast(KeyTextTransform(self.slug, "now__domains"), IntegerField()))

    def _sorted(self, found: Standings) -> Standings:
        if self.sort.removeprefix("-") != "domain":
            return super()._sorted(found)
        order = F("domain").desc(nulls_last=True) if self.sort[0] == "-" else F("domain").asc(nulls_last=True)
        return found.order_by(order, "name", "pk")

    def _shown(self, page: Standings) -> dict[int, Any]:
        columns = ["pk", "slug", "name", "state", "now__domains"]
        before = self.before is not None
        rows = page.values_list(*columns, *(["past__domains"] if before else []))
        return {
            pk: DomainRow(
                slug,
                name,
                state,
                (now or {}).get(self.slug),
                (then[0] or {}).get(self.slug) if then else None,
            )
            for pk, slug, name, state, now, *then in rows
        }


def _point(label: str, provisional: bool, entry: Any) -> DomainPoint:
    if not entry:
        return DomainPoint(label, provisional, 0, None, None, (0,) * BANDS)
    bands = [0] * BANDS
    for percent, n in entry["histogram"].items():
        bands[band_of(int(percent))] += n
    middle = mean(entry["sum"], entry["n"])
    return DomainPoint(label, provisional, entry["n"], middle, spread(entry["histogram"]), tuple(bands))
