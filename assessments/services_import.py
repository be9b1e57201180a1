"""Loading a file of past assessments as approved: all of it, or nothing.

What a file says is compared row by row with what the portal has: an equal assessment is left as it is,
one that says otherwise is a conflict, or (`amend`) is corrected by an amendment. What a file does not
speak of, it does not change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.import_checking import AssessmentKey, Checker, GivenAssessment, GivenStage, Problem
from assessments.import_reading import Notes, read_rows
from assessments.import_register import Register
from assessments.import_writing import Writer
from assessments.models import Answer, Assessment, Evidence, SelfDeclaration
from assessments.queries import given_scores
from assessments.services_answers import AnswerFields, EvidenceFields, fields_of
from maturity.scoring import format_hundredths
from portal.access.models import User
from portal.access.rules import Right
from portal.agencies.services import mark_stale
from portal.audit.services import record, record_many

CHUNK = 100  # assessments compared or written at a time
TOLD = 3  # differences that a conflict tells of


@dataclass
class Report:
    """What a file holds and what was done with it. With `partial` the rest was loaded all the same."""

    rows: int = 0
    blank: int = 0
    merged: int = 0
    missing: int = 0  # rows of domains without a score
    not_read: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    conflicts: list[Problem] = field(default_factory=list)
    left_out: int = 0  # assessments with a wrong row or a conflict
    created: int = 0
    amended: int = 0
    unchanged: int = 0
    answers: int = 0  # written
    evidence: int = 0
    scores: int = 0  # of whole domains
    stages_created: int = 0
    stages_changed: int = 0
    stages_unchanged: int = 0


class NotAllowed(Exception):
    """Only administrators load history."""


class ImportRefused(Exception):
    """Rows are wrong or in conflict, and nothing was changed; `report` names each."""

    def __init__(self, report: Report) -> None:
        super().__init__("The file is refused; nothing was changed.")
        self.report = report


class Disturbed(Exception):
    """Somebody else wrote one of these assessments meanwhile; nothing was changed."""


def import_assessments(
    *,
    path: Path,
    year_starts_in: int,
    fill_reasons: str,
    amend: bool,
    partial: bool,
    by: User,
    at: datetime,
) -> Report:
    """Load the file: everything, or with `partial` what is whole and without conflict.

    `fill_reasons`: the reason of a not-applicable answer that gives none. Raises NotAllowed,
    UnreadableFile, OSError, ImportRefused, Disturbed.
    """
    if not by.has_everywhere(Right.ADMINISTER):
        raise NotAllowed(f"{by.get_username()} is not an administrator; only administrators load history.")
    notes = Notes()
    checker = Checker(Register(year_starts_in), fill_reasons=fill_reasons, today=timezone.localdate(at))
    checker.take_all(read_rows(path, notes))
    report = Report(
        rows=notes.rows,
        blank=notes.blank,
        merged=checker.merged,
        missing=checker.missing,
        not_read=notes.not_read,
        problems=checker.problems,
        left_out=sum(given.spoiled for given in checker.assessments.values()),
    )
    if report.problems and not partial:
        raise ImportRefused(report)
    try:
        with transaction.atomic():
            _load(checker, report, path.name, amend=amend, partial=partial, by=by, at=at)
    except IntegrityError as error:
        raise Disturbed("Somebody wrote one of these assessments meanwhile. Run it again.") from error
    return report


def _load(
    checker: Checker, report: Report, file: str, *, amend: bool, partial: bool, by: User, at: datetime
) -> None:
    given = {key: value for key, value in checker.assessments.items() if not value.spoiled}
    new, different = _compare(given, report, amend=amend)
    report.left_out += len(report.conflicts)
    stages = _compare_stages(checker.stages, report, amend=amend)
    if report.conflicts and not partial:
        raise ImportRefused(report)
    if not (new or different or stages):
        return
    writer = Writer(file=file, by=by, at=at)
    for chunk in _chunks(new):
        writer.create(chunk)
    for assessment, current in different:
        writer.amend(assessment, current)
    report.created, report.amended = len(new), len(different)
    report.answers, report.evidence, report.scores = writer.answers, writer.evidence, writer.scores
    _write_stages(stages, report, by=by, at=at)
    if writer.agencies:
        mark_stale(agencies=sorted(writer.agencies), reason="assessments imported", at=at)
    changes = {"file": file, "created": report.created, "amended": report.amended, "answers": report.answers}
    stages_written = report.stages_created + report.stages_changed
    record(action="import assessments", obj=by, by=by, at=at, changes=changes | {"stages": stages_written})


def _chunks(given: list[GivenAssessment]) -> Iterator[list[GivenAssessment]]:
    for start in range(0, len(given), CHUNK):
        yield given[start : start + CHUNK]


# --- what the portal has already --------------------------------------------------------------------


def _compare(
    given: dict[AssessmentKey, GivenAssessment], report: Report, *, amend: bool
) -> tuple[list[GivenAssessment], list[tuple[GivenAssessment, Assessment]]]:
    """Those to create, and those to amend with what they correct; the rest is counted in `report`."""
    current = _current(given)
    different = []
    keys = list(current)
    for start in range(0, len(keys), CHUNK):
        for key, told in _differences({key: current[key] for key in keys[start : start + CHUNK]}, given):
            assessment, there = given[key], current[key]
            if fixed := _why_not_amended(assessment, there):
                report.conflicts.append(Problem(assessment.place, fixed))
            elif not told:
                report.unchanged += 1
            elif amend:
                different.append((assessment, there))
            else:
                text = f"{assessment} is in the portal with other answers: {_told(told)}"
                report.conflicts.append(Problem(assessment.place, text))
    return [assessment for key, assessment in given.items() if key not in current], different


def _current(given: dict[AssessmentKey, GivenAssessment]) -> dict[AssessmentKey, Assessment]:
    """Of those in the portal, the one that stands: the last of its amendments."""
    found: dict[AssessmentKey, Assessment] = {}
    agencies = sorted({agency for agency, _, _ in given})
    versions = {version for _, version, _ in given}
    for start in range(0, len(agencies), CHUNK):
        rows = Assessment.objects.filter(agency__in=agencies[start : start + CHUNK], version__in=versions)
        for row in rows.filter(amended_by__isnull=True).order_by("pk"):
            key = (row.agency_id, row.version_id, row.period_ends_on)
            if key in given:
                found[key] = row
    return found


def _why_not_amended(given: GivenAssessment, current: Assessment) -> str:
    """Why the file cannot speak of this one; "" if it can."""
    if current.period_starts_on != given.named.period.starts_on:
        return f"{given} ends with {current.period_label}, which is in the portal"
    if current.state != Assessment.State.APPROVED:
        return f"{given} is in the portal as {current.get_state_display().lower()}: finish it there"
    return ""


def _differences(
    current: dict[AssessmentKey, Assessment], given: dict[AssessmentKey, GivenAssessment]
) -> Iterator[tuple[AssessmentKey, list[str]]]:
    """For each of these assessments, in what the file says otherwise, in words."""
    answers = Answer.objects.filter(assessment__in=current.values()).select_related("item")
    by_assessment: dict[int, dict[str, Answer]] = {row.pk: {} for row in current.values()}
    for answer in answers.prefetch_related("evidence"):
        by_assessment[answer.assessment_id][answer.item.slug] = answer
    scores = given_scores([row.pk for row in current.values()])
    for key, assessment in current.items():
        there = by_assessment[assessment.pk]
        told = [
            difference
            for slug, said in given[key].answers.items()
            if (difference := difference_of(slug, there.get(slug), said.fields, said.evidence))
        ]
        known = scores.get(assessment.pk, {})
        told += [
            f"{slug} has score {_points(known.get(slug))}, the file {_points(said.score)}"
            for slug, said in given[key].scores.items()
            if known.get(slug) != said.score
        ]
        yield key, told


def difference_of(
    slug: str, there: Answer | None, fields: AnswerFields, evidence: tuple[EvidenceFields, ...]
) -> str:
    """In what an answer of the portal is not what the file says of the item, in words; "" if in nothing."""
    if there is None or not there.level:
        return f"{slug} is not answered there"
    old = fields_of(there)
    for name in ("level", "holder", "holder_name", "note", "reason", "planned_on", "points"):
        if (was := getattr(old, name)) != (now := getattr(fields, name)):
            return f"{slug} has {name} {_short(was)}, the file {_short(now)}"
    known = {_told_by(row) for row in there.evidence.all()}
    return "" if known.issuperset(_told_by(one) for one in evidence) else f"{slug} lacks the file's evidence"


def _told_by(evidence: Evidence | EvidenceFields) -> tuple[str, str, date]:
    return (evidence.url, evidence.statement, evidence.dated_on)


def _short(value: Any) -> str:
    text = str(value or "")
    return f"“{text if len(text) <= 40 else text[:40] + '…'}”"


def _points(millionths: int | None) -> str:
    return "none" if millionths is None else format_hundredths(millionths)


def _told(differences: list[str]) -> str:
    more = len(differences) - TOLD
    return "; ".join(differences[:TOLD]) + (f"; and {more} more" if more > 0 else "")


# --- declared stages --------------------------------------------------------------------------------


def _compare_stages(
    stages: dict[AssessmentKey, GivenStage], report: Report, *, amend: bool
) -> list[tuple[GivenStage, SelfDeclaration | None]]:
    """Those to write, each with the row that it changes."""
    rows = SelfDeclaration.objects.filter(agency__in={agency for agency, _, _ in stages})
    there = {(row.agency_id, row.model_id, row.period_ends_on): row for row in rows}
    found: list[tuple[GivenStage, SelfDeclaration | None]] = []
    for key, given in stages.items():
        row = there.get(key)
        if row is None or (amend and (row.stage, row.note) != (given.stage, given.note)):
            found.append((given, row))
        elif (row.stage, row.note) == (given.stage, given.note):
            report.stages_unchanged += 1
        else:
            text = f"{given.agency} is in the portal with stage {row.stage} for {row.period_label}"
            if row.stage == given.stage:
                text += " and another note"
            report.conflicts.append(Problem(given.place, text))
    return found


def _write_stages(
    stages: list[tuple[GivenStage, SelfDeclaration | None]], report: Report, *, by: User, at: datetime
) -> None:
    new = [(_declaration(given, at), None) for given, row in stages if row is None]
    changed = []
    for given, row in stages:
        if row is not None:
            changed.append((row, row.stage))
            row.stage, row.note, row.imported_at = given.stage, given.note, at
    SelfDeclaration.objects.bulk_create([row for row, _ in new], batch_size=500)
    SelfDeclaration.objects.bulk_update(
        [row for row, _ in changed], ["stage", "note", "imported_at"], batch_size=500
    )
    told = [(row, {"stage": [old, row.stage]}) for row, old in [*new, *changed]]
    record_many(action="import stage", objects=told, by=by, at=at)
    report.stages_created, report.stages_changed = len(new), len(changed)


def _declaration(given: GivenStage, at: datetime) -> SelfDeclaration:
    return SelfDeclaration(
        agency=given.agency,
        model_id=given.parts.version.model_id,
        period_starts_on=given.named.period.starts_on,
        period_ends_on=given.named.period.ends_on,
        period_label=given.named.label,
        stage=given.stage,
        note=given.note,
        imported_at=at,
    )
