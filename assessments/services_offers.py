"""What a finished run suggests, taken into an assessment by a person: as the answer, or as evidence only."""

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from assessments.models import Answer, Assessment, Evidence, EvidenceUse, InstrumentRun
from assessments.queries_runs import is_lower, outcome_in
from assessments.services import NotOpen, lock_shared
from assessments.services_answers import AnswerFields, fields_of, save_answer, use_for
from maturity.instruments.outcomes import Offer
from maturity.levels import Level
from maturity.models import Item
from portal.access.models import User
from portal.access.rules import Right
from portal.audit.services import record


class CannotAccept(Exception):
    """What a run suggests cannot be taken into this assessment; says why."""


@transaction.atomic
def accept_offer(
    *,
    run_id: int,
    item_slug: str,
    assessment_id: int,
    revision: int,
    by: User,
    at: datetime,
    over: bool = False,
    planned_on: date | None = None,
) -> Answer:
    """Answer an item with the level that a run offers, and name the run as evidence.

    The rest of the answer stays. An answer that already says as much or more is only replaced if the person
    says so (`over`). `revision`: of the answer that they read. Raises CannotAccept, NotOpen,
    Item.DoesNotExist, and what save_answer raises (BadAnswer, StaleAnswer). Taking it twice is
    harmless.
    """
    run, assessment = _pair(run_id, assessment_id, by)
    offer = next((one for one in outcome_in(run).offers if one.item == item_slug), None)
    if offer is None:
        raise CannotAccept("This run suggests nothing for that item.")
    answer = Answer.objects.filter(assessment=assessment, item__slug=item_slug).first()
    now = fields_of(answer) if answer is not None else AnswerFields(level=None)
    wanted = _with_offer(now, offer, planned_on)
    if wanted != now or (answer is not None and answer.is_unconfirmed):
        if wanted != now and not over and not is_lower(now.level or "", offer.level):
            raise CannotAccept("The answer says as much already. Say that it is to be replaced all the same.")
        answer = save_answer(
            assessment_id=assessment.pk,
            item_slug=item_slug,
            revision=revision,
            fields=wanted,
            by=by,
            at=at,
        )
    if answer is None:  # what was wanted is that nothing is said, which no run offers
        raise CannotAccept("This run suggests nothing for that item.")
    _name_run(answer, run, by, at)
    changes = {"item": item_slug, "level": offer.level, "assessment": assessment.pk}
    record(action="accept offer", obj=run, by=by, at=at, changes=changes)
    return answer


def _with_offer(now: AnswerFields, offer: Offer, planned_on: date | None) -> AnswerFields:
    level = Level(offer.level)
    wanted = replace(now, level=level)
    if level is Level.PLANNED and planned_on is not None:
        wanted = replace(wanted, planned_on=planned_on)
    if level is Level.NOT_APPLICABLE and not wanted.reason:
        wanted = replace(wanted, reason=offer.reason)
    return wanted


@transaction.atomic
def use_as_evidence(*, run_id: int, item_slug: str, assessment_id: int, by: User, at: datetime) -> Evidence:
    """Name a finished run as evidence for an item, whose answer stays as it is, or is not given yet.

    Raises CannotAccept, NotOpen, Item.DoesNotExist. It is named once, however often it is asked for.
    """
    run, assessment = _pair(run_id, assessment_id, by)
    item = Item.objects.get(version_id=assessment.version_id, slug=item_slug)
    answer, _ = Answer.objects.get_or_create(
        assessment=assessment,
        item=item,
        defaults={"level": "", "revision": 0, "answered_by": by, "answered_at": at},
    )
    return _name_run(answer, run, by, at)


def _pair(run_id: int, assessment_id: int, by: User) -> tuple[InstrumentRun, Assessment]:
    """A finished run and an open assessment of the same agency, for which `by` may answer."""
    runs = InstrumentRun.objects.visible_to(by).select_related("agency", "edition")
    run = runs.filter(pk=run_id).first()
    if run is None or run.state != InstrumentRun.State.FINISHED:
        raise CannotAccept("Only a finished run suggests answers.")
    assessment = lock_shared(assessment_id)
    if assessment.agency_id != run.agency_id:
        raise CannotAccept("The run and the assessment are of different agencies.")
    if not by.can(Right.ANSWER, run.agency):
        raise CannotAccept(f"You may not answer for {run.agency}.")
    if not assessment.is_open:
        state = assessment.get_state_display().lower()
        raise NotOpen(f"This assessment is {state}, so its answers are fixed.")
    return run, assessment


def _name_run(answer: Answer, run: InstrumentRun, by: User, at: datetime) -> Evidence:
    title = f"{run.edition.name}{f', {run.subject}' if run.subject else ''}"
    added, created = Evidence.objects.get_or_create(
        assessment=answer.assessment,
        run=run,
        defaults={
            "kind": Evidence.Kind.RUN,
            "title": title[:200],
            "dated_on": run.run_on,
            "added_by": by,
            "added_at": at,
            "owner": by,
        },
    )
    if not created:  # for another item before
        use_for(added, answer, answer.item, by, at)
    else:
        EvidenceUse.objects.create(evidence=added, answer=answer, added_by=by, added_at=at)
        answer.assessment.workers.add(by)
        changes = {"item": answer.item.slug, "kind": added.kind, "run": run.pk}
        record(action="add evidence", obj=added, by=by, at=at, changes=changes)
    return added
