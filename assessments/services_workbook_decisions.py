"""What a workbook that came back would change, beside the portal as it is now; and doing it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from assessments.models import Answer, WorkbookUpload
from assessments.queries import Sheet, load_sheet
from assessments.queries_workbook import is_in_points, said_of
from assessments.services_answers import (
    AnswerFields,
    BadAnswer,
    EvidenceFields,
    StaleAnswer,
    add_evidence,
    answer_errors,
    evidence_errors,
    fields_of,
    points_errors,
    save_answer,
)
from assessments.words import FIELD_WORDS
from assessments.workbook.content import FIELDS, Edit, Fault, NewEvidence, Said, merge, settled
from maturity.levels import Level
from maturity.models import Item
from maturity.scoring import not_yet_allowed
from portal.access.models import User
from portal.audit.services import record

SOURCE = "workbook"


@dataclass(frozen=True)
class Line:
    """One row that would change something. `answer`: as the portal has it now.

    `changed`: fields that nobody touched in the portal since; `conflicts`: fields that somebody did.
    """

    item: Item
    edit: Edit
    answer: Answer | None
    changed: tuple[str, ...]
    conflicts: tuple[str, ...]
    evidence: EvidenceFields | None

    @property
    def exported(self) -> AnswerFields:
        """As it left."""
        return AnswerFields(**{name: _typed(self.edit.base.said, name) for name in FIELDS})

    @property
    def given(self) -> AnswerFields:
        """As the workbook has it."""
        return AnswerFields(**{name: _typed(self.edit.given, name) for name in FIELDS})

    @property
    def now(self) -> AnswerFields:
        """As the portal has it."""
        return fields_of(self.answer) if self.answer is not None else AnswerFields(level=None)

    @property
    def revision(self) -> int:
        """That the portal's answer has now."""
        return self.answer.revision if self.answer is not None else 0

    def fields(self, *, workbook: bool) -> AnswerFields:
        """The answer after it; of what both changed, the workbook's or the portal's."""
        names = self.changed + (self.conflicts if workbook else ())
        return replace(self.now, **{name: _typed(self.edit.given, name) for name in names})


