"""A file with the answers of many agencies: kept, checked, confirmed, and loaded agency by agency.

Each agency's answers are one transaction, and what is there already is not written again: a run that was
lost goes on where it stopped, and the same file twice changes nothing.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.answer_file_plan import Entry, RoundChecker, entries_of, entry_now, read_file
from assessments.answer_file_writing import Delivery, Written, author_of, write_entry
from assessments.import_checking import GivenAssessment
from assessments.import_reading import Notes, UnreadableFile
from assessments.models import AnswerFile, Assessment, Cycle, Extension
from assessments.services import CannotStart, lock, start_assessment
from assessments.services_review import CannotSubmit, StaleAssessment, submit_assessment
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.periods import Period
from portal.audit.services import record
from portal.jobs import services as jobs
from portal.jobs.models import Job

CHECK_TASK, LOAD_TASK = "assessments.tasks.check_answer_file", "assessments.tasks.load_answer_file"
MOST_BYTES = settings.ANSWER_FILE_MB * 2**20
MOST_OPEN = 3  # files of one person that are being checked or loaded
KEPT_FOR = timedelta(days=1)  # how long a checked file waits for its confirmation
MOST_TOLD = 500  # problems, conflicts and reasons that are kept to be shown
BEAT_EVERY = 100  # agencies compared
WAITING = (AnswerFile.State.CHECKING, AnswerFile.State.CHECKED, AnswerFile.State.REFUSED)
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # no database keeps these in its JSON


class CannotLoad(Exception):
    """The file cannot be taken, or not now; says why."""


@dataclass(frozen=True)
class Choices:
    """What to do where it is not plain; see models.AnswerFile."""

    partial: bool = False
    over: bool = False
    carry_over: bool = False
    submit: bool = False


@dataclass
class Findings:
    """What a file holds, and what loading it would do."""

    rows: int = 0
    blank: int = 0
    merged: int = 0
    not_read: list[str] = field(default_factory=list)
    problems: list[list[str]] = field(default_factory=list)  # [place, reason]
    problem_count: int = 0
    agencies: int = 0
    spoiled: int = 0  # agencies with a wrong row
    start: int = 0  # agencies without an assessment yet
    change: int = 0  # agencies whose assessment gets something
    same: int = 0  # agencies of which the portal has it all
    closed: list[list[str]] = field(default_factory=list)  # [agency, why]
    closed_count: int = 0
    added: int = 0  # answers that the portal does not have
    other: list[list[str]] = field(default_factory=list)  # [agency, item, what differs]
    other_count: int = 0  # answers
    unvouched: int = 0  # agencies without who vouches for them


@dataclass
class Outcome:
    """What loading did."""

    started: int = 0
    changed: int = 0
    unchanged: int = 0
    answers: int = 0
    evidence: int = 0
    scores: int = 0
    kept: int = 0  # answers of the portal that stayed where the file says otherwise
    submitted: int = 0
    left_out: list[list[str]] = field(default_factory=list)  # [agency, why]
    left_out_count: int = 0
    not_submitted: list[list[str]] = field(default_factory=list)
    not_submitted_count: int = 0


@transaction.atomic
def keep_file(*, cycle: Cycle, content: bytes, file_name: str, by: User, at: datetime) -> AnswerFile:
    """Keep an uploaded file and have it checked. Files that nobody confirmed in time are dropped on the way.

    Raises CannotLoad: the round no longer collects, the file is empty or too large, too many are under way.
    """
    drop_expired(at=at)
    _refuse_closed(cycle, at)
    if not content:
        raise CannotLoad("The file is empty.")
    if len(content) > MOST_BYTES:
        raise CannotLoad(
            f"The file has {len(content) / 2**20:.0f} MB; {MOST_BYTES // 2**20} MB are the most."
        )
    under_way = [AnswerFile.State.CHECKING, AnswerFile.State.LOADING]
    mine = AnswerFile.objects.filter(by=by, state__in=under_way).order_by().values_list("job_id", flat=True)
    if Job.objects.filter(pk__in=list(mine)).exclude(state=Job.State.FAILED).count() >= MOST_OPEN:
        raise CannotLoad(f"{MOST_OPEN} of your files are being worked on. Wait until one is done.")
    row = AnswerFile(
        cycle=cycle,
        by=by,
        file_name=file_name[-200:],
        checksum=sha256(content).hexdigest(),
        size=len(content),
        content=content,
        uploaded_at=at,
        expires_at=at + KEPT_FOR,
    )
    row.job_id = _enqueue("check a file of answers", CHECK_TASK, row, by, at)
    row.save(force_insert=True)
    changes = {"file": row.file_name, "checksum": row.checksum}
    record(action="upload answers", obj=cycle, by=by, at=at, changes=changes)
    return row


def drop_expired(*, at: datetime) -> int:
    """Drop the files that nobody confirmed in time, and those of which the load was given up; how many."""
    late = AnswerFile.objects.filter(expires_at__lte=at).defer("content")
    ids = list(late.filter(state__in=WAITING).order_by().values_list("pk", flat=True))
    ids += [row.pk for row in late.filter(state=AnswerFile.State.LOADING) if was_given_up(row)]
    AnswerFile.objects.filter(pk__in=ids).delete()
    return len(ids)


def was_given_up(row: AnswerFile) -> bool:
    """Whether nobody checks or loads this file any more although it says so: its run has failed."""
    if row.job_id is None or not row.is_under_way:
        return False
    return Job.objects.filter(pk=row.job_id, state=Job.State.FAILED).exists()


def _refuse_closed(cycle: Cycle, at: datetime) -> None:
    """A closed round takes answers only of agencies with a later due day; each is looked at when loading."""
    later = Extension.objects.filter(cycle=cycle, until_on__gte=timezone.localdate(at))
    if cycle.is_closed and not later.exists():
        raise CannotLoad(f"{cycle} no longer takes answers: it is {cycle.state_words.lower()}.")


def _enqueue(kind: str, task: str, row: AnswerFile, by: User, at: datetime) -> int:
    job = jobs.enqueue(kind=kind, task=task, by=by, at=at, arguments={"answer_file": str(row.pk)})
    return job.pk


def check_file(*, attempt: jobs.Attempt, clock: Callable[[], datetime]) -> None:
    """Say what loading the file would do, as a job. Raises jobs.NotCurrent."""
    row = _file_of(attempt)
    if row is None or row.state != AnswerFile.State.CHECKING:
        jobs.finish(attempt=attempt, at=clock(), message="The file was put away, or checked before.")
        return
    try:
        checker, notes = _read(row, clock())
    except UnreadableFile as error:
        told = _kept(str(error))
        _checked(row, AnswerFile.State.REFUSED, Findings(problems=[["file", told]], problem_count=1))
        jobs.finish(attempt=attempt, at=clock(), message=f"{row} cannot be read: {told}.")
        return
    findings = _findings(checker, notes, clock, attempt)
    _checked(row, AnswerFile.State.CHECKED, findings)
    jobs.finish(attempt=attempt, at=clock(), message=f"{row}: {findings.agencies:,} agencies were checked.")


def _read(row: AnswerFile, at: datetime) -> tuple[RoundChecker, Notes]:
    content = bytes(row.content or b"")
    return read_file(content=content, file_name=row.file_name, cycle=row.cycle, today=timezone.localdate(at))


def _checked(row: AnswerFile, state: str, findings: Findings) -> None:
    waiting = AnswerFile.objects.filter(pk=row.pk, state=AnswerFile.State.CHECKING)
    waiting.update(state=state, found=_kept(asdict(findings)))


def _kept(told: Any) -> Any:
    """With a mark for each sign that is no text: bytes that were not UTF-8, and U+0000."""
    if isinstance(told, str):
        return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", told)
    if isinstance(told, dict):
        return {name: _kept(value) for name, value in told.items()}
    return [_kept(value) for value in told] if isinstance(told, list | tuple) else told


def _findings(
    checker: RoundChecker, notes: Notes, clock: Callable[[], datetime], attempt: jobs.Attempt
) -> Findings:
    whole = [given for given in checker.assessments.values() if not given.spoiled]
    found = Findings(
        rows=notes.rows,
        blank=notes.blank,
        merged=checker.merged,
        not_read=list(notes.not_read),
        problems=[[one.place, one.reason] for one in checker.problems[:MOST_TOLD]],
        problem_count=len(checker.problems),
        agencies=len(checker.assessments),
        spoiled=len(checker.assessments) - len(whole),
    )
    for number, entry in enumerate(entries_of(whole)):
        _count(found, entry)
        if number % BEAT_EVERY == 0:
            jobs.heartbeat(attempt=attempt, at=clock(), done=number, total=len(whole))
    return found


def _count(found: Findings, entry: Entry) -> None:
    name = str(entry.given.agency)
    if entry.closed:
        found.closed_count += 1
        _add(found.closed, name, entry.closed)
        return
    if entry.brings_nothing:
        found.same += 1
    elif entry.assessment is None:
        found.start += 1
    else:
        found.change += 1
    found.unvouched += not entry.given.attested_by
    found.added += len(entry.added) + len(entry.scores)
    found.other_count += len(entry.other) + len(entry.other_scores)
    for slug, words in (entry.other | entry.other_scores).items():
        _add(found.other, name, slug, words)


def _add(told: list[list[str]], *words: str) -> None:
    if len(told) < MOST_TOLD:
        told.append(list(words))


@transaction.atomic
def confirm_file(*, file_id: Any, choices: Choices, by: User, at: datetime) -> AnswerFile:
    """Have a checked file loaded as chosen. Raises AnswerFile.DoesNotExist, CannotLoad."""
    found = AnswerFile.objects.select_for_update(of=("self",)).select_related("cycle__program", "by")
    row = found.get(pk=file_id)
    if row.state != AnswerFile.State.CHECKED:
        raise CannotLoad(f"This file is {row.get_state_display().lower()}: there is nothing to confirm.")
    if row.by_id != by.pk:
        raise CannotLoad(f"{row.by} uploaded this file and alone can have it loaded.")
    _refuse_closed(row.cycle, at)
    if row.expires_at <= at:
        raise CannotLoad("This file waited for longer than a day. Upload it again.")
    if row.found["problem_count"] and not choices.partial:
        raise CannotLoad("Rows are wrong: mend the file, or leave the agencies with wrong rows out.")
    for name, value in asdict(choices).items():
        setattr(row, name, value)
    row.state = AnswerFile.State.LOADING
    row.job_id = _enqueue("load a file of answers", LOAD_TASK, row, by, at)
    row.save()
    record(
        action="confirm answers", obj=row.cycle, by=by, at=at, changes=asdict(choices) | {"file": str(row)}
    )
    return row


@transaction.atomic
def discard_file(*, file_id: Any, by: User, at: datetime) -> None:
    """Put away a file that is not being loaded and was not; one of which the load was given up as well: what
    it brought until then stays. Raises AnswerFile.DoesNotExist, CannotLoad."""
    row = AnswerFile.objects.select_for_update(of=("self",)).select_related("cycle__program").get(pk=file_id)
    if row.state in {AnswerFile.State.LOADING, AnswerFile.State.LOADED} and not was_given_up(row):
        raise CannotLoad(f"This file is {row.get_state_display().lower()}: it cannot be put away.")
    record(action="discard answers", obj=row.cycle, by=by, at=at, changes={"file": row.file_name})
    row.delete()


def load_file(*, attempt: jobs.Attempt, clock: Callable[[], datetime]) -> None:
    """Load a confirmed file, as a job. Raises jobs.NotCurrent."""
    row = _file_of(attempt)
    if row is None or row.state != AnswerFile.State.LOADING:
        jobs.finish(attempt=attempt, at=clock(), message="The file was loaded before.")
        return
    checker, _ = _read(row, clock())
    given = sorted(checker.assessments.values(), key=lambda one: one.agency.pk)
    outcome = Outcome(**attempt.cursor.get("outcome", {}))
    start = attempt.cursor.get("next", 0)
    for number, one in enumerate(given[start:], start + 1):
        _load_one(row, one, outcome, clock())
        cursor = {"next": number, "outcome": asdict(outcome)}
        jobs.heartbeat(attempt=attempt, at=clock(), done=number, total=len(given), cursor=cursor)
    _loaded(row, outcome, clock())
    jobs.finish(
        attempt=attempt,
        at=clock(),
        message=f"{row}: {outcome.answers:,} answers for {outcome.started + outcome.changed:,} agencies.",
    )


def _file_of(attempt: jobs.Attempt) -> AnswerFile | None:
    found = AnswerFile.objects.select_related("cycle__program", "cycle__version__model", "by")
    return found.filter(pk=attempt.arguments["answer_file"]).first()


@transaction.atomic
def _loaded(row: AnswerFile, outcome: Outcome, at: datetime) -> None:
    """What the file brought is kept, its bytes are not."""
    row.state, row.outcome, row.loaded_at, row.content = AnswerFile.State.LOADED, asdict(outcome), at, None
    row.save(update_fields=["state", "outcome", "loaded_at", "content"])
    counts = {name: value for name, value in asdict(outcome).items() if isinstance(value, int)}
    changes = {"file": row.file_name, "checksum": row.checksum} | counts
    record(action="load answers", obj=row.cycle, by=row.by, at=at, changes=changes)


def _load_one(row: AnswerFile, given: GivenAssessment, outcome: Outcome, at: datetime) -> None:
    """Bring one agency's answers in, all of them or none, and submit them where that was chosen."""
    name = str(given.agency)
    try:
        if given.spoiled:
            raise CannotLoad("a row of it is wrong")
        if not row.by.can(Right.RUN_PROGRAM, given.agency):
            raise CannotLoad(f"{row.by} no longer looks after it")
        with transaction.atomic():
            brought = _bring(row, given, at)
    except (CannotLoad, CannotStart, IntegrityError) as error:
        outcome.left_out_count += 1
        why = "somebody else began it at the same moment" if isinstance(error, IntegrityError) else str(error)
        _add(outcome.left_out, name, why)
        return
    outcome.started += brought.is_new
    outcome.changed += brought.written is not None and not brought.is_new
    outcome.unchanged += brought.written is None and not brought.is_new
    outcome.kept += brought.kept
    if brought.written is not None:
        outcome.answers += brought.written.answers
        outcome.evidence += brought.written.evidence
        outcome.scores += brought.written.scores
    if row.submit and brought.assessment.is_open:
        _submit(row, given, brought.assessment, outcome, at)


