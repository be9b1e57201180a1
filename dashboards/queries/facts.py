"""The facts that agencies tell of a period beside their answers, added up over a scope.

Facts are for those who may see the answers of the agency. Others are told totals as they are told counts of
item levels (small_counts): of programs and of everything alone, from five agencies on, since the difference
of two groups would be a single one; and no change from which what one agency told would follow.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from assessments.queries_facts import Told, told_by_agency
from dashboards.models import Scope, Standing
from dashboards.papers.content import Number, moved_words
from dashboards.queries.agencies import Reading, counted_in, valued_at
from dashboards.queries.measures import Measure
from dashboards.queries.open_items import LEAST_SHOWN
from dashboards.queries.small_counts import Detail, detail_of
from maturity.scoring import MILLION, format_percent
from portal.access.models import User

SOURCE = "Facts of the period, told beside the answers of approved assessments"
TOO_FEW = "not told by five agencies yet"
TOO_FEW_BOTH = "too few agencies told both times"
NOBODY = "no agency told"
HIDDEN = "shown to those who may see the answers of all these agencies"


def fact_numbers(
    scope: Scope,
    measure: Measure,
    on: date,
    reader: User,
    read: Reading = None,
    since: tuple[date, Reading] | None = None,
) -> Iterator[Number]:
    """The share of suitable systems in containers and the documented savings at a month end, as far as they
    may be told to `reader`.

    Over the agencies that reported for this period and told of it: a missing number is never 0. `since`: with
    the change since that month end, over the agencies that told both times. Three to six queries.
    """
    now, then = _told(scope, measure, on, read), _told(scope, measure, *since) if since else {}
    detail = detail_of(scope, on, reader, len(now), read)
    yield _containers(
        {pk: one.share for pk, one in now.items() if one.share is not None},
        {pk: one.share for pk, one in then.items() if one.share is not None},
        detail,
    )
    yield _savings(
        {pk: one.savings for pk, one in now.items() if one.savings is not None},
        {pk: one.savings for pk, one in then.items() if one.savings is not None},
        detail,
    )


def _containers(
    now: Mapping[int, tuple[int, int]], then: Mapping[int, tuple[int, int]], detail: Detail
) -> Number:
    label = "Share of suitable systems in containers"
    number = Number("containers", label, None, source=SOURCE, missing=_missing(now, detail))
    done, of = _shares(now.values())
    if number.missing or not of:
        return replace(number, missing=number.missing or "no system is suitable")
    number = replace(
        number,
        count=done,
        of=of,
        of_words=f"suitable systems at {len(now):,} agenc{'y' if len(now) == 1 else 'ies'}",
        agencies=len(now),
        said=format_percent(done * MILLION // of),
    )
    both = _both(now, then, detail)
    (done, of), (was, was_of) = (_shares(told[pk] for pk in both) for told in (now, then))
    if not of or not was_of:
        return replace(number, change_said=TOO_FEW_BOTH if then else "")
    moved = Fraction(done, of) - Fraction(was, was_of)
    points = int(abs(moved) * 100 + Fraction(1, 2))
    change = points if moved > 0 else -points
    words = f"{moved_words(change)} point{'' if points == 1 else 's'}" if change else "unchanged"
    if moved and not points:
        words = f"{'up' if moved > 0 else 'down'} less than a point"
    return replace(number, change=change, change_said=words, compared=len(both))


def _savings(now: Mapping[int, Decimal], then: Mapping[int, Decimal], detail: Detail) -> Number:
    missing = _missing(now, detail)
    number = Number("savings", "Documented savings", None, source=SOURCE, missing=missing)
    if missing:
        return number
    total = int(sum(now.values()))
    tellers = f"{'agency' if len(now) == 1 else 'agencies'} that told"
    number = replace(number, count=total, of=len(now), of_words=tellers, said=f"${total:,}")
    both = _both(now, then, detail)
    if not both:
        return replace(number, change_said=TOO_FEW_BOTH if then else "")
    change = int(sum(now[pk] - then[pk] for pk in both))
    words = f"{'up' if change > 0 else 'down'} ${abs(change):,}" if change else "unchanged"
    return replace(number, change=change, change_said=words, compared=len(both))


def _missing(told: Collection[int], detail: Detail) -> str:
    """Why there is no total of what so many agencies told; nothing where there is one."""
    if detail.exact:
        return "" if told else NOBODY
    if len(told) < LEAST_SHOWN:
        return TOO_FEW
    return "" if detail.shown else HIDDEN


def _both(now: Mapping[int, object], then: Mapping[int, object], detail: Detail) -> set[int]:
    """The agencies that told both times, over which a change is told; none where it may not be: of fewer than
    five, and where one to four told only once, since that is what the two totals and the change leave."""
    both, once = now.keys() & then.keys(), now.keys() ^ then.keys()
    if detail.exact:
        return set(both)
    return set(both) if len(both) >= LEAST_SHOWN and not 0 < len(once) < LEAST_SHOWN else set()


def _shares(told: Iterable[tuple[int, int]]) -> tuple[int, int]:
    known = list(told)
    return sum(done for done, _ in known), sum(of for _, of in known)


def _told(scope: Scope, measure: Measure, on: date, read: Reading) -> dict[int, Told]:
    """What those agencies of the scope told whose assessment is of this very period."""
    members = counted_in(scope, on, read).values("agency_id")
    rows = valued_at(measure, on, read).filter(agency__in=members, state=Standing.State.REPORTED)
    return told_by_agency(rows.order_by().values("result__assessment_id"))
