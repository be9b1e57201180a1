"""Reads of data calls: who can be written to, who was, and what each of them reads."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from assessments.merge_fields import fill
from assessments.models import Cycle, DataCall, Letter, ReminderPlan
from assessments.queries_cycles import STATUSES, UNFINISHED, asked_with_status
from assessments.queries_due import due_days
from portal.access.models import User
from portal.access.queries_notices import people_of
from portal.access.rules import Role
from portal.agencies.models import Agency, Contact

CONTACTS = [choice.value for choice in Contact.Role]
IN_PORTAL = {"portal_lead": Role.LEAD, "portal_contributor": Role.CONTRIBUTOR}
COLLEAGUE = "colleague"
BATCH = 1_000


@dataclass(frozen=True)
class Addressee:
    """Somebody who can be written to for an agency."""

    name: str
    address: str


@dataclass(frozen=True)
class Recipients:
    """Whom a data call goes to: by agency, in the order of their names; and agencies with nobody."""

    agencies: tuple[Agency, ...]
    people: Mapping[int, tuple[Addressee, ...]]

    @property
    def unreachable(self) -> list[Agency]:
        """Agencies where nobody chosen has an e-mail address."""
        return [agency for agency in self.agencies if not self.people[agency.pk]]

    @property
    def letters(self) -> int:
        """How many e-mails that makes."""
        return sum(len(people) for people in self.people.values())


def with_progress(cycle: Cycle) -> QuerySet[Any]:
    """All agencies that a round asks and that answer for themselves, as asked_with_status has them."""
    return asked_with_status(cycle).filter(status__in=STATUSES)


def not_reported(cycle: Cycle) -> QuerySet[Any]:
    """The agencies asked that have not submitted, and said nothing that takes the place of it; once the round
    is closed, those that still may."""
    found = with_progress(cycle).filter(status__in=UNFINISHED)
    if cycle.is_closed:
        found = found.filter(extended_until__gte=timezone.localdate())
    return found.order_by("name", "pk")


def recipients_of(agencies: Iterable[Agency], chosen: Collection[str], on: date) -> Recipients:
    """Who is written to for these agencies: `chosen` of DataCall.RECIPIENTS. Each address once an agency."""
    rows = tuple(agencies)
    found: dict[int, dict[str, Addressee]] = {row.pk: {} for row in rows}
    contacts = [role for role in CONTACTS if role in chosen]
    for start in range(0, len(rows), BATCH):
        ids = [row.pk for row in rows[start : start + BATCH]]
        written = Contact.objects.filter(agency__in=ids, role__in=contacts).exclude(email="")
        for contact in sorted(written, key=lambda one: (CONTACTS.index(one.role), one.name)):
            _add(found[contact.agency_id], contact.name, contact.email)
    roles = [role for name, role in IN_PORTAL.items() if name in chosen]
    if roles:
        held = people_of(rows, roles, on)
        users = _users({pk for people in held.values() for pk in people})
        for agency_id, people in held.items():
            for user in sorted((users[pk] for pk in people if pk in users), key=str):
                _add(found[agency_id], str(user), user.email)
    return Recipients(rows, {pk: tuple(people.values()) for pk, people in found.items()})


def _users(ids: Collection[int]) -> dict[int, User]:
    ordered, found = sorted(ids), dict[int, User]()
    for start in range(0, len(ordered), BATCH):
        users = User.objects.filter(pk__in=ordered[start : start + BATCH], is_active=True)
        found |= {user.pk: user for user in users.exclude(email="")}
    return found


def _add(people: dict[str, Addressee], name: str, address: str) -> None:
    people.setdefault(address.strip().lower(), Addressee(name.strip(), address.strip()))


# --- what it says -----------------------------------------------------------------------------------


def values_for(
    cycle: Cycle,
    *,
    agency: str,
    assessment_id: int | None,
    contact: str,
    due_on: date,
    sender: str,
) -> dict[str, str]:
    """What the merge fields are filled with, each in one line. `cycle` with its program and version."""
    site = settings.SITE_URL.rstrip("/")
    page = (
        reverse("assessments:assessment-detail", args=[assessment_id])
        if assessment_id is not None
        else reverse("assessments:cycle-detail", args=[cycle.pk])
    )
    values = {
        "agency": agency,
        "contact": contact or COLLEAGUE,
        "program": cycle.program.name,
        "period": cycle.period_label,
        "period_end": date_format(cycle.period_ends_on, "F j, Y"),
        "questionnaire": str(cycle.version),
        "due": date_format(due_on, "F j, Y"),
        "link": site + page,
        "sender": sender,
    }
    return {name: one_line_of(value) for name, value in values.items()}


def one_line_of(text: str) -> str:
    """Without line breaks and control characters: in a subject they would begin another header."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


