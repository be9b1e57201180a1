"""Who moved and what holds agencies back, as the one page names them."""

from datetime import date

from django.db.models import Q

from dashboards.charts.scale import ScoreScale
from dashboards.models import Scope
from dashboards.papers.content import Moved, Movement, Number, Obstacle
from dashboards.points import Point
from dashboards.queries.agencies import Reading
from dashboards.queries.measures import Measure
from dashboards.queries.mover_words import Mover
from dashboards.queries.movers import HowRead, movers_of
from dashboards.queries.open_items import LEAST_SHOWN, item_counts, must_haves_missing_in_production
from dashboards.queries.small_counts import Detail, detail_of
from maturity.models import Item
from portal.access.models import User

NAMED = 5  # of each kind
MOST_WORDS = 100  # characters of a reason: the page holds fifteen of them
FEW = "fewer than five"


def movements(
    scope: Scope, measure: Measure, now: Point, before: Point, reader: User, read: HowRead
) -> tuple[Movement, ...]:
    """Who completed more or fewer stages than at the point before, and who completed as many for a year
    without having completed all; each as far as `reader` may know of them, by name."""
    found = movers_of(scope, measure, before.on, now.on, reader=reader, limit=NAMED, read=read)
    rise, fall = "Nobody completed a further stage.", "Nobody fell back a stage."
    if not measure.staged:
        rise, fall = "Nobody moved to a higher band.", "Nobody moved to a lower band."
    return (
        _movement("up", "Moved up", found.up, found.risen, rise, measure),
        _movement("down", "Moved down", found.down, found.fallen, fall, measure),
        _movement(
            "stuck",
            "Stuck for four quarters",
            found.still,
            found.stuck,
            "Nobody with scores then and now.",
            measure,
        ),
    )


def obstacles(
    scope: Scope, measure: Measure, now: Point, reader: User, read: Reading, today: date | None = None
) -> tuple[tuple[Obstacle, ...], str]:
    """The most frequent open challenges, and what is said where none can be named; to `reader` no count that
    would tell of item levels that they may not see. `today`: as of item_counts."""
    if not measure.staged and not measure.version.items.filter(kind=Item.Kind.CHALLENGE).exists():
        return (), "This questionnaire asks for no challenges."
    challenges = Q(kind=Item.Kind.CHALLENGE)
    counts = item_counts(scope, measure, now.on, which=challenges, read=read, today=today)
    if counts.with_value < LEAST_SHOWN:
        return (), "Shown once five agencies have answered."
    detail, n = detail_of(scope, now.on, reader, counts.with_value, read), counts.with_value
    if not detail.shown:
        return (), detail.words
    known = counts.by_frequency()
    shown = [one for one in known if detail.exact or one.open >= LEAST_SHOWN][:NAMED]
    found = tuple(Obstacle(one.item.title, detail.words_of(one.open, n), n, one.item.slug) for one in shown)
    return found, f"None is open at {LEAST_SHOWN} agencies or more." if known else "None is open."


def must_haves_missing(
    scope: Scope, measure: Measure, now: Point, reader: User, read: Reading
) -> Number | None:
    """How many agencies in production lack a must-have, as far as that may be told to `reader`.

    None for a model with bands: it knows neither must-haves nor a stage at which production begins.
    """
    if not measure.staged:
        return None
    found = must_haves_missing_in_production(scope, measure, now.on, read)
    detail, n = detail_of(scope, now.on, reader, found.in_production, read), found.in_production
    told = n >= LEAST_SHOWN and detail.shown and detail.may_tell(found.affected, n)
    return Number(
        "must-haves",
        "In production with must-haves missing",
        found.affected if told else None,
        n,
        "agencies in production",
        source=f"Item levels of those who work on stage {found.stage} or a later one",
        missing=_untold(found.affected, n, detail),
    )


def _untold(affected: int, n: int, detail: Detail) -> str:
    """What is said where the number of agencies without a must-have is not."""
    if n < LEAST_SHOWN:
        return f"{FEW} agencies are in production" if n else "no agency is in production"
    if not detail.shown:
        return "shown to those who may see the answers of all these agencies"
    return f"{detail.words_of(affected, n)} of {n:,} agencies in production"


def _movement(
    slug: str, title: str, found: tuple[Mover, ...], total: int, none: str, measure: Measure
) -> Movement:
    shown = tuple(
        Moved(
            one.name, one.slug, one.was, one.now, _short(one.reason), one.details, _bands(one, measure.scale)
        )
        for one in found
    )
    return Movement(slug, title, shown, total, none)


def _bands(one: Mover, scale: ScoreScale) -> str:
    """From which band to which; "" where stages are completed."""
    if scale.staged:
        return ""
    was, now = scale.stage(one.was), scale.stage(one.now)
    return now if was == now else f"{was} to {now}"


def _short(reason: str) -> str:
    words = reason if len(reason) <= MOST_WORDS else f"{reason[:MOST_WORDS].rsplit(' ', 1)[0].rstrip(',')} …"
    return words[:1].upper() + words[1:]
