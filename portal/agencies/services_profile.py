"""Writes to what is known of an agency: profile values, contacts, the decision not to adopt."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from portal.agencies import profile
from portal.agencies.models import AdoptionDecision, Agency, Contact, ProfileValue, in_force
from portal.agencies.periods import day_before
from portal.agencies.queries import current_profile
from portal.agencies.services import mark_stale
from portal.audit.services import Actor, record


class InvalidDecision(Exception):
    """A decision not to adopt cannot be kept so; the text says why."""


@transaction.atomic
def set_profile_values(
    *, agency: Agency, values: Mapping[str, object], on: date, by: Actor | None, at: datetime
) -> list[str]:
    """Set fields of the profile by slug; they hold from the day `on`. None or "" ends a value.

    What is not in `values` stays. Returns the slugs of what changed. Raises profile.InvalidValue, and
    KeyError for a field that there is not.
    """
    Agency.objects.select_for_update().get(pk=agency.pk)
    current = current_profile(agency)
    changes: dict[str, list[object]] = {}
    for slug, raw in values.items():
        entry = profile.FIELDS_BY_SLUG[slug]
        value = profile.validate(entry, raw)
        if current.get(slug) == value:
            continue
        changes[slug] = [current.get(slug), value]
        _replace(agency, entry, value, on)
    if changes:
        Agency.objects.filter(pk=agency.pk).update(updated_at=at)
        record(action="agency.profile_changed", obj=agency, by=by, at=at, changes=changes)
        mark_stale(agencies=[agency], reason="profile", at=at)
    return list(changes)


def set_profile_value(
    *, agency: Agency, field: str, value: object, on: date, by: Actor | None, at: datetime
) -> bool:
    """Set one field of the profile; see set_profile_values. Whether it changed."""
    return bool(set_profile_values(agency=agency, values={field: value}, on=on, by=by, at=at))


def _replace(agency: Agency, entry: profile.ProfileField, value: profile.Value | None, on: date) -> None:
    """From `on` there is `value`, whatever was to hold then."""
    rows = agency.profile_values.filter(field=entry.slug)
    rows.filter(from_on__gte=on).delete()
    rows.filter(in_force(on)).update(until_on=day_before(on))
    if value is not None:
        ProfileValue.objects.create(
            agency=agency, field=entry.slug, value=value, choice=profile.choice_of(entry, value), from_on=on
        )


@transaction.atomic
def add_contact(*, agency: Agency, fields: Mapping[str, str], by: Actor | None, at: datetime) -> Contact:
    """A new contact: `fields` are role, name, title, email, phone, as ContactForm checks them."""
    contact = Contact.objects.create(agency=agency, **fields)
    record(action="agency.contact_added", obj=agency, by=by, at=at, changes={"contact": str(contact)})
    return contact


@transaction.atomic
def edit_contact(*, contact: Contact, fields: Mapping[str, str], by: Actor | None, at: datetime) -> None:
    """Change a contact; `fields` as in add_contact."""
    changes = {
        key: [getattr(contact, key), new] for key, new in fields.items() if getattr(contact, key) != new
    }
    if not changes:
        return
    for key, new in fields.items():
        setattr(contact, key, new)
    contact.save(update_fields=list(changes))
    record(
        action="agency.contact_edited", obj=contact.agency, by=by, at=at, changes={"contact": str(contact)}
    )


@transaction.atomic
def remove_contact(*, contact: Contact, by: Actor | None, at: datetime) -> None:
    """Take a contact out."""
    record(
        action="agency.contact_removed", obj=contact.agency, by=by, at=at, changes={"contact": str(contact)}
    )
    contact.delete()


@transaction.atomic
def decide_not_to_adopt(
    *, agency: Agency, reason: str, review_on: date, on: date, by: Actor | None, at: datetime
) -> AdoptionDecision:
    """From the day `on` the agency counts as not adopting; it looks at this again on `review_on`.

    Raises InvalidDecision without a reason, with a review that is not later, or if one holds already.
    """
    Agency.objects.select_for_update().get(pk=agency.pk)
    if not reason.strip():
        raise InvalidDecision("Give the reason for not adopting.")
    if review_on <= on:
        raise InvalidDecision("The review must be later than the decision.")
    if agency.adoption_decisions.filter(until_on__isnull=True).exists():
        raise InvalidDecision(f"{agency} has a decision that holds; end it first.")
    if agency.adoption_decisions.filter(until_on__gte=on).exists():
        raise InvalidDecision("An earlier decision still holds on that day; choose a later one.")
    decision = AdoptionDecision.objects.create(
        agency=agency, reason=reason.strip(), review_on=review_on, from_on=on
    )
    changes = {"from": str(on), "review": str(review_on)}
    record(action="agency.decided_not_to_adopt", obj=agency, by=by, at=at, changes=changes)
    mark_stale(agencies=[agency], reason="adoption decision", at=at)
    return decision


@transaction.atomic
def end_decision(*, agency: Agency, on: date, by: Actor | None, at: datetime) -> None:
    """The decision not to adopt holds no longer from the day `on`; one that began then or later never was."""
    Agency.objects.select_for_update().get(pk=agency.pk)
    decision = agency.adoption_decisions.filter(until_on__isnull=True).first()
    if decision is None:
        return
    if decision.from_on >= on:
        decision.delete()
    else:
        decision.until_on = day_before(on)
        decision.save(update_fields=["until_on"])
    record(action="agency.decision_ended", obj=agency, by=by, at=at, changes={"until": str(day_before(on))})
    mark_stale(agencies=[agency], reason="adoption decision ended", at=at)
