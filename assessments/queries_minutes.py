"""The median of the minutes that assessments took; never of so few that it would tell of single agencies."""

from dataclasses import dataclass

from assessments.models import Assessment, AssessmentQuerySet, Cycle
from assessments.queries_cycles import open_agencies_asked, programs_run_by
from assessments.queries_facts import median_minutes
from portal.access.models import User
from portal.agencies.periods import Period, following

LEAST_TOLD = 5  # agencies
MOST_BACK = 4  # periods


@dataclass(frozen=True)
class Minutes:
    """The median of the minutes that so many assessments of a period took."""

    median: int
    told: int
    period_label: str


def minutes_of_others(assessment: Assessment) -> Minutes | None:
    """What others took for an assessment of this kind and version: in its period, or else in the latest of
    the MOST_BACK before it, of which LEAST_TOLD told. None where there is none: few would tell of single
    ones."""
    finished = _finished().filter(version_id=assessment.version_id, kind=assessment.kind)
    finished = finished.exclude(agency_id=assessment.agency_id)
    period = Period(assessment.period_starts_on, assessment.period_ends_on)
    for back in range(MOST_BACK + 1):
        then = finished.filter(period_ends_on=following(period, -back).ends_on).order_by()
        found = _told(then)
        if found is not None:
            label = then.values_list("period_label", flat=True).first() or ""
            return Minutes(*found, label)
    return None


def _told(assessments: AssessmentQuerySet) -> tuple[int, int] | None:
    """The median of the minutes that these took and how many told, from LEAST_TOLD on; else None."""
    median, count = median_minutes(assessments.order_by().values("pk"))
    return (median, count) if median is not None and count >= LEAST_TOLD else None


def minutes_in(cycle: Cycle, reader: User) -> Minutes | None:
    """What the agencies of a round took that have handed in, for who runs its program; None for others, and
    where fewer than LEAST_TOLD told."""
    if cycle.program_id not in programs_run_by(reader):
        return None
    handed_in = _finished().filter(
        version_id=cycle.version_id,
        period_ends_on=cycle.period_ends_on,
        agency__in=open_agencies_asked(cycle).order_by().values("pk"),
    )
    found = _told(handed_in)
    return Minutes(*found, cycle.period_label) if found is not None else None


def _finished() -> AssessmentQuerySet:
    """Those handed in; not corrections, which begin with a copy of the minutes."""
    states = [Assessment.State.SUBMITTED, Assessment.State.APPROVED]
    return Assessment.objects.filter(amends__isnull=True, state__in=states)
