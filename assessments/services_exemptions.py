"""Exemptions: asked for, decided by somebody else, ended. None of them changes what was approved."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Exemption
from assessments.services_answers import LONGEST_TEXT
from assessments.services_evidence_notices import tell_exemption_asked, tell_exemption_decided
from maturity.models import Item
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.audit.services import record


@dataclass(frozen=True)
class ExemptionFields:
    """Why an agency is to be excused from an item, and from which day to which."""

    reason: str
    from_on: date
    until_on: date


class BadExemption(Exception):
    """What was sent cannot be accepted: field name to message."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class StaleExemption(Exception):
    """It was changed after it was read: `exemption` as it is now."""

    def __init__(self, exemption: Exemption) -> None:
        state = exemption.get_state_display().lower()
        super().__init__(f"This exemption changed after you read it: it is {state}. Nothing was done.")
        self.exemption = exemption


class CannotDecide(Exception):
    """This person may not do this to this exemption; says why."""


@transaction.atomic
def request_exemption(
    *, agency: Agency, item: Item, fields: ExemptionFields, by: User, at: datetime
) -> Exemption:
    """Ask that `agency` be excused from `item` for a time. It leaves nothing out before it is approved.

    Asked once, however often it is sent the same. Raises CannotDecide, BadExemption.
    """
    if not by.can(Right.ANSWER, agency):
        raise CannotDecide(f"You may not ask for exemptions of {agency}.")
    if errors := exemption_errors(fields, timezone.localdate(at)):
        raise BadExemption(errors)
    values = {"reason": fields.reason.strip(), "from_on": fields.from_on, "until_on": fields.until_on}
    try:
        with transaction.atomic():
            made = Exemption.objects.create(
                agency=agency, item=item, requested_by=by, requested_at=at, **values
            )
    except IntegrityError as error:
        waiting = Exemption.objects.filter(agency=agency, item=item, state=Exemption.State.ASKED).first()
        if waiting is not None and all(getattr(waiting, name) == value for name, value in values.items()):
            return waiting
        raise BadExemption(
            {"item": "An exemption from this item waits for a decision already. Withdraw that one first."}
        ) from error
    days = {"from_on": str(fields.from_on), "until_on": str(fields.until_on)}
    record(action="ask exemption", obj=made, by=by, at=at, changes={"item": item.slug, **days})
    tell_exemption_asked(exemption=made, by=by, at=at)
    return made


def exemption_errors(fields: ExemptionFields, today: date) -> dict[str, str]:
    """By field, what is wrong with these fields on the day `today`."""
    errors = {}
    reason = fields.reason.strip()
    if not reason:
        errors["reason"] = "Say why you are to be excused from it."
    elif len(reason) > LONGEST_TEXT:
        errors["reason"] = f"Write at most {LONGEST_TEXT:,} characters; these are {len(reason):,}."
    if fields.until_on < fields.from_on:
        errors["until_on"] = "It cannot end before it begins."
    elif fields.until_on < today:
        errors["until_on"] = f"Give a day that is not past; today is {date_format(today, 'F j, Y')}."
    return errors


@transaction.atomic
def decide_exemption(
    *, exemption_id: int, revision: int, approve: bool, note: str, by: User, at: datetime
) -> Exemption:
    """Approve or decline it; never by who asked for it. A decline says why.

    Raises Exemption.DoesNotExist, StaleExemption, CannotDecide, BadExemption.
    """
    exemption = _locked(exemption_id)
    if not by.can(Right.REVIEW, exemption.agency):
        raise CannotDecide(f"You may not decide on exemptions of {exemption.agency}.")
    if exemption.requested_by_id == by.pk:
        raise CannotDecide("You asked for this exemption, so somebody else has to decide on it.")
    _refuse_stale(exemption, revision, Exemption.State.ASKED)
    note = note.strip()
    if not approve and not note:
        raise BadExemption({"note": "Say why it is declined."})
    if len(note) > LONGEST_TEXT:
        raise BadExemption({"note": f"Write at most {LONGEST_TEXT:,} characters."})
    exemption.state = Exemption.State.APPROVED if approve else Exemption.State.DECLINED
    exemption.decided_by, exemption.decided_at, exemption.decision_note = by, at, note
    _save(exemption, "approve exemption" if approve else "decline exemption", by, at)
    tell_exemption_decided(exemption=exemption, by=by, at=at)
    return exemption


@transaction.atomic
def withdraw_exemption(*, exemption_id: int, revision: int, by: User, at: datetime) -> Exemption:
    """Take back what was asked for, while nobody decided on it.

    Raises Exemption.DoesNotExist, StaleExemption, CannotDecide.
    """
    exemption = _locked(exemption_id)
    if not by.can(Right.ANSWER, exemption.agency):
        raise CannotDecide(f"You may not withdraw exemptions of {exemption.agency}.")
    _refuse_stale(exemption, revision, Exemption.State.ASKED)
    exemption.state = Exemption.State.WITHDRAWN
    _save(exemption, "withdraw exemption", by, at)
    return exemption


@transaction.atomic
def end_exemption(*, exemption_id: int, revision: int, reason: str, by: User, at: datetime) -> Exemption:
    """End an approved one before its day: from today on it holds no longer. Results stay as they are.

    Raises Exemption.DoesNotExist, StaleExemption, CannotDecide, BadExemption.
    """
    exemption, today = _locked(exemption_id), timezone.localdate(at)
    if not (by.can(Right.SUBMIT, exemption.agency) or by.can(Right.REVIEW, exemption.agency)):
        raise CannotDecide(f"You may not end exemptions of {exemption.agency}.")
    _refuse_stale(exemption, revision, Exemption.State.APPROVED)
    if exemption.is_over(today):
        raise BadExemption({"reason": "It has ended already."})
    if not reason.strip() or len(reason.strip()) > LONGEST_TEXT:
        raise BadExemption({"reason": f"Say why it ends early, in at most {LONGEST_TEXT:,} characters."})
    exemption.ended_on, exemption.ended_by, exemption.end_reason = today, by, reason.strip()
    _save(exemption, "end exemption", by, at)
    tell_exemption_decided(exemption=exemption, by=by, at=at)
    return exemption


def _locked(exemption_id: int) -> Exemption:
    rows = Exemption.objects.select_for_update(of=("self",))
    return rows.select_related("agency", "item", "requested_by").get(pk=exemption_id)


def _refuse_stale(exemption: Exemption, revision: int, state: Exemption.State) -> None:
    if exemption.revision != revision or exemption.state != state:
        raise StaleExemption(exemption)


def _save(exemption: Exemption, action: str, by: User, at: datetime) -> None:
    exemption.revision += 1
    exemption.save()
    record(action=action, obj=exemption, by=by, at=at, changes={"item": exemption.item.slug})
