"""An assessment leaves as a workbook, and comes back: kept until somebody has decided what counts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format

from assessments.models import Assessment, WorkbookUpload
from assessments.queries import Sheet, load_sheet
from assessments.queries_workbook import (
    HOLDERS,
    export_of,
    question_of,
    rounds_asking_for,
    section_names,
    sections_of,
)
from assessments.services import NotOpen
from assessments.words import carried_words
from assessments.workbook.content import Export, Section
from assessments.workbook.package import NotAWorkbook
from assessments.workbook.reader import Opened, open_workbook
from assessments.workbook.understanding import Understood, understand
from assessments.workbook.writer import Book, Cover, write_workbook
from maturity.levels import IN_POINTS
from portal.access.models import User
from portal.agencies.queries import demonstration_shown
from portal.audit.services import record

KEPT_FOR = timedelta(hours=24)  # how long a workbook waits for the decisions
MOST_KEPT = 20  # uploads of one person
MARKING = "DEMONSTRATION: the data are invented"
SIGNER = signing.Signer(salt="assessments.workbook")


class NoSuchSection(Exception):
    """The model has no such domain, or no questions at all."""


class WorkbookRefused(Exception):
    """The file is not taken; says why, and what to do."""


@dataclass(frozen=True)
class WorkbookFile:
    """A workbook to download."""

    name: str
    content: bytes


# --- out --------------------------------------------------------------------------------------------


@transaction.atomic
def export_workbook(
    *, assessment: Assessment, sections: Sequence[str] = (), by: User, at: datetime
) -> WorkbookFile:
    """The assessment as a workbook, or only these parts of it (slugs of domains, "challenges").

    Whether `by` may see it is for the caller. Raises NoSuchSection.
    """
    sheet = load_sheet(assessment)
    names = section_names(sheet)
    if unknown := [key for key in sections if key not in names]:
        raise NoSuchSection(f"{assessment.version} has no domain “{unknown[0][:80]}”.")
    if not names:
        raise NoSuchSection(f"{assessment.version} has no questions to answer.")
    found = sections_of(sheet, sections or names)
    export = export_of(sheet, found, at.isoformat(), str(by))
    book = Book(
        cover=_cover(sheet, found, by, at, whole=len(found) == len(names)),
        sections=found,
        export=export,
        signature=SIGNER.signature(export.text()),
        there=_evidence_so_far(sheet),
        holders=HOLDERS,
        in_points=sheet.rules.answers == IN_POINTS,
        carried={slug: words for slug, answer in sheet.answers.items() if (words := carried_words(answer))},
    )
    changes = {"parts": list(export.sections), "questions": len(export.answers)}
    record(action="export workbook", obj=assessment, by=by, at=at, changes=changes)
    part = "" if len(found) > 1 else f"-{found[0].key}"
    period = "".join(sign if sign.isalnum() else "-" for sign in assessment.period_label.lower())
    return WorkbookFile(f"{assessment.agency.slug}-{period}{part}.xlsx", write_workbook(book))


def _cover(sheet: Sheet, sections: list[Section], by: User, at: datetime, *, whole: bool) -> Cover:
    assessment, local = sheet.assessment, timezone.localtime(at)
    count = sum(len(section.questions) for section in sections)
    part = "The whole assessment" if whole else ", ".join(section.name for section in sections)
    facts = (
        ("Agency", str(assessment.agency)),
        ("Questionnaire", str(assessment.version)),
        ("Period", assessment.period_label),
        ("What is in it", f"{part}: {count} questions"),
        ("Kind", assessment.get_kind_display()),
        ("State", assessment.get_state_display()),
        ("Exported by", str(by)),
        ("Exported on", f"{local:%Y-%m-%d %H:%M %Z}"),
        ("Answers count until", _until(assessment)),
    )
    return Cover(
        title="Assessment to work on offline",
        subject=f"{assessment.agency}, {assessment.version}, {assessment.period_label}",
        facts=facts,
        marking=MARKING if demonstration_shown() else "",
        plans_from=assessment.period_starts_on,
    )


def _until(assessment: Assessment) -> str:
    """Until when what is filled in may come back."""
    if not assessment.is_open:
        state = assessment.get_state_display().lower()
        return f"They no longer count: the assessment is {state}. This workbook is for reading."
    rounds = rounds_asking_for(assessment)
    if rounds:
        day = date_format(rounds[0].due_on, "F j, Y")
        return f"The assessment is submitted; it is due on {day} ({rounds[0].program})."
    return "The assessment is submitted."


def _evidence_so_far(sheet: Sheet) -> dict[str, list[str]]:
    return {
        slug: [f"{row.title} ({row.dated_on.isoformat()})" for row in answer.evidence.all()]
        for slug, answer in sheet.answers.items()
    }


# --- back -------------------------------------------------------------------------------------------


@transaction.atomic
def keep_workbook(
    *, assessment: Assessment, content: bytes, file_name: str, by: User, at: datetime
) -> WorkbookUpload:
    """Read a workbook that came back and keep what is not as it left, for 24 hours, for `by` to decide.

    It replaces what this person uploaded for this assessment before; what has expired is dropped on the
    way. No answer is changed. Raises NotOpen, WorkbookRefused.
    """
    if not assessment.is_open:
        state = assessment.get_state_display().lower()
        raise NotOpen(f"This assessment is {state}, so its answers are fixed.")
    sheet = load_sheet(assessment)
    export, understood = _read(sheet, content)
    WorkbookUpload.objects.filter(expires_at__lte=at).delete()
    WorkbookUpload.objects.filter(assessment=assessment, by=by).delete()
    older = WorkbookUpload.objects.filter(by=by).values_list("pk", flat=True)[MOST_KEPT - 1 :]
    WorkbookUpload.objects.filter(pk__in=list(older)).delete()
    return WorkbookUpload.objects.create(
        assessment=assessment,
        by=by,
        file_name=_file_name(file_name),
        exported_at=parse_datetime(export.exported_at) or at,
        exported_by=export.exported_by,
        questions=len(export.answers),
        reading={
            "edits": [edit.plain() for edit in understood.edits],
            "faults": [asdict(fault) for fault in understood.faults],
            "gone": list(understood.gone),
        },
        uploaded_at=at,
        expires_at=at + KEPT_FOR,
    )


def _file_name(name: str) -> str:
    return "".join(sign for sign in name if sign.isprintable())[:200] or "workbook.xlsx"


def _read(sheet: Sheet, content: bytes) -> tuple[Export, Understood]:
    try:
        opened = open_workbook(content)
    except NotAWorkbook as error:
        raise WorkbookRefused(str(error)) from error
    export = _signed(opened)
    _refuse_another(export, sheet.assessment)
    questions = {slug: question_of(sheet, item) for slug, item in sheet.items.items()}
    return export, understand(opened, export, questions, HOLDERS)


def _signed(opened: Opened) -> Export:
    """What the portal signed. Raises WorkbookRefused where it did not, or not this."""
    if not opened.sealed and not opened.signature:
        raise WorkbookRefused(
            "This is no workbook of this portal, or its hidden sheet is gone. Download the workbook "
            "again and fill in that one."
        )
    try:
        return Export.of_text(SIGNER.unsign(f"{opened.sealed}{SIGNER.sep}{opened.signature}"))
    except signing.BadSignature as error:
        raise WorkbookRefused(
            "The signature of this workbook does not fit: its hidden sheet was changed, or another portal "
            "wrote it. Download the workbook again and fill in that one."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WorkbookRefused(
            "This workbook was written by another version of the portal. Download it again and fill in "
            "that one."
        ) from error


def _refuse_another(export: Export, assessment: Assessment) -> None:
    model, _, version = export.model.rpartition("@")
    if export.agency != assessment.agency.slug:
        raise WorkbookRefused(
            f"This workbook is of another agency ({export.agency}); this assessment is of "
            f"{assessment.agency}."
        )
    if model != assessment.version.model.slug:
        raise WorkbookRefused(
            f"This workbook is of another questionnaire ({export.model}); this is {assessment.version.key}."
        )
    if version != assessment.version.version:
        raise WorkbookRefused(
            f"This workbook is of version {version} of the questionnaire; this assessment is of version "
            f"{assessment.version.version}."
        )
    if export.assessment != assessment.pk:
        raise WorkbookRefused(
            "This workbook is of another assessment of the same agency. Upload it there, or download the "
            f"workbook of {assessment.period_label}."
        )


def discard_upload(*, upload: WorkbookUpload) -> None:
    """Put away what was uploaded; no answer has changed."""
    upload.delete()
