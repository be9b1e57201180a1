"""How each agency stood at month ends as was known at a past moment: what its standing would have been then.

Everything that reads single agencies as known on a day reads them here. Of agencies of which nothing was
approved since, the stored standings hold; of the others they are computed again from the results known then.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Min, Q, QuerySet

from dashboards.models import Scope, ScopeMember, Standing
from dashboards.months import Holding
from dashboards.queries import agencies as live
from dashboards.queries.agencies import AsKnown
from dashboards.queries.known_values import changed_since, known_at, results_since
from dashboards.queries.measures import Measure
from dashboards.queries.timelines import stood
from dashboards.standings import NOT_REPORTING, Interval, State, Value
from portal.agencies.models import Agency


@dataclass(frozen=True, slots=True)
class Stood:
    """How an agency stood. `result`, its score and stages: None without a value. Scores in millionths."""

    state: str
    result: int | None = None
    score: int | None = None
    stages: int | None = None
    limited: bool = False

    @property
    def place(self) -> str:
        """What it counts as, see dashboards.transitions."""
        return self.state if self.stages is None else str(self.stages)


SILENT = Stood(NOT_REPORTING)


@dataclass(frozen=True)
class KnownStandings:
    """Agencies (a query for their ids) at some month ends, as was known before a moment."""

    agencies: QuerySet[Any]
    measure: Measure
    days: Sequence[date]
    read: AsKnown

    def at(self, day: date) -> dict[int, Stood]:
        """Those that did report or decide at `day`, one of the days, by id; the others were silent."""
        found = dict(self._stored(day))
        for pk, held in self.then(day).items():
            found.pop(pk, None)
            if held is not None:
                found[pk] = _stood(*held)
        return found

    @cached_property
    def changed(self) -> frozenset[int]:
        """The agencies of which a result was approved since."""
        moment = self.read.approved_before
        return frozenset(changed_since(self.agencies, self.measure, max(self.days), moment))

    @property
    def changed_from(self) -> date | None:
        """The first month end that a result approved since may change; None where none was."""
        moment, last = self.read.approved_before, max(self.days)
        later = results_since(self.agencies, self.measure, last, moment)
        return later.aggregate(first=Min("period_ends_on"))["first"]

    def then(self, day: date) -> dict[int, Holding]:
        """Of those of which a result of a period until `day` was approved since how they stood."""
        moment = self.read.approved_before
        changed = changed_since(self.agencies, self.measure, day, moment)
        return known_at(changed, self.measure, day, moment)

    def _stored(self, day: date) -> Iterable[tuple[int, Stood]]:
        rows = Standing.objects.filter(live.holding(self.measure, day), agency__in=self.agencies).order_by()
        fields = ("agency_id", "state", "result_id", "score", "stages_completed", "limited_basis")
        for pk, state, result, score, stages, limited in rows.values_list(*fields):
            yield pk, Stood(state, result, score, stages, limited)


def known_in(scope: Scope, measure: Measure, days: Sequence[date], read: AsKnown) -> list[dict[int, Stood]]:
    """For each of `days` all agencies that are counted in `scope` then, with how they stood as was known."""
    ever = ScopeMember.objects.filter(scope=scope).order_by().values("agency_id")
    known = KnownStandings(ever, measure, days, read)
    found = []
    for day in days:
        stood = known.at(day)
        members = live.counted_in(scope, day).values_list("agency_id", flat=True)
        found.append({pk: stood.get(pk, SILENT) for pk in members})
    return found


def _stood(state: State, value: Value | None) -> Stood:
    if value is None:
        return Stood(state.value)
    return Stood(state.value, value.result_id, value.score, value.stages_completed, value.limited_basis)


def known_intervals(
    pks: Collection[int], measure: Measure, on: date, read: AsKnown
) -> dict[int, tuple[Interval, ...]]:
    """Of these few agencies all values ever up to the month end `on`, as was known, in order of time."""
    results = Q(
        model=measure.model,
        method=measure.method,
        approved_at__lt=read.approved_before,
        period_ends_on__lte=on,
    )
    found = stood(list(Agency.objects.filter(pk__in=pks)), results, domains=False)
    return {
        pk: tuple(one for one in timeline.values.get(measure.key, ()) if one.from_on <= on)
        for pk, timeline in found.items()
    }
