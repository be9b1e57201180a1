"""Telling people of evidence and exemptions that come to an end, and of exemptions asked for and decided."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from assessments.models import Evidence, Exemption
from portal.access.models import User
from portal.access.queries_notices import REVIEWERS, people_of
from portal.access.rules import Role
from portal.agencies.models import Agency
from portal.notices.services import Note, notify

AHEAD = timedelta(days=30)
SLICE = 500  # agencies at once


def tell_exemption_asked(*, exemption: Exemption, by: User, at: datetime) -> None:
    """Tell those who may decide on it."""
    people = people_of([exemption.agency], REVIEWERS, timezone.localdate(at))[exemption.agency_id]
    _tell("exemption-asked", exemption, people - {by.pk}, at)


def tell_exemption_decided(*, exemption: Exemption, by: User, at: datetime) -> None:
    """Tell who asked for it, and the agency's leads, that it was decided on or ended."""
    leads = people_of([exemption.agency], {Role.LEAD}, timezone.localdate(at))[exemption.agency_id]
    _tell("exemption-decided", exemption, (leads | {exemption.requested_by_id}) - {by.pk}, at)


def _tell(kind: str, exemption: Exemption, people: Collection[int], at: datetime) -> None:
    note = Note(
        about=str(exemption.agency),
        path=reverse("assessments:exemption-detail", args=[exemption.pk]),
        key=f"{exemption.pk}:{exemption.revision}",
        people=people,
        agency_id=exemption.agency_id,
    )
    notify(kind=kind, notes=[note], at=at)


def tell_of_ends(*, at: datetime) -> None:
    """Tell owners and leads of evidence, and leads of exemptions, that end within 30 days. Once for each
    agency and day, however often this runs; evidence that was added later for the same day is no news."""
    today = timezone.localdate(at)
    evidence = Evidence.objects.current().filter(expires_on__range=(today, today + AHEAD)).order_by()
    rows = evidence.values_list("assessment__agency_id", "expires_on", "owner_id").distinct()
    owners: dict[tuple[int, date], set[int]] = {}
    for agency_id, day, owner in rows.iterator(chunk_size=2_000):
        if day is not None:
            owners.setdefault((agency_id, day), set()).update({owner} if owner else ())
    _tell_ends("evidence-expires", "assessments:evidence-expiring", owners, at)
    found = Exemption.objects.in_force(today).filter(until_on__lte=today + AHEAD).order_by()
    ends: dict[tuple[int, date], set[int]] = {
        (agency_id, day): set() for agency_id, day in found.values_list("agency_id", "until_on").distinct()
    }
    _tell_ends("exemption-ends", "assessments:exemption-list", ends, at)


def _tell_ends(kind: str, page: str, ends: dict[tuple[int, date], set[int]], at: datetime) -> None:
    for agencies in _slices(sorted({agency_id for agency_id, _ in ends})):
        leads = people_of(agencies.values(), {Role.LEAD}, timezone.localdate(at))
        notes = [
            Note(
                about=str(agencies[agency_id]),
                path=f"{reverse(page)}?agency={agencies[agency_id].slug}",
                key=f"{agency_id}:{day.isoformat()}",
                people=people | leads[agency_id],
                agency_id=agency_id,
            )
            for (agency_id, day), people in sorted(ends.items())
            if agency_id in agencies
        ]
        with transaction.atomic():
            notify(kind=kind, notes=notes, at=at)


def _slices(ids: list[int]) -> Iterator[dict[int, Agency]]:
    for start in range(0, len(ids), SLICE):
        yield Agency.objects.in_bulk(ids[start : start + SLICE])
