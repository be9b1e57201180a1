"""Agencies beside the target stage in their own profile."""

from datetime import date

from django.db.models import F, Q

from dashboards.queries.agencies import Frozen, Reading
from portal.agencies.models import ProfileValue, in_force


def at_target(on: date, read: Reading) -> Q:
    """As a filter on agencies with their standings: those with as many stages completed as their target, or
    more; as the one page counts them. The target is that of the profile on that day, or as published."""
    if isinstance(read, Frozen):
        return Q(now__stages_completed__gte=F("now__target_stage"))
    targets = ProfileValue.objects.filter(in_force(on), field="target_stage").order_by()
    found = Q(pk__in=[])
    for aim in sorted({int(aim) for aim in targets.values_list("value", flat=True).distinct()}):
        having = targets.filter(value=aim).values("agency_id")
        found |= Q(pk__in=having, now__stages_completed__gte=aim)
    return found
