"""Figures of the further pages of a scope, looked up by their identifiers: transitions, who is stuck, open
items, data quality, and those of figures_analytics and figures_papers. Each says all the counts that its page
shows to this reader."""

from collections.abc import Callable, Iterable
from datetime import date

from dashboards.charts.flow import place_words
from dashboards.charts.scale import ScoreScale
from dashboards.figures import Figure
from dashboards.models import Scope
from dashboards.queries import figures_analytics as analytics
from dashboards.queries import figures_papers as papers
from dashboards.queries.agencies import members_of
from dashboards.queries.figures_asked import Asked, NotThen, PageFigure, Rows
from dashboards.queries.known import Knowledge, KnownRow
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
    "quality": "/portfolio/quality/",
}


def page_figure(
    figure: Figure, scope: Scope, measure: Measure, row: KnownRow, knowledge: Knowledge, user: User
) -> PageFigure:
    """The figure (Figure.of_page) with the rights of `user`. Raises NotThen."""
    asked = Asked(scope, measure, figure.on, row, knowledge, user)
    if figure.number_of is not None:
        name, what = figure.number_of
        return READ_OF[name](asked, what)
    return READ[figure.number](asked)


def _transitions(asked: Asked, what: str) -> PageFigure:
    since = date.fromisoformat(what)
    if since >= asked.on or since != month_end(since):
        raise NotThen(f"{since} is no month end before {asked.on}.")
    ends = (since, asked.read_at(since)), (asked.on, asked.read)
    found, scale = transitions_of(asked.scope, asked.measure, *ends), asked.measure.scale
    rows = [(f"{_place(f.was, scale)}, then {_lower(_place(f.now, scale))}", f.n) for f in found.flows]
    value = f"{found.moved('risen'):,} up, {found.moved('fallen'):,} down of {found.both:,}"
    query = {"since": since.isoformat()}
    return PageFigure(value, found.both, _counts(rows), "/portfolio/transitions/", query)


def _stuck(asked: Asked) -> PageFigure:
    year = month_end(asked.on, -STUCK_MONTHS)
    read = HowRead(asked.read, asked.read, asked.read_at(year))
    found = movers_of(asked.scope, asked.measure, year, asked.on, reader=asked.user, limit=0, read=read)
    return PageFigure(f"{found.stuck:,} of {found.a_year_ago:,}", found.a_year_ago, (), PATHS["stuck"], {})


def _challenges(asked: Asked) -> PageFigure:
    return _items(asked, Item.Kind.CHALLENGE)


def _practices(asked: Asked) -> PageFigure:
    return _items(asked, Item.Kind.PRACTICE)


def _all_items(asked: Asked) -> PageFigure:
    return _items(asked, *Item.Kind)


def _items(asked: Asked, *kinds: Item.Kind) -> PageFigure:
    counts = item_counts(asked.scope, asked.measure, asked.on, read=asked.read)
    detail = detail_of(asked.scope, asked.on, asked.user, counts.with_value, asked.read)
    if not detail.shown:
        raise NotThen(detail.words)
    n = counts.with_value
    found = [one for one in counts.by_frequency() if one.item.kind in kinds]
    rows = [(one.item.title, detail.words_of(one.open, n)) for one in found]
    return PageFigure(f"{len(found):,} open", n, _counts(rows), PATHS["challenges"], {})


def _quality(asked: Asked) -> PageFigure:
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


READ: dict[str, Callable[[Asked], PageFigure]] = {
    "stuck": _stuck,
    "items": _all_items,
    "challenges": _challenges,
    "practices": _practices,
    "quality": _quality,
    "domains": analytics.domains,
    "analysis": analytics.analysis,
    "stage_times": analytics.times,
    "must_haves": papers.must_haves,
    "target": papers.target,
    "containers": papers.containers,
    "savings": papers.savings,
    "evidence": papers.evidence,
}
READ_OF: dict[str, Callable[[Asked, str], PageFigure]] = {
    "transitions": _transitions,
    "method_changes": analytics.changes,
    "domain": analytics.domain,
    "forecast": analytics.forecast,
}
