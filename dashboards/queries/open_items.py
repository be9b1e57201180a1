"""What the agencies of a scope have open: challenges, and practices that are not in place.

Counted from the levels frozen in the results they stand on, one character an item, read in chunks: ten
thousand of them are two megabytes of text, which is counted column by column (docs/transitions.md).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone

from assessments.queries_exemptions import Asked, exemptions_at
from dashboards.models import Scope
from dashboards.queries.agencies import Frozen, counted_in, valued_at
from dashboards.queries.measures import Measure
from maturity.levels import LEFT_OUT, LEVEL_CODES, LEVELS_BY_CODE, Level
from maturity.models import Item
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency

LEAST_SHOWN = 5  # of fewer agencies, counts would tell of single ones
OPEN = (Level.NOT_STARTED, Level.PLANNED, Level.PARTIAL)
UNANSWERED = "unanswered"
LEVEL_KEYS: dict[str, tuple[Level | None, ...]] = {
    "open": OPEN,
    **{level.value: (level,) for level in Level},
    UNANSWERED: (None,),
}
ENDED = "exemption_ended"  # exempt when it was approved, and no longer


class TooFew(Exception):
    """So few agencies have a value that counts would tell of single ones, which this reader may not see."""


@dataclass(frozen=True)
class ItemCount:
    """One item over the agencies of a scope. `levels`: agencies by level (of LEVEL_KEYS without "open")."""

    item: Item
    levels: Mapping[str, int]

    def n(self, key: str) -> int:
        """Agencies at a level, or with the item open."""
        if key == "open":
            return sum(self.levels.get(level.value, 0) for level in OPEN) + self.levels.get(ENDED, 0)
        return self.levels.get(key, 0)

    @property
    def open(self) -> int:
        """Not started, planned or partly done, or exempt until an exemption that is over. Not applicable, not
        yet relevant and unanswered are not."""
        return self.n("open")

    @property
    def unanswered(self) -> int:
        return self.n(UNANSWERED)

    @property
    def applies(self) -> int:
        """Agencies that answered it and to which it applies by now."""
        return self.open + self.n(Level.IN_PLACE)


@dataclass(frozen=True)
class ItemCounts:
    """Items over the agencies of a scope, in the order of the questionnaire."""

    with_value: int  # agencies whose item levels are known
    items: tuple[ItemCount, ...]

    def by_frequency(self) -> list[ItemCount]:
        """Those that any agency has open, the most frequent first, ties in the order of the questionnaire."""
        found = [count for count in self.items if count.open]
        return sorted(found, key=lambda count: (-count.open, count.item.position))


@dataclass(frozen=True)
class MustHavesMissing:
    """Must-haves that agencies in production do without."""

    stage: int  # in production: works on this stage or a later one
    in_production: int
    affected: int  # of them, agencies with at least one missing
    items: tuple[ItemCount, ...]  # counted over agencies in production, the most frequent first


PRODUCTION_FROM = 2  # stages completed: who has them works on the third stage, where production begins


def item_counts(
    scope: Scope, measure: Measure, on: date, *, which: Q | None = None, frozen: Frozen | None = None
) -> ItemCounts:
    """How many agencies of `scope` have which level at which item, at the month end `on`.

    `which`: the items (all by default); `frozen`: by what was published. Results of an earlier version count
    as they were scored again under the rule of the measure, with their levels in its order.
    """
    items = list(_items(measure).filter(which or Q()))
    rows = _levels(scope, measure, on, frozen)
    found, n = _count(rows, {item.slug: item.position for item in items})
    _return_ended(found, rows, measure, items)
    return ItemCounts(n, tuple(ItemCount(item, found[item.slug]) for item in items))


def top_open_challenges(
    scope: Scope, measure: Measure, on: date, limit: int = 5, frozen: Frozen | None = None
) -> list[ItemCount]:
    """The challenges that most agencies of `scope` have open, the most frequent first."""
    counts = item_counts(scope, measure, on, which=Q(kind=Item.Kind.CHALLENGE), frozen=frozen)
    return counts.by_frequency()[:limit]


def must_haves_missing_in_production(
    scope: Scope, measure: Measure, on: date, frozen: Frozen | None = None
) -> MustHavesMissing:
    """Must-haves, expected by the stage an agency works on, that are not in place at agencies in production.

    In production is who works on the third stage or a later one, in whatever model: in the container model
    the third stage brings the first workloads into production. Not applicable is not missing; unanswered is.
    """
    items = list(_items(measure).filter(must_have=True))
    rows = _levels(scope, measure, on, frozen).filter(stages_completed__gte=PRODUCTION_FROM)
    counts: dict[str, Counter[str]] = {item.slug: Counter() for item in items}
    in_production = affected = 0
    fine = {Level.IN_PLACE, *LEFT_OUT}
    for levels, completed in rows.values_list("result__levels", "stages_completed"):
        in_production += 1
        missing = False
        for item in items:
            if item.stage.number > completed + 1:
                continue
            level = LEVELS_BY_CODE[levels[item.position]]
            counts[item.slug][level or UNANSWERED] += 1
            missing |= level not in fine
        affected += missing
    found = [ItemCount(item, counts[item.slug]) for item in items]
    found = [count for count in found if count.open or count.unanswered]
    found.sort(key=lambda count: (-count.open - count.unanswered, count.item.position))
    return MustHavesMissing(PRODUCTION_FROM + 1, in_production, affected, tuple(found))


def agencies_with_item(
    agencies: QuerySet[Agency],
    measure: Measure,
    on: date,
    slug: str,
    key: str,
    reader: User,
    frozen: Frozen | None = None,
) -> QuerySet[Agency]:
    """Of `agencies` those at a level (of LEVEL_KEYS) at an item, as far as `reader` may see item levels."""
    codes = [LEVEL_CODES[level] for level in LEVEL_KEYS[key]]
    item = Item.objects.filter(version=measure.version, slug=slug).first()
    if item is None:
        return agencies.none()
    rows = valued_at(measure, on, frozen).filter(result__version=measure.version)
    rows = rows.annotate(code=Substr("result__levels", item.position + 1, 1))
    found = Q(pk__in=rows.filter(code__in=codes).values("agency_id"))
    if key in {"open", Level.EXEMPT}:  # exempt then, and perhaps no longer
        exempt = rows.filter(code=LEVEL_CODES[Level.EXEMPT]).values_list("agency_id", flat=True)
        ended = _ended(exempt, measure, slug)
        found = found | Q(pk__in=ended) if key == "open" else found & ~Q(pk__in=ended)
    return agencies.filter(found, reader.agencies_with(Right.SEE_DETAILS))


def _ended(agencies: Iterable[int], measure: Measure, slug: str) -> list[int]:
    """Of agencies whose result holds the item as exempt, those whose exemption is over today."""
    asked = [Asked(agency, measure.version, timezone.localdate()) for agency in agencies]
    return [one.agency_id for one, holding in exemptions_at(asked).items() if slug not in holding]


def sees_all_details(scope: Scope, on: date, reader: User, frozen: Frozen | None = None) -> bool:
    """Whether `reader` may see the item levels of every agency counted in `scope` at `on`."""
    if reader.has_everywhere(Right.SEE_DETAILS):
        return True
    seen = Agency.objects.filter(reader.agencies_with(Right.SEE_DETAILS))
    return not counted_in(scope, on, frozen).exclude(agency__in=seen.order_by().values("pk")).exists()


def _items(measure: Measure) -> QuerySet[Item]:
    items = Item.objects.filter(version=measure.version).select_related("stage", "domain")
    return items.order_by("position")


def _levels(scope: Scope, measure: Measure, on: date, frozen: Frozen | None) -> QuerySet[Any]:
    """The standings with item levels of the agencies counted in the scope, in no order.

    Read them as a list, a few hundred bytes an agency: PostgreSQL plans a cursor for its first rows, which
    here takes twenty times as long to the last.
    """
    members = counted_in(scope, on, frozen).values("agency_id")
    found = valued_at(measure, on, frozen).filter(agency__in=members, result__version=measure.version)
    return found.exclude(result__levels="").order_by()


def _return_ended(
    found: dict[str, Counter[str]], rows: QuerySet[Any], measure: Measure, items: Iterable[Item]
) -> None:
    """Of the agencies counted as exempt, count those whose exemption is over today as open again. Two
    queries where any is exempt, and none otherwise."""
    places = {item.slug: item.position for item in items if found[item.slug][Level.EXEMPT]}
    if not places:
        return
    code, today = LEVEL_CODES[Level.EXEMPT], timezone.localdate()
    exempt = list(rows.filter(result__levels__contains=code).values_list("agency_id", "result__levels"))
    asked = {agency: Asked(agency, measure.version, today) for agency, _ in exempt}
    holding = exemptions_at(list(asked.values()))
    for agency, levels in exempt:
        for slug, place in places.items():
            if levels[place] == code and slug not in holding[asked[agency]]:
                found[slug][Level.EXEMPT] -= 1
                found[slug][ENDED] += 1


def _count(rows: QuerySet[Any], places: Mapping[str, int]) -> tuple[dict[str, Counter[str]], int]:
    """Agencies by level for each item, and of how many agencies the levels are known. `places`: by slug,
    where an item has its level."""
    found: dict[str, Counter[str]] = {slug: Counter() for slug in places}
    levels = list(rows.values_list("result__levels", flat=True))
    for slug, place in places.items():
        for code, n in Counter(one[place] for one in levels).items():
            found[slug][LEVELS_BY_CODE[code] or UNANSWERED] += n
    return found, len(levels)
