"""Reads of what an assessment begins with, and of whether its rounds want all of it anew."""

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.models import Assessment, Cycle, RoundKind
from assessments.queries import approved_earlier
from maturity.queries import succession_of, versions_of
from portal.agencies.models import ProgramMembership, in_force


@dataclass(frozen=True)
class Source:
    """An approved assessment to begin with. `origin`: by the slug of an item of the version to be answered,
    that of the item of the source's version that it stands for."""

    assessment: Assessment
    origin: Mapping[str, str]


def source_for(assessment: Assessment) -> Source | None:
    """What was approved last for an earlier period, of the same model in the same or an earlier version.

    From a newer version nothing is carried back: what it asks was not yet asked.
    """
    versions = versions_of(assessment.version.model_id)
    places = {version.pk: place for place, version in enumerate(versions)}
    until = places[assessment.version_id]
    known = [version.pk for version in versions[: until + 1]]
    found = approved_earlier(assessment).filter(version__in=known).select_related("version__model").first()
    if found is None:
        return None
    chain = versions[places[found.version_id] : until + 1]
    return Source(found, succession_of(chain).origin)


def kind_for(assessment: Assessment) -> RoundKind:
    """What the rounds of its programs ask of this agency for this version and period: a check-in where all
    of them do; a full assessment where they differ, or where there is none."""
    programs = ProgramMembership.objects.filter(
        in_force(assessment.period_ends_on), agency_id=assessment.agency_id
    )
    rounds = Cycle.objects.filter(
        program__in=programs.order_by().values("program"),
        version_id=assessment.version_id,
        period_ends_on=assessment.period_ends_on,
    )
    kinds = set(rounds.order_by().values_list("kind", flat=True))
    return RoundKind.CHECK_IN if kinds == {RoundKind.CHECK_IN} else RoundKind.FULL
