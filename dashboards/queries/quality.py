"""How good the data of a scope is: what was answered and backed by evidence, how old it is, who is silent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from assessments.models import Result
from dashboards.models import Standing
from dashboards.queries.agencies import AsKnown, Reading, Standings, valued_at, with_standing
from dashboards.queries.listing import Listing
from dashboards.queries.measures import Measure
from dashboards.standings import NOT_REPORTING, STATE_WORDS
from maturity.scoring import MILLION
from portal.agencies.models import Agency
from portal.agencies.periods import month_start, months_between

QUALITY_SORTS = ("agency", "state", "age", "answered", "evidence")
# Upper ends of shares, in percent: below it, but the last, which is all of it.
SHARES = ((50, "Under 50%"), (80, "50% to under 80%"), (100, "80% to under 100%"), (None, "100%"))
AGES = ((0, "Current"), (3, "1 to 3 months"), (6, "4 to 6 months"), (None, "Over 6 months"))
LIMITED, UNCONFIRMED = "limited", "unconfirmed"
BASES = {LIMITED: "On a limited basis", UNCONFIRMED: "With answers that nobody confirmed"}
NEVER = "never"
AT_ONCE = 5000  # agencies whose last reports are read in one query


@dataclass(frozen=True)
class QualityRow:
    """One agency. Shares in millionths; `age`: months since the period it stands on ended; `silent`: months
    since the last period it ever reported, of those without a value."""

    slug: str
    name: str
    state: str
    period_label: str | None
    age: int | None
    answered: int | None
    evidenced: int | None
    limited_basis: bool
    silent: int | None = None
    unconfirmed: int | None = None  # share of answers that a check-in only carried over

    @property
    def state_words(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def never(self) -> bool:
        """Whether it has no report at all up to then."""
        return self.period_label is None


@dataclass(frozen=True)
class Quality:
    """Counts over all agencies of a scope. Shares and ages are of agencies with a value."""

    agencies: int
    reported: int
    carried: int
    not_adopting: int
    lapsed: int  # not reporting, but have reported before
    never: int  # not reporting, and never have
    limited: int
    answered: Mapping[str, int]  # by SHARES
    evidenced: Mapping[str, int]
    ages: Mapping[str, int]  # by AGES
    unconfirmed: int = 0  # agencies with answers that were carried over and not confirmed

    @property
    def with_value(self) -> int:
        return self.reported + self.carried


@dataclass(frozen=True)
class QualityListing(Listing):
    """Agencies in pages, each with how good its data is."""

    standing: Q = field(default_factory=Q)

    def _shown(self, page: Standings) -> dict[int, Any]:
        return _rows(page, self.measure, self.on, self.read)

    def whole(self) -> list[Any]:
        """The rows of all agencies."""
        found = self._standing(None).filter(self.standing)
        return list(_rows(self._sorted(found), self.measure, self.on, self.read).values())


def never_reported(
    agencies: QuerySet[Agency], measure: Measure, on: date, read: Reading = None
) -> QuerySet[Agency]:
    """Those of `agencies` without any result of the measure up to `on`."""
    return agencies.filter(~Exists(_results(measure, on, read).filter(agency=OuterRef("pk"))))


def quality_of(agencies: QuerySet[Agency], measure: Measure, on: date, read: Reading = None) -> Quality:
    """The counts over `agencies`, in three queries."""
    states = dict(
        with_standing(agencies, measure, on, read)
        .order_by()
        .values("state")
        .annotate(n=Count("pk"))
        .values_list("state", "n")
    )
    silent = with_standing(agencies, measure, on, read).filter(state=NOT_REPORTING).order_by()
    never = never_reported(Agency.objects.filter(pk__in=silent.values("pk")), measure, on, read).count()
    held = valued_at(measure, on, read).filter(agency__in=agencies.order_by().values("pk"))
    counts = held.aggregate(
        limited=Count("pk", filter=on_basis(LIMITED)),
        unconfirmed=Count("pk", filter=on_basis(UNCONFIRMED)),
        **_bands(on),
    )
    return Quality(
        agencies=sum(states.values()),
        reported=states.get(Standing.State.REPORTED, 0),
        carried=states.get(Standing.State.CARRIED, 0),
        not_adopting=states.get(Standing.State.NOT_ADOPTING, 0),
        lapsed=states.get(NOT_REPORTING, 0) - never,
        never=never,
        limited=counts["limited"],
        unconfirmed=counts["unconfirmed"],
        answered={words: counts[f"answered_{i}"] for i, (_, words) in enumerate(SHARES)},
        evidenced={words: counts[f"evidenced_{i}"] for i, (_, words) in enumerate(SHARES)},
        ages={words: counts[f"age_{i}"] for i, (_, words) in enumerate(AGES)},
    )


def in_share(name: str, number: int, prefix: str = "") -> Q:
    """As a filter on standings: those whose share `name` (answered, evidenced) is in this part of SHARES."""
    field = f"{prefix}result__{name}"
    below = SHARES[number - 1][0] if number else 0
    found = Q(**{f"{field}__gte": (below or 0) * MILLION // 100})
    end = SHARES[number][0]
    return found if end is None else found & Q(**{f"{field}__lt": end * MILLION // 100})


def in_age(number: int, on: date, prefix: str = "") -> Q:
    """As a filter on standings at `on`: those whose assessed period is as old as this part of AGES."""
    field = f"{prefix}result__period_ends_on"
    found = Q(**{f"{field}__isnull": False})
    if number and (younger := AGES[number - 1][0]) is not None:
        found &= Q(**{f"{field}__lt": month_start(on, -younger)})
    months = AGES[number][0]
    return found if months is None else found & Q(**{f"{field}__gte": month_start(on, -months)})


def on_basis(basis: str, prefix: str = "") -> Q:
    """As a filter on standings: those on this one of BASES."""
    if basis == LIMITED:
        return Q(**{f"{prefix}limited_basis": True})
    return Q(**{f"{prefix}result__unconfirmed_items__gt": 0})


def _bands(on: date) -> dict[str, Count]:
    """Agencies by share answered and backed by evidence, and by age."""
    found = {
        f"{name}_{number}": Count("pk", filter=in_share(name, number))
        for name in ("answered", "evidenced")
        for number in range(len(SHARES))
    }
    ages = {f"age_{number}": Count("pk", filter=in_age(number, on)) for number in range(len(AGES))}
    return found | ages


def _rows(page: Standings, measure: Measure | None, on: date, read: Reading) -> dict[int, QualityRow]:
    columns = (
        "pk", "slug", "name", "state", "now__limited_basis", "now__result__period_label",
        "now__result__period_ends_on", "now__result__answered", "now__result__evidenced",
        "now__result__unconfirmed",
    )  # fmt: skip
    values = list(page.values(*columns))
    silent = [row["pk"] for row in values if row["now__result__period_ends_on"] is None]
    last = _last_reports(silent, measure, on, read) if measure is not None else {}
    found = {}
    for row in values:
        label, ends_on = row["now__result__period_label"], row["now__result__period_ends_on"]
        before_label, before_on = last.get(row["pk"], (None, None))
        found[row["pk"]] = QualityRow(
            slug=row["slug"],
            name=row["name"],
            state=row["state"],
            period_label=label or before_label,
            age=None if ends_on is None else months_between(ends_on, on),
            answered=row["now__result__answered"],
            evidenced=row["now__result__evidenced"],
            unconfirmed=row["now__result__unconfirmed"],
            limited_basis=bool(row["now__limited_basis"]),
            silent=None if before_on is None else months_between(before_on, on),
        )
    return found


def _last_reports(
    agencies: Iterable[int], measure: Measure, on: date, read: Reading
) -> dict[int, tuple[str, date]]:
    """The last period that each of these (its id) ever reported."""
    found: dict[int, tuple[str, date]] = {}
    ids = sorted(agencies)
    for start in range(0, len(ids), AT_ONCE):
        rows = _results(measure, on, read).filter(agency__in=ids[start : start + AT_ONCE])
        rows = rows.order_by("period_ends_on", "approved_at")
        for agency, label, ends_on in rows.values_list("agency_id", "period_label", "period_ends_on"):
            found[agency] = label, ends_on
    return found


def _results(measure: Measure, on: date, read: Reading) -> QuerySet[Result]:
    found = Result.objects.filter(model=measure.model, method=measure.method, period_ends_on__lte=on)
    return found.filter(approved_at__lt=read.approved_before) if isinstance(read, AsKnown) else found
