"""Agencies with how they stand at a month end, and how they stood at another."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from django.db.models import Count, Exists, F, FilteredRelation, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Sign

from dashboards.headlines import Comparison, count_change
from dashboards.models import PublishedMember, PublishedStanding, Scope, ScopeMember, Standing, held, known_at
from dashboards.queries.measures import Measure, MeasureKey
from dashboards.standings import NOT_REPORTING, STATE_WORDS
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, AgencyQuerySet
from portal.agencies.periods import months_between

SORTS = {
    "agency": "name",
    "stages": "now__stages_completed",
    "score": "now__score",
    "change": "change",
    "age": "now__result__period_ends_on",
    "state": "state",
    "answered": "now__result__answered",
    "evidence": "now__result__evidenced",
}
_COLUMNS = (
    "pk", "slug", "name", "state", "change", "now__score", "now__stages_completed", "now__limited_basis",
    "now__result__stage_count", "now__result__period_ends_on", "now__result__period_label",
)  # fmt: skip


# Agencies with `now`, `past`, `state` and `change` (with_standings), of which their type knows nothing.
Standings = QuerySet[Any]


@dataclass(frozen=True)
class Frozen:
    """Standings and members are to be read as published; `publication`: as of which (None: as of now)."""

    publication: int | None = None


@dataclass(frozen=True)
class AsKnown:
    """Standings are to be read as was known before a moment: by the results approved until then. Members
    are those of the latest."""

    approved_before: datetime


# How standings and members are read: as published, as known before a moment, or the latest (None).
Reading = Frozen | AsKnown | None


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


def members_of(scope: Scope, on: date, user: User, read: Reading = None) -> QuerySet[Agency]:
    """The agencies counted in a scope at a month end, as far as `user` may know of them; as
    published where `read` says so."""
    return Agency.objects.visible_to(user).filter(pk__in=member_ids(scope, on, read))


def member_ids(scope: Scope | int, on: date, read: Reading = None) -> QuerySet[Any]:
    """The ids of the agencies counted in a scope (or its id) at a month end, for use in queries."""
    return counted_in(scope, on, read).values("agency_id")


def counted_in(scope: Scope | int, on: date, read: Reading = None) -> QuerySet[Any]:
    """The memberships by which agencies are counted in a scope at a month end; as published if frozen."""
    members: QuerySet[Any] = ScopeMember.objects.on(on)
    if isinstance(read, Frozen):
        members = PublishedMember.objects.as_of(read.publication).on(on)
    return members.filter(scope=scope).order_by()


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


def with_standing(
    agencies: QuerySet[Agency], measure: Measure | MeasureKey | None, on: date, read: Reading = None
) -> Standings:
    """`agencies`, each with its standing at `on` as `now` and its `state`."""
    return agencies.annotate(
        now=relation(measure, on, read),
        state=Coalesce(F("now__state"), Value(NOT_REPORTING)),
    )


LISTED = (
    "pk", "slug", "name", "state", "now__score", "now__stages_completed", "now__limited_basis",
    "now__result__stage_count", "now__result__period_label", "now__result__period_ends_on",
)  # fmt: skip


@lru_cache(maxsize=128)
def listed_standings(measure: MeasureKey, on: date, read: Reading) -> AgencyQuerySet:
    """All agencies with their standing at `on`, as rows of LISTED, to be filtered and cut into pages.

    Kept, because Django takes longer to write this query than the database to answer it. Only the query is
    kept, never its rows; it follows from the arguments alone.
    """
    return cast(AgencyQuerySet, with_standing(Agency.objects.all(), measure, on, read).values(*LISTED))


def with_standings(
    agencies: QuerySet[Agency],
    measure: Measure | None,
    on: date,
    before: date | None = None,
    read: Reading = None,
    read_before: Reading = None,
) -> Standings:
    """`agencies`, each with its standing at `on` as `now` and its `state`; where there is a day `before`,
    with its standing then as `past` and its `change` since."""
    found = with_standing(agencies, measure, on, read)
    # Not called "then": the first join of a table is named so in the SQL, where that word has a meaning.
    if before is None:
        return found.annotate(change=Value(None, IntegerField()))
    then = relation(measure, before, read_before)
    return found.annotate(past=then, change=F("now__score") - F("past__score"))


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


def compare(
    agencies: QuerySet[Agency],
    measure: Measure,
    on: date,
    before: date,
    read: Reading = None,
    read_before: Reading = None,
) -> Comparison:
    """These agencies at `on` and `before`, as far as they have a value both times. One query."""
    groups = _change_groups(agencies, measure, (on, read), (before, read_before))
    return count_change(groups, measure.stage_count)


def _change_groups(
    agencies: QuerySet[Agency], measure: Measure, now: tuple[date, Reading], earlier: tuple[date, Reading]
) -> list[tuple[int, int, int, int]]:
    """How many of these agencies moved how: (stages then, now, sign of the score's change, agencies)."""
    # From the agencies on, which the database then reads once: this looks at every one of them.
    both = agencies.alias(later=_value(measure, *now), earlier=_value(measure, *earlier)).filter(
        later__score__isnull=False, earlier__score__isnull=False
    )
    groups = both.order_by().values(
        "earlier__stages_completed",
        "later__stages_completed",
        sign=Sign(F("later__score") - F("earlier__score")),
    )
    counted = groups.annotate(n=Count("*")).values_list(
        "earlier__stages_completed", "later__stages_completed", "sign", "n"
    )
    return [(was or 0, is_now or 0, sign, n) for was, is_now, sign, n in counted]


def _name(read: Reading) -> str:
    return "published_standings" if isinstance(read, Frozen) else "standings"


def relation(measure: Measure | MeasureKey | None, on: date, read: Reading) -> FilteredRelation:
    """From agencies to their standing at the month end `on`."""
    if measure is None or not isinstance(read, Frozen):
        return FilteredRelation("standings", condition=holding(measure, on, "standings__", read))
    return _value(measure, on, read)


def _value(measure: Measure | MeasureKey, on: date, read: Reading) -> FilteredRelation:
    name = _name(read)
    return FilteredRelation(name, condition=with_value(measure, on, f"{name}__", read))


def with_both(
    agencies: QuerySet[Agency],
    measure: Measure,
    on: date,
    before: date,
    read: Reading = None,
    read_before: Reading = None,
) -> QuerySet[Any]:
    """The standings at `on` of those of `agencies` with a value both times, each with its `past`."""
    path = f"agency__{_name(read_before)}"
    then = FilteredRelation(path, condition=with_value(measure, before, f"{path}__", read_before))
    # The filter comes first: what is grouped by then is of the same join.
    return valued_at(measure, on, read, past=then).filter(
        agency__in=agencies.order_by().values("pk"), past__score__isnull=False
    )


def valued_at(
    measure: Measure, on: date, read: Reading = None, **relations: FilteredRelation
) -> QuerySet[Any]:
    """The standings with a value at the month end `on`."""
    found = standings_of(measure, read).alias(**relations)
    return found.filter(with_value(measure, on, "", read), score__isnull=False)


def standings_of(measure: Measure, read: Reading = None) -> QuerySet[Any]:
    """All standings under a measure; of what was published, "not reporting" and "not adopting" too."""
    if isinstance(read, Frozen):
        found: QuerySet[Any] = PublishedStanding.objects.as_of(read.publication)
    else:
        found = Standing.versions.filter(_known(read))
    return found.filter(model=measure.model, method=measure.method)


def holding(measure: Measure | MeasureKey | None, on: date, prefix: str = "", read: Reading = None) -> Q:
    """The one standing of an agency at the month end `on`; of decisions not to adopt whatever the model.

    Written as alternatives, of which each finds its rows in the index by day.
    """
    # Only decisions not to adopt are of no model, and only they may be without end.
    of_no_model = Q(**{f"{prefix}model__isnull": True, f"{prefix}from_on__lte": on})
    found = of_no_model & Q(**{f"{prefix}until_on__isnull": True})
    found |= of_no_model & Q(**{f"{prefix}until_on__gte": on})
    return found if measure is None else with_value(measure, on, prefix, read) | found


def with_value(measure: Measure | MeasureKey, on: date, prefix: str = "", read: Reading = None) -> Q:
    """The one standing of an agency under a measure at the month end `on`."""
    fields = {"model": measure.model, "method": measure.method, "from_on__lte": on, "until_on__gte": on}
    return Q(**{f"{prefix}{name}": value for name, value in fields.items()}) & _known(read, prefix)


def _known(read: Reading, prefix: str = "") -> Q:
    """Of all standings those that are to be read."""
    if isinstance(read, Frozen):
        return held(read.publication, prefix)
    return known_at(read.approved_before if read is not None else None, prefix)


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
