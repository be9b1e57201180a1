"""Reports: asked for, made by a worker, kept as a file, handed out to who may see them at that moment."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.urls import reverse
from django.utils.text import slugify

from dashboards.models import Publication, Report, ReportSchedule, Scope
from dashboards.papers.content import AgencyPage, FullReport
from dashboards.papers.pdf import CannotMakePdf
from dashboards.queries.agency_page import read_agency_page
from dashboards.queries.full_report import read_full_report
from dashboards.queries.measures import Measure, choose_rule, measures_in_use
from dashboards.queries.one_page import NothingToShow, paper_reader, points_up_to, read_one_page, subject_at
from dashboards.queries.reports import publications_shown
from dashboards.services_papers import Content, write_paper
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.models import Agency
from portal.audit.services import SYSTEM, record
from portal.jobs import services as jobs
from portal.notices.services import Note, notify

TASK = "dashboards.tasks.make_report"
QUEUE = "default"  # trends have one of their own, which no report delays
STEPS = 3  # read, written, kept


MOST_OPEN = 20  # reports that one person may have under way


class TooManyReports(Exception):
    """This person has as many reports under way as may be; says so."""


class CannotMakeReport(Exception):
    """The report cannot be made; says why."""


class MayNotDownload(Exception):
    """The file names an agency that this person may not know of (any more)."""


@dataclass(frozen=True)
class Wanted:
    """What a report is to be: of a scope or an agency, under a measure, at a quarter end."""

    kind: str
    format: str
    measure: Measure
    on: date
    year_starts_in: int
    scope: Scope | None = None
    agency: Agency | None = None
    publication: Publication | None = None  # None: the latest figures, which are provisional


@transaction.atomic
def request_report(
    *,
    wanted: Wanted,
    by: User | None,
    at: datetime,
    schedule: ReportSchedule | None = None,
    occasion: str = "",
) -> Report:
    """Have a worker make a report. Whoever asks must be allowed to see what it is about.

    One of an agency holds what holds the agency back if `by` may see that. `by` None: a schedule.
    Raises TooManyReports, so that nobody fills the queue that everybody's work waits in.
    """
    if by is not None and jobs.open_jobs_of(by.pk, TASK) >= MOST_OPEN:
        raise TooManyReports(f"{MOST_OPEN} reports of yours are being made: wait until one is done.")
    details = wanted.agency is not None and by is not None and by.can(Right.SEE_DETAILS, wanted.agency)
    report = Report.objects.create(
        kind=wanted.kind,
        format=wanted.format,
        scope=wanted.scope,
        agency=wanted.agency,
        model=wanted.measure.model,
        method=wanted.measure.method,
        on=wanted.on,
        year_starts_in=wanted.year_starts_in,
        details=details,
        publication=wanted.publication,
        requested_by=by,
        schedule=schedule,
        occasion=occasion,
        created_at=at,
    )
    record(action="report.requested", obj=report, by=by, at=at, changes={"format": wanted.format})
    kind = f"{report.get_kind_display()} as {report.get_format_display()}"
    report.job = jobs.enqueue(
        kind=kind, task=TASK, by=by, at=at, arguments={"report_id": report.pk}, queue=QUEUE
    )
    report.save(update_fields=["job"])
    return report


def run_report(*, attempt: jobs.Attempt, clock: Callable[[], datetime]) -> Report | None:
    """Make a report as a job, with its progress. Safe to run twice: the file is written over.

    None where it cannot be made, which the job then says. Raises jobs.NotCurrent.
    """
    report = Report.objects.with_list_relations().get(pk=attempt.arguments["report_id"])
    try:
        content = read_content(report, at=clock())
        jobs.heartbeat(attempt=attempt, at=clock(), done=1, total=STEPS, message="The numbers are read.")
        talking = report.kind == Report.Kind.TALKING_POINTS
        written = write_paper(content, report.format, talking=talking)
        jobs.heartbeat(attempt=attempt, at=clock(), done=2, total=STEPS, message="The file is written.")
    except (CannotMakePdf, CannotMakeReport, NothingToShow) as error:
        jobs.fail(attempt=attempt, at=clock(), message=_job_words(report, str(error)))
        return None
    keep_file(report=report, content=content, written=written, at=clock())
    jobs.heartbeat(attempt=attempt, at=clock(), done=STEPS, total=STEPS)
    made = f"{file_name(report)}, {len(written):,} bytes."
    jobs.finish(attempt=attempt, at=clock(), message=_job_words(report, made))
    return report


def _job_words(report: Report, said: str) -> str:
    """What the job says: of a schedule's report nothing of what it is about, because the officers of every
    program see the portal's own jobs."""
    return said if report.requested_by is not None else f"Report {report.pk} of a schedule has ended."


