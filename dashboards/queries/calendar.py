"""What stands in a person's calendar: days and titles of what they may see now, never answers or notes."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from assessments.models import Action, Cycle, Milestone
from assessments.queries_due import own_days
from dashboards.calendar_feed import Entry
from dashboards.models import Commitment
from portal.access.models import User, agencies_of
from portal.access.rules import Right
from portal.agencies.models import AdoptionDecision, Agency, Program, ProgramMembership

BACK, AHEAD = timedelta(days=366), timedelta(days=2 * 366)
MOST = 500  # of each kind
Member = tuple[int, str, date, date | None]  # an agency's id and name, and since and until when


def entries_for(reader: User, today: date) -> list[Entry]:
    """A year back and two ahead. The number of queries does not depend on that of agencies."""
    window = (today - BACK, today + AHEAD)
    mine = agencies_worked_for(reader)
    return [
        *_rounds(reader, mine, window),
        *_plans(Action.objects.still_open().visible_to(reader), "action", mine, window),
        *_plans(Milestone.objects.visible_to(reader), "milestone", mine, window),
        *_commitments(reader, mine, window),
        *_reviews(reader, window),
    ]


def agencies_worked_for(reader: User) -> QuerySet[Agency]:
    """The agencies whose own people this person is one of: not those of a program that they look after."""
    grants = [row for row in reader.grants_in_use if row.gives(Right.ANSWER) and row.agency_id is not None]
    return Agency.objects.filter(agencies_of(grants))


def _rounds(reader: User, mine: QuerySet[Agency], window: tuple[date, date]) -> Iterator[Entry]:
    ends = Q(due_on__range=window) | Q(preview_ends_on__range=window)
    rounds = (
        Cycle.objects.visible_to(reader).filter(ends).select_related("program").order_by("-due_on", "-pk")
    )
    rows = list(rounds[:MOST])
    theirs, own = _members(mine, {row.program_id for row in rows}), own_days([row.pk for row in rows])
    for row in rows:
        page = reverse("assessments:cycle-detail", args=[row.pk])
        what = f"{row.period_label} of {row.program}"
        asked = {
            pk: name for pk, name, since, until in theirs.get(row.program_id, ()) if _asked(row, since, until)
        }
        yield Entry(f"round-{row.pk}-due", row.due_on, f"Due: {what}", page, row.opened_at)
        for pk, on in own.get(row.pk, {}).items():
            if pk in asked:
                title = f"Due: {what}, {asked[pk]}"
                yield Entry(f"round-{row.pk}-due-{pk}", on, title, page, row.opened_at)
        if row.preview_ends_on is not None:
            title = f"Preview ends: {what}"
            yield Entry(f"round-{row.pk}-preview", row.preview_ends_on, title, page, row.opened_at)


def _members(
    mine: QuerySet[Agency], programs: set[int]
) -> dict[int, list[tuple[int, str, date, date | None]]]:
    rows = ProgramMembership.objects.filter(
        program__in=programs, agency__in=mine.order_by().values("pk")
    ).order_by("pk")
    found: dict[int, list[Member]] = {}
    columns = ("program_id", "agency_id", "agency__name", "from_on", "until_on")
    for program, *row in rows.values_list(*columns):
        found.setdefault(program, []).append((row[0], row[1], row[2], row[3]))
    return found


def _asked(cycle: Cycle, since: date, until: date | None) -> bool:
    """As queries_cycles.open_agencies_asked has it."""
    return since <= cycle.due_on and (until is None or until >= cycle.period_ends_on)


def _plans(
    found: QuerySet[Any], kind: str, mine: QuerySet[Agency], window: tuple[date, date]
) -> Iterator[Entry]:
    rows = found.filter(agency__in=mine.order_by().values("pk"), due_on__range=window)
    for row in rows.select_related("agency").order_by("-due_on", "-pk")[:MOST]:
        page = reverse("dashboards:agency-roadmap", args=[row.agency.slug])
        title = f"{kind.capitalize()} due: {row.title} ({row.agency})"
        yield Entry(f"{kind}-{row.pk}", row.due_on, title, page, row.changed_at, row.revision - 1)


def _commitments(reader: User, mine: QuerySet[Agency], window: tuple[date, date]) -> Iterator[Entry]:
    run = Program.objects.filter(reader.programs_with(Right.RUN_PROGRAM)).order_by().values("pk")
    theirs = Q(person=reader) | Q(agency__in=mine.order_by().values("pk"))
    theirs |= Q(briefing__program__in=run) | Q(program__in=run)
    rows = Commitment.objects.visible_to(reader).filter(
        theirs, status=Commitment.Status.OPEN, due_on__range=window
    )
    for row in rows.with_list_relations().order_by("-due_on", "-pk")[:MOST]:
        if row.due_on is not None:
            page = reverse("dashboards:commitment-edit", args=[row.pk])
            title = f"Commitment due: {row.text} ({row.of})"
            yield Entry(f"commitment-{row.pk}", row.due_on, title, page, row.changed_at, row.revision - 1)


def _reviews(reader: User, window: tuple[date, date]) -> Iterator[Entry]:
    seen = Agency.objects.filter(reader.agencies_with(Right.SEE_DETAILS)).order_by().values("pk")
    rows = AdoptionDecision.objects.filter(until_on__isnull=True, agency__in=seen, review_on__range=window)
    for row in rows.select_related("agency").order_by("-review_on", "-pk")[:MOST]:
        page = reverse("dashboards:agency-detail", args=[row.agency.slug])
        title = f"Review the decision not to adopt: {row.agency}"
        made = timezone.make_aware(datetime.combine(row.from_on, time(12)))
        yield Entry(f"adoption-{row.pk}", row.review_on, title, page, made)
