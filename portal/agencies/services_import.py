"""Reading a list of agencies into the portal: looking at it first, applying it in one transaction."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.agencies.import_plan import Plan
from portal.agencies.import_planning import plan_import
from portal.agencies.import_reading import guess_columns, read_rows
from portal.agencies.models import AgencyImport, Program
from portal.agencies.queries import known_agencies
from portal.agencies.services import lock_tree
from portal.agencies.services_import_writing import write_plan
from portal.agencies.sheets import read_sheet
from portal.audit.services import Actor, record

MOST_PROBLEMS = 1000  # that a report keeps and a page shows; the command prints all
KEPT_FOR = timedelta(hours=2)  # how long an upload waits for its confirmation


class ImportRefused(Exception):
    """Rows are wrong, and nothing was changed; `plan.problems` names each."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        count = len(plan.problems)
        super().__init__(f"{count} row{'s are' if count != 1 else ' is'} wrong; nothing was changed.")


class PlanChanged(Exception):
    """The portal has changed since the preview, and the import would do something else now."""


class UploadGone(Exception):
    """The upload was applied or has expired."""


def plan_file(
    *, content: bytes, columns: Mapping[str, str], program: Program | None, changeable: Q | None, on: date
) -> Plan:
    """What importing this file would do; changes nothing. Raises UnreadableFile.

    `changeable`: the agencies that the importing person may change, None for all.
    """
    reading = read_rows(read_sheet(content), columns)
    return plan_import(
        reading,
        known_agencies(changeable, program, on),
        parents_given=bool({"parent", "parent_identifier"} & columns.keys()),
        into_program=program is not None,
    )


@transaction.atomic
def import_agencies(
    *,
    content: bytes,
    file_name: str,
    columns: Mapping[str, str],
    program: Program | None,
    changeable: Q | None,
    partial: bool,
    by: Actor | None,
    at: datetime,
    members_from: date | None = None,
) -> Plan:
    """Read the file in: all of it, or with `partial` its good rows. Returns what was done.

    Agencies join `program` on `members_from` (default: the day of `at`). Raises UnreadableFile, and
    ImportRefused where a row is wrong and `partial` is not set.
    """
    upload = AgencyImport(
        file_name=file_name[:300],
        checksum=sha256(content).hexdigest(),
        columns=dict(columns),
        program=program,
        partial=partial,
        by_id=by.pk if by is not None else None,
        by_name=by.get_username() if by is not None else "",
        uploaded_at=at,
    )
    return _apply(
        upload, content, changeable=changeable, by=by, at=at, on=members_from or timezone.localdate(at)
    )


@transaction.atomic
def keep_upload(
    *, content: bytes, file_name: str, program: Program | None, by: Actor, at: datetime
) -> AgencyImport:
    """Keep an uploaded file until it is confirmed, for two hours, with a guess of its columns.

    Uploads that have expired are dropped on the way. Raises UnreadableFile.
    """
    AgencyImport.objects.filter(applied_at__isnull=True, expires_at__lte=at).delete()
    sheet = read_sheet(content)
    return AgencyImport.objects.create(
        by_id=by.pk,
        by_name=by.get_username(),
        file_name=file_name[:300],
        checksum=sha256(content).hexdigest(),
        content=content,
        columns=guess_columns(sheet.header),
        program=program,
        uploaded_at=at,
        expires_at=at + KEPT_FOR,
    )


@transaction.atomic
def choose_columns(*, upload: AgencyImport, columns: Mapping[str, str], partial: bool, at: datetime) -> None:
    """Say which column is what, and whether good rows are to be read in where others are wrong."""
    upload = _open_upload(upload, at)
    upload.columns, upload.partial = dict(columns), partial
    upload.save(update_fields=["columns", "partial"])


@transaction.atomic
def apply_upload(
    *, upload: AgencyImport, fingerprint: str, changeable: Q | None, by: Actor, at: datetime
) -> Plan:
    """Do what the preview with this fingerprint showed.

    Raises UploadGone, PlanChanged, UnreadableFile, and ImportRefused.
    """
    upload = _open_upload(upload, at)
    content = bytes(upload.content or b"")
    return _apply(
        upload,
        content,
        changeable=changeable,
        by=by,
        at=at,
        on=timezone.localdate(at),
        fingerprint=fingerprint,
    )


def _open_upload(upload: AgencyImport, at: datetime) -> AgencyImport:
    found = AgencyImport.objects.select_for_update().filter(pk=upload.pk).first()
    if found is None or found.applied_at is not None or found.expires_at is None or found.expires_at <= at:
        raise UploadGone("This upload was applied or has expired. Upload the file again.")
    return found


def _apply(
    upload: AgencyImport,
    content: bytes,
    *,
    changeable: Q | None,
    by: Actor | None,
    at: datetime,
    on: date,
    fingerprint: str | None = None,
) -> Plan:
    lock_tree()
    plan = plan_file(
        content=content, columns=upload.columns, program=upload.program, changeable=changeable, on=on
    )
    if fingerprint is not None and plan.fingerprint != fingerprint:
        raise PlanChanged("The portal has changed since this preview. Look at what the import would do now.")
    if plan.problems and not upload.partial:
        raise ImportRefused(plan)
    upload.applied_at, upload.content, upload.expires_at = at, None, None
    upload.summary = plan.summary | {"problems": [str(problem) for problem in plan.problems[:MOST_PROBLEMS]]}
    upload.save()
    write_plan(plan=plan, program=upload.program, by=by, at=at, on=on)
    record(action="agencies.imported", obj=upload, by=by, at=at, changes=plan.summary)
    return plan
