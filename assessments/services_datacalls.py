"""Data calls and reminders: made with a letter for each address, planned, tried again.

Sending them is services_datacalls_email's, in the background.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments import merge_fields
from assessments.models import Cycle, DataCall, Letter, ReminderPlan
from assessments.queries_datacalls import not_reported, recipients_of
from assessments.queries_due import due_days
from portal.access.models import User
from portal.audit.services import record
from portal.jobs.models import Job
from portal.jobs.services import enqueue

SEND_TASK = "assessments.tasks.send_data_call"
LONGEST_SUBJECT, LONGEST_TEXT = 200, 10_000
FURTHEST = 90  # days from the due day
MOST_PLANS = 20  # of one round
CATCH_UP = timedelta(days=2)  # a reminder that could not go on its day goes up to so much later
BATCH = 500
WITHIN = timedelta(days=3)  # what could not be sent for so long has failed
PAUSE = timedelta(minutes=15)  # before what waits is tried again by itself


class CannotSend(Exception):
    """No data call is made; says why."""


class BadWords(Exception):
    """What is wrong with a text, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Words:
    """An e-mail to many, with its merge fields, and to whom at each agency (of DataCall.RECIPIENTS)."""

    subject: str
    text: str
    recipients: tuple[str, ...]


FIRST_WORDS = Words(
    "{program}: your report for {period} is due on {due}",
    "Dear {contact},\n\n"
    "{program} asks {agency} for its answers for {period} ({questionnaire}).\n\n"
    "Please report by {due}. You answer here:\n{link}\n\n"
    "If you have no log-in, ask the lead of your agency or reply to this e-mail.\n\n"
    "{sender}\n",
    ("lead", "backup", "portal_lead"),
)
REMINDER_WORDS = Words(
    "Reminder: {agency} reports for {period} by {due}",
    "Dear {contact},\n\n"
    "{agency} has not reported for {period} to {program} yet. It is due on {due}:\n{link}\n\n"
    "If you have reported meanwhile, you need not do anything.\n\n"
    "{sender}\n",
    FIRST_WORDS.recipients,
)
LATE_WORDS = Words(
    "Overdue: {agency} was to report for {period} by {due}",
    "Dear {contact},\n\n"
    "The answers of {agency} for {period} were due on {due} and have not arrived.\n"
    "Please report as soon as you can, or tell us what keeps you:\n{link}\n\n"
    "{sender}\n",
    ("executive", *FIRST_WORDS.recipients),
)
USUAL_PLANS = ((-7, REMINDER_WORDS), (0, REMINDER_WORDS), (3, LATE_WORDS), (10, LATE_WORDS))


def checked(words: Words) -> Words:
    """The words trimmed. Raises BadWords."""
    subject = " ".join(words.subject.split())
    text = words.text.replace("\r\n", "\n").strip() + "\n"
    errors = {}
    for name, said, most in (("subject", subject, LONGEST_SUBJECT), ("text", text, LONGEST_TEXT)):
        if not said.strip():
            errors[name] = "Fill this in."
        elif len(said) > most:
            errors[name] = f"Write at most {most:,} characters; these are {len(said):,}."
        else:
            try:
                merge_fields.check(said)
            except merge_fields.UnknownField as error:
                errors[name] = str(error)
    chosen = tuple(name for name in DataCall.RECIPIENTS if name in words.recipients)
    if not chosen or len(chosen) != len(set(words.recipients)):
        errors["recipients"] = "Choose at least one of: " + ", ".join(DataCall.RECIPIENTS.values()) + "."
    if errors:
        raise BadWords(errors)
    return Words(subject, text, chosen)


# --- sending ----------------------------------------------------------------------------------------


