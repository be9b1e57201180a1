"""The life of an assessment: started, and once approved, amended. Answers: services_answers; review:
services_review."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Answer, Assessment, DomainScore, Evidence, EvidenceUse, PeriodFacts, Step
from assessments.queries import approved_earlier
from maturity.levels import Level
from maturity.models import ModelVersion
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.agencies.periods import Period
from portal.audit.services import record

Copied = TypeVar("Copied", Answer, DomainScore, Evidence, EvidenceUse, PeriodFacts)


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

    `carry_over`: begin with the answers and evidence last approved for an earlier period in this version.
    Raises CannotStart: no right, agency closed, period in the future, or there is one already.
    """
    _refuse_start(agency, period, period_label, by, timezone.localdate(at))
    assessment = Assessment(
        agency=agency,
        version=version,
        period_starts_on=period.starts_on,
        period_ends_on=period.ends_on,
        period_label=period_label,
        created_by=by,
        created_at=at,
    )
    try:
        with transaction.atomic():
            assessment.save(force_insert=True)
    except IntegrityError as error:
        raise CannotStart(f"{agency} already has an assessment with {version} for {period_label}.") from error
    changes: dict[str, Any] = {"model": version.key, "period": period_label}
    same_version = approved_earlier(assessment).filter(version=version)
    if carry_over and (earlier := same_version.first()):
        copied = copy_answers(earlier, assessment)
        changes |= {"carried over": copied, "from": earlier.period_label}
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
        created_by=by,
        created_at=at,
    )
    copied = copy_answers(original, amendment)
    PeriodFacts.objects.bulk_create(
        _copy(row, assessment=amendment, revision=1)
        for row in PeriodFacts.objects.filter(assessment=original)
    )
    Step.objects.create(
        assessment=amendment, state=Assessment.State.DRAFT, by=by, at=at, comment=reason.strip()
    )
    record(action="amend", obj=amendment, by=by, at=at, changes={"amends": original.pk, "answers": copied})
    return amendment


def copy_answers(source: Assessment, target: Assessment) -> int:
    """Copy answers, evidence and scores of domains, with who gave them and when, to an empty assessment;
    how many answers and scores."""
    found = Answer.objects.filter(assessment=source)
    if source.period_ends_on != target.period_ends_on:  # what could never apply, to be reviewed by now
        found = found.exclude(level=Level.NOT_APPLICABLE, review_by__lt=target.period_ends_on)
    old = list(found)
    new = [_copy(answer, assessment=target, revision=1) for answer in old]
    Answer.objects.bulk_create(new, batch_size=500)
    _copy_evidence(source, target, {answer.pk: copied for answer, copied in zip(old, new, strict=True)})
    given = [_copy(row, assessment=target, revision=1) for row in source.domain_scores.all()]
    DomainScore.objects.bulk_create(given)
    return len(new) + len(given)


def _copy_evidence(source: Assessment, target: Assessment, answers: Mapping[int, Answer]) -> None:
    """Copy evidence with its uses for these answers; files are the same. `answers`: by what was copied, the
    copy."""
    uses = [use for use in _uses_in(source) if use.answer_id in answers]
    used = {use.evidence_id for use in uses}
    old = [row for row in Evidence.objects.filter(assessment=source) if row.pk in used]
    new = [_copy(row, assessment=target, revision=1, copied_from=row.copied_from or row.pk) for row in old]
    Evidence.objects.bulk_create(new, batch_size=500)
    copies = dict(zip((row.pk for row in old), new, strict=True))
    EvidenceUse.objects.bulk_create(
        [_copy(use, evidence=copies[use.evidence_id], answer=answers[use.answer_id]) for use in uses],
        batch_size=500,
    )


def _uses_in(assessment: Assessment) -> QuerySet[EvidenceUse]:
    return EvidenceUse.objects.filter(evidence__assessment=assessment).order_by("pk")


def _copy(row: Copied, **changes: object) -> Copied:
    """An unsaved copy of a row with these fields changed."""
    kept = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    copied = type(row)(**kept)
    for name, value in changes.items():
        setattr(copied, name, value)
    return copied
