"""An agency's own figures as a round will publish them."""

from dataclasses import dataclass
from datetime import date

from assessments.models import Cycle
from dashboards.queries.agencies import AgencyRow, rows_of, with_standings
from dashboards.queries.measures import Measure
from portal.agencies.models import Agency
from portal.agencies.periods import month_end


@dataclass(frozen=True)
class Preview:
    """How the agency stands at the end of a round's period, and how it stood a period before."""

    on: date
    before: date
    row: AgencyRow


def preview_of(cycle: Cycle, agency: Agency) -> Preview:
    """As it is known now: what is approved until the round is published changes it still."""
    measure, on = Measure(cycle.version), month_end(cycle.period_ends_on)
    months = (cycle.period_ends_on.year - cycle.period_starts_on.year) * 12
    months += cycle.period_ends_on.month - cycle.period_starts_on.month + 1
    before = month_end(on, -months)
    standing = with_standings(Agency.objects.filter(pk=agency.pk), measure, on, before)
    return Preview(on, before, rows_of(standing, on)[agency.pk])