def read_content(report: Report, at: datetime) -> Content:
    """What the report holds. Raises CannotMakeReport and NothingToShow."""
    measure = _measure(report)
    name = str(report.requested_by or SYSTEM)
    made = f"Made for {name} on {at.astimezone(UTC):%B %-d, %Y, %H:%M} UTC."
    if report.agency is not None:
        reader = report.requested_by
        if reader is None or not reader.can(Right.SEE, report.agency):
            raise CannotMakeReport("Whoever asked for it may not see this agency any more.")
        details = report.details and reader.can(Right.SEE_DETAILS, report.agency)
        points = points_up_to(measure, report.on, report.year_starts_in)
        return read_agency_page(
            report.agency, measure, points, reader,
            details=details, made=made, publication=report.publication,
        )  # fmt: skip
    if report.scope is None:
        raise CannotMakeReport("It is about nothing.")
    subject = subject_at(report.scope, measure, report.on, report.year_starts_in, report.publication)
    if report.kind == Report.Kind.FULL:
        return read_full_report(subject, paper_reader(), made)
    return read_one_page(subject, paper_reader(), made)


@transaction.atomic
def keep_file(*, report: Report, content: Content, written: bytes, at: datetime) -> None:
    """Keep the file, with what it names and its checksum."""
    storage, name = file_storage(), f"{report.pk}/{file_name(report)}"
    storage.delete(name)
    report.file = storage.save(name, ContentFile(written))
    report.checksum, report.size = hashlib.sha256(written).hexdigest(), len(written)
    report.named, report.made_at = named_in(content), at
    heading = content.one.heading if isinstance(content, FullReport) else content.heading
    report.marking = heading.marking
    report.save(update_fields=["file", "checksum", "size", "named", "made_at", "marking"])
    report.publications.set(publications_shown(report, _measure(report)))
    changes = {"checksum": report.checksum, "marking": report.marking}
    record(action="report.made", obj=report, by=None, at=at, changes=changes)
    if report.requested_by_id is not None:
        notify(kind="report-ready", notes=[_note(report)], at=at)


def _note(report: Report) -> Note:
    return Note(
        about=str(report),
        path=reverse("dashboards:report-detail", args=[report.pk]),
        key=str(report.pk),
        people=[report.requested_by_id] if report.requested_by_id is not None else [],
        agency_id=report.agency_id,
    )


def file_storage() -> Storage:
    """Where the files of reports lie: private, handed out by `hand_out` alone."""
    return storages["reports"]


def read_file(report: Report) -> bytes:
    """The bytes of its file. Raises FileNotFoundError."""
    with file_storage().open(report.file, "rb") as file:
        return bytes(file.read())


def named_in(content: Content) -> list[str]:
    """The slugs of the agencies that a paper names."""
    if isinstance(content, FullReport):
        return [line.slug for line in content.agencies]
    return [] if isinstance(content, AgencyPage) else list(content.agency_slugs)


def file_name(report: Report) -> str:
    """What the file is called: one-page-containers-first-2026-09-30.pdf."""
    kind = report.kind.replace("_", "-")
    return f"{kind}-{slugify(report.about)[:60]}-{report.on}.{report.format}"


@transaction.atomic
def hand_out(*, report: Report, reader: User, at: datetime) -> bytes:
    """The bytes of the file for somebody who may see the report now; noted in the audit.

    Raises MayNotDownload: it names an agency that has left what they may see.
    """
    unseen = unseen_by(report, reader)
    if unseen:
        raise MayNotDownload(
            f"It names {unseen} agencies that you may not see now. Ask for a new one, of those counted today."
        )
    written = read_file(report)
    record(
        action="report.downloaded",
        obj=report,
        by=reader,
        at=at,
        changes={"checksum": report.checksum, "marking": report.marking},
    )
    return written


def unseen_by(report: Report, reader: User) -> int:
    """How many of the agencies that the file names `reader` may not know of."""
    if reader.has_everywhere(Right.SEE) or not report.named:
        return 0
    seen = set(Agency.objects.visible_to(reader).values_list("slug", flat=True))
    return len(set(report.named) - seen)


def remove_old_files(*, at: datetime, days: int) -> int:
    """Remove the files of reports that are older than so many days; what was made stays known."""
    old = Report.objects.filter(made_at__lt=at - timedelta(days=days), removed_at__isnull=True)
    count = 0
    for report in old.order_by("pk")[:1000]:
        with transaction.atomic():
            report.removed_at = at
            report.save(update_fields=["removed_at"])
            record(action="report.removed", obj=report, by=None, at=at, changes={"days": days})
        file_storage().delete(report.file)
        count += 1
    return count


def _measure(report: Report) -> Measure:
    """The measure by which the report was asked for. Raises CannotMakeReport."""
    known = (choose_rule(one, report.method) for one in measures_in_use() if one.model == report.model)
    measure = next(known, None)  # also by an earlier rule: what was published by it stays as it was
    if measure is None:
        raise CannotMakeReport("There are no results of this questionnaire and scoring rule any more.")
    return measure
