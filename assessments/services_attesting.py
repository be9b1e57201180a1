"""Vouching for an assessment: the responsible executive or a delegate, under their own log-in or named."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from assessments.checks import Missing
from assessments.models import Answer, Assessment, Capacity, DomainScore, Evidence, EvidenceUse, PeriodFacts
from assessments.queries import Sheet, load_sheet
from assessments.services import NotOpen, lock
from assessments.services_answers import LONGEST_NAME
from portal.access.models import User
from portal.agencies.models import Contact
from portal.audit.services import record

STATEMENT = (
    "To the best of my knowledge the answers of {agency} for {period} are true and complete, and rest on the "
    "evidence that they name."
)
UNCONFIRMED = (
    " {count} of them {were} carried forward from earlier and {have} not been confirmed for this period; "
    "they are marked so."
)


@dataclass(frozen=True)
class Attestation:
    """Who vouches. `capacity`: of Capacity, "" not stated. `delegation`: reference of what delegates it.

    `myself`: whoever sends it attests, under their own log-in, and `name` says nothing. `standing`: what was
    attested before under somebody's own log-in holds.
    """

    name: str = ""
    capacity: str = ""
    delegation: str = ""
    myself: bool = False
    standing: bool = False


class CannotAttest(Exception):
    """Nothing was attested; `reasons` say why."""

    def __init__(self, reasons: list[Missing]) -> None:
        super().__init__(" ".join(reason.message for reason in reasons))
        self.reasons = reasons


def statement_of(sheet: Sheet) -> str:
    """The words that are attested."""
    assessment = sheet.assessment
    told = STATEMENT.format(agency=assessment.agency, period=assessment.period_label)
    if count := len(sheet.unconfirmed) + len(sheet.unconfirmed_scores):
        were, have = ("was", "has") if count == 1 else ("were", "have")
        told += UNCONFIRMED.format(count=count, were=were, have=have)
    return told


def executive_of(assessment: Assessment) -> str:
    """The name of the agency's responsible executive, "" where none is known."""
    found = Contact.objects.filter(agency_id=assessment.agency_id, role=Contact.Role.EXECUTIVE)
    return found.values_list("name", flat=True).order_by("pk").first() or ""


def seal_of(assessment: Assessment) -> str:
    """Stands for all that is handed in: answers, evidence, scores and facts. Another one: something changed.

    Five queries, of numbers alone.
    """
    told = [
        list(Answer.objects.filter(assessment=assessment).order_by("pk").values_list("pk", "revision")),
        list(Evidence.objects.filter(assessment=assessment).order_by("pk").values_list("pk", "revision")),
        list(
            EvidenceUse.objects.filter(evidence__assessment=assessment)
            .order_by("pk")
            .values_list("pk", flat=True)
        ),
        list(DomainScore.objects.filter(assessment=assessment).order_by("pk").values_list("pk", "revision")),
        list(PeriodFacts.objects.filter(assessment=assessment).values_list("revision", flat=True)),
    ]
    return sha256(repr(told).encode()).hexdigest()


def stands(assessment: Assessment) -> bool:
    """Whether somebody attested it under their own log-in, and nothing has changed since."""
    return (
        assessment.is_open
        and assessment.attested_user_id is not None
        and assessment.attested_seal == seal_of(assessment)
    )


@transaction.atomic
def attest_assessment(
    *, assessment_id: int, seal: str, capacity: str, delegation: str = "", by: User, at: datetime
) -> Assessment:
    """Vouch for the assessment as read at this seal, under one's own log-in, for somebody else to submit.

    It holds as long as nothing changes. Raises Assessment.DoesNotExist, NotOpen, CannotAttest.
    """
    assessment = lock(assessment_id)
    if not assessment.is_open:
        raise NotOpen(f"This assessment is {assessment.get_state_display().lower()} already.")
    given = Attestation(capacity=capacity, delegation=delegation, myself=True)
    reasons = errors_of(given, assessment, capacity_needed=True)
    if seal != seal_of(assessment):
        reasons.append(
            Missing("Something changed since you read it. Nothing was attested; look at it again.")
        )
    if reasons:
        raise CannotAttest(reasons)
    write_attestation(load_sheet(assessment), given, by=by, at=at)
    assessment.save()
    assessment.workers.add(by)
    record(action="attest", obj=assessment, by=by, at=at, changes=told_of(assessment))
    return assessment


def errors_of(given: Attestation, assessment: Assessment, *, capacity_needed: bool = False) -> list[Missing]:
    """What is wrong with who vouches, or with there being nobody. Queries only for a standing one."""
    if given.standing:
        if stands(assessment):
            return []
        return [Missing("What was attested before no longer holds: something changed since. Attest it anew.")]
    reasons = []
    if not given.myself and not given.name.strip():
        reasons.append(Missing("Name the person who vouches for these answers."))
    elif len(given.name.strip()) > LONGEST_NAME:
        reasons.append(Missing(f"The name of who vouches has at most {LONGEST_NAME} characters."))
    if given.capacity not in {"", *Capacity.values} or (capacity_needed and not given.capacity):
        reasons.append(Missing("Say whether it is the responsible executive or a delegate who vouches."))
    if given.capacity == Capacity.DELEGATE and not given.delegation.strip():
        reasons.append(Missing("Give the reference of the delegation: the order or letter, and its date."))
    elif len(given.delegation.strip()) > LONGEST_NAME:
        reasons.append(Missing(f"The reference of the delegation has at most {LONGEST_NAME} characters."))
    return reasons


def write_attestation(sheet: Sheet, given: Attestation, *, by: User, at: datetime) -> None:
    """Put who vouches on the assessment of `sheet`, without saving it."""
    assessment = sheet.assessment
    if given.standing:
        return
    assessment.attested_by = str(by)[:LONGEST_NAME] if given.myself else given.name.strip()
    assessment.attested_as = given.capacity
    assessment.delegation = given.delegation.strip() if given.capacity == Capacity.DELEGATE else ""
    assessment.attestation = statement_of(sheet)
    assessment.attested_user = by if given.myself else None
    assessment.attested_at = at
    assessment.attested_seal = seal_of(assessment)


def told_of(assessment: Assessment) -> dict[str, str]:
    """What the audit says of an attestation."""
    told = {
        "attested by": assessment.attested_by,
        "capacity": assessment.attested_as,
        "delegation": assessment.delegation,
        "under own log-in": "yes" if assessment.attested_user_id is not None else "no",
    }
    return {name: text for name, text in told.items() if text}
