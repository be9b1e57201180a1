"""Reports that are made and sent by themselves."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from dashboards.models import Publication, Report, ReportDelivery, ReportSchedule, Scope
from dashboards.queries.measures import Measure, choose_measure, measures_in_use
from dashboards.queries.published_rules import measure_at
from dashboards.services_reports import Wanted, file_name, read_file, request_report, unseen_by
from portal.access.models import User
from portal.agencies.models import Program
from portal.audit.services import record

logger = logging.getLogger(__name__)
TYPES = {
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
REPORTS_AT_A_TIME = 200  # that are sent later than they were made, in one go


@dataclass(frozen=True)
class ScheduleWords:
    """What an officer fills in."""

    kind: str
    format: str
    when: str
    attach: bool
    active: bool
    recipients: Sequence[User]


@transaction.atomic
def save_schedule(
    *, program: Program, schedule: ReportSchedule | None, words: ScheduleWords, by: User, at: datetime
) -> ReportSchedule:
    """Make a schedule of `program`, or change one. What was published before it is not sent."""
    row = schedule or ReportSchedule(program=program, created_by=by, created_at=at)
    for name in ("kind", "format", "when", "attach", "active"):
        setattr(row, name, getattr(words, name))
    row.save()
    row.recipients.set(words.recipients)
    changes = {
        "format": words.format,
        "active": words.active,
        "attach": words.attach,
        "recipients": ", ".join(sorted(person.get_username() for person in words.recipients)),
    }
    action = "schedule.changed" if schedule else "schedule.made"
    record(action=action, obj=row, by=by, at=at, changes=changes)
    return row


@transaction.atomic
def remove_schedule(*, schedule: ReportSchedule, by: User, at: datetime) -> None:
    """Make and send no more reports of it; those that were made stay."""
    record(action="schedule.removed", obj=schedule, by=by, at=at)
    schedule.delete()


def request_due(*, at: datetime) -> int:
    """Ask for every report that is due; running it again asks for none twice. Returns how many."""
    count = 0
    for schedule in ReportSchedule.objects.filter(active=True).select_related("program"):
        count += _request(schedule, at)
    return count


def _request(schedule: ReportSchedule, at: datetime) -> int:
    scope = Scope.objects.filter(program=schedule.program).select_related("program").first()
    measures = measures_in_use(scope) if scope else []
    measure = choose_measure(measures, "", schedule.program.default_model)
    if scope is None or measure is None:
        return 0
    latest = _latest(schedule, measure)
    if latest is None:
        return 0
    if schedule.when == schedule.When.PUBLICATION and latest.published_at < schedule.created_at:
        return 0
    occasion = _occasion(schedule, latest, at)
    if Report.objects.filter(schedule=schedule, occasion=occasion).exists():
        return 0
    on = latest.cycle.period_ends_on
    wanted = Wanted(
        schedule.kind,
        schedule.format,
        measure_at(Q(scope=scope), measure, on),
        on,
        schedule.program.year_starts_in,
        scope,
        publication=latest,
    )
    try:
        with transaction.atomic():
            request_report(wanted=wanted, by=None, at=at, schedule=schedule, occasion=occasion)
    except IntegrityError:  # another clock was first
        return 0
    return 1


def _latest(schedule: ReportSchedule, measure: Measure) -> Publication | None:
    """What was published last, or of the last period."""
    found = Publication.objects.filter(cycle__program=schedule.program, cycle__version__model=measure.model)
    newest = schedule.when == schedule.When.PUBLICATION
    order = ["-pk"] if newest else ["-cycle__period_ends_on", "-revision"]
    return found.select_related("cycle").order_by(*order).first()


def _occasion(schedule: ReportSchedule, publication: Publication, at: datetime) -> str:
    """What a report of a schedule is made for, once."""
    if schedule.when == schedule.When.PUBLICATION:
        return f"publication {publication.pk}"
    today = timezone.localdate(at)
    year, week, _ = today.isocalendar()
    return f"{year}-W{week:02}" if schedule.when == schedule.When.WEEKLY else f"{today:%Y-%m}"


def deliver(*, report: Report, at: datetime) -> int:
    """Send a report to the people of its schedule, each if they may see it now. Returns to how many.

    Each person is sent it once, however often this runs; a server of mail that is away is tried again.
    """
    if report.schedule is None or not report.is_ready:
        return 0
    served = set(report.deliveries.values_list("person_id", flat=True))
    waiting = report.schedule.recipients.exclude(pk__in=served).order_by("pk")
    return sum(_deliver_to(report, person, at) for person in waiting)


def deliver_waiting(*, at: datetime) -> int:
    """Send what was made and not yet sent to everybody, the oldest first, a number of reports at a time.

    Returns how many e-mails.
    """
    made = Report.objects.with_list_relations().filter(
        schedule__active=True, made_at__isnull=False, removed_at__isnull=True
    )
    recipients = ReportSchedule.recipients.through.objects.filter(reportschedule=OuterRef("schedule"))
    served = ReportDelivery.objects.filter(report=OuterRef(OuterRef("pk")), person=OuterRef("user"))
    waiting = made.filter(Exists(recipients.filter(~Exists(served)))).order_by("pk")[:REPORTS_AT_A_TIME]
    return sum(deliver(report=report, at=at) for report in waiting)


def _deliver_to(report: Report, person: User, at: datetime) -> int:
    """Send it to one person; the row is there first, so that no second run sends it again."""
    may = person.is_active and bool(person.email)
    may = may and Report.objects.visible_to(person).filter(pk=report.pk).exists()
    may = may and not unseen_by(report, person)
    try:
        with transaction.atomic():
            ReportDelivery.objects.create(report=report, person=person, sent=may, at=at)
            changes = {"to": person.get_username(), "sent": may}
            record(
                action="report.sent" if may else "report.withheld",
                obj=report,
                by=None,
                at=at,
                changes=changes,
            )
            if may:
                _send(report, person)
    except IntegrityError:
        return 0  # another worker was first
    except (OSError, SMTPException):
        logger.exception("Report %s could not be sent; it is tried again.", report.pk)
        return 0
    return int(may)


def _send(report: Report, person: User) -> None:
    context = {
        "report": report,
        "schedule": report.schedule,
        "link": settings.SITE_URL + reverse("dashboards:report-detail", args=[report.pk]),
        "attached": report.schedule is not None and report.schedule.attach,
    }
    body = render_to_string("reports/report_email.txt", context)
    message = EmailMessage(f"{report} ({report.marking})", body, None, [person.email])
    if context["attached"]:
        message.attach(file_name(report), read_file(report), TYPES[report.format])
    message.send()
