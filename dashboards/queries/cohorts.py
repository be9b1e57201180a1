"""What the pages and the API show of cohorts."""

from datetime import date

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from assessments.models import ReportingUnit
from dashboards.models import Scope, ScopeMember
from dashboards.queries.timelines import EVERYTHING, current
from dashboards.standings import holds, month_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, Cohort
from portal.agencies.queries_cohorts import members_fitting
from portal.audit.models import AuditEntry
from portal.audit.queries import Wanted, find_entries


def cohorts_of(user: User) -> QuerySet[Cohort]:
    """The cohorts that `user` may know of, with what the lists show; `being_counted`: not yet up to date."""
    recounted = Scope.objects.filter(cohort=OuterRef("pk"), recount=True)
    counting = Case(
        When(Q(unmarked=True) | Q(Exists(recounted)), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    found = Cohort.objects.visible_to(user).select_related("program", "within")
    return found.annotate(being_counted=counting).order_by("name", "id")


def keeps(user: User, cohort: Cohort) -> bool:
    """Whether `user` may change this cohort: who runs its program, or all programs."""
    if cohort.program is None:
        return user.has_everywhere(Right.RUN_PROGRAM)
    return user.can_in_program(Right.RUN_PROGRAM, cohort.program)


def counted_members(cohorts: list[Cohort], on: date) -> dict[int, int]:
    """How many agencies are counted in each of these cohorts at the month end `on`, by id. One query."""
    rows = ScopeMember.objects.on(on).filter(scope__cohort__in=cohorts).order_by()
    return dict(rows.values("scope__cohort").annotate(n=Count("pk")).values_list("scope__cohort", "n"))


def members_on(cohort: Cohort, on: date) -> QuerySet[Agency]:
    """The members of a cohort, saved or only meant, on the day `on`: those that fit, but for those that do
    not answer for themselves in that month and so are not counted."""
    found = members_fitting(cohort, on)
    units = ReportingUnit.objects.order_by().values("agency_id")
    key = EVERYTHING if cohort.program_id is None else (Scope.Kind.PROGRAM.value, cohort.program_id)
    timelines = current(list(found.filter(pk__in=units)))
    apart = [pk for pk, one in timelines.items() if not holds(one.members.get(key, ()), month_of(on))]
    return found.exclude(pk__in=apart)


def last_change(cohort: Cohort) -> AuditEntry | None:
    """When this cohort was last changed, and by whom."""
    wanted = Wanted(action="cohort.", kind=cohort._meta.label_lower, key=str(cohort.pk))
    return find_entries(wanted).order_by("-at", "-pk").first()


def seen_members(members: QuerySet[Agency], user: User) -> QuerySet[Agency]:
    """Those that `user` may know of, in alphabetical order."""
    seen = Agency.objects.visible_to(user).order_by()
    return members.filter(pk__in=seen.values("pk")).order_by("name", "pk")