@dataclass(frozen=True)
class Comparison:
    """A workbook beside the portal as it is now."""

    upload: WorkbookUpload
    sheet: Sheet
    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]
    gone: tuple[str, ...]

    @property
    def changes(self) -> list[Line]:
        """What nobody else touched."""
        return [line for line in self.lines if not line.conflicts]

    @property
    def conflicts(self) -> list[Line]:
        """What a person must decide."""
        return [line for line in self.lines if line.conflicts]

    @property
    def same(self) -> int:
        """Questions of the workbook that change nothing."""
        faulty = {fault.slug for fault in self.faults if fault.slug} - {line.item.slug for line in self.lines}
        return max(self.upload.questions - len(self.lines) - len(faulty), 0)

    @cached_property
    def fingerprint(self) -> str:
        """Stands for all that is shown: another one means that the portal has changed since."""
        told = [
            (line.item.slug, line.revision, line.changed, line.conflicts, line.evidence is not None)
            for line in self.lines
        ]
        return sha256(repr((str(self.upload.pk), told)).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Applied:
    """How many answers were saved, pieces of evidence added, and conflicts decided for the portal."""

    answers: int
    evidence: int
    kept: int


class UploadGone(Exception):
    """The upload was applied or replaced, or has expired."""


class ComparisonChanged(Exception):
    """Somebody changed an answer since the comparison was read; nothing was saved."""


class Undecided(Exception):
    """Of some conflicts nobody said which answer counts; `items` are their slugs."""

    def __init__(self, items: list[str]) -> None:
        count = len(items)
        told = "one conflict is" if count == 1 else f"{count} conflicts are"
        super().__init__(f"Nothing was saved: {told} still to be decided.")
        self.items = items


class CannotTake(Exception):
    """An answer was refused when it was to be saved; says which, where and why."""


# --- comparing --------------------------------------------------------------------------------------


def compare_workbook(*, upload: WorkbookUpload, at: datetime) -> Comparison:
    """The workbook beside the portal as it is now; changes nothing."""
    sheet = load_sheet(upload.assessment)
    faults = [Fault(**fault) for fault in upload.reading["faults"]]
    lines = []
    for told in upload.reading["edits"]:
        edit = Edit.of_plain(told)
        item = sheet.items.get(edit.slug)
        line = _line(sheet, item, edit) if item is not None else None
        if line is not None:
            lines.append(line)
    wrong = {line.item.slug: found for line in lines if (found := _amiss(sheet, lines, line, at))}
    for found in wrong.values():
        faults += found
    taken = tuple(line for line in lines if line.item.slug not in wrong)
    return Comparison(upload, sheet, taken, tuple(faults), tuple(upload.reading["gone"]))


def _line(sheet: Sheet, item: Item, edit: Edit) -> Line | None:
    """None where the portal says the same already."""
    answer = sheet.answers.get(item.slug)
    found = merge(edit.base.said, said_of(answer), edit.given)
    evidence = _new_evidence(edit.evidence, answer) if edit.evidence is not None else None
    if not (found.changed or found.conflicts or evidence):
        return None
    return Line(item, edit, answer, found.changed, found.conflicts, evidence)


def _new_evidence(new: NewEvidence, answer: Answer | None) -> EvidenceFields | None:
    """None where it was added already: a workbook may come twice."""
    for row in answer.evidence.all() if answer is not None else ():
        there = (row.kind, row.title, row.dated_on.isoformat(), row.url, settled(row.statement))
        if there == (new.kind, new.title, new.dated_on, new.url, new.statement):
            return None
    dated_on = date.fromisoformat(new.dated_on) if new.dated_on else date.max
    return EvidenceFields(new.kind, new.title, dated_on, new.url, new.statement)


def _typed(said: Said, name: str) -> Any:
    value = getattr(said, name)
    if name == "level":
        return Level(value) if value else None
    if name == "planned_on":
        return date.fromisoformat(value) if value else None
    return value


def _amiss(sheet: Sheet, lines: list[Line], line: Line, at: datetime) -> list[Fault]:
    """What the portal would refuse of this row, by the cells in which it stands."""
    found: dict[str, str] = {}
    if line.changed or line.conflicts:
        fields = line.fields(workbook=True).trimmed()
        found = points_errors(line.item, fields, in_points=is_in_points(sheet, line.item))
        assessment = sheet.assessment
        found |= answer_errors(fields, assessment.period_starts_on, assessment.period_label)
        if fields.level == Level.NOT_YET and not _may_say_not_yet(sheet, lines, line):
            found["level"] = (
                "“Not yet relevant” may be said only of challenges above the stage you are working on."
            )
    if line.evidence is not None:
        told = evidence_errors(line.evidence, timezone.localdate(at))
        if line.evidence.dated_on == date.max:
            told["dated_on"] = "Give the day that the evidence was true or was written."
        found |= {f"evidence_{name}": message for name, message in told.items()}
    edit = line.edit
    return [Fault(edit.sheet, edit.cells.get(key, ""), text, edit.slug) for key, text in found.items()]


def _may_say_not_yet(sheet: Sheet, lines: list[Line], line: Line) -> bool:
    """As the answers will be when all of the workbook is taken."""
    levels = dict(sheet.levels)
    for other in lines:
        if (level := other.fields(workbook=True).level) is not None:
            levels[other.item.slug] = level
        elif "level" in other.changed + other.conflicts:
            levels.pop(other.item.slug, None)
    levels.pop(line.item.slug, None)
    return not_yet_allowed(sheet.rules, levels, line.item.slug)


# --- deciding ---------------------------------------------------------------------------------------


@transaction.atomic
def apply_workbook(
    *, upload_id: UUID, fingerprint: str, take: Mapping[str, bool], by: User, at: datetime
) -> Applied:
    """Save what the comparison with this fingerprint showed, all of it or nothing.

    `take`: by item slug, whether of a conflict the workbook's answer counts; else the portal's does. Rows
    with faults are left out. Raises UploadGone, NotOpen, ComparisonChanged, Undecided, CannotTake.
    """
    found = WorkbookUpload.objects.select_for_update(of=("self",)).filter(pk=upload_id, by=by)
    upload = found.select_related("assessment__agency", "assessment__version__model").first()
    if upload is None or upload.expires_at <= at:
        raise UploadGone("This workbook was taken over already, or its time is over. Upload it again.")
    comparison = compare_workbook(upload=upload, at=at)
    if comparison.fingerprint != fingerprint:
        raise ComparisonChanged(
            "Nothing was saved: an answer was changed in the portal since you looked. This is how it is now."
        )
    if undecided := [line.item.slug for line in comparison.conflicts if line.item.slug not in take]:
        raise Undecided(undecided)
    applied = _save_all(comparison, take, by, at)
    told = asdict(applied) | {"exported at": upload.exported_at.isoformat(), "by": upload.exported_by}
    record(action="import workbook", obj=upload.assessment, by=by, at=at, changes=told)
    upload.delete()
    return applied


def _save_all(comparison: Comparison, take: Mapping[str, bool], by: User, at: datetime) -> Applied:
    # "Not yet relevant" depends on all other answers, so it is said last.
    ordered = sorted(comparison.lines, key=lambda line: line.edit.given.level == Level.NOT_YET)
    answers = evidence = 0
    for line in ordered:
        try:
            answers += _save(comparison, line, by, at, workbook=take.get(line.item.slug, False))
            if line.evidence is not None:
                add_evidence(
                    assessment_id=comparison.upload.assessment_id,
                    item_slug=line.item.slug,
                    evidence=line.evidence,
                    by=by,
                    at=at,
                    source=SOURCE,
                )
                evidence += 1
        except StaleAnswer as error:
            raise ComparisonChanged(f"Nothing was saved: {error} This is how it is now.") from error
        except BadAnswer as error:
            raise CannotTake(f"Nothing was saved: {_where(line, error)}") from error
    kept = sum(not take[line.item.slug] for line in comparison.conflicts)
    return Applied(answers, evidence, kept)


def _save(comparison: Comparison, line: Line, by: User, at: datetime, *, workbook: bool) -> bool:
    """Whether there was an answer to save."""
    if not (line.changed or (workbook and line.conflicts)):
        return False
    save_answer(
        assessment_id=comparison.upload.assessment_id,
        item_slug=line.item.slug,
        revision=line.revision,
        fields=line.fields(workbook=workbook),
        by=by,
        at=at,
        source=SOURCE,
    )
    return True


def _where(line: Line, error: BadAnswer) -> str:
    name, message = next(iter(error.errors.items()))
    cell = line.edit.cells.get(name, "")
    place = f", cell {cell}" if cell else ""
    return f"{line.item.title}, {FIELD_WORDS.get(name, name)} (sheet “{line.edit.sheet}”{place}): {message}"
