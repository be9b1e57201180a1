"""Files as evidence; one piece of evidence for several items; and what is said of it, changed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from assessments.evidence_content import Content, UnfitFile, read_content
from assessments.models import Evidence, EvidenceFile, EvidenceUse, StoredBytes
from assessments.services_answers import (
    BadAnswer,
    EvidenceFields,
    answer_faults,
    answer_for,
    evidence_errors,
    item_of,
    open_assessment,
    owner_of,
    use_for,
)
from assessments.services_evidence_files import digest_of, keep_bytes, lock_bytes
from assessments.services_following import follow_change
from portal.access.models import User
from portal.audit.services import record

MEGABYTE = 1024 * 1024


class StaleEvidence(Exception):
    """Somebody changed this evidence after it was read: `evidence` as it is now."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(
            f"“{evidence.title}” was changed after you read it. Nothing was saved; look at it again."
        )
        self.evidence = evidence


class LastUse(Exception):
    """Evidence is for something: the last item it is used for goes only with the evidence itself."""


@dataclass(frozen=True)
class Upload:
    """A file that somebody sent: its bytes, which can be read from any place, its size and its name."""

    file: IO[bytes]
    name: str
    size: int


def upload_evidence(
    *,
    assessment_id: int,
    item_slug: str,
    upload: Upload,
    evidence: EvidenceFields,
    by: User,
    at: datetime,
) -> Evidence:
    """Add a file to the answer to an item, which need not be given yet.

    The bytes are safe before anything names them, so this is no one transaction: it may be repeated. A file
    that the assessment has already is used for this item as well, and stays as it was described.
    Raises Assessment.DoesNotExist, Item.DoesNotExist, NotOpen, BadAnswer.
    """
    with transaction.atomic():  # before the bytes cost anything
        item_of(open_assessment(assessment_id), item_slug)
    content = _checked(upload, evidence, at)
    digest = digest_of(upload.file)
    stored = keep_bytes(file=upload.file, digest=digest, at=at)
    return _add_file(assessment_id, item_slug, stored, content, evidence, by, at)


def _checked(upload: Upload, evidence: EvidenceFields, at: datetime) -> Content:
    errors = evidence_errors(replace(evidence, kind=Evidence.Kind.FILE), timezone.localdate(at))
    content = None
    most = settings.EVIDENCE_FILE_MB
    if upload.size > most * MEGABYTE:
        errors["file"] = too_large(upload.size)
    else:
        try:
            content = read_content(upload.name, upload.file)
        except UnfitFile as error:
            errors["file"] = str(error)
    if errors or content is None:
        raise BadAnswer(errors)
    return content


def too_large(size: int) -> str:
    """That a file of so many bytes is not taken, in words."""
    return f"This file has {size / MEGABYTE:.1f} MB; {settings.EVIDENCE_FILE_MB} MB are the most."


@transaction.atomic
def _add_file(
    assessment_id: int,
    item_slug: str,
    stored: StoredBytes,
    content: Content,
    evidence: EvidenceFields,
    by: User,
    at: datetime,
) -> Evidence:
    assessment = open_assessment(assessment_id)
    item = item_of(assessment, item_slug)
    answer = answer_for(assessment, item, by, at)
    stored = lock_bytes(stored)  # also: of two who bring the same file at once, the second finds the first's
    known = Evidence.objects.filter(assessment=assessment, file__stored=stored).first()
    if known is not None:
        use_for(known, answer, item, by, at)
        return known
    file, _ = EvidenceFile.objects.get_or_create(
        agency_id=assessment.agency_id,
        stored=stored,
        name=content.name,
        defaults={"media_type": content.media_type, "uploaded_by": by, "uploaded_at": at},
    )
    added = Evidence.objects.create(
        assessment=assessment,
        kind=Evidence.Kind.FILE,
        title=evidence.title.strip(),
        file=file,
        dated_on=evidence.dated_on,
        expires_on=evidence.expires_on,
        independence=evidence.independence,
        added_by=by,
        added_at=at,
        **owner_of(evidence, assessment, by, at),
    )
    EvidenceUse.objects.create(evidence=added, answer=answer, added_by=by, added_at=at)
    assessment.workers.add(by)
    changes = {
        "item": item.slug,
        "kind": added.kind,
        "dated_on": added.dated_on.isoformat(),
        "sha256": stored.sha256,
        "bytes": stored.size,
    }
    record(action="add evidence", obj=added, by=by, at=at, changes=changes)
    follow_change(answer, by=by, at=at, check=answer_faults)
    return added


# --- for several items ------------------------------------------------------------------------------


