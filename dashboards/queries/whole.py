"""What is known of all agencies together, for pages that are about no scope."""

from dataclasses import dataclass
from datetime import date

from dashboards.figures import Figure
from dashboards.models import Scope
from dashboards.queries.known import Knowledge, known_by, rows_at
from dashboards.queries.measures import Measure
from dashboards.queries.scopes import freshness, key_of
from dashboards.tables import reported_words


@dataclass(frozen=True)
class Whole:
    """How many of all agencies reported at a month end, and the identifier of the list of them."""

    reported: int
    agencies: int
    figure: str

    @property
    def words(self) -> str:
        """ "93 of 124 agencies reported"."""
        return reported_words(self.reported, self.agencies)


def whole_at(measure: Measure, on: date, knowledge: Knowledge) -> Whole | None:
    """The same for whoever may see all agencies; None where nothing is known. Two queries."""
    scope, fresh = Scope.objects.filter(kind=Scope.Kind.EVERYTHING).first(), freshness()
    row = rows_at(scope, measure, [on], knowledge).get(on) if scope is not None else None
    if scope is None or row is None or fresh is None:
        return None
    known = known_by(knowledge, row, fresh)
    figure = Figure(key_of(scope), measure.model.slug, measure.method, on, known, "table")
    return Whole(row.sums.reported, row.sums.agencies, str(figure))
