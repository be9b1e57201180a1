"""How many reported around an agency: what a page of one agency says beside figures that may still change."""

from dataclasses import dataclass
from datetime import date

from dashboards.models import Scope, ScopeMember
from dashboards.queries.known import Knowledge, rows_at
from dashboards.queries.measures import Measure
from dashboards.queries.scopes import scopes_of
from portal.access.models import User
from portal.agencies.models import Agency

# The nearest comes first: whose round it is that goes on.
NEAREST = (Scope.Kind.PROGRAM, Scope.Kind.SUBTREE, Scope.Kind.EVERYTHING)


@dataclass(frozen=True)
class Reported:
    """Of the `agencies` of a scope so many `reported` at a month end."""

    scope: Scope
    reported: int
    agencies: int


def reported_around(
    agency: Agency, measure: Measure, on: date, knowledge: Knowledge, reader: User
) -> Reported | None:
    """Of the nearest scope that the agency is counted in and whose trend `reader` may see; None without one.
    Three queries at the most."""
    counted = ScopeMember.objects.on(on).filter(agency=agency).order_by().values("scope_id")
    scopes = scopes_of(reader).filter(pk__in=counted, kind__in=NEAREST)
    scope = min(scopes, key=lambda one: (NEAREST.index(Scope.Kind(one.kind)), str(one)), default=None)
    row = rows_at(scope, measure, [on], knowledge).get(on) if scope is not None else None
    if scope is None or row is None:
        return None
    return Reported(scope, row.sums.reported, row.sums.agencies)
