"""What-if: which agencies take part, with the levels frozen in their results, and who is left out why."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from assessments.queries_exemptions import ended_exemptions
from assessments.result_reading import ended_words
from dashboards.analytics.what_if import Held
from dashboards.models import WhatIfRun
from dashboards.queries.agencies import AsKnown, Frozen, Reading, valued_at
from dashboards.queries.measures import Measure
from maturity.levels import Level, ModelRules, decode_levels
from maturity.models import Item
from maturity.queries import rules_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency

AT_ONCE = 300  # agencies re-scored while one waits; measured in docs/forecast-and-what-if.md

_COLUMNS = ("agency_id", "agency__slug", "agency__name", "score", "stages_completed", "result__levels")


@dataclass(frozen=True)
class LeftOut:
    """Agencies that cannot take part, by reason."""

    no_score: int
    other_version: int
    no_levels: int
    not_yours: int

    @property
    def reasons(self) -> list[tuple[int, str]]:
        """How many and why, without what is nobody."""
        parts = [
            (self.no_score, "without a score at this time (not reporting or not adopting)"),
            (self.other_version, "assessed with another version of the questionnaire"),
            (self.no_levels, "known by scores alone, without the answers to single items"),
            (self.not_yours, "whose answers you may not see"),
        ]
        return [(count, words) for count, words in parts if count]


@dataclass(frozen=True)
class Participants:
    """The agencies of a what-if, as a query: how many, and in slices."""

    standings: QuerySet[Any]

    def count(self) -> int:
        """How many agencies."""
        return self.standings.order_by().count()

    def whole(self) -> list[Held]:
        """All of them, by name; ask `count` first."""
        return [
            Held(*row) for row in self.standings.order_by("agency__name", "agency").values_list(*_COLUMNS)
        ]

    def after(self, agency_id: int, limit: int) -> list[Held]:
        """The next `limit` by id."""
        # Not by "agency", which would be by name.
        rows = self.standings.filter(agency_id__gt=agency_id).order_by("agency_id")
        return [Held(*row) for row in rows.values_list(*_COLUMNS)[:limit]]


def with_details(agencies: QuerySet[Agency], reader: User) -> QuerySet[Agency]:
    """Those of `agencies` whose item levels `reader` may see."""
    return agencies.filter(reader.agencies_with(Right.SEE_DETAILS))


def participants(
    agencies: QuerySet[Agency],
    measure: Measure,
    on: date,
    working: int | None = None,
    read: Reading = None,
) -> Participants:
    """The agencies that can be re-scored, of those who work on the stage `working` (None: on any)."""
    found = _with_value(agencies, measure, on, read).filter(_rescorable(measure))
    return Participants(found if working is None else found.filter(stages_completed=working - 1))


def left_out(
    agencies: QuerySet[Agency], measure: Measure, on: date, reader: User, read: Reading = None
) -> LeftOut:
    """Who of `agencies` cannot take part, whatever stage they work on."""
    count, mine = agencies.order_by().count(), with_details(agencies, reader)
    seen = mine.order_by().count()
    standings = _with_value(mine, measure, on, read).order_by()
    with_score = standings.count()
    same_version = standings.filter(result__version=measure.version)
    same, able = same_version.count(), same_version.filter(_rescorable(measure)).count()
    return LeftOut(seen - with_score, with_score - same, same - able, count - seen)


def practices_of(measure: Measure) -> list[Item]:
    """The practices of the current version, in their order, with stage and domain."""
    items = Item.objects.filter(version=measure.version, kind=Item.Kind.PRACTICE)
    return list(items.select_related("stage", "domain").order_by("position"))


def held_of(agency: Agency, measure: Measure, on: date) -> Held | None:
    """The result that an agency stands on, if it can be re-scored."""
    found = participants(Agency.objects.filter(pk=agency.pk), measure, on).whole()
    return found[0] if found else None


def run_read(run: WhatIfRun) -> Reading:
    """How a background run reads standings and members."""
    if run.publication_id is not None:
        return Frozen(run.publication_id)
    return AsKnown(run.approved_before) if run.approved_before is not None else None


def rules_for(measure: Measure) -> ModelRules:
    """What decides a score in the current version."""
    return rules_of(measure.version)


def returned_in(held: Held, measure: Measure, today: date) -> dict[str, str]:
    """Items that a result holds as exempt and whose exemption is over: by slug, since when, in words."""
    levels = decode_levels(rules_for(measure), held.levels)
    exempt = [slug for slug, level in levels.items() if level == Level.EXEMPT]
    ended = ended_exemptions(held.agency_id, measure.version, exempt, today)
    return {slug: ended_words(exemption) for slug, exemption in ended.items()}


def _with_value(agencies: QuerySet[Agency], measure: Measure, on: date, read: Reading) -> QuerySet[Any]:
    return valued_at(measure, on, read).filter(agency__in=agencies.order_by().values("pk"))


def _rescorable(measure: Measure) -> Q:
    """Results of the current version with item levels: these are one for each of its items, or none."""
    return Q(result__version=measure.version, result__levels__gt="")
