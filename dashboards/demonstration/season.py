"""The season of the demonstration: whom the running round asks and how, who may be later, the data call, and
what an agency has promised."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from assessments.models import Cycle, DataCall
from assessments.queries_datacalls import not_reported
from assessments.queries_units import arrangement_of, mark_of
from assessments.services_answer_files import keep_file
from assessments.services_datacalls import FIRST_WORDS, plan_usual_reminders, send_data_call
from assessments.services_extensions import confirm_nothing, extend_agencies
from assessments.services_units import arrange_units
from dashboards.models import Commitment
from dashboards.services_commitments import CommitmentWords, make_agency_commitment
from portal.access.models import User
from portal.access.rules import Role
from portal.agencies.models import Agency, Contact, Program
from portal.agencies.services_profile import add_contact

ROLLED_UP, COVERING = "Ministry of Letters", "Ministry of Envoys"
EXTENDED, WITH_NOTHING = "Orchard Office", "Towpath Office"
CALLED = (EXTENDED, "Lighthouse Service", "Seed Registry", "Grain Reserve Board")
WITHOUT_CONTACT = "Grain Reserve Board"  # so that the data call shows whom it cannot reach
# What an agency that stays out of the portal sent; the workers say what loading it would do.
DELIVERED = b"""agency,item,level,note
mill-inspection-service,sv-business-case,in_place,Sent by letter
mill-inspection-service,sv-readiness-triage,partial,For half of the mills
"""
WHY_LATER = "The move to the new hosting ends two weeks after the due day."
WHY_NOTHING = "Nothing has changed since we reported last, and nothing is planned for this quarter."
CALL = UUID("5d0f7a3e-6f0b-4c6e-9a57-1d2c3b4a5f60")  # one and the same, so that it is sent once
# What home has promised: by when, in days from today, and how it stands.
PROMISED = (
    ("Have the registry scan every image on each push", -20, Commitment.Status.OPEN),
    ("Train a second person for each cluster", 45, Commitment.Status.OPEN),
    ("Write down how a service is taken back", -60, Commitment.Status.KEPT),
)


def arrange_round(*, cycle: Cycle, officer: User, at: datetime) -> None:
    """One ministry is rolled up from what is below it, another one answers for its offices too."""
    for change, name in (("roll_up", ROLLED_UP), ("cover", COVERING)):
        seen = mark_of(arrangement_of(cycle.program_id, cycle.period_ends_on))
        chosen = Agency.objects.filter(name=name).values_list("pk", flat=True)
        arrange_units(cycle_id=cycle.pk, change=change, agencies=list(chosen), seen=seen, by=officer, at=at)


def run_round(*, cycle: Cycle, people: dict[str, User], at: datetime) -> None:
    """A later due day with its reason, one with nothing to report, the data call, its reminders, a file."""
    officer = people[Role.OFFICER]
    agencies = {agency.name: agency for agency in Agency.objects.filter(name__in={*CALLED, WITH_NOTHING})}
    extend_agencies(
        cycle_id=cycle.pk,
        until_on=cycle.due_on + timedelta(days=14),
        reason=WHY_LATER,
        seen={agencies[EXTENDED].pk: None},
        by=officer,
        at=at,
    )
    begun = cycle.version.assessments.filter(period_ends_on=cycle.period_ends_on)
    if not begun.filter(agency=agencies[WITH_NOTHING]).exists():
        confirm_nothing(
            cycle_id=cycle.pk, agency=agencies[WITH_NOTHING], reason=WHY_NOTHING, by=officer, at=at
        )
    _call(cycle, [agencies[name] for name in CALLED], officer, at)
    plan_usual_reminders(cycle=cycle, by=officer, at=at)
    keep_file(cycle=cycle, content=DELIVERED, file_name="mill-inspection.csv", by=officer, at=at)


def _call(cycle: Cycle, agencies: list[Agency], officer: User, at: datetime) -> None:
    """The data call to a few; the workers write the e-mails as soon as they run, `make run` into files."""
    for agency in agencies:
        if agency.name != WITHOUT_CONTACT:
            fields = {
                "role": Contact.Role.LEAD,
                "name": f"Lead of the {agency.name}",
                "email": f"{agency.slug}@avelen.example",
            }
            add_contact(agency=agency, fields=fields, by=officer, at=at)
    asked = not_reported(cycle).filter(pk__in=[agency.pk for agency in agencies])
    send_data_call(
        cycle=cycle,
        kind=DataCall.Kind.CALL,
        words=FIRST_WORDS,
        agencies=[agency.pk for agency in asked],
        key=CALL,
        by=officer,
        at=at,
    )


def promise(*, home: Agency, program: Program, lead: User, at: datetime) -> None:
    """What home has promised to leadership: something overdue, something ahead, something kept."""
    today = timezone.localdate(at)
    for number, (text, days, status) in enumerate(PROMISED):
        kept = status == Commitment.Status.KEPT
        words = CommitmentWords(
            text=text,
            owner="Head of delivery",
            due_on=today + timedelta(days=days),
            person=None if number else lead,
            status=status,
            closed_on=today + timedelta(days=days - 5) if kept else None,
            made_on=today - timedelta(days=120),
            program=program,
        )
        make_agency_commitment(agency=home, words=words, by=lead, at=at)