@dataclass(frozen=True)
class Preview:
    """An e-mail as one agency will read it."""

    agency: Agency
    to: Addressee | None
    subject: str
    text: str


def preview_of(
    cycle: Cycle, recipients: Recipients, agency: Any, subject: str, text: str, sender: str
) -> Preview:
    """The e-mail to the first addressee of `agency`, a row of `with_progress`. Raises UnknownField."""
    people = recipients.people[agency.pk]
    to = people[0] if people else None
    values = values_for(
        cycle,
        agency=agency.name,
        assessment_id=agency.assessment_id,
        contact=to.name if to else "",
        due_on=due_days(cycle, [agency.pk])[agency.pk],
        sender=sender,
    )
    return Preview(agency, to, one_line_of(fill(subject, values)), fill(text, values))


# --- who was asked ----------------------------------------------------------------------------------


def calls_seen_by(reader: User) -> QuerySet[Any]:
    """The data calls of rounds that `reader` may know of, the latest first, each with how many agencies that
    they may know of it went to, and the letters by state: `n_agencies`, `n_letters`, `n_sent` and so on."""
    seen = Q(letters__agency__in=Agency.objects.visible_to(reader).order_by().values("pk"))
    states = {
        f"n_{state.value}": Count("letters", filter=seen & Q(letters__state=state)) for state in Letter.State
    }
    found = DataCall.objects.visible_to(reader).select_related("made_by", "plan", "cycle__program")
    return found.annotate(
        n_agencies=Count("letters__agency", filter=seen, distinct=True),
        n_letters=Count("letters", filter=seen & ~Q(letters__state=Letter.State.NOBODY)),
        **states,
    ).order_by("-made_at", "-pk")


def calls_of(cycle: Cycle, reader: User) -> QuerySet[Any]:
    """Those of one round."""
    return calls_seen_by(reader).filter(cycle=cycle)


@dataclass(frozen=True)
class AskedLine:
    """An agency that has not reported, with the day it is due and when it was last written to."""

    agency: Any
    due_on: date
    last_at: Any
    times: int


def asked_lines(cycle: Cycle, agencies: Sequence[Any]) -> list[AskedLine]:
    """One page of agencies (rows of `not_reported`) with what was sent to each; two queries."""
    ids = [agency.pk for agency in agencies]
    rows = Letter.objects.filter(call__cycle=cycle, agency__in=ids, state=Letter.State.SENT).order_by()
    sent: dict[int, set[Any]] = {}
    for agency_id, call_id, at in rows.values_list("agency_id", "call_id", "call__made_at"):
        sent.setdefault(agency_id, set()).add((at, call_id))
    due = due_days(cycle, ids)
    return [
        AskedLine(
            agency,
            due[agency.pk],
            max((at for at, _ in sent.get(agency.pk, ())), default=None),
            len(sent.get(agency.pk, ())),
        )
        for agency in agencies
    ]


def plans_of(cycle: Cycle) -> QuerySet[ReminderPlan]:
    """The reminders planned for a round, by day."""
    return ReminderPlan.objects.filter(cycle=cycle).select_related("made_by").order_by("days")
