"""Reads of reporting rounds: how far each agency has come, as its reader may know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from assessments.models import Answer, Assessment, Cycle, Extension, NothingToReport, ReportingUnit, UnitMode
from assessments.queries import exact_scores, given_scores, startable_agencies
from assessments.rollup import Rollup
from maturity import methods
from maturity.levels import Level, Numbers
from maturity.queries import rules_of
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import (
    AdoptionDecision,
    Agency,
    AgencyQuerySet,
    Program,
    ProgramMembership,
    in_force,
)

Asked = QuerySet[Any]  # agencies with what agencies_asked says
State = Assessment.State
# Each unit that is asked has one of these; together they are the n of the round.
STATUSES = {
    "not_started": "Not started",
    State.DRAFT.value: "In progress",
    State.SUBMITTED.value: "Submitted",
    State.RETURNED.value: "Returned",
    State.APPROVED.value: "Approved",
    "nothing": "Nothing to report",
    "not_adopting": "Not adopting",
}
UNFINISHED = ("not_started", State.DRAFT.value, State.RETURNED.value)
# Some of those with another day or after it, counted among the others.
AMONG = {"late": "Late", "extended": "Extended"}
# Who does not answer for itself, and so is not counted.
APART = {UnitMode.ROLLED_UP.value: "Rolled up", UnitMode.COVERED.value: "Covered"}
ALL_STATUSES = STATUSES | AMONG | APART
SORTS = {"agency": "name", "status": "place", "due": "answers_until"}


@dataclass(frozen=True)
class BoardLine:
    """One agency in a round. `percent`: of what is asked, answered; None where the reader may not know."""

    agency: Agency
    status: str
    late: bool
    assessment_id: int | None  # None: there is none, or the reader may not see it
    percent: int | None
    may_start: bool
    may_confirm: bool  # that it has nothing to report
    may_review: bool  # what it submitted
    until: date  # until when it answers
    extension: Extension | None = None
    nothing: NothingToReport | None = None
    covered_by: Agency | None = None
    rollup: Rollup | None = None  # see queries_rollup.with_rollups
    details: bool = False  # whether the reader may see the agency's details, reasons among them

    @property
    def words(self) -> str:
        """The status as people read it."""
        if self.covered_by is not None:
            return f"Covered by {self.covered_by}"
        return ALL_STATUSES[self.status]

    @property
    def seen(self) -> str:
        """What is sent back when the line is chosen: the agency, and until when it had leave."""
        return f"{self.agency.pk}:{self.extension.until_on.isoformat() if self.extension else ''}"


@dataclass(frozen=True)
class Totals:
    """How many agencies have which status, as far as the reader may know of them.

    `by_status` adds up to `asked`, which is the n of the round; `among` are some of these; `apart` are those
    that do not answer for themselves and are counted nowhere.
    """

    by_status: dict[str, int]
    among: dict[str, int]
    apart: dict[str, int]

    @property
    def asked(self) -> int:
        """The units that answer for themselves."""
        return sum(self.by_status.values())

    @property
    def listed(self) -> int:
        """All agencies on the board."""
        return self.asked + sum(self.apart.values())

    @property
    def in_words(self) -> list[tuple[str, str, int]]:
        """Key, words and number, those left out that only some rounds have and this one has not."""
        found = [
            (key, STATUSES[key], count)
            for key, count in self.by_status.items()
            if count or key not in {"nothing", "not_adopting"}
        ]
        rest = {**self.among, **self.apart}
        return found + [(key, ALL_STATUSES[key], count) for key, count in rest.items() if count]


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
    """The agencies that a round asks and `user` may know of, see asked_with_status."""
    return asked_with_status(cycle).filter(user.visible_agencies())


def asked_with_status(cycle: Cycle) -> Asked:
    """The agencies that a round asks, each with its `status` (of STATUSES or APART), `progress` (its
    assessment's state), `assessment_id`, and until when it `answers_until`; for the portal itself."""
    # An amendment under way does not make an approved one a draft again.
    own = Assessment.objects.filter(
        agency=OuterRef("pk"),
        version_id=cycle.version_id,
        period_ends_on=cycle.period_ends_on,
        amends__isnull=True,
    ).order_by()  # there is one at most; the usual order would join every agency again
    unit = ReportingUnit.objects.filter(
        program=cycle.program_id, period_ends_on=cycle.period_ends_on, agency=OuterRef("pk")
    ).order_by()
    later = Extension.objects.filter(cycle=cycle, agency=OuterRef("pk")).order_by()
    declined = AdoptionDecision.objects.filter(in_force(cycle.period_ends_on), agency=OuterRef("pk"))
    nothing = NothingToReport.objects.filter(cycle=cycle, agency=OuterRef("pk"))
    due = Value(cycle.due_on, DateField())
    return (
        open_agencies_asked(cycle)
        .annotate(
            progress=Subquery(own.values("state")[:1]),
            assessment_id=Subquery(own.values("pk")[:1]),
            mode=Subquery(unit.values("mode")[:1]),
            extended_until=Subquery(later.values("until_on")[:1]),
        )
        .annotate(
            status=Case(
                When(mode__isnull=False, then=F("mode")),
                When(Exists(declined), then=Value("not_adopting")),
                When(progress__isnull=False, then=F("progress")),
                When(Exists(nothing), then=Value("nothing")),
                default=Value("not_started"),
            ),
            answers_until=Coalesce(F("extended_until"), due),
        )
    )


def with_status(agencies: Asked, status: str, today: date) -> Asked:
    """Those of `agencies_asked` with a status of ALL_STATUSES; any other word: all of them."""
    if status == "late":
        return agencies.filter(status__in=UNFINISHED, answers_until__lt=today)
    if status == "extended":
        return agencies.filter(status__in=STATUSES, extended_until__isnull=False)
    return agencies.filter(status=status) if status in ALL_STATUSES else agencies


def with_text(agencies: Asked, text: str) -> Asked:
    """Those of `agencies_asked` with this text in their name, abbreviation or identifier."""
    text = text.strip()
    found = Q(name__icontains=text) | Q(abbreviation__icontains=text) | Q(identifier__icontains=text)
    return agencies.filter(found) if text else agencies


def in_order(agencies: Asked, sort: str) -> Asked:
    """`agencies_asked` in an order of SORTS, with "-" before it the other way round; ties by name."""
    field = SORTS.get(sort.removeprefix("-"), "name")
    if field == "place":
        places = [When(status=key, then=Value(place)) for place, key in enumerate([*STATUSES, *APART])]
        agencies = agencies.annotate(place=Case(*places))
    return agencies.order_by(f"-{field}" if sort.startswith("-") else field, "name", "pk")


def totals_of(agencies: Asked, today: date) -> Totals:
    """How many of `agencies_asked` have which status, in one query."""
    late = Case(When(answers_until__lt=today, then=Value(1)), default=Value(0))
    extended = Case(When(extended_until__isnull=False, then=Value(1)), default=Value(0))
    rows = agencies.order_by().annotate(over=late, more=extended).values_list("status", "over", "more")
    counts: dict[str, int] = dict.fromkeys([*STATUSES, *AMONG, *APART], 0)
    for status, over, more, count in rows.annotate(count=Count("pk")):
        counts[status] += count
        counts["late"] += count if over and status in UNFINISHED else 0
        counts["extended"] += count if more and status in STATUSES else 0
    return Totals(*({key: counts[key] for key in part} for part in (STATUSES, AMONG, APART)))


def board_lines(
    cycle: Cycle, agencies: Iterable[Any], user: User, today: date, *, percents: bool = True
) -> list[BoardLine]:
    """One page of a round's board, in nine queries at the most; `percents`: whether it says how much of
    what is under way is answered."""
    shown = list(agencies)
    ids = [agency.pk for agency in shown]
    rights = Agency.objects.filter(pk__in=ids)
    details = set(rights.filter(user.agencies_with(Right.SEE_DETAILS)).values_list("pk", flat=True))
    may_start = set(startable_agencies(user).filter(pk__in=ids).values_list("pk", flat=True))
    submits = user.agencies_with(Right.SUBMIT) | user.agencies_with(Right.RUN_PROGRAM)
    may_confirm = set(rights.filter(submits).values_list("pk", flat=True))
    submitted = [row.pk for row in shown if row.status == State.SUBMITTED]
    reviews = (
        rights.filter(user.agencies_with(Right.REVIEW), pk__in=submitted) if submitted else rights.none()
    )
    may_review = set(reviews.values_list("pk", flat=True)) if submitted else set()
    takes = {row.pk for row in shown if not cycle.is_closed or (row.extended_until or date.min) >= today}
    opened = [
        row.assessment_id
        for row in shown
        if row.pk in details and row.progress in {State.DRAFT, State.RETURNED}
    ]
    answered = _percents(cycle, opened if percents else [])
    later = _by_agency(Extension.objects.filter(cycle=cycle, agency__in=ids).select_related("by"))
    nothing = _by_agency(NothingToReport.objects.filter(cycle=cycle, agency__in=ids).select_related("by"))
    units = _by_agency(
        ReportingUnit.objects.filter(
            program=cycle.program_id, period_ends_on=cycle.period_ends_on, agency__in=ids
        ).select_related("covered_by")
    )
    return [
        BoardLine(
            agency=row,
            status=row.status,
            late=today > row.answers_until and row.status in UNFINISHED,
            assessment_id=row.assessment_id if row.pk in details else None,
            percent=answered.get(row.assessment_id) if row.pk in details else None,
            may_start=row.progress is None
            and row.pk in may_start
            and row.pk not in units
            and row.pk in takes,
            may_confirm=row.status == "not_started" and row.pk in may_confirm and row.pk in takes,
            may_review=row.pk in may_review,
            until=row.answers_until,
            extension=later.get(row.pk),
            nothing=nothing.get(row.pk),
            covered_by=units[row.pk].covered_by if row.pk in units else None,
            details=row.pk in details,
        )
        for row in shown
    ]


def _by_agency(rows: Iterable[Any]) -> dict[int, Any]:
    return {row.agency_id: row for row in rows}


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
