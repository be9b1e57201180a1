"""Figures of the further pages of a scope, looked up by their identifiers: transitions, who is stuck, open
items, data quality. Each says all the counts that its page shows to this reader."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from dashboards.charts.flow import place_words
from dashboards.charts.scale import ScoreScale
from dashboards.figures import Figure
from dashboards.models import Scope
from dashboards.queries.agencies import AsKnown, Reading, members_of
from dashboards.queries.known import Knowledge, KnownRow, rows_at
from dashboards.queries.measures import Measure
from dashboards.queries.movers import STUCK_MONTHS, HowRead, movers_of
from dashboards.queries.open_items import item_counts
from dashboards.queries.quality import Quality, quality_of
from dashboards.queries.small_counts import detail_of
from dashboards.queries.transitions import transitions_of
from maturity.models import Item
from portal.access.models import User
from portal.agencies.periods import month_end

PATHS = {
    "stuck": "/portfolio/transitions/",
    "challenges": "/portfolio/challenges/",
    "practices": "/portfolio/challenges/",
    "quality": "/portfolio/quality/",
}
Rows = tuple[tuple[str, str], ...]


class NotThen(Exception):
    """There is no such figure for this reader; says why."""


@dataclass(frozen=True)
class PageFigure:
    """`value` in words, over `n` agencies, with all counts; `path` and `query`: the page that shows it."""

    value: str
    n: int
    rows: Rows
    path: str
    query: dict[str, str]


@dataclass(frozen=True)
class _Asked:
    """What all of them are read with."""

    scope: Scope
    measure: Measure
    on: date
    read: Reading
    knowledge: Knowledge
    user: User

    def read_at(self, day: date) -> Reading:
        """How the standings at another month end are read: with the same knowledge. Raises NotThen."""
        if isinstance(self.read, AsKnown):
            return self.read
        row = rows_at(self.scope, self.measure, [day], self.knowledge).get(day)
        if row is None or row.read is None:
            raise NotThen(f"Nothing was published of {day} then.")
        return row.read


def page_figure(
    figure: Figure, scope: Scope, measure: Measure, row: KnownRow, knowledge: Knowledge, user: User
) -> PageFigure:
    """The figure (Figure.of_page) with the rights of `user`. Raises NotThen."""
    asked = _Asked(scope, measure, figure.on, row.read, knowledge, user)
    if figure.since is not None:
        return _transitions(asked, figure.since)
    if figure.number == "stuck":
        return _stuck(asked)
    if figure.number == "quality":
        return _quality(asked)
    kind = Item.Kind.CHALLENGE if figure.number == "challenges" else Item.Kind.PRACTICE
    return replace(_items(asked, kind), path=PATHS[figure.number])


def _transitions(asked: _Asked, since: date) -> PageFigure:
    if since >= asked.on or since != month_end(since):
        raise NotThen(f"{since} is no month end before {asked.on}.")
    ends = (since, asked.read_at(since)), (asked.on, asked.read)
    found, scale = transitions_of(asked.scope, asked.measure, *ends), asked.measure.scale
    rows = [(f"{_place(f.was, scale)}, then {_lower(_place(f.now, scale))}", f.n) for f in found.flows]
    value = f"{found.moved('risen'):,} up, {found.moved('fallen'):,} down of {found.both:,}"
    query = {"since": since.isoformat()}
    return PageFigure(value, found.both, _counts(rows), "/portfolio/transitions/", query)


def _stuck(asked: _Asked) -> PageFigure:
    year = month_end(asked.on, -STUCK_MONTHS)
    read = HowRead(asked.read, asked.read, asked.read_at(year))
    found = movers_of(asked.scope, asked.measure, year, asked.on, reader=asked.user, limit=0, read=read)
    return PageFigure(f"{found.stuck:,} of {found.a_year_ago:,}", found.a_year_ago, (), PATHS["stuck"], {})


def _items(asked: _Asked, kind: Item.Kind) -> PageFigure:
    counts = item_counts(asked.scope, asked.measure, asked.on, read=asked.read)
    detail = detail_of(asked.scope, asked.on, asked.user, counts.with_value, asked.read)
    if not detail.shown:
        raise NotThen(detail.words)
    n = counts.with_value
    found = [one for one in counts.by_frequency() if one.item.kind == kind]
    rows = [(one.item.title, detail.words_of(one.open, n)) for one in found]
    return PageFigure(f"{len(found):,} open", n, _counts(rows), "", {})


def _quality(asked: _Asked) -> PageFigure:
    agencies = members_of(asked.scope, asked.on, asked.user, asked.read)
    found = quality_of(agencies, asked.measure, asked.on, asked.read)
    value = f"{found.reported:,} of {found.agencies:,} reported"
    return PageFigure(value, found.agencies, _counts(_quality_rows(found)), PATHS["quality"], {})


def _quality_rows(found: Quality) -> Iterable[tuple[str, int]]:
    yield from (
        ("Reported", found.reported),
        ("Carried forward", found.carried),
        ("Not reporting, but reported before", found.lapsed),
        ("Never reported", found.never),
        ("Not adopting", found.not_adopting),
        ("On a limited basis", found.limited),
    )
    for words, counts in (
        ("Answered", found.answered),
        ("Backed by evidence", found.evidenced),
        ("Age", found.ages),
    ):
        yield from ((f"{words}: {_lower(band)}", n) for band, n in counts.items())


def _counts(rows: Iterable[tuple[str, int | str]]) -> Rows:
    return tuple((name, f"{n:,}" if isinstance(n, int) else n) for name, n in rows)


def _place(place: str, scale: ScoreScale) -> str:
    return scale.place(int(place)) if place.isdigit() else place_words(place, scale)


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
