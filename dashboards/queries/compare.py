"""Two to six agencies beside each other at one point in time: stages, domains, and items."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from assessments.models import Result
from assessments.results import frozen_levels
from assessments.words import answer_words
from dashboards.queries.agencies import Reading, with_standing
from dashboards.queries.measures import Measure
from dashboards.standings import STATE_WORDS
from maturity.levels import Levels
from maturity.models import Item
from maturity.queries import rules_of
from maturity.scoring import format_percent
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import months_between

FEWEST, MOST = 2, 6
FOUND = 10  # agencies offered for a name
NOT_SHOWN = "Not shown"  # of item levels that the reader may not see
NOT_KNOWN = "Not known"  # of results without answers to single items
NO_VALUE = "–"


@dataclass(frozen=True)
class Column:
    """One agency. Scores in millionths; `age` in months. `result` None: it has no value at the time.

    `details`: the reader may see its item levels.
    """

    slug: str
    name: str
    state: str
    result: Result | None
    age: int | None
    details: bool

    @property
    def state_words(self) -> str:
        """The state as people read it."""
        return STATE_WORDS[self.state]

    @property
    def knows_items(self) -> bool:
        """Whether there are item levels to show to this reader."""
        return self.details and self.result is not None and bool(self.result.levels)


@dataclass(frozen=True)
class Line:
    """What one stage, domain or item is in each of the columns, as people read it."""

    name: str
    cells: tuple[str, ...]
    note: str = ""
    slug: str = ""

    @property
    def differs(self) -> bool:
        """Whether those that say anything say different things."""
        return len({cell for cell in self.cells if cell not in {NOT_SHOWN, NOT_KNOWN}}) > 1


@dataclass(frozen=True)
class SideBySide:
    """Agencies in alphabetical order, and what there is to compare."""

    columns: tuple[Column, ...]
    stages: tuple[Line, ...]
    domains: tuple[Line, ...]
    items: tuple[Line, ...]  # empty where the reader may see those of no agency

    @property
    def hidden(self) -> list[Column]:
        """Those whose item levels the reader may not see."""
        return [column for column in self.columns if not column.details]


def side_by_side(slugs: Sequence[str], measure: Measure, on: date, read: Reading, reader: User) -> SideBySide:
    """These agencies, as far as `reader` may know of them, at the month end `on`. Six queries at the most,
    however many agencies and items there are."""
    columns = _columns(slugs, measure, on, read, reader)
    results = [column.result for column in columns]
    return SideBySide(
        columns=tuple(columns),
        stages=_stages(measure, results),
        domains=_domains(measure, results),
        items=_items(measure, columns),
    )


def agencies_named(text: str, besides: Sequence[str], reader: User) -> list[Agency]:
    """A few agencies that `reader` may know of with all these words in name or abbreviation, by name."""
    found = Agency.objects.visible_to(reader).exclude(slug__in=besides)
    for word in text.split()[:10]:
        found = found.filter(Q(name__icontains=word) | Q(abbreviation__icontains=word))
    return list(found.order_by("name", "pk")[:FOUND])


def _columns(slugs: Sequence[str], measure: Measure, on: date, read: Reading, reader: User) -> list[Column]:
    agencies = Agency.objects.visible_to(reader).filter(slug__in=list(slugs)[:MOST])
    standing = with_standing(agencies, measure, on, read).order_by("name", "pk")
    rows = list(standing.values("pk", "slug", "name", "state", "now__result_id"))
    results = Result.objects.in_bulk([row["now__result_id"] for row in rows if row["now__result_id"]])
    seen = Agency.objects.filter(reader.agencies_with(Right.SEE_DETAILS), pk__in=[row["pk"] for row in rows])
    detailed = set(seen.values_list("pk", flat=True))
    return [_column(row, results.get(row["now__result_id"]), on, detailed) for row in rows]


def _column(row: Mapping[str, Any], result: Result | None, on: date, detailed: set[int]) -> Column:
    return Column(
        slug=row["slug"],
        name=row["name"],
        state=row["state"],
        result=result,
        age=None if result is None else months_between(result.period_ends_on, on),
        details=row["pk"] in detailed,
    )


def _stages(measure: Measure, results: Sequence[Result | None]) -> tuple[Line, ...]:
    """The completion of each stage, and whether it passes; none where the stages are bands."""
    if not measure.staged:
        return ()

    def cell(result: Result | None, number: int) -> str:
        card = next((one for one in result.stages if one["number"] == number), None) if result else None
        if card is None:
            return NO_VALUE
        return f"{format_percent(card['completion'])}{', completed' if card['passes'] else ''}"

    return tuple(
        Line(f"{stage.number}. {stage.name}", tuple(cell(result, stage.number) for result in results))
        for stage in measure.stages
    )


def _domains(measure: Measure, results: Sequence[Result | None]) -> tuple[Line, ...]:
    def cell(result: Result | None, slug: str) -> str:
        percent = result.domains.get(slug, {}).get("percent") if result else None
        return NO_VALUE if percent is None else format_percent(percent)

    return tuple(
        Line(name, tuple(cell(result, slug) for result in results), slug=slug)
        for slug, name in measure.domains
    )


def _items(measure: Measure, columns: Sequence[Column]) -> tuple[Line, ...]:
    """The answers of those that the reader may see; nothing where that is nobody."""
    if not any(column.knows_items for column in columns):
        return ()
    rules = rules_of(measure.version)
    levels = [
        frozen_levels(rules, column.result) if column.result and column.knows_items else None
        for column in columns
    ]
    cells = [_cell(column, known) for column, known in zip(columns, levels, strict=True)]
    items = (
        Item.objects.filter(version=measure.version).select_related("stage", "domain").order_by("position")
    )
    return tuple(
        Line(
            name=item.title,
            cells=tuple(cell(item) for cell in cells),
            note=_place(item, measure),
            slug=item.slug,
        )
        for item in items.order_by("position")
    )


def _cell(column: Column, levels: Levels | None) -> Callable[[Item], str]:
    """How the answers of one agency are told."""
    nothing = NOT_KNOWN if column.details else NOT_SHOWN
    points = (column.result.points or {}) if column.result else {}

    def cell(item: Item) -> str:
        return nothing if levels is None else answer_words(item, levels.get(item.slug), points.get(item.slug))

    return cell


def _place(item: Item, measure: Measure) -> str:
    """Where the item belongs."""
    domain = item.domain.name if item.domain else "Challenge"
    return f"Stage {item.stage.number}, {domain}" if measure.staged else domain
