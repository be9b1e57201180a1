"""Reads of reporting rounds: how far each agency has come, as its reader may know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from assessments.models import Answer, Assessment, Cycle
from assessments.queries import exact_scores, given_scores, startable_agencies
from maturity import methods
from maturity.levels import Level, Numbers
from maturity.queries import rules_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency, AgencyQuerySet, Program, ProgramMembership

Asked = QuerySet[Any]  # agencies with `progress` and `assessment_id`, see agencies_asked
State = Assessment.State
UNFINISHED = Q(progress__isnull=True) | Q(progress__in=[State.DRAFT, State.RETURNED])
STATUSES = {
    "not_started": "Not started",
    State.DRAFT.value: "Draft",
    State.SUBMITTED.value: "Submitted",
    State.RETURNED.value: "Returned",
    State.APPROVED.value: "Approved",
}


@dataclass(frozen=True)
class BoardLine:
    """One agency in a round. `percent`: of what is asked, answered; None where the reader may not know."""

    agency: Agency
    status: str
    late: bool
    assessment_id: int | None  # None: there is none, or the reader may not see it
    percent: int | None
    may_start: bool

    @property
    def words(self) -> str:
        """The status as people read it."""
        return STATUSES[self.status]


def programs_run_by(user: User) -> list[int]:
    """Ids of the programs whose rounds `user` opens and publishes."""
    if user.has_everywhere(Right.RUN_PROGRAM):
        return list(Program.objects.values_list("pk", flat=True))
    grants = [grant for grant in user.grants_in_use if grant.gives(Right.RUN_PROGRAM)]
    return [grant.program_id for grant in grants if grant.program_id is not None]


def open_agencies_asked(cycle: Cycle) -> AgencyQuerySet:
    """The agencies that a round asks: who joined the program by the due day and did not leave it or close
    before the period ended."""
    members = ProgramMembership.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=cycle.period_ends_on),
        program_id=cycle.program_id,
        from_on__lte=cycle.due_on,
    )
    return Agency.objects.open_on(cycle.period_ends_on).filter(pk__in=members.values("agency_id"))


def agencies_asked(cycle: Cycle, user: User) -> Asked:
    """The agencies that a round asks and `user` may know of, each with `progress`: its assessment's state."""
    # An amendment under way does not make an approved one a draft again.
    own = Assessment.objects.filter(
        agency=OuterRef("pk"),
        version_id=cycle.version_id,
        period_ends_on=cycle.period_ends_on,
        amends__isnull=True,
    ).order_by()  # there is one at most; the usual order would join every agency again
    return (
        open_agencies_asked(cycle)
        .visible_to(user)
        .annotate(progress=Subquery(own.values("state")[:1]), assessment_id=Subquery(own.values("pk")[:1]))
    )


def with_status(agencies: Asked, status: str, late: bool) -> Asked:
    """Those of `agencies_asked` with a status of STATUSES, or "late"; `late`: whether the due day is over."""
    if status == "late":
        return agencies.filter(UNFINISHED) if late else agencies.none()
    if status == "not_started":
        return agencies.filter(progress__isnull=True)
    return agencies.filter(progress=status) if status in STATUSES else agencies


def totals_of(agencies: Asked, late: bool) -> list[tuple[str, str, int]]:
    """Key, words and number of agencies for each status, and of the late ones, in one query."""
    rows = agencies.order_by().values_list("progress").annotate(count=Count("pk"))
    counts = {state or "not_started": count for state, count in rows}
    found = [(key, words, counts.get(key, 0)) for key, words in STATUSES.items()]
    if late:
        unfinished = sum(counts.get(key, 0) for key in ("not_started", State.DRAFT, State.RETURNED))
        found.append(("late", "Late", unfinished))
    return found


def board_lines(cycle: Cycle, agencies: Iterable[Any], user: User, today: date) -> list[BoardLine]:
    """One page of a round's board, in four queries."""
    shown = list(agencies)
    ids = [agency.pk for agency in shown]
    rights = Agency.objects.filter(pk__in=ids)
    details = set(rights.filter(user.agencies_with(Right.SEE_DETAILS)).values_list("pk", flat=True))
    may_start = set(startable_agencies(user).filter(pk__in=ids).values_list("pk", flat=True))
    opened = [
        row.assessment_id
        for row in shown
        if row.pk in details and row.progress in {State.DRAFT, State.RETURNED}
    ]
    percents = _percents(cycle, opened)
    return [
        BoardLine(
            agency=row,
            status=row.progress or "not_started",
            late=today > cycle.due_on and row.progress not in {State.SUBMITTED, State.APPROVED},
            assessment_id=row.assessment_id if row.pk in details else None,
            percent=percents.get(row.assessment_id) if row.pk in details else None,
            may_start=row.progress is None and row.pk in may_start,
        )
        for row in shown
    ]


def _percents(cycle: Cycle, assessments: list[int]) -> dict[int, int]:
    """By assessment, how much of what is asked is answered; 100 only where all of it is."""
    levels: dict[int, dict[str, Level]] = {pk: {} for pk in assessments}
    rows = Answer.objects.filter(assessment__in=assessments).exclude(level="")
    for pk, slug, level in rows.values_list("assessment_id", "item__slug", "level"):
        levels[pk][slug] = Level(level)
    rules = rules_of(cycle.version)
    given = given_scores(assessments) if rules.takes_domain_scores else {}
    found = {}
    for pk, said in levels.items():
        numbers = Numbers(domains=exact_scores(given.get(pk, {})))
        card = methods.score(rules, said, methods.asked_items(rules, said), numbers)
        found[pk] = int(card.answered * 100) if card is not None else (100 if rules.is_staged else 0)
    return found