@dataclass(frozen=True)
class Brought:
    """What became of one agency's answers. `written`: None where the portal had them all."""

    assessment: Assessment
    is_new: bool
    written: Written | None
    kept: int  # answers of the portal that differ and stayed


def _bring(row: AnswerFile, given: GivenAssessment, at: datetime) -> Brought:
    """Write what the file brings to the agency's assessment, which is started where there is none.

    Raises CannotLoad, CannotStart.
    """
    cycle = row.cycle
    found = Assessment.objects.filter(
        agency=given.agency, version=cycle.version, period_ends_on=cycle.period_ends_on, amends__isnull=True
    ).first()
    is_new = found is None
    if found is None:
        found = start_assessment(
            agency=given.agency,
            version=cycle.version,
            period=Period(cycle.period_starts_on, cycle.period_ends_on),
            period_label=cycle.period_label,
            by=row.by,
            at=at,
            carry_over=row.carry_over,
        )
    assessment = lock(found.pk)
    entry = entry_now(given, assessment)
    if entry.closed:
        raise CannotLoad(entry.closed)
    differ = len(entry.other) + len(entry.other_scores)
    if not (entry.added or entry.backed or entry.scores or (row.over and differ)):
        return Brought(assessment, is_new, None, differ)
    written = write_entry(entry=entry, assessment=assessment, over=row.over, delivery=_delivery(row, at))
    return Brought(assessment, is_new, written, 0 if row.over else differ)


def _delivery(row: AnswerFile, at: datetime) -> Delivery:
    return Delivery(row.file_name, row.checksum, row.by, at)


def _submit(
    row: AnswerFile, given: GivenAssessment, assessment: Assessment, outcome: Outcome, at: datetime
) -> None:
    """Submit what is complete and vouched for; say what keeps the others."""
    try:
        if not given.attested_by:
            raise CannotLoad("the file does not say who vouches for it (attested_by)")
        submit_assessment(
            assessment_id=assessment.pk,
            revision=assessment.revision,
            attested_by=given.attested_by,
            by=row.by,
            at=at,
            is_author=author_of(_delivery(row, at), assessment) is not None,
        )
    except (CannotLoad, CannotSubmit, StaleAssessment) as error:
        outcome.not_submitted_count += 1
        _add(outcome.not_submitted, str(given.agency), str(error))
    else:
        outcome.submitted += 1
