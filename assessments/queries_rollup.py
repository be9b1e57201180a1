"""How the agencies below one that is rolled up stand in a round: lowest, median, how many of how many."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from django.db.models import Q

from assessments.models import Cycle, ReportingUnit, Result, UnitMode
from assessments.queries_cycles import BoardLine, open_agencies_asked
from assessments.rollup import Rollup, median
from portal.access.models import User
from portal.agencies.models import Agency


def with_rollups(cycle: Cycle, lines: Iterable[BoardLine], user: User) -> list[BoardLine]:
    """The lines of a board, those of agencies that are rolled up with what those below come to."""
    kept = list(lines)
    found = rollups(cycle, [line.agency for line in kept if line.status == UnitMode.ROLLED_UP], user)
    return [replace(line, rollup=found.get(line.agency.pk)) for line in kept]


def rollups(cycle: Cycle, agencies: Collection[Agency], user: User) -> dict[int, Rollup]:
    """For each of these agencies what the counted ones below it come to, as approved for this round, an
    amendment in the place of what it amends. Four queries, however many."""
    if not agencies:
        return {}
    below = Q()
    for agency in agencies:
        below |= Q(path__startswith=agency.path)
    apart = ReportingUnit.objects.filter(program=cycle.program_id, period_ends_on=cycle.period_ends_on)
    counted = open_agencies_asked(cycle).filter(below).exclude(pk__in=apart.values("agency_id")).order_by()
    paths = dict(counted.values_list("pk", "path"))
    known = set(counted.visible_to(user).values_list("pk", flat=True))
    results = Result.objects.as_approved().filter(
        agency__in=counted.values("pk"), version=cycle.version_id, period_ends_on=cycle.period_ends_on
    )
    # The latest approved stands: each is amended once at the most, and by a later one.
    scores = dict(results.order_by("approved_at", "pk").values_list("agency_id", "score"))
    found = {}
    for agency in agencies:
        ids = [pk for pk, path in paths.items() if path.startswith(agency.path) and pk != agency.pk]
        values = sorted(scores[pk] for pk in ids if pk in scores)
        shown = bool(values) and known.issuperset(ids)
        found[agency.pk] = Rollup(
            reported=len(values),
            asked=len(ids),
            lowest=values[0] if shown else None,
            median=median(values) if shown else None,
            stage_count=cycle.version.stage_count,
        )
    return found
