"""The life of an assessment: started, and once approved, amended. Answers: services_answers; review:
services_review."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Assessment, PeriodFacts, RoundKind, Step
from assessments.queries_carried import kind_for, source_for
from assessments.services_carried import carry_together
from assessments.services_copying import carry_answers, copy_answers, copy_row
from assessments.services_doors import RoundClosed, pass_doors, take_back_nothing
from maturity.models import ModelVersion
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import Period
from portal.audit.services import record


class CannotStart(Exception):
    """The assessment or amendment cannot be started; says why."""


class NotOpen(Exception):
    """The assessment is submitted or approved, so its answers are fixed."""


def lock(assessment_id: int) -> Assessment:
    """The assessment, for this transaction alone: its saves wait too."""
    found = Assessment.objects.select_for_update(of=("self",))
    return found.select_related("agency", "version__model").get(pk=assessment_id)


def lock_shared(assessment_id: int) -> Assessment:
    """The assessment, kept as it is until this transaction ends, while others save answers as well.

    Django has no FOR SHARE. On SQLite every transaction that writes has the database to itself.
    Raises Assessment.DoesNotExist.
    """
    text = "SELECT * FROM assessments_assessment WHERE id = %s"
    if connection.vendor == "postgresql":
        text += " FOR SHARE"
    rows = list(Assessment.objects.raw(text, [assessment_id]))
    if not rows:
        raise Assessment.DoesNotExist(f"There is no assessment {assessment_id}.")
    return rows[0]


@transaction.atomic
def start_assessment(
    *,
    agency: Agency,
    version: ModelVersion,
    period: Period,
    period_label: str,
    by: User,
    at: datetime,
    carry_over: bool = False,
) -> Assessment:
    """Start a draft for this agency, model version and period.

    Its kind is that of the rounds that ask for it (queries_carried.kind_for). `carry_over`: begin with the
    answers and evidence approved last for an earlier period, as not yet confirmed; also from an earlier
    version of the model, by the items that go on.
    Raises CannotStart: no right, agency closed, period in the future, the round that asks for it is closed
    or has the agency answered for by others, or there is one already.
    """
    _refuse_start(agency, period, period_label, by, timezone.localdate(at))
    try:
        rounds = pass_doors(agency=agency, version_id=version.pk, period_ends_on=period.ends_on, at=at)
    except RoundClosed as error:
        raise CannotStart(str(error)) from error
    assessment = Assessment(
        agency=agency,
        version=version,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        period_label=period_label,
        created_by=by,
        created_at=at,
    )
    assessment.kind = kind_for(assessment)
    source = source_for(assessment) if carry_over else None
    assessment.began_from = source.assessment if source is not None else None
    try:
        with transaction.atomic():
            assessment.save(force_insert=True)
    except IntegrityError as error:
        raise CannotStart(f"{agency} already has an assessment with {version} for {period_label}.") from error
    changes: dict[str, Any] = {"model": version.key, "period": period_label}
    if assessment.kind != RoundKind.FULL:
        changes["kind"] = str(assessment.kind)
    if source is not None:
        done, earlier = carry_answers(source, assessment), source.assessment
        changes |= {"carried over": done.carried, "from": earlier.period_label}
        changes |= {"came back as not started": done.lapsed} if done.lapsed else {}
        if earlier.version_id == assessment.version_id:
            carry_together(source=earlier, target=assessment, by=by, at=at)
        else:
            changes |= {"from model": earlier.version.key, "left out": done.left_out}
    take_back_nothing(rounds=rounds, agency=agency, by=by, at=at)
    Step.objects.create(assessment=assessment, state=Assessment.State.DRAFT, by=by, at=at)
    record(action="start", obj=assessment, by=by, at=at, changes=changes)
    return assessment


def _refuse_start(agency: Agency, period: Period, period_label: str, by: User, today: date) -> None:
    if not (by.can(Right.ANSWER, agency) or by.can(Right.RUN_PROGRAM, agency)):
        raise CannotStart(f"You may not start an assessment of {agency}.")
    if agency.closed_on is not None and agency.closed_on <= period.starts_on:
        raise CannotStart(
            f"{agency} closed on {date_format(agency.closed_on, 'F j, Y')}, before {period_label} began."
        )
    if period.starts_on > today:
        raise CannotStart(
            f"{period_label} has not begun: it starts on {date_format(period.starts_on, 'F j, Y')}."
        )


@transaction.atomic
def start_amendment(*, assessment_id: int, reason: str, by: User, at: datetime) -> Assessment:
    """Start a correction of an approved assessment, with a copy of its answers, evidence and facts.

    The approved one and its result stay; once approved in turn, the correction stands in its place from
    its own period on. Raises CannotStart: not approved, corrected already, no reason.
    """
    original = lock(assessment_id)
    if original.state != Assessment.State.APPROVED:
        raise CannotStart("Only an approved assessment is amended; this one can still be changed.")
    if Assessment.objects.filter(amends=original).exists():
        raise CannotStart("This assessment has an amendment already; carry on with that one.")
    if not reason.strip():
        raise CannotStart("Say why the approved assessment needs correcting.")
    amendment = Assessment.objects.create(
        agency_id=original.agency_id,
        version=original.version,
        period_starts_on=original.period_starts_on,
        period_ends_on=original.period_ends_on,
        period_label=original.period_label,
        amends=original,
        amendment_reason=reason.strip(),
        kind=original.kind,
        began_from=original,
        created_by=by,
        created_at=at,
    )
    copied = copy_answers(original, amendment)
    carry_together(source=original, target=amendment, by=by, at=at)
    PeriodFacts.objects.bulk_create(
        copy_row(row, assessment=amendment, revision=1)
        for row in PeriodFacts.objects.filter(assessment=original)
    )
    Step.objects.create(
        assessment=amendment, state=Assessment.State.DRAFT, by=by, at=at, comment=reason.strip()
    )
    record(action="amend", obj=amendment, by=by, at=at, changes={"amends": original.pk, "answers": copied})
    return amendment