@transaction.atomic
def send_data_call(
    *,
    cycle: Cycle,
    kind: str,
    words: Words,
    agencies: Collection[int] | None,
    key: UUID,
    by: User,
    at: datetime,
) -> DataCall:
    """Write to those agencies (ids; None: all) of the round that have not reported; sent in the background.

    Safe to repeat with the same `key`. Raises BadWords, CannotSend.
    """
    words = checked(words)
    made = DataCall.objects.filter(key=key, cycle=cycle).first()
    if made is not None:
        return made
    _refuse_closed(cycle)
    asked = not_reported(cycle)
    rows = list(asked if agencies is None else asked.filter(pk__in=agencies))
    if not rows:
        raise CannotSend("Every agency chosen has reported. Nothing was sent.")
    try:
        with transaction.atomic():
            call = DataCall.objects.create(
                cycle=cycle,
                kind=kind,
                key=key,
                subject=words.subject,
                text=words.text,
                recipients=list(words.recipients),
                made_by=by,
                made_at=at,
                asked_at=at,
            )
    except IntegrityError as error:
        found = DataCall.objects.filter(key=key, cycle=cycle).first()
        if found is None:
            raise CannotSend("This form was sent already. Load the page again.") from error
        return found
    letters = _write_letters(call, rows, at)
    if not letters:
        raise CannotSend("None of these agencies has anybody chosen to write to. Nothing was sent.")
    changes = {"kind": kind, "agencies": len(rows), "letters": letters}
    record(action="data call made", obj=call, by=by, at=at, changes=changes)
    _enqueue(call, by, at)
    return call


def _refuse_closed(cycle: Cycle) -> None:
    if cycle.state != Cycle.State.COLLECTING:
        state = cycle.get_state_display().lower()
        raise CannotSend(f"{cycle} is {state}: nobody is asked to report any more.")


def _write_letters(call: DataCall, agencies: Iterable[Any], at: datetime) -> int:
    """A letter for each agency and address, and a row for each agency with nobody. How many e-mails."""
    found = recipients_of(agencies, call.recipients, timezone.localdate(at))
    due = due_days(call.cycle, [agency.pk for agency in found.agencies])
    rows = []
    for agency in found.agencies:
        common = {"call": call, "agency": agency, "plan": call.plan, "due_on": due[agency.pk]}
        people = found.people[agency.pk]
        rows += [Letter(name=one.name[:200], address=one.address, **common) for one in people]
        if not people:
            rows.append(Letter(state=Letter.State.NOBODY, **common))
    Letter.objects.bulk_create(rows, batch_size=BATCH)
    return found.letters


def _enqueue(call: DataCall, by: User | None, at: datetime) -> None:
    job = enqueue(kind=f"E-mail: {call}"[:60], task=SEND_TASK, by=by, at=at, arguments={"call": call.pk})
    call.job_id = job.pk
    call.save(update_fields=["job_id"])


def _has_open_job(call: DataCall) -> bool:
    states = [Job.State.QUEUED, Job.State.RUNNING]
    return call.job_id is not None and Job.objects.filter(pk=call.job_id, state__in=states).exists()


@transaction.atomic
def retry_letters(*, call: DataCall, by: User, at: datetime) -> int:
    """Try again what failed, and what was interrupted, which may then arrive twice. Returns how many.

    Safe to repeat: what waits or was sent is left alone.
    """
    row = DataCall.objects.select_for_update().get(pk=call.pk)
    again = Letter.objects.filter(call=row, state__in=Letter.AGAIN)
    count = again.update(state=Letter.State.WAITING, reason="", claimed_at=None)
    if count:
        row.asked_at = at
        row.save(update_fields=["asked_at"])
        record(action="data call tried again", obj=row, by=by, at=at, changes={"letters": count})
        if not _has_open_job(row):
            _enqueue(row, by, at)
    return count


def send_waiting(*, at: datetime) -> int:
    """Have sent what waits and no run is about: the server of e-mail was away, or a run was given up.

    After WITHIN it has failed, which is said in its row. Returns how many data calls were taken up.
    """
    unsent = [Letter.State.WAITING, Letter.State.SENDING]
    ids = Letter.objects.filter(state__in=unsent).order_by("call").values_list("call", flat=True).distinct()
    return sum(_take_up(pk, at) for pk in list(ids))


