"""Submitting, returning, publishing and withdrawing case studies. Each names the revision that was seen."""

from datetime import datetime

from django.db import transaction

from casestudies.content import content_from_json, missing_in
from casestudies.models import CaseStudy
from casestudies.services_search import remove_one, write_one
from casestudies.services_showing import show
from casestudies.services_writing import StaleCaseStudy, lock, move
from portal.access.models import User

State = CaseStudy.State


class CannotSubmit(Exception):
    """Something is missing; says what."""


class CannotReturn(Exception):
    """A return without a comment helps nobody."""


class CannotPublish(Exception):
    """This person may not publish this case study, or it is not ready; says why."""


@transaction.atomic
def submit_case_study(*, study_id: int, revision: int, by: User, at: datetime) -> CaseStudy:
    """Ask for its review. Raises CaseStudy.DoesNotExist, StaleCaseStudy, CannotSubmit."""
    study = lock(study_id, revision, {State.DRAFT, State.RETURNED, State.WITHDRAWN})
    if study.agency_name_given:
        raise CannotSubmit(
            f"Say first which agency “{study.agency_name_given}” is, or that it is none of ours."
        )
    if missing := missing_in(content_from_json(study.draft)):
        raise CannotSubmit(f"Before it can be reviewed it needs {' and '.join(missing)}.")
    move(study, State.IN_REVIEW, action="case_study.submit", by=by, at=at)
    return study


@transaction.atomic
def return_case_study(*, study_id: int, revision: int, comment: str, by: User, at: datetime) -> CaseStudy:
    """Give it back with a comment that says what to change.

    Raises CaseStudy.DoesNotExist, StaleCaseStudy, CannotReturn.
    """
    if not comment.strip():
        raise CannotReturn("Say what should be changed.")
    study = lock(study_id, revision, {State.IN_REVIEW})
    move(study, State.RETURNED, action="case_study.return", by=by, at=at, comment=comment.strip())
    return study


@transaction.atomic
def publish_case_study(
    *, study_id: int, revision: int, by: User, at: datetime, comment: str = ""
) -> CaseStudy:
    """Show what was reviewed to everybody. Raises CaseStudy.DoesNotExist, StaleCaseStudy, CannotPublish."""
    study = lock(study_id, revision, {State.IN_REVIEW})
    if reason := own_work(study, by):
        raise CannotPublish(reason)
    content = content_from_json(study.draft)
    remove_one(study)  # with the lessons that it had
    study.published, study.published_at, study.is_public = content.as_json(), at, True
    show(study, content)
    write_one(study)
    move(study, State.PUBLISHED, action="case_study.publish", by=by, at=at, comment=comment.strip())
    return study


@transaction.atomic
def withdraw_case_study(*, study_id: int, revision: int, comment: str, by: User, at: datetime) -> CaseStudy:
    """Take it from all readers; its text stays, and may be reviewed and published again.

    Raises CaseStudy.DoesNotExist, StaleCaseStudy.
    """
    study = lock(study_id, revision)
    if not study.is_public:
        raise StaleCaseStudy(f"This case study is not published: it is {study.get_state_display().lower()}.")
    remove_one(study)
    study.is_public = False
    move(study, State.WITHDRAWN, action="case_study.withdraw", by=by, at=at, comment=comment.strip())
    show(study, content_from_json(study.draft))
    return study


def own_work(study: CaseStudy, person: User) -> str:
    """Why this person may not publish it, having written at it, at any time, or submitted it; else ""."""
    if study.author_id == person.pk or study.writers.filter(pk=person.pk).exists():
        return "You wrote at this case study, so somebody else has to publish it."
    submitted = study.steps.filter(state=State.IN_REVIEW).order_by("pk").last()
    if submitted is not None and submitted.by_id == person.pk:
        return "You submitted this case study, so somebody else has to publish it."
    return ""
