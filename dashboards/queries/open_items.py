"""What the agencies of a scope have open: challenges, and practices that are not in place.

Counted from the levels frozen in the results they stand on, one character an item, read in chunks: ten
thousand of them are two megabytes of text, which is counted column by column (docs/transitions.md).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone

from assessments.queries_exemptions import Asked, exemptions_at
from dashboards.models import Scope
from dashboards.queries.agencies import AsKnown, Reading, counted_in, valued_at
from dashboards.queries.measures import Measure
from maturity.levels import LEFT_OUT, LEVEL_CODES, LEVELS_BY_CODE, Level
from maturity.models import Item
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency

LEAST_SHOWN = 5  # of fewer agencies, counts would tell of single ones
OPEN = (Level.NOT_STARTED, Level.PLANNED, Level.PARTIAL)
UNANSWERED = "unanswered"
Levels = tuple[str, int]  # one character an item, and the stages completed
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


@dataclass(frozen=True)
class AnswerBehind:
    """The level of an item in the result that an agency stands on, and the assessment that it came from.
    `asked`: whether that assessment has the item by this name."""

    level: Level | None
    assessment: int
    asked: bool


ANY = "any"  # must-have
PRODUCTION_FROM = 2  # stages completed: who has them works on the third stage, where production begins


def item_counts(
    scope: Scope,
    measure: Measure,
    on: date,
    *,
    which: Q | None = None,
    read: Reading = None,
    today: date | None = None,
) -> ItemCounts:
    """How many agencies of `scope` have which level at which item, at the month end `on`.

    `which`: the items (all by default); `read`: by what was published, or as known on a past day; `today`:
    the day on which an exemption that is over makes its item open again (by default that of `read`). Results
    of an earlier version count as they were scored again under the rule of the measure, with their levels in
    its order.
    """
    items = list(_items(measure).filter(which or Q()))
    known = _levels(scope, measure, on, read)
    found = _count([levels for levels, _ in known.values()], {item.slug: item.position for item in items})
    _return_ended(found, known, measure, items, today or _today(read))
    return ItemCounts(len(known), tuple(ItemCount(item, found[item.slug]) for item in items))


def top_open_challenges(
    scope: Scope, measure: Measure, on: date, limit: int = 5, read: Reading = None
) -> list[ItemCount]:
    """The challenges that most agencies of `scope` have open, the most frequent first."""
    counts = item_counts(scope, measure, on, which=Q(kind=Item.Kind.CHALLENGE), read=read)
    return counts.by_frequency()[:limit]


def must_haves_missing_in_production(
    scope: Scope, measure: Measure, on: date, read: Reading = None
) -> MustHavesMissing:
    """Must-haves, expected by the stage an agency works on, that are not in place at agencies in production.

    In production is who works on the third stage or a later one, in whatever model: in the container model
    the third stage brings the first workloads into production. Not applicable is not missing; unanswered is.
    """
    items = list(_items(measure).filter(must_have=True))
    counts: dict[str, Counter[str]] = {item.slug: Counter() for item in items}
    in_production = affected = 0
    fine = {Level.IN_PLACE, *LEFT_OUT}
    for levels, completed in _levels(scope, measure, on, read).values():
        if completed < PRODUCTION_FROM:
            continue
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
    read: Reading = None,
) -> QuerySet[Agency]:
    """Of `agencies` those at a level (of LEVEL_KEYS) at an item, as far as `reader` may see item levels."""
    codes = [LEVEL_CODES[level] for level in LEVEL_KEYS[key]]
    item = Item.objects.filter(version=measure.version, slug=slug).first()
    if item is None:
        return agencies.none()
    seen = agencies.filter(reader.agencies_with(Right.SEE_DETAILS))
    rows = valued_at(measure, on, read).filter(result__version=measure.version)
    rows = rows.annotate(code=Substr("result__levels", item.position + 1, 1))
    found = Q(pk__in=rows.filter(code__in=codes).values("agency_id"))
    exempt = rows.filter(code=LEVEL_CODES[Level.EXEMPT]).values_list("agency_id", flat=True)
    if key in {"open", Level.EXEMPT}:  # exempt then, and perhaps no longer
        ended = _ended(exempt, measure, slug, _today(read))
        found = found | Q(pk__in=ended) if key == "open" else found & ~Q(pk__in=ended)
    return seen.filter(found)


def agencies_without(
    agencies: QuerySet[Agency],
    measure: Measure,
    on: date,
    slug: str,
    reader: User,
    read: Reading = None,
) -> QuerySet[Agency]:
    """Of `agencies` those in production without the must-have `slug` (ANY: without any of them), as
    must_haves_missing_in_production counts them, as far as `reader` may see item levels."""
    items = _items(measure).filter(must_have=True)
    fine = {Level.IN_PLACE, *LEFT_OUT}
    lacking = [code for level, code in LEVEL_CODES.items() if level not in fine]
    rows, found = valued_at(measure, on, read).filter(result__version=measure.version), Q(pk__in=[])
    for item in items if slug == ANY else items.filter(slug=slug):
        code = f"code_{item.position}"
        rows = rows.alias(**{code: Substr("result__levels", item.position + 1, 1)})
        least = max(PRODUCTION_FROM, item.stage.number - 1)
        found |= Q(**{f"{code}__in": lacking, "stages_completed__gte": least})
    missing = rows.filter(found).values("agency_id")
    return agencies.filter(reader.agencies_with(Right.SEE_DETAILS), pk__in=missing)


def answers_behind(
    agencies: QuerySet[Agency], measure: Measure, on: date, item: Item, read: Reading = None
) -> dict[str, AnswerBehind]:
    """By slug of these agencies the answer to `item` that they stand on. Two queries. The caller sees to it
    that item levels of these agencies may be seen."""
    rows = valued_at(measure, on, read).filter(
        result__version=measure.version, agency__in=agencies.order_by().values("pk")
    )
    code = Substr("result__levels", item.position + 1, 1)
    columns = ("agency__slug", "code", "result__assessment_id", "result__assessment__version_id")
    told = list(rows.annotate(code=code).values_list(*columns))
    # An assessment by an earlier version was scored again: it may have asked this under another name.
    versions = {version for *_, version in told}
    asking = Item.objects.filter(version__in=versions, slug=item.slug).values_list("version_id", flat=True)
    asked = set(asking.order_by())
    return {
        agency: AnswerBehind(LEVELS_BY_CODE[code], assessment, version in asked)
        for agency, code, assessment, version in told
        if code
    }


def _today(read: Reading) -> date:
    """The day on which an exemption is asked to hold: today, or the last day that was known."""
    if isinstance(read, AsKnown):
        return timezone.localdate(read.approved_before - timedelta(microseconds=1))
    return timezone.localdate()


def _ended(agencies: Iterable[int], measure: Measure, slug: str, today: date) -> list[int]:
    """Of agencies whose result holds the item as exempt, those whose exemption is over on that day."""
    asked = [Asked(agency, measure.version, today) for agency in agencies]
    return [one.agency_id for one, holding in exemptions_at(asked).items() if slug not in holding]


def sees_all_details(scope: Scope, on: date, reader: User, read: Reading = None) -> bool:
    """Whether `reader` may see the item levels of every agency counted in `scope` at `on`."""
    if reader.has_everywhere(Right.SEE_DETAILS):
        return True
    seen = Agency.objects.filter(reader.agencies_with(Right.SEE_DETAILS))
    return not counted_in(scope, on, read).exclude(agency__in=seen.order_by().values("pk")).exists()


def _items(measure: Measure) -> QuerySet[Item]:
    items = Item.objects.filter(version=measure.version).select_related("stage", "domain")
    return items.order_by("position")


def _levels(scope: Scope, measure: Measure, on: date, read: Reading) -> dict[int, Levels]:
    """By agency counted in the scope whose item levels are known, these and the stages completed.

    Read as a list, a few hundred bytes an agency: PostgreSQL plans a cursor for its first rows, which here
    takes twenty times as long to the last.
    """
    members = counted_in(scope, on, read).values("agency_id")
    found = valued_at(measure, on, read).filter(agency__in=members, result__version=measure.version)
    rows = found.exclude(result__levels="").order_by()
    told = rows.values_list("agency_id", "result__levels", "stages_completed")
    return {pk: (levels, stages) for pk, levels, stages in told}


def _return_ended(
    found: dict[str, Counter[str]],
    known: Mapping[int, Levels],
    measure: Measure,
    items: Iterable[Item],
    today: date,
) -> None:
    """Of the agencies counted as exempt, count those whose exemption is over on that day as open again. Two
    queries where any is exempt, and none otherwise."""
    places = {item.slug: item.position for item in items if found[item.slug][Level.EXEMPT]}
    if not places:
        return
    code = LEVEL_CODES[Level.EXEMPT]
    exempt = {agency: levels for agency, (levels, _) in known.items() if code in levels}
    asked = {agency: Asked(agency, measure.version, today) for agency in exempt}
    holding = exemptions_at(list(asked.values()))
    for agency, levels in exempt.items():
        for slug, place in places.items():
            if levels[place] == code and slug not in holding[asked[agency]]:
                found[slug][Level.EXEMPT] -= 1
                found[slug][ENDED] += 1


def _count(levels: Collection[str], places: Mapping[str, int]) -> dict[str, Counter[str]]:
    """Agencies by level for each item. `places`: by slug, where an item has its level."""
    found: dict[str, Counter[str]] = {slug: Counter() for slug in places}
    for slug, place in places.items():
        for code, n in Counter(one[place] for one in levels).items():
            found[slug][LEVELS_BY_CODE[code] or UNANSWERED] += n
    return found
