"""Agencies that moved or did not, by name, each with the reason in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assessments.models import Result
from assessments.results import scorecard_of
from dashboards.queries.agencies import AsKnown, standings_of
from dashboards.queries.measures import Measure
from maturity.levels import Level, decode_levels, value_of
from maturity.models import Item
from maturity.queries import rules_of
from maturity.scoring import MILLION, format_hundredths, format_percent
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import months_between

ITEMS_NAMED = 3
DOMAINS_NAMED = 2
# What is read of each: "past" is the earlier end.
COLUMNS = (
    "agency_id", "agency__name", "agency__slug", "change", "past__stages_completed",
    "stages_completed", "past__domains", "domains", "past__result_id", "result_id",
)  # fmt: skip


@dataclass(frozen=True)
class Mover:
    """One agency that moved, or did not. Scores in millionths.

    `reason`: one line for everybody who may see the scores. `details`: for those who may see item levels,
    what changed or holds it, in words; empty for others.
    """

    name: str
    slug: str
    was: int  # stages completed
    now: int
    change: int
    reason: str
    details: str = ""
    months: int = 0  # for how long it has been at this stage, of those that are stuck
    pair: tuple[int, int] | None = None  # the assessments behind then and now; None where it is the same one

    @property
    def working_on(self) -> int:
        """The stage after the completed ones."""
        return self.now + 1


def named(
    rows: Sequence[Mapping[str, Any]],
    measure: Measure,
    before: date,
    on: date,
    reader: User,
    *,
    held: bool = False,
    read: AsKnown | None = None,
) -> tuple[Mover, ...]:
    """These few agencies (COLUMNS of each), with a reason, by name; `held`: of those that are stuck, since
    when they have been, `read` as known on a past day."""
    pks = [row["agency_id"] for row in rows]
    seen = Agency.objects.filter(reader.agencies_with(Right.SEE_DETAILS), pk__in=pks)
    detailed = set(seen.values_list("pk", flat=True))
    ids = {row[column] for row in rows for column in ("past__result_id", "result_id")}
    results = Result.objects.filter(pk__in=ids).select_related("version").in_bulk()
    since = _since(pks, measure, on, read) if held else {}
    titles = _Titles()
    found = []
    for row in rows:
        then, now, pk = results[row["past__result_id"]], results[row["result_id"]], row["agency_id"]
        may = pk in detailed
        details = (_holding(now, titles) if held else _changed(then, now, titles)) if may else ""
        found.append(
            Mover(
                name=row["agency__name"],
                slug=row["agency__slug"],
                was=row["past__stages_completed"],
                now=row["stages_completed"],
                change=row["change"],
                reason=_held_words(now, may, measure) if held else _domain_words(row, measure),
                details=details,
                months=months_between(since.get(pk, before), on) if held else 0,
                pair=_pair(then, now),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.slug)))


def _pair(then: Result, now: Result) -> tuple[int, int] | None:
    pair = then.assessment_id, now.assessment_id
    return pair if pair[0] != pair[1] else None


def _since(pks: Sequence[int], measure: Measure, on: date, read: AsKnown | None) -> dict[int, date]:
    """Since when these agencies have completed as many stages as at `on`, as far back as they are known."""
    found: dict[int, date] = {}
    last: dict[int, int | None] = {}
    rows = standings_of(measure, read).filter(agency__in=pks, from_on__lte=on)
    rows = rows.order_by("agency_id", "from_on")
    for agency, from_on, stages in rows.values_list("agency_id", "from_on", "stages_completed"):
        if last.get(agency) != stages:
            found[agency], last[agency] = from_on, stages
    return found


def _domain_words(row: Mapping[str, Any], measure: Measure) -> str:
    """The domains that moved most, the way the score did: "Security up 22 points, People up 10 points"."""
    names = dict(measure.domains)
    then, now = row["past__domains"], row["domains"]
    sign = -1 if row["stages_completed"] < row["past__stages_completed"] else 1
    moved = [(now[slug] - then[slug], names[slug]) for slug in now if slug in then and slug in names]
    told = sorted(((step, name) for step, name in moved if step * sign > 0), key=lambda one: -one[0] * sign)
    words = [_points(name, step, measure) for step, name in told[:DOMAINS_NAMED] if _whole_points(step)]
    return (
        ", ".join(words) if words else f"no domain moved by {'a point' if measure.staged else '1%'} or more"
    )


def _points(name: str, step: int, measure: Measure) -> str:
    points = _whole_points(step)
    # Where scores are points themselves, these are said to be of the domain's maximum.
    unit = "% of its maximum" if not measure.staged else " point" if points == 1 else " points"
    return f"{name} {'up' if step > 0 else 'down'} {points}{unit}"


def _whole_points(step: int) -> int:
    """A difference of shares in whole percentage points, half-up."""
    return (abs(step) * 100 + MILLION // 2) // MILLION


def _held_words(result: Result, may_see_details: bool, measure: Measure) -> str:
    """What holds a stage, in one line: counts of must-haves are item levels, so not for everybody."""
    stage = result.stages_completed + 1
    if not measure.staged:
        score, scale = format_hundredths(result.score), measure.scale
        return f"its score is {score} {scale.of}, and the band {scale.band(stage)} is next"
    card = next((one for one in result.stages if one["number"] == stage), None)
    if card is None:
        return f"working on stage {stage}"
    missing = len(card.get("must_haves_missing", ()))
    if may_see_details and missing:
        return f"stage {stage} held by {missing} must-have{'' if missing == 1 else 's'}"
    return f"stage {stage} is {format_percent(card['completion'])} complete"


class _Titles:
    """The titles of items, read once for each version."""

    def __init__(self) -> None:
        self._known: dict[int, dict[str, str]] = {}

    def of(self, version_id: int) -> dict[str, str]:
        if version_id not in self._known:
            rows = Item.objects.filter(version=version_id).order_by()
            self._known[version_id] = dict(rows.values_list("slug", "title"))
        return self._known[version_id]


def _holding(result: Result, titles: _Titles) -> str:
    """The items that hold the stage being worked on, in order of effect."""
    if not result.levels:
        return ""
    card = scorecard_of(rules_of(result.version), result)
    if card is None or not card.holding:
        return ""
    return f"Held by {_listed([gap.slug for gap in card.holding], titles.of(result.version_id))}"


def _changed(then: Result, now: Result, titles: _Titles) -> str:
    """The items whose level changed, put in place or lost first."""
    if not then.levels or not now.levels:
        return ""
    before, after = (decode_levels(rules_of(one.version), one.levels) for one in (then, now))
    both = [slug for slug in after if slug in before]
    names = titles.of(now.version_id)
    gained = [s for s in both if after[s] == Level.IN_PLACE and before[s] != Level.IN_PLACE]
    given_up = [s for s in both if (value_of(after[s]) or 0) < (value_of(before[s]) or 0)]
    parts = [
        f"{words}: {_listed(slugs, names)}"
        for words, slugs in (("Now in place", gained), ("Lower than before", given_up))
        if slugs
    ]
    return ". ".join(parts)


def _listed(slugs: Sequence[str], names: Mapping[str, str]) -> str:
    """The first few by title, and how many more."""
    more = len(slugs) - ITEMS_NAMED
    said = "; ".join(names.get(slug, slug) for slug in slugs[:ITEMS_NAMED])
    return f"{said} and {more} more" if more > 0 else said
