"""Telling people what happened to an assessment or a reporting round; called by the services that do it."""

from collections.abc import Collection
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Comment, Cycle, PreviewReply, ReviewReply
from assessments.queries_cycles import open_agencies_asked
from portal.access.models import User
from portal.access.queries_notices import AGENCY_PEOPLE, REVIEWERS, notes_by_person, people_of
from portal.access.rules import Right, Role
from portal.agencies.models import Agency
from portal.notices.services import Note, notify


def tell_submitted(*, assessment: Assessment, by: User, at: datetime) -> None:
    """Tell those who may review it; not who submitted it or answered in it."""
    reviewers = _holding(assessment.agency, REVIEWERS, at)
    if reviewers:
        people = reviewers - _workers(assessment) - {by.pk}
        _tell("assessment-submitted", assessment, "assessments:assessment-review", people, at)


def tell_decided(*, assessment: Assessment, by: User, at: datetime) -> None:
    """Tell those who worked on it and the agency's leads that it was approved or returned."""
    people = (_holding(assessment.agency, {Role.LEAD}, at) | _workers(assessment)) - {by.pk}
    if assessment.state == Assessment.State.APPROVED:
        _tell("assessment-approved", assessment, "assessments:assessment-result", people, at)
    else:
        _tell("assessment-returned", assessment, "assessments:assessment-detail", people, at)


def tell_preview_opened(*, cycle: Cycle, by: User | None, at: datetime) -> None:
    """Tell the people of all agencies of a round that their figures are in preview."""
    tell_agencies(
        "preview-opened",
        cycle=cycle,
        agencies=list(open_agencies_asked(cycle)),
        key=f"{cycle.pk}:{cycle.preview_ends_on}",  # a round may be opened again, and previewed again
        page="dashboards:preview-detail",
        with_cycle=True,
        by=by,
        at=at,
    )


def tell_round(*, kind: str, cycle: Cycle, by: User | None, at: datetime) -> None:
    """Tell the people of all agencies of a round what was done with it."""
    tell_agencies(
        kind,
        cycle=cycle,
        agencies=list(open_agencies_asked(cycle)),
        key=f"{cycle.pk}:{at.isoformat()}",
        page="dashboards:agency-detail",
        with_cycle=False,
        by=by,
        at=at,
    )


def tell_agencies(
    kind: str,
    *,
    cycle: Cycle,
    agencies: Collection[Agency],
    key: str,
    page: str,
    with_cycle: bool,
    by: User | None,
    at: datetime,
) -> None:
    """Tell the people of these agencies of something in a round, each once, however many they have.

    `page`: of one agency, by slug and, `with_cycle`, by the round; who has several goes to the round.
    """
    told = people_of(agencies, AGENCY_PEOPLE, timezone.localdate(at))
    if by is not None:
        told = {pk: people - {by.pk} for pk, people in told.items()}
    first = [cycle.pk] if with_cycle else []
    notes = notes_by_person(
        told,
        agencies,
        about=str(cycle),
        key=key,
        path=reverse("assessments:cycle-detail", args=[cycle.pk]),
        paths={row.pk: reverse(page, args=[*first, row.slug]) for row in agencies if told.get(row.pk)},
    )
    notify(kind=kind, notes=notes, at=at)


def tell_reply(*, reply: PreviewReply, at: datetime) -> None:
    """Tell the other side, and whoever else took part in the conversation: the agency's leads where the
    program office replied, the program's officers where the agency did. Never what was said."""
    agency, by = reply.agency, reply.by
    other = {Role.LEAD} if by.can(Right.REVIEW, agency) else {Role.OFFICER}
    thread = PreviewReply.objects.filter(cycle=reply.cycle_id, agency=reply.agency_id).order_by()
    people = _holding(agency, other, at) | set(thread.values_list("by_id", flat=True))
    note = Note(
        about=f"{agency} in {reply.cycle}",
        path=reverse("dashboards:preview-detail", args=[reply.cycle_id, agency.slug]),
        key=str(reply.pk),
        people=people - {by.pk},
        agency_id=agency.pk,
    )
    notify(kind="preview-reply", notes=[note], at=at)


def tell_assigned(*, assessment: Assessment, people: Collection[int], at: datetime) -> None:
    """Tell people that items are theirs: once a day for each assessment, however many items."""
    address = reverse("assessments:assessment-detail", args=[assessment.pk])
    note = Note(
        about=str(assessment),
        path=f"{address}?whose=mine",
        key=f"{assessment.pk}:{timezone.localdate(at).isoformat()}",
        people=people,
        agency_id=assessment.agency_id,
    )
    notify(kind="assigned", notes=[note], at=at)


def tell_comment(*, comment: Comment, named: Collection[int], others: Collection[int], at: datetime) -> None:
    """Tell who is named in a comment, and the others who took part in its thread. Never what was said."""
    thread = comment.thread
    address = reverse("assessments:thread-detail", args=[thread.assessment_id, thread.item.slug])
    for kind, people in (("comment-mention", named), ("comment-reply", others)):
        if people:
            note = Note(
                about=f"“{thread.item.title}”, {thread.assessment}",
                path=f"{address}#comment-{comment.pk}",
                key=str(comment.pk),
                people=people,
                agency_id=thread.assessment.agency_id,
            )
            notify(kind=kind, notes=[note], at=at)


def tell_review_reply(*, reply: ReviewReply, at: datetime) -> None:
    """Tell the other side that there is a reply to a question or to another level: the reviewer who decided
    and whoever else took part, or the agency's leads. Never what was said."""
    decision, by = reply.decision, reply.by
    assessment = decision.assessment
    people = set(ReviewReply.objects.filter(decision=decision).order_by().values_list("by_id", flat=True))
    people |= {decision.by_id} if decision.by_id is not None else set()
    if by.can(Right.REVIEW, assessment.agency):
        people |= _holding(assessment.agency, {Role.LEAD}, at)
    note = Note(
        about=str(assessment),
        path=reverse("assessments:disagreement-detail", args=[assessment.pk]),
        key=str(reply.pk),
        people=people - {by.pk},
        agency_id=assessment.agency_id,
    )
    notify(kind="review-reply", notes=[note], at=at)


def _tell(kind: str, assessment: Assessment, page: str, people: Collection[int], at: datetime) -> None:
    note = Note(
        about=str(assessment),
        path=reverse(page, args=[assessment.pk]),
        key=f"{assessment.pk}:{assessment.revision}",  # it may be returned and submitted again
        people=people,
        agency_id=assessment.agency_id,
    )
    notify(kind=kind, notes=[note], at=at)


def _holding(agency: Agency, roles: Collection[Role], at: datetime) -> set[int]:
    return people_of([agency], roles, timezone.localdate(at))[agency.pk]


def _workers(assessment: Assessment) -> set[int]:
    return set(assessment.workers.order_by().values_list("pk", flat=True))