@transaction.atomic
def attach_evidence(
    *, assessment_id: int, evidence_id: int, item_slug: str, by: User, at: datetime
) -> Evidence:
    """Use evidence of the assessment for one more of its items. Twice is harmless.

    Raises Assessment.DoesNotExist, Evidence.DoesNotExist, Item.DoesNotExist, NotOpen.
    """
    assessment = open_assessment(assessment_id)
    evidence = Evidence.objects.get(pk=evidence_id, assessment=assessment)
    item = item_of(assessment, item_slug)
    use_for(evidence, answer_for(assessment, item, by, at), item, by, at)
    return evidence


@transaction.atomic
def detach_evidence(
    *, assessment_id: int, evidence_id: int, item_slug: str, by: User, at: datetime
) -> Evidence:
    """Use evidence no longer for an item; it stays for the others. Twice is harmless.

    Raises Assessment.DoesNotExist, Evidence.DoesNotExist, Item.DoesNotExist, NotOpen, LastUse.
    """
    assessment = open_assessment(assessment_id)
    evidence = Evidence.objects.select_for_update().get(pk=evidence_id, assessment=assessment)
    item = item_of(assessment, item_slug)
    uses = EvidenceUse.objects.filter(evidence=evidence)
    mine = uses.filter(answer__item=item)
    if not mine.exists():
        return evidence
    if uses.count() == 1:
        raise LastUse(f"“{evidence.title}” is used for this item alone: delete it, if it is not to be kept.")
    answer = mine.select_related("answer").get().answer
    mine.delete()
    _changed(evidence, by, at, "detach evidence", {"item": item.slug})
    follow_change(answer, by=by, at=at, check=answer_faults)
    return evidence


# --- what is said of it -----------------------------------------------------------------------------


@transaction.atomic
def change_evidence(
    *, assessment_id: int, evidence_id: int, revision: int, fields: EvidenceFields, by: User, at: datetime
) -> Evidence:
    """Say something else of evidence that was read at `revision`; its kind, its file and its run stay.

    An empty name of the owner leaves the owner as it is. Raises Assessment.DoesNotExist,
    Evidence.DoesNotExist, NotOpen, BadAnswer, StaleEvidence. What is said already is not saved again.
    """
    assessment = open_assessment(assessment_id)
    evidence = (
        Evidence.objects.select_for_update(of=("self",))
        .select_related("owner")
        .get(pk=evidence_id, assessment=assessment)
    )
    fields = replace(fields, kind=evidence.kind)
    if errors := evidence_errors(fields, timezone.localdate(at)):
        raise BadAnswer(errors)
    values = _values(evidence, fields)
    if fields.owner_name.strip() and fields.owner_name.strip() != evidence.owned_by:
        values |= owner_of(fields, assessment, by, at)
    changed = {name: value for name, value in values.items() if getattr(evidence, name) != value}
    if not changed:
        return evidence
    if evidence.revision != revision:
        raise StaleEvidence(evidence)
    # The text of evidence stays out of the audit.
    told = {name: _told(getattr(evidence, name), value) for name, value in changed.items() if name in SHOWN}
    for name, value in changed.items():
        setattr(evidence, name, value)
    _changed(evidence, by, at, "change evidence", told | {"fields": sorted(changed)})
    for answer in evidence.answers.order_by("pk"):
        follow_change(answer, by=by, at=at, check=answer_faults)
    return evidence


SHOWN = {"dated_on", "expires_on", "independence"}


def _values(evidence: Evidence, fields: EvidenceFields) -> dict[str, Any]:
    values: dict[str, Any] = {
        "title": fields.title.strip(),
        "dated_on": fields.dated_on,
        "expires_on": fields.expires_on,
        "independence": fields.independence,
    }
    if evidence.kind == Evidence.Kind.LINK:
        values["url"] = fields.url.strip()
    if evidence.kind == Evidence.Kind.STATEMENT:
        values["statement"] = fields.statement.strip()
    if evidence.kind == Evidence.Kind.RUN:
        values["dated_on"] = evidence.dated_on  # the run's own day
    return values


def _told(old: Any, new: Any) -> list[str | None]:
    said: Callable[[Any], str | None] = lambda value: None if value is None else str(value)  # noqa: E731
    return [said(old), said(new)]


def _changed(evidence: Evidence, by: User, at: datetime, action: str, changes: dict[str, Any]) -> None:
    evidence.revision += 1
    evidence.save()
    evidence.assessment.workers.add(by)
    record(action=action, obj=evidence, by=by, at=at, changes=changes)


@transaction.atomic
def note_download(*, evidence: Evidence, by: User, at: datetime) -> None:
    """Write into the audit that `by` took the file of this evidence out of the portal."""
    record(action="download evidence", obj=evidence, by=by, at=at, changes={})


@transaction.atomic
def note_list_export(*, rows: int, by: User, at: datetime) -> None:
    """Write into the audit that `by` took a list of so many pieces of evidence out of the portal."""
    record(action="evidence.exported", obj=by, by=by, at=at, changes={"rows": rows})
