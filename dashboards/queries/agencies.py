"""Agencies with how they stand at a month end, and how they stood at another."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Sign

from dashboards.headlines import Comparison, count_change
from dashboards.models import Scope, ScopeMember, Standing
from dashboards.queries.measures import Measure
from dashboards.standings import NOT_REPORTING, STATE_WORDS
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import months_between

SORTS = {
    "agency": "name",
    "stages": "now__stages_completed",
    "score": "now__score",
    "change": "change",
    "age": "now__result__period_ends_on",
    "state": "state",
}
_COLUMNS = (
    "pk", "slug", "name", "state", "change", "now__score", "now__stages_completed", "now__limited_basis",
    "now__result__stage_count", "now__result__period_ends_on", "now__result__period_label",
)  # fmt: skip


# Agencies with `now`, `then`, `state` and `change` (with_standings), of which their type knows nothing.
Standings = QuerySet[Any]


@dataclass(frozen=True)
class AgencyRow:
    """One agency in a table. Scores in millionths; `age` in months since the assessed period ended."""

    slug: str
    name: str
    state: str
    score: int | None
    stages_completed: int | None
    stage_count: int | None
    change: int | None
    period_label: str | None
    age: int | None
    limited_basis: bool

    @property
    def state_words(self) -> str:
        """The state as people read it."""
        return STATE_WORDS[self.state]

    @property
    def working_on(self) -> int | None:
        """The stage after the completed ones; None without a score or when all are completed."""
        if self.stages_completed is None or self.stages_completed == self.stage_count:
            return None
        return self.stages_completed + 1

    @property
    def all_completed(self) -> bool:
        """Whether no stage is left."""
        return self.stages_completed is not None and self.stages_completed == self.stage_count


def members_of(scope: Scope, on: date, user: User) -> QuerySet[Agency]:
    """The agencies counted in a scope at a month end, as far as `user` may know of them."""
    members = ScopeMember.objects.on(on).filter(scope=scope)
    return Agency.objects.visible_to(user).filter(pk__in=members.values("agency_id"))


def parents_near(user: User, chosen: str) -> QuerySet[Agency]:
    """The agencies with others below them that `user` may know of, for a picker: the topmost, and those
    above and directly below the one whose slug is `chosen`, so that one goes down level by level."""
    seen = Agency.objects.visible_to(user)
    near = Q(parent__isnull=True)
    if not user.has_everywhere(Right.SEE):
        near |= ~Q(parent__in=seen.order_by().values("pk"))
    if chosen and (agency := seen.filter(slug=chosen).first()) is not None:
        near |= Q(pk__in=[*agency.ancestor_ids, agency.pk]) | Q(parent=agency)
    return seen.filter(near, Exists(seen.order_by().filter(parent=OuterRef("pk"))))


def with_standing(agencies: QuerySet[Agency], measure: Measure | None, on: date) -> Standings:
    """`agencies`, each with its standing at `on` as `now` and its `state`."""
    return agencies.annotate(
        now=FilteredRelation("standings", condition=_holding(measure, on, "standings__")),
        state=Coalesce(F("now__state"), Value(NOT_REPORTING)),
    )


def with_standings(
    agencies: QuerySet[Agency], measure: Measure | None, on: date, before: date | None = None
) -> Standings:
    """`agencies`, each with its standing at `on` as `now` and its `state`; where there is a day `before`,
    with its standing then as `then` and its `change` since."""
    found = with_standing(agencies, measure, on)
    if before is None:
        return found.annotate(change=Value(None, IntegerField()))
    then = FilteredRelation("standings", condition=_holding(measure, before, "standings__"))
    return found.annotate(then=then, change=F("now__score") - F("then__score"))


def sorted_by(agencies: Standings, sort: str) -> Standings:
    """In the order asked for ("score", "-score"), agencies without such a value last, ties by name.

    The age of an assessment runs against its date: the youngest first is the latest date first.
    """
    key = sort.removeprefix("-")
    if key == "agency":  # as the index has it, which knows no nulls
        return agencies.order_by("-name" if sort.startswith("-") else "name", "pk")
    descending = sort.startswith("-") != (key == "age")
    field = F(SORTS[key])
    order = field.desc(nulls_last=True) if descending else field.asc(nulls_last=True)
    return agencies.order_by(order, "name", "pk")


def rows_of(agencies: Standings, on: date) -> dict[int, AgencyRow]:
    """The rows of agencies that have their standings, by id, in the same order."""
    return {values["pk"]: _row(values, on) for values in agencies.values(*_COLUMNS)}


def compare(agencies: QuerySet[Agency], measure: Measure, on: date, before: date) -> Comparison:
    """These agencies at `on` and `before`, as far as they have a value both times. One query."""
    then = FilteredRelation(
        "agency__standings", condition=_with_value(measure, before, "agency__standings__")
    )
    # The filter comes first: what is grouped by then is of the same join.
    both = Standing.objects.alias(then=then).filter(
        _with_value(measure, on), agency__in=agencies.order_by().values("pk"), then__score__isnull=False
    )
    groups = both.order_by().values(
        "then__stages_completed", "stages_completed", sign=Sign(F("score") - F("then__score"))
    )
    counted = groups.annotate(n=Count("*"))
    rows = counted.values_list("then__stages_completed", "stages_completed", "sign", "n")
    return count_change([(was or 0, now or 0, sign, n) for was, now, sign, n in rows], measure.stage_count)


def _holding(measure: Measure | None, on: date, prefix: str = "") -> Q:
    """The one standing of an agency at the month end `on`; of decisions not to adopt whatever the model.

    Written as alternatives, of which each finds its rows in the index by day.
    """
    # Only decisions not to adopt are of no model, and only they may be without end.
    of_no_model = Q(**{f"{prefix}model__isnull": True, f"{prefix}from_on__lte": on})
    found = of_no_model & Q(**{f"{prefix}until_on__isnull": True})
    found |= of_no_model & Q(**{f"{prefix}until_on__gte": on})
    return found if measure is None else _with_value(measure, on, prefix) | found


def _with_value(measure: Measure, on: date, prefix: str = "") -> Q:
    """The one standing with a value of an agency at the month end `on`."""
    fields = {"model": measure.model, "method": measure.method, "from_on__lte": on, "until_on__gte": on}
    return Q(**{f"{prefix}{name}": value for name, value in fields.items()})


def _row(values: dict[str, Any], on: date) -> AgencyRow:
    ends_on = values["now__result__period_ends_on"]
    return AgencyRow(
        slug=values["slug"],
        name=values["name"],
        state=values["state"],
        score=values["now__score"],
        stages_completed=values["now__stages_completed"],
        stage_count=values["now__result__stage_count"],
        change=values["change"],
        period_label=values["now__result__period_label"],
        age=None if ends_on is None else months_between(ends_on, on),
        limited_basis=bool(values["now__limited_basis"]),
    )