@transaction.atomic
def _take_up(call_id: int, at: datetime) -> int:
    call = DataCall.objects.select_for_update().get(pk=call_id)
    if _has_open_job(call):
        return 0
    if call.job_id and Job.objects.filter(pk=call.job_id, created_at__gt=at - PAUSE).exists():
        return 0
    if at - call.asked_at > WITHIN:
        reason = f"The server of e-mail could not be reached for {WITHIN.days} days."
        waiting = Letter.objects.filter(call=call, state=Letter.State.WAITING)
        waiting.update(state=Letter.State.FAILED, reason=reason)
        Letter.objects.filter(call=call, state=Letter.State.SENDING).update(state=Letter.State.UNSURE)
        return 0
    _enqueue(call, None, at)
    return 1


# --- reminders --------------------------------------------------------------------------------------


@transaction.atomic
def plan_reminder(*, cycle: Cycle, days: int, words: Words, by: User, at: datetime) -> ReminderPlan:
    """Plan a reminder so many days after (negative: before) the due day, or change the one of that day.

    Raises BadWords, CannotSend.
    """
    words = checked(words)
    _refuse_closed(cycle)
    if not -FURTHEST <= days <= FURTHEST:
        raise BadWords({"days": f"Choose at most {FURTHEST} days before or after the due day."})
    Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    found = ReminderPlan.objects.filter(cycle=cycle, days=days).first()
    if found is None and cycle.reminder_plans.count() >= MOST_PLANS:
        raise CannotSend(f"A round has room for {MOST_PLANS} reminders.")
    plan = found or ReminderPlan(cycle=cycle, days=days, made_at=at)
    plan.subject, plan.text, plan.recipients = words.subject, words.text, list(words.recipients)
    plan.made_by = by
    plan.save()
    action = "reminder changed" if found else "reminder planned"
    record(action=action, obj=plan, by=by, at=at, changes={"days": days})
    return plan


@transaction.atomic
def plan_usual_reminders(*, cycle: Cycle, by: User, at: datetime) -> list[ReminderPlan]:
    """Plan those of USUAL_PLANS on whose day there is none yet. Raises CannotSend."""
    there = set(cycle.reminder_plans.values_list("days", flat=True))
    return [
        plan_reminder(cycle=cycle, days=days, words=words, by=by, at=at)
        for days, words in USUAL_PLANS
        if days not in there
    ]


@transaction.atomic
def remove_plan(*, plan: ReminderPlan, by: User, at: datetime) -> None:
    """Send this reminder no more; what was sent stays listed."""
    record(action="reminder removed", obj=plan, by=by, at=at, changes={"days": plan.days})
    plan.delete()


def make_due_reminders(*, at: datetime) -> int:
    """Make the reminders whose day has come. Each agency is reminded once by each plan, however often this
    runs and in how many places. Returns how many data calls were made."""
    plans = ReminderPlan.objects.filter(cycle__state=Cycle.State.COLLECTING).order_by("pk")
    return sum(_remind(pk, at) for pk in list(plans.values_list("pk", flat=True)))


@transaction.atomic
def _remind(plan_id: int, at: datetime) -> int:
    plan = ReminderPlan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        return 0
    today, rows = timezone.localdate(at), list(not_reported(plan.cycle))
    due = due_days(plan.cycle, [agency.pk for agency in rows])
    told = set(Letter.objects.filter(plan=plan).order_by().values_list("agency_id", "due_on"))
    now = [
        agency
        for agency in rows
        if _is_now(plan, due[agency.pk], today) and (agency.pk, due[agency.pk]) not in told
    ]
    if not now:
        return 0
    call = DataCall.objects.create(
        cycle=plan.cycle,
        kind=DataCall.Kind.REMINDER,
        plan=plan,
        subject=plan.subject,
        text=plan.text,
        recipients=plan.recipients,
        made_at=at,
        asked_at=at,
    )
    letters = _write_letters(call, now, at)
    changes = {"plan": plan.when, "agencies": len(now), "letters": letters}
    record(action="data call made", obj=call, by=None, at=at, changes=changes)
    if letters:
        _enqueue(call, None, at)
    return 1


def _is_now(plan: ReminderPlan, due_on: date, today: date) -> bool:
    """Its day, or up to CATCH_UP later; not a day that was over when it was planned."""
    day = due_on + timedelta(days=plan.days)
    return day <= today <= day + CATCH_UP and day >= timezone.localdate(plan.made_at)
